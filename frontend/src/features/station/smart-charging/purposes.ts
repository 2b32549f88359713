import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ChargingProfilePurpose } from "@/gql/graphql";

/** The purposes that can be set, and the version from which on (OCPP 1.6 §7.11, 2.1 Part 2 §3). */
const settable: readonly { purpose: ChargingProfilePurpose; since: "1.6" | "2.1" }[] = [
  { purpose: "TX_DEFAULT_PROFILE", since: "1.6" },
  { purpose: "TX_PROFILE", since: "1.6" },
  { purpose: "CHARGING_STATION_MAX_PROFILE", since: "1.6" },
  { purpose: "PRIORITY_CHARGING", since: "2.1" },
  { purpose: "LOCAL_GENERATION", since: "2.1" },
];

export function purposesFor(version: string): ChargingProfilePurpose[] {
  return settable.filter(({ since }) => since === "1.6" || version === "2.1").map(({ purpose }) => purpose);
}

const known: ReadonlySet<string> = new Set<ChargingProfilePurpose>([...settable.map(({ purpose }) => purpose), "CHARGING_STATION_EXTERNAL_CONSTRAINTS"]);

function isPurpose(purpose: string): purpose is ChargingProfilePurpose {
  return known.has(purpose);
}

/** What a purpose is called; one that nobody knows is shown as the station wrote it. */
export function usePurposeName(): (purpose: string) => string {
  const { t } = useTranslation();
  return useCallback((purpose) => (isPurpose(purpose) ? t(`charging.purpose.${purpose}`) : purpose), [t]);
}
