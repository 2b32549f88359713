import type { TriggerableMessage } from "@/gql/graphql";

const every: readonly TriggerableMessage[] = ["STATUS_NOTIFICATION", "METER_VALUES", "HEARTBEAT", "BOOT_NOTIFICATION", "FIRMWARE_STATUS_NOTIFICATION"];

// OCPP 1.6 §5.17 with what the security whitepaper adds, OCPP 2.0.1 Part 2 F06 and its like in 2.1.
const more: Readonly<Record<string, readonly TriggerableMessage[]>> = {
  "1.6": ["DIAGNOSTICS_STATUS_NOTIFICATION", "LOG_STATUS_NOTIFICATION", "SIGN_CHARGING_STATION_CERTIFICATE"],
  "2.0.1": ["TRANSACTION_EVENT", "LOG_STATUS_NOTIFICATION", "PUBLISH_FIRMWARE_STATUS_NOTIFICATION", "SIGN_CHARGING_STATION_CERTIFICATE", "SIGN_V2G_CERTIFICATE", "SIGN_COMBINED_CERTIFICATE"],
  "2.1": [
    "TRANSACTION_EVENT",
    "LOG_STATUS_NOTIFICATION",
    "PUBLISH_FIRMWARE_STATUS_NOTIFICATION",
    "SIGN_CHARGING_STATION_CERTIFICATE",
    "SIGN_V2G_CERTIFICATE",
    "SIGN_COMBINED_CERTIFICATE",
    "SIGN_V2G20_CERTIFICATE",
  ],
};

/** The messages that a station can be asked for, those that every version has first. */
export function triggersFor(version = ""): readonly TriggerableMessage[] {
  return [...every, ...(more[version] ?? [])];
}

/** How long a token may be (OCPP 1.6 §7.28, OCPP 2.0.1's IdTokenType). */
export function tagLength(version = ""): number {
  return version.startsWith("2") ? 36 : 20;
}
