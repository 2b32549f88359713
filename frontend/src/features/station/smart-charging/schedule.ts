import type { ChargingProfileKind, ChargingRateUnit } from "@/gql/graphql";

type Period = { startS: number; limit: number | undefined; phases: number };
export type Schedule = { startAt: number | undefined; durationS: number | undefined; unit: ChargingRateUnit; periods: Period[] };

/** A profile as far as a picture of it over time goes. */
export type Profile = {
  id: string;
  evseNo: number;
  purpose: string;
  stackLevel: number;
  kind: ChargingProfileKind;
  recurrency: string;
  validFrom: number | undefined;
  validTo: number | undefined;
  /** Where a schedule without a start begins: when the profile was made; of a relative one, when the session began. */
  begun: number;
  schedules: Schedule[];
};

type Raw = Record<string, unknown>;

const object = (value: unknown): Raw => (value != null && typeof value === "object" ? (value as Raw) : {});
const amount = (value: unknown): number | undefined => (value == null || value === "" || Number.isNaN(Number(value)) ? undefined : Number(value));
const moment = (value: unknown): number | undefined => {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};

/** Alternating current has three phases unless a period says otherwise (OCPP 1.6 §7.14). */
const usualPhases = 3;
const volts = 230;

function scheduleOf(value: unknown): Schedule {
  const raw = object(value);
  const periods = Array.isArray(raw.periods) ? raw.periods.map(object) : [];
  return {
    startAt: moment(raw.startAt),
    durationS: amount(raw.durationS),
    unit: raw.unit === "W" ? "W" : "A",
    periods: periods.map((period) => ({ startS: amount(period.startS) ?? 0, limit: amount(period.limit), phases: amount(period.phases) ?? usualPhases })).sort((a, b) => a.startS - b.startS),
  };
}

type Row = Pick<Profile, "id" | "evseNo" | "purpose" | "stackLevel" | "kind" | "recurrency"> & {
  validFrom?: string | null | undefined;
  validTo?: string | null | undefined;
  createdAt: string;
  schedules: unknown;
};

export function profileOf(row: Row): Profile {
  const schedules = Array.isArray(row.schedules) ? row.schedules.map(scheduleOf) : [];
  return { ...row, validFrom: moment(row.validFrom), validTo: moment(row.validTo), begun: moment(row.createdAt) ?? 0, schedules };
}

/** A relative profile counts from the start of the session at its EVSE; without one it is shown as if a session began now. */
export function begunWith(profile: Profile, sessions: readonly { evseNo: number; startedAt: string }[], evseNo: number, now: number): Profile {
  if (profile.kind !== "RELATIVE") return profile;
  const session = sessions.find((one) => one.evseNo === (profile.evseNo === 0 ? evseNo : profile.evseNo));
  return { ...profile, begun: moment(session?.startedAt) ?? now };
}

export function inUnit(limit: number, from: ChargingRateUnit, to: ChargingRateUnit, phases: number): number {
  if (from === to) return limit;
  return from === "A" ? limit * volts * phases : limit / (volts * phases);
}

export type Span = { from: number; to: number };

type Piece = Span & { limit: number | undefined; unit: ChargingRateUnit; phases: number };

const day = 86_400_000;
const instant = 1000;

/** Where the schedule begins within the span: once, or again and again. */
function starts(profile: Profile, schedule: Schedule, span: Span): number[] {
  if (profile.kind === "RELATIVE") return [profile.begun];
  const first = schedule.startAt ?? profile.validFrom ?? profile.begun;
  if (profile.kind !== "RECURRING") return [first];
  const every = profile.recurrency === "WEEKLY" ? 7 * day : day;
  const list: number[] = [];
  // A recurring schedule holds before its first start, too, so that the one before the span counts.
  for (let at = first + (Math.floor((span.from - first) / every) - 1) * every; at < span.to; at += every) list.push(at);
  return list;
}

