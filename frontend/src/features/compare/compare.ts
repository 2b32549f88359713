import type { BulkTargetRowFragment, ComparableVariablesQuery, ComparedStationsQuery, StationVariableWhereInput } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { componentName, identityOf, outcomesOf, variableName } from "@/features/station/variables/variable";

export type Offered = ReturnType<typeof everyOffered>[number];

function everyOffered(data: ComparableVariablesQuery | undefined) {
  return nodes(data?.stations).flatMap((station) => nodes(station.offered));
}

/** The variables that some of the stations have, each once. */
export function offeredOf(data: ComparableVariablesQuery | undefined): Offered[] {
  const all = everyOffered(data);
  return [...new Map(all.map((variable) => [identityOf(variable), variable])).values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b), "en", { numeric: true }));
}

/** A variable with its component, as people write it. */
export function nameOf(variable: Offered): string {
  const component = componentName(variable);
  return component === "" ? variableName(variable) : `${component}.${variableName(variable)}`;
}

/** The same variable on whichever station. */
export function whereOf({ component, componentInstance, evseNo, connectorNo, variable, instance, attribute }: Offered): StationVariableWhereInput {
  return { component, componentInstance, evseNo, connectorNo, variable, instance, attribute };
}

export type Row = { id: string; name: string; identity: string; online: boolean; value: string | undefined; reportedAt: string | undefined; kind: "usual" | "other" | "unknown" };

/** Each station with its value; those that differ from what most have stand out. */
export function rowsOf(data: ComparedStationsQuery | undefined): Row[] {
  const stations = nodes(data?.stations).map(({ id, name, identity, online, compared }) => ({ id, name, identity, online, variable: nodes(compared)[0] }));
  const counts = new Map<string, number>();
  for (const { variable } of stations) if (variable != null) counts.set(variable.value, (counts.get(variable.value) ?? 0) + 1);
  const usual = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
  return stations.map(({ variable, ...station }) => ({
    ...station,
    value: variable?.value,
    reportedAt: variable?.reportedAt ?? undefined,
    kind: variable == null ? "unknown" : variable.value === usual ? "usual" : "other",
  }));
}

/** Why a station's value could not be read; undefined when it was, or nobody asked. */
export function unreadReason(target: BulkTargetRowFragment | undefined, variable: Offered): { status?: string; text?: string } | undefined {
  if (target == null || target.status === "WAITING" || target.status === "STARTED") return undefined;
  const outcome = outcomesOf(target.command?.result).get(identityOf(variable));
  if (outcome != null) return outcome.status === "Accepted" ? undefined : { status: outcome.status };
  if (target.status === "ACCEPTED") return undefined;
  const text = target.error !== "" ? target.error : target.command?.error;
  return text == null || text === "" ? {} : { text };
}
