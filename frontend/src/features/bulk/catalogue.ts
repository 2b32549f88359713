import type { FieldKey } from "@/features/commands/actions";
import { inputs, type Values } from "@/features/commands/send";
import { chosenInput, isChosen, type Chosen } from "@/features/firmware/choice";
import type { LocalListUpdate, LogType } from "@/gql/graphql";

/** What the fields of a bulk command hold, beside those that an action for one station has. */
export type BulkValues = Values & { component: string; listType: LocalListUpdate; logType: LogType; firmware: Chosen };

export type BulkKey = "reset" | "availability" | "unlock" | "trigger" | "clearCache" | "getConfiguration" | "readAll" | "setVariable" | "sendLocalList" | "updateFirmware" | "getLog";

export type BulkField = FieldKey | "component" | "listType" | "logType" | "firmware";

export type BulkAction = {
  key: BulkKey;
  permission: "station:command" | "station:configure";
  fields: readonly BulkField[];
  /** Interrupts somebody or something: the button that runs it is red. */
  drastic?: boolean;
  /** The mutation for one station, and its input without the station. */
  command: (values: BulkValues) => { command: string; parameters: Record<string, unknown> };
};

const plain = (command: string, input: (values: BulkValues) => Record<string, unknown>) => (values: BulkValues) => ({ command, parameters: input(values) });

/** What can be asked of many stations, one after the other. */
export const bulkActions: readonly BulkAction[] = [
  { key: "reset", permission: "station:command", fields: ["resetType"], drastic: true, command: plain("resetStation", inputs.reset) },
  { key: "availability", permission: "station:command", fields: ["target", "operative"], command: plain("changeAvailability", inputs.availability) },
  { key: "unlock", permission: "station:command", fields: ["connector"], drastic: true, command: plain("unlockConnector", inputs.unlock) },
  { key: "trigger", permission: "station:command", fields: ["message", "target"], command: plain("triggerMessage", inputs.trigger) },
  { key: "clearCache", permission: "station:command", fields: [], command: plain("clearCache", inputs.clearCache) },
  { key: "readAll", permission: "station:command", fields: [], command: plain("getBaseReport", () => ({ base: "FULL" })) },
  { key: "getConfiguration", permission: "station:command", fields: ["keys"], command: plain("getConfiguration", inputs.getConfiguration) },
  {
    key: "setVariable",
    permission: "station:configure",
    fields: ["component", "setting", "value"],
    command: plain("setVariables", ({ component, setting, value }) => ({
      variables: [{ ...(component.trim() === "" ? {} : { component: component.trim() }), variable: setting.trim(), value }],
    })),
  },
  { key: "sendLocalList", permission: "station:command", fields: ["listType"], command: plain("sendLocalList", ({ listType }) => ({ type: listType })) },
  { key: "updateFirmware", permission: "station:configure", fields: ["firmware"], drastic: true, command: plain("updateFirmware", ({ firmware }) => chosenInput(firmware)) },
  {
    key: "getLog",
    permission: "station:configure",
    fields: ["logType"],
    // Diagnostics can be had from every station, by its own version's name for them.
    command: ({ logType }) => (logType === "DIAGNOSTICS" ? { command: "getDiagnostics", parameters: {} } : { command: "getLog", parameters: { type: logType } }),
  },
];

/** Whether what the fields of an action need has been filled in. */
export function isReady({ fields }: Pick<BulkAction, "fields">, values: BulkValues): boolean {
  return (!fields.includes("setting") || values.setting.trim() !== "") && (!fields.includes("firmware") || isChosen(values.firmware));
}

/** The bounds of how many stations are asked in a minute. */
export const slowest = 1;
export const fastest = 6000;

/** How many minutes it takes to ask so many stations at a rate. */
export function minutesFor(stations: number, perMinute: number): number {
  return Math.max(1, Math.ceil(stations / perMinute));
}
