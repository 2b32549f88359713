import type { DriverStatus } from "@/gql/drivers/graphql";
import { loose, someOf, text, type Raw } from "./search";

const driverStatuses: readonly DriverStatus[] = ["ACTIVE", "BLOCKED"];

export function driversSearch(raw: Raw) {
  return loose({ q: text(raw.q), status: someOf(raw.status, driverStatuses) });
}
