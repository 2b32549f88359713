import type { StationVariableFragment, VariableAttribute } from "@/gql/graphql";
import { knownKeys } from "./known-keys";

export type Variable = StationVariableFragment;

type Named = Pick<Variable, "component" | "componentInstance" | "evseNo" | "connectorNo" | "variable" | "instance" | "attribute">;

/** What a variable takes: as the station says, or as OCPP 1.6 says of the keys that it names. */
type Traits = { type: Variable["dataType"]; unit: string; min: number | undefined; max: number | undefined; values: readonly string[] };

export function traitsOf(variable: Pick<Variable, "component" | "variable" | "dataType" | "unit" | "minLimit" | "maxLimit" | "valuesList">): Traits {
  const known = variable.dataType == null && variable.component === "" ? knownKeys[variable.variable] : undefined;
  return {
    type: variable.dataType ?? known?.type ?? null,
    unit: variable.unit || (known?.unit ?? ""),
    min: variable.minLimit ?? known?.min,
    max: variable.maxLimit ?? undefined,
    values: variable.valuesList ?? [],
  };
}

export function isWritable(variable: Pick<Variable, "readonly" | "constant">): boolean {
  return !variable.readonly && !variable.constant;
}

/** The items of a member or sequence list. */
export function members(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Takes a member in or out, in the order in which the station lists them. */
export function withMember(value: string, member: string, on: boolean, order: readonly string[]): string {
  const chosen = members(value).filter((item) => item !== member);
  if (on) chosen.push(member);
  const rank = (item: string) => (order.includes(item) ? order.indexOf(item) : order.length);
  return chosen.sort((a, b) => rank(a) - rank(b)).join(",");
}

type Fault = { key: "number" | "whole" | "min" | "max" | "option" | "boolean" | "time" | "long"; limit?: number; item?: string };

/** Why a variable can't take a value, by what the station said of it (OCPP 2.0.1 Part 2 §2.51). The server checks the same. */
export function faultOf(variable: Parameters<typeof traitsOf>[0], value: string): Fault | undefined {
  const { type, min, max, values } = traitsOf(variable);
  switch (type) {
    case "INTEGER":
    case "DECIMAL": {
      const text = value.trim();
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return { key: type === "INTEGER" ? "whole" : "number" };
      const number = Number(text);
      if (type === "INTEGER" && !Number.isInteger(number)) return { key: "whole" };
      if (min != null && number < min) return { key: "min", limit: min };
      if (max != null && number > max) return { key: "max", limit: max };
      return undefined;
    }
    case "BOOLEAN":
      return /^(true|false)$/i.test(value) ? undefined : { key: "boolean" };
    case "DATE_TIME":
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : { key: "time" };
    case "OPTION_LIST":
      if (values.length > 0 && !values.includes(value)) return { key: "option", item: value };
      break;
    case "MEMBER_LIST":
    case "SEQUENCE_LIST": {
      const stranger = values.length === 0 ? undefined : members(value).find((item) => !values.includes(item));
      if (stranger != null) return { key: "option", item: stranger };
      break;
    }
    case "STRING":
      break;
    default:
      return undefined;
  }
  return max != null && value.length > max ? { key: "long", limit: max } : undefined;
}

/** What people call a component: with its instance. */
export function componentName({ component, componentInstance }: Pick<Variable, "component" | "componentInstance">): string {
  return componentInstance === "" ? component : `${component}[${componentInstance}]`;
}

export function variableName({ variable, instance, attribute }: Pick<Variable, "variable" | "instance" | "attribute">): string {
  const name = instance === "" ? variable : `${variable}[${instance}]`;
  return attribute === "" || attribute === "Actual" ? name : `${name} (${attribute})`;
}

const attributes: Readonly<Record<string, VariableAttribute>> = { Target: "TARGET", MinSet: "MIN_SET", MaxSet: "MAX_SET" };

/** A variable as commands name it. */
export function reference(variable: Named) {
  const attribute = attributes[variable.attribute];
  return {
    variable: variable.variable,
    ...(variable.component === "" ? {} : { component: variable.component }),
    ...(variable.componentInstance === "" ? {} : { componentInstance: variable.componentInstance }),
    ...(variable.evseNo === 0 ? {} : { evseNo: variable.evseNo }),
    ...(variable.connectorNo === 0 ? {} : { connectorNo: variable.connectorNo }),
    ...(variable.instance === "" ? {} : { instance: variable.instance }),
    ...(attribute == null ? {} : { attribute }),
  };
}

/** The same for two variables that are the same, on whichever station. */
export function identityOf(variable: Partial<Named> & { variable: string }): string {
  const attribute = variable.attribute == null || variable.attribute === "" ? "Actual" : variable.attribute;
  return [variable.component ?? "", variable.componentInstance ?? "", variable.evseNo ?? 0, variable.connectorNo ?? 0, variable.variable, variable.instance ?? "", attribute].join("\u0000");
}

export type VariableFilter = { q: string; components: readonly string[]; evse: number | undefined; writable: boolean; reboot: boolean };

export function matches(variable: Variable, filter: VariableFilter): boolean {
  if (filter.components.length > 0 && !filter.components.includes(variable.component)) return false;
  if (filter.evse != null && variable.evseNo !== filter.evse) return false;
  if (filter.writable && !isWritable(variable)) return false;
  if (filter.reboot && !variable.rebootRequired) return false;
  const wanted = filter.q.trim().toLowerCase();
  return wanted === "" || `${componentName(variable)}.${variableName(variable)} ${variable.value}`.toLowerCase().includes(wanted);
}

export type Group = { key: string; component: string; evseNo: number; connectorNo: number; variables: Variable[] };

/** The variables by what they belong to; those of OCPP 1.6 are one group without a name. */
export function grouped(variables: readonly Variable[]): Group[] {
  const groups = new Map<string, Group>();
  for (const variable of variables) {
    const component = componentName(variable);
    const { evseNo, connectorNo } = variable;
    const key = `${component} ${String(evseNo)} ${String(connectorNo)}`;
    const group = groups.get(key) ?? { key, component, evseNo, connectorNo, variables: [] };
    group.variables.push(variable);
    groups.set(key, group);
  }
  const list = [...groups.values()];
  for (const group of list) group.variables.sort((a, b) => variableName(a).localeCompare(variableName(b), "en", { numeric: true }));
  return list.sort((a, b) => a.component.localeCompare(b.component, "en") || a.evseNo - b.evseNo || a.connectorNo - b.connectorNo);
}

export type VariableOutcome = { component?: string; componentInstance?: string; evseNo?: number; connectorNo?: number; variable: string; instance?: string; attribute?: string; status: string; value?: string; info?: string };

/** What became of each variable, from a command's result. */
export function outcomesOf(result: unknown): Map<string, VariableOutcome> {
  const list = Array.isArray(result) ? (result as VariableOutcome[]) : [];
  return new Map(list.map((outcome) => [identityOf(outcome), outcome]));
}

/** Whether the station has taken a change, at once or from the next restart on. */
export function isTaken(status: string): boolean {
  return status === "Accepted" || status === "RebootRequired";
}
