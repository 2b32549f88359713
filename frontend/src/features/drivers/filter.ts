import type { driversSearch } from "@/app/driver-search";
import { listed } from "@/app/search";
import type { DriverStatus, DriverWhereInput } from "@/gql/drivers/graphql";

/** What the address says about the list, as the query wants it; network is the one that the portal is narrowed to. */
export function driverFilter(search: ReturnType<typeof driversSearch>, network: string | null): DriverWhereInput {
  const text = search.q?.trim() ?? "";
  const statuses = listed<DriverStatus>(search.status);
  return {
    ...(network == null ? {} : { networkId: network }),
    ...(statuses.length === 0 ? {} : { statusIn: statuses }),
    ...(text === "" ? {} : { or: [{ nameContainsFold: text }, { emailContainsFold: text }] }),
  };
}
