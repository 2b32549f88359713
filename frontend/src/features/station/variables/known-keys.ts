import type { StationVariableFragment } from "@/gql/graphql";

type KnownKey = { type: NonNullable<StationVariableFragment["dataType"]>; unit?: string; min?: number };

const flag: KnownKey = { type: "BOOLEAN" };
const count: KnownKey = { type: "INTEGER", min: 0 };
const seconds: KnownKey = { type: "INTEGER", unit: "s", min: 0 };

/** What OCPP 1.6 §9 says of its configuration keys: stations of 1.6 don't say it themselves. */
export const knownKeys: Readonly<Record<string, KnownKey>> = {
  AllowOfflineTxForUnknownId: flag,
  AuthorizationCacheEnabled: flag,
  AuthorizeRemoteTxRequests: flag,
  BlinkRepeat: count,
  ClockAlignedDataInterval: seconds,
  ConnectionTimeOut: seconds,
  HeartbeatInterval: seconds,
  LightIntensity: { type: "INTEGER", unit: "%", min: 0 },
  LocalAuthListEnabled: flag,
  LocalAuthorizeOffline: flag,
  LocalPreAuthorize: flag,
  MaxEnergyOnInvalidId: { type: "INTEGER", unit: "Wh", min: 0 },
  MeterValueSampleInterval: seconds,
  MinimumStatusDuration: seconds,
  ResetRetries: count,
  StopTransactionOnEVSideDisconnect: flag,
  StopTransactionOnInvalidId: flag,
  TransactionMessageAttempts: count,
  TransactionMessageRetryInterval: seconds,
  UnlockConnectorOnEVSideDisconnect: flag,
  WebSocketPingInterval: seconds,
};
