import type { ChargingProfileInput, ChargingProfileKind, ChargingProfilePurpose, ChargingProfileRecurrency, ChargingRateUnit } from "@/gql/graphql";
import { instant } from "@/lib/local-time";
import { profileOf, type Profile } from "./schedule";

/** A period as it is typed: minutes from the start of the schedule. */
export type PeriodDraft = { minutes: string; limit: string; phases: string };

export type ProfileDraft = {
  evseNo: number;
  sessionId: string;
  purpose: ChargingProfilePurpose;
  kind: ChargingProfileKind;
  recurrency: ChargingProfileRecurrency;
  stackLevel: string;
  unit: ChargingRateUnit;
  startAt: string;
  hours: string;
  periods: readonly PeriodDraft[];
};

type Fault = "level" | "hours" | "first" | "order" | "limit" | "phases" | "session" | "where" | "periods";

const numeral = /^\d+(\.\d+)?$/;
const whole = /^\d+$/;

/** Why a profile can't be sent as it stands. The server knows more of the station, and has the last word. */
export function draftFault(draft: ProfileDraft): Fault | undefined {
  if (!whole.test(draft.stackLevel)) return "level";
  if (draft.hours !== "" && !(numeral.test(draft.hours) && Number(draft.hours) > 0)) return "hours";
  if (draft.purpose === "TX_PROFILE" && draft.sessionId === "") return "session";
  if (draft.purpose === "TX_PROFILE" && draft.evseNo === 0) return "where";
  if (draft.periods.length === 0) return "periods";
  if (draft.periods.some(({ limit }) => !numeral.test(limit.trim()))) return "limit";
  if (draft.periods.some(({ phases }) => !/^[123]?$/.test(phases))) return "phases";
  const starts = draft.periods.map(({ minutes }) => (numeral.test(minutes.trim()) ? Number(minutes) : Number.NaN));
  if (starts[0] !== 0) return "first";
  if (starts.some((start, index) => Number.isNaN(start) || (index > 0 && start <= (starts[index - 1] ?? 0)))) return "order";
  return undefined;
}

/** A draft without fault, as the server takes it. */
export function inputOf(draft: ProfileDraft): ChargingProfileInput {
  const startAt = draft.kind === "RELATIVE" ? undefined : instant(draft.startAt);
  return {
    purpose: draft.purpose,
    kind: draft.kind,
    stackLevel: Number(draft.stackLevel),
    ...(draft.kind === "RECURRING" ? { recurrency: draft.recurrency } : {}),
    schedules: [
      {
        unit: draft.unit,
        ...(startAt == null ? {} : { startAt }),
        ...(draft.hours === "" ? {} : { durationS: Math.round(Number(draft.hours) * 3600) }),
        periods: draft.periods.map(({ minutes, limit, phases }) => ({ startS: Math.round(Number(minutes) * 60), limit: Number(limit), ...(phases === "" ? {} : { phases: Number(phases) }) })),
      },
    ],
  };
}

/** The profile that a draft would become, for the picture; undefined while it can't be drawn. */
export function previewOf(draft: ProfileDraft, now: number): Profile | undefined {
  const fault = draftFault(draft);
  if (fault != null && fault !== "session" && fault !== "where" && fault !== "level") return undefined;
  const { schedules, kind, purpose } = inputOf(draft);
  return profileOf({
    id: "draft",
    evseNo: draft.evseNo,
    purpose,
    stackLevel: Number(draft.stackLevel) || 0,
    kind,
    recurrency: kind === "RECURRING" ? draft.recurrency : "",
    createdAt: new Date(now).toISOString(),
    schedules,
  });
}
