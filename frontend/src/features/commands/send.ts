import type { Client, OperationResult } from "@urql/core";
import { mutate } from "@/app/data";
import {
  ChangeAvailabilityDocument,
  ChangeConfigurationDocument,
  ClearCacheDocument,
  GetConfigurationDocument,
  RemoteStartDocument,
  RemoteStopDocument,
  ResetStationDocument,
  TriggerMessageDocument,
  UnlockConnectorDocument,
  type CommandRowFragment,
  type ResetType,
  type TriggerableMessage,
} from "@/gql/graphql";
import type { ActionKey } from "./actions";

/** What the fields of an action hold. EVSE 0 is the whole station. */
export type Values = {
  evseNo: number;
  token: string;
  sessionId: string;
  resetType: ResetType;
  operative: boolean;
  message: TriggerableMessage;
  keys: string;
  setting: string;
  value: string;
};

type Answer = OperationResult<Record<string, unknown>>;

/** Sends one command and waits for what the station says to it. */
export async function send(client: Client, key: ActionKey, stationId: string, values: Values): Promise<{ command?: CommandRowFragment; error?: Answer["error"] }> {
  const { data, error } = (await ask(client, key, stationId, values)) as Answer;
  const command = data == null ? undefined : (Object.values(data).find((value) => value != null && typeof value === "object") as CommandRowFragment | undefined);
  return { ...(command == null ? {} : { command }), ...(error == null ? {} : { error }) };
}

const where = ({ evseNo }: Values) => (evseNo === 0 ? {} : { evseNo });

/** What the actions that any station can be asked for take, beside the station. */
export const inputs = {
  reset: ({ resetType }: Values) => ({ type: resetType }),
  unlock: ({ evseNo }: Values) => ({ evseNo }),
  availability: (values: Values) => ({ ...where(values), operative: values.operative }),
  trigger: (values: Values) => ({ ...where(values), message: values.message }),
  clearCache: () => ({}),
  getConfiguration: (values: Values) => {
    const keys = values.keys.split(/[\s,]+/).filter((item) => item !== "");
    return keys.length === 0 ? {} : { keys };
  },
};

function ask(client: Client, key: ActionKey, stationId: string, values: Values) {
  switch (key) {
    case "remoteStart":
      return mutate(client, RemoteStartDocument, { input: { stationId, ...where(values), idTag: values.token.trim() } });
    case "remoteStop":
      return mutate(client, RemoteStopDocument, { input: { sessionId: values.sessionId } });
    case "reset":
      return mutate(client, ResetStationDocument, { input: { stationId, ...inputs.reset(values) } });
    case "unlock":
      return mutate(client, UnlockConnectorDocument, { input: { stationId, ...inputs.unlock(values) } });
    case "availability":
      return mutate(client, ChangeAvailabilityDocument, { input: { stationId, ...inputs.availability(values) } });
    case "trigger":
      return mutate(client, TriggerMessageDocument, { input: { stationId, ...inputs.trigger(values) } });
    case "clearCache":
      return mutate(client, ClearCacheDocument, { input: { stationId } });
    case "getConfiguration":
      return mutate(client, GetConfigurationDocument, { input: { stationId, ...inputs.getConfiguration(values) } });
    case "changeConfiguration":
      return mutate(client, ChangeConfigurationDocument, { input: { stationId, key: values.setting.trim(), value: values.value } });
  }
}
