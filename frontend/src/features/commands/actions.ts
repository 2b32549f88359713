import type { ParseKeys } from "i18next";
import { BatteryCharging, CircleStop, LockOpen, MessageCircleQuestion, Power, RotateCcw, Settings2, SlidersHorizontal, Trash2, type LucideIcon } from "lucide-react";
import type { StationDetailFragment } from "@/gql/graphql";

export type ActionKey = "remoteStart" | "remoteStop" | "reset" | "unlock" | "availability" | "trigger" | "clearCache" | "getConfiguration" | "changeConfiguration";

export type FieldKey = "connector" | "target" | "token" | "session" | "resetType" | "operative" | "message" | "keys" | "setting" | "value";

export type Action = {
  key: ActionKey;
  icon: LucideIcon;
  permission: string;
  fields: readonly FieldKey[];
  /** Interrupts somebody or something: the button that runs it is red. */
  drastic?: boolean;
};

/** What can be asked of a station, in the order of the menu. */
export const actions: readonly Action[] = [
  { key: "remoteStart", icon: BatteryCharging, permission: "station:command", fields: ["connector", "token"] },
  { key: "remoteStop", icon: CircleStop, permission: "station:command", fields: ["session"], drastic: true },
  { key: "unlock", icon: LockOpen, permission: "station:command", fields: ["connector"] },
  { key: "availability", icon: Power, permission: "station:command", fields: ["target", "operative"] },
  { key: "reset", icon: RotateCcw, permission: "station:command", fields: ["resetType"], drastic: true },
  { key: "trigger", icon: MessageCircleQuestion, permission: "station:command", fields: ["message", "target"] },
  { key: "clearCache", icon: Trash2, permission: "station:command", fields: [] },
  { key: "getConfiguration", icon: Settings2, permission: "station:command", fields: ["keys"] },
  { key: "changeConfiguration", icon: SlidersHorizontal, permission: "station:configure", fields: ["setting", "value"] },
];

type Reachable = Pick<StationDetailFragment, "online" | "onboarding" | "registrationStatus">;

/** Why a station can't be asked for anything now that takes a permission; undefined when it can. */
export function whyNot(permission: string, station: Reachable, may: (permission: string) => boolean): ParseKeys | undefined {
  if (!may(permission)) return "action.refused.permission";
  if (station.registrationStatus === "REJECTED") return "action.refused.rejected";
  if (station.onboarding === "PENDING") return "action.refused.pending";
  return station.online ? undefined : "action.refused.offline";
}

/** Why an action can't be run now, as the menu says it; undefined when it can. */
export function refusal(action: Action, station: Reachable, running: number, may: (permission: string) => boolean): ParseKeys | undefined {
  return whyNot(action.permission, station, may) ?? (action.key === "remoteStop" && running === 0 ? "action.refused.idle" : undefined);
}
