import type { ConnectorStatus, StationOrder, StationWhereInput } from "@/gql/graphql";
import { listed, type stationsSearch, type StationSort } from "@/app/search";

export type StationsSearch = ReturnType<typeof stationsSearch>;

/** What the address says about the list, as the query wants it. */
export function stationFilter(search: StationsSearch): StationWhereInput {
  const text = search.q?.trim() ?? "";
  const statuses = listed<ConnectorStatus>(search.status);
  return {
    onboarding: search.tab === "pending" ? "PENDING" : "ONBOARDED",
    ...(search.online == null ? {} : { online: search.online === "yes" }),
    ...(search.location == null ? {} : { locationId: search.location }),
    ...(search.profile == null ? {} : { securityProfile: Number(search.profile) }),
    ...(statuses.length === 0 ? {} : { hasConnectorsWith: [{ statusIn: statuses }] }),
    ...(text === ""
      ? {}
      : {
          or: [
            { nameContainsFold: text },
            { identityContainsFold: text },
            { vendorContainsFold: text },
            { modelContainsFold: text },
            { serialNumberContainsFold: text },
          ],
        }),
  };
}

const fields: Record<StationSort, StationOrder["field"]> = {
  name: "NAME",
  identity: "IDENTITY",
  model: "MODEL",
  seen: "LAST_SEEN_AT",
  created: "CREATED_AT",
};

export function stationOrder(search: StationsSearch): StationOrder {
  if (search.sort == null && search.tab === "pending") return { field: "CREATED_AT", direction: "DESC" };
  return { field: fields[search.sort ?? "name"], direction: search.dir === "desc" ? "DESC" : "ASC" };
}

/** Whether anything narrows the list beyond its tab. */
export function isFiltered(search: StationsSearch): boolean {
  return search.q != null || search.status != null || search.online != null || search.location != null || search.profile != null;
}