/** What a profile says over a span of time, piece by piece. A car chooses among several schedules; the first is shown. */
export function piecesOf(profile: Profile, span: Span): Piece[] {
  const [schedule] = profile.schedules;
  if (schedule == null) return [];
  const begins = starts(profile, schedule, span);
  const low = Math.max(span.from, profile.validFrom ?? span.from);
  const high = Math.min(span.to, profile.validTo ?? span.to);
  return begins.flatMap((start, index) => {
    const end = Math.min(start + (schedule.durationS ?? Number.POSITIVE_INFINITY) * 1000, begins[index + 1] ?? Number.POSITIVE_INFINITY);
    return schedule.periods.flatMap((period, position) => {
      const next = schedule.periods[position + 1];
      const from = Math.max(start + period.startS * 1000, low);
      const to = Math.min(next == null ? end : start + next.startS * 1000, end, high);
      return from < to ? [{ from, to, limit: period.limit, unit: schedule.unit, phases: period.phases }] : [];
    });
  });
}

/** Whether a profile counts at an EVSE: its own, and those of the station as a whole. */
export function countsAt(profile: Pick<Profile, "evseNo">, evseNo: number): boolean {
  return evseNo === 0 ? profile.evseNo === 0 : profile.evseNo === 0 || profile.evseNo === evseNo;
}

type Line = { id: string; values: (number | null)[] };
export type Picture = { at: number[]; lines: Line[]; least: (number | null)[]; composite: (number | null)[] };

function valueAt(pieces: readonly Piece[], at: number, unit: ChargingRateUnit): number | null {
  const piece = pieces.find(({ from, to }) => from <= at && at < to);
  return piece?.limit == null ? null : inUnit(piece.limit, piece.unit, unit, piece.phases);
}

/**
 * What comes of profiles at a moment (OCPP 1.6 §3.13.4, 2.0.1 Part 2 K01.FR.38): of each purpose the highest level
 * counts, a session's own profile stands in for the default, and the lowest of the purposes is the limit.
 */
function leastAt(all: readonly { profile: Profile; pieces: Piece[] }[], at: number, unit: ChargingRateUnit): number | null {
  const byPurpose = new Map<string, { level: number; value: number }>();
  for (const { profile, pieces } of all) {
    const value = valueAt(pieces, at, unit);
    if (value == null) continue;
    const known = byPurpose.get(profile.purpose);
    // Of one level there is only what several sources from outside set: the lowest of those counts.
    const lower = known?.level === profile.stackLevel ? Math.min(known.value, value) : value;
    if (known == null || profile.stackLevel >= known.level) byPurpose.set(profile.purpose, { level: profile.stackLevel, value: lower });
  }
  // What local generation adds is on top of the others and limits nothing.
  byPurpose.delete("LOCAL_GENERATION");
  if (byPurpose.has("TX_PROFILE")) byPurpose.delete("TX_DEFAULT_PROFILE");
  const values = [...byPurpose.values()].map(({ value }) => value);
  return values.length === 0 ? null : Math.min(...values);
}

/** The profiles as steps over one axis of time, with what comes of them, and the station's own word on that. */
export function pictureOf(profiles: readonly Profile[], composite: Schedule | undefined, span: Span, unit: ChargingRateUnit): Picture {
  const all = profiles.map((profile) => ({ profile, pieces: piecesOf(profile, span) }));
  const told: Piece[] =
    composite?.startAt == null
      ? []
      : piecesOf({ id: "", evseNo: 0, purpose: "", stackLevel: 0, kind: "ABSOLUTE", recurrency: "", validFrom: undefined, validTo: undefined, begun: composite.startAt, schedules: [composite] }, span);
  // Each piece has a point just before its end: a step is drawn from one point to the next, and what comes after may be nothing.
  const edges = [...all.flatMap(({ pieces }) => pieces), ...told].flatMap(({ from, to }) => [from, Math.max(from, to - instant), to]);
  const at = [...new Set([span.from, ...edges.filter((edge) => edge > span.from && edge < span.to), span.to])].sort((a, b) => a - b);
  // The last moment repeats what held before it, so that the last step has a width.
  const look = at.map((moment, index) => (index === at.length - 1 ? moment - 1 : moment));
  return {
    at: at.map((moment) => moment / 1000),
    lines: all.map(({ profile, pieces }) => ({ id: profile.id, values: look.map((moment) => valueAt(pieces, moment, unit)) })),
    least: look.map((moment) => leastAt(all, moment, unit)),
    composite: look.map((moment) => valueAt(told, moment, unit)),
  };
}

/** The answer to GetCompositeSchedule, as every version's is told. */
export function compositeOf(result: unknown): Schedule | undefined {
  const schedule = scheduleOf(result);
  return schedule.periods.length === 0 ? undefined : schedule;
}
