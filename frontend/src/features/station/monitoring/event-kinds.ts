import type { ReportedEventKind } from "@/gql/graphql";

/** What stations notice, with what operators look for first at the top. */
export const eventKinds: readonly ReportedEventKind[] = [
  "SECURITY",
  "MONITORING",
  "CHARGING_LIMIT",
  "CHARGING_NEEDS",
  "CHARGING_SCHEDULE",
  "PRIORITY_CHARGING",
  "RESERVATION",
  "FIRMWARE",
  "LOG",
  "CERTIFICATE",
  "PAYMENT",
  "TARIFF",
  "STREAM",
  "DER",
  "BATTERY_SWAP",
  "DATA_TRANSFER",
];
