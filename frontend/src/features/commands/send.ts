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

function ask(client: Client, key: ActionKey, stationId: string, values: Values) {
  const where = values.evseNo === 0 ? {} : { evseNo: values.evseNo };
  switch (key) {
    case "remoteStart":
      return mutate(client, RemoteStartDocument, { input: { stationId, ...where, idTag: values.token.trim() } });
    case "remoteStop":
      return mutate(client, RemoteStopDocument, { input: { sessionId: values.sessionId } });
    case "reset":
      return mutate(client, ResetStationDocument, { input: { stationId, type: values.resetType } });
    case "unlock":
      return mutate(client, UnlockConnectorDocument, { input: { stationId, evseNo: values.evseNo } });
    case "availability":
      return mutate(client, ChangeAvailabilityDocument, { input: { stationId, ...where, operative: values.operative } });
    case "trigger":
      return mutate(client, TriggerMessageDocument, { input: { stationId, ...where, message: values.message } });
    case "clearCache":
      return mutate(client, ClearCacheDocument, { input: { stationId } });
    case "getConfiguration": {
      const keys = values.keys.split(/[\s,]+/).filter((item) => item !== "");
      return mutate(client, GetConfigurationDocument, { input: { stationId, ...(keys.length === 0 ? {} : { keys }) } });
    }
    case "changeConfiguration":
      return mutate(client, ChangeConfigurationDocument, { input: { stationId, key: values.setting.trim(), value: values.value } });
  }
}
