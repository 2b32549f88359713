import type { MonitorType, ReportedEventWhereInput, VariableType } from "@/gql/graphql";

/** What a monitor watches for, as the station or we wrote it down. */
export type MonitorData = { id: number; type: string; value: number; severity: number; transaction: boolean };

export function monitorOf(data: unknown): MonitorData | undefined {
  if (data == null || typeof data !== "object") return undefined;
  const { id, type, value, severity, transaction } = data as Record<string, unknown>;
  if (typeof id !== "number" || typeof type !== "string") return undefined;
  return { id, type, value: Number(value ?? 0), severity: typeof severity === "number" ? severity : 9, transaction: transaction === true };
}

/** The kinds of monitor (OCPP 2.0.1 Part 2 §3.55), by the names on the wire. */
export const monitorTypes: Readonly<Record<string, MonitorType>> = {
  UpperThreshold: "UPPER_THRESHOLD",
  LowerThreshold: "LOWER_THRESHOLD",
  Delta: "DELTA",
  Periodic: "PERIODIC",
  PeriodicClockAligned: "PERIODIC_CLOCK_ALIGNED",
  TargetDelta: "TARGET_DELTA",
  TargetDeltaRelative: "TARGET_DELTA_RELATIVE",
};

const numeric: ReadonlySet<MonitorType> = new Set<MonitorType>(["UPPER_THRESHOLD", "LOWER_THRESHOLD", "TARGET_DELTA", "TARGET_DELTA_RELATIVE"]);

/** The kinds that a version has, and that can watch a variable of a type: only numbers cross a limit (OCPP 2.0.1 Part 2 N04). */
export function typesFor(version: string, dataType?: VariableType | null): MonitorType[] {
  const number = dataType == null || dataType === "INTEGER" || dataType === "DECIMAL";
  return Object.values(monitorTypes).filter((type) => (version === "2.1" || !type.startsWith("TARGET")) && (number || !numeric.has(type)));
}

export const severities = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
export type Severity = (typeof severities)[number];

export function severityOf(value: number | null | undefined): Severity | undefined {
  return severities.find((severity) => severity === value);
}

/** The severities as four steps: what needs somebody now, soon, sometimes, never (OCPP 2.0.1 Part 2 N07). */
export function severityTone(severity: Severity): "bad" | "warn" | "busy" | "idle" {
  if (severity <= 4) return "bad";
  if (severity <= 6) return "warn";
  return severity === 7 ? "busy" : "idle";
}

export type EventFilter = { kinds: readonly NonNullable<ReportedEventWhereInput["kind"]>[]; atMost: number | undefined };

export function eventWhere(stationId: string, { kinds, atMost }: EventFilter): ReportedEventWhereInput {
  return { stationId, ...(kinds.length === 0 ? {} : { kindIn: [...kinds] }), ...(atMost == null ? {} : { severityLTE: atMost }) };
}
