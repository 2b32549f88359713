import type { StationQuirksQuery } from "@/gql/graphql";

export type QuirkField = StationQuirksQuery["quirkFields"][number];

/** What the editor holds of each field that is set: text, as it is typed. */
export type Entries = Readonly<Record<string, string>>;

/** A value as the editor shows it: lists with commas, pairs on lines. */
function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  if (value != null && typeof value === "object") {
    return Object.entries(value)
      .map(([ours, theirs]) => `${ours} = ${String(theirs)}`)
      .join("\n");
  }
  return value == null ? "" : String(value);
}

export function entriesOf(override: unknown): Entries {
  if (override == null || typeof override !== "object") return {};
  return Object.fromEntries(Object.entries(override).map(([name, value]) => [name, written(value)]));
}

/** What a field begins with when it is added. */
export function firstEntry(field: QuirkField): string {
  if (field.kind === "BOOL") return "true";
  if (field.kind === "TEXT") return field.values[0] ?? "";
  if (field.kind === "INTEGER" || field.kind === "NUMBER") return field.min == null ? "" : String(field.min);
  return "";
}

type Fault = "number" | "whole" | "range" | "values" | "pairs" | "missing";

const number = /^[+-]?\d+(\.\d+)?$/;

/** Why an entry doesn't do. The server has the last word: it knows time zones, for instance. */
export function entryFault(field: QuirkField, entry: string): Fault | undefined {
  const text = entry.trim();
  switch (field.kind) {
    case "INTEGER":
    case "NUMBER":
      if (!number.test(text)) return field.kind === "INTEGER" ? "whole" : "number";
      if (field.kind === "INTEGER" && !Number.isInteger(Number(text))) return "whole";
      return (field.min != null && Number(text) < field.min) || (field.max != null && Number(text) > field.max) ? "range" : undefined;
    case "TEXT":
      if (text === "") return "missing";
      return field.values.length > 0 && !field.values.includes(text) ? "values" : undefined;
    case "LIST":
      if (items(text).length === 0) return "missing";
      return field.values.length > 0 && items(text).some((item) => !field.values.includes(item)) ? "values" : undefined;
    case "MAP":
      if (text === "") return "missing";
      return pairs(text) == null ? "pairs" : undefined;
    default:
      return undefined;
  }
}

function items(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function pairs(text: string): Record<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const list = lines.map((line) => line.split("=").map((part) => part.trim()));
  if (list.some((parts) => parts.length !== 2 || parts.includes(""))) return undefined;
  return Object.fromEntries(list as [string, string][]);
}

/** The entries as the server takes them. */
export function overrideOf(fields: readonly QuirkField[], entries: Entries): Record<string, unknown> {
  const override: Record<string, unknown> = {};
  for (const field of fields) {
    const entry = entries[field.name];
    if (entry == null) continue;
    const text = entry.trim();
    override[field.name] =
      field.kind === "BOOL" ? text === "true" : field.kind === "INTEGER" || field.kind === "NUMBER" ? Number(text) : field.kind === "LIST" ? items(text) : field.kind === "MAP" ? (pairs(text) ?? {}) : text;
  }
  return override;
}

/** A value as a person reads it. */
export function valueText(value: unknown, yes: string, no: string): string {
  if (typeof value === "boolean") return value ? yes : no;
  return written(value).replaceAll("\n", ", ");
}
