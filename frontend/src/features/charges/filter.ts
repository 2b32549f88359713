import { listed } from "@/app/search";
import type { chargesSearch } from "@/app/billing-search";
import type { ChargeStatus, ChargeWhereInput } from "@/gql/billing/graphql";

export type ChargesSearch = ReturnType<typeof chargesSearch>;

/** What the address says about the list, as the query wants it. */
export function chargeFilter(search: ChargesSearch): ChargeWhereInput {
  const text = search.q?.trim() ?? "";
  const statuses = listed<ChargeStatus>(search.status);
  return {
    ...(statuses.length === 0 ? {} : { statusIn: statuses }),
    ...(search.of == null ? {} : { networkId: search.of }),
    ...(search.since == null ? {} : { createdAtGTE: search.since }),
    ...(search.until == null ? {} : { createdAtLTE: search.until }),
    ...(text === ""
      ? {}
      : {
          or: [
            { hasDriverWith: [{ or: [{ nameContainsFold: text }, { emailContainsFold: text }] }] },
            { hasSessionWith: [{ or: [{ idTagContainsFold: text }, { hasStationWith: [{ or: [{ nameContainsFold: text }, { identityContainsFold: text }] }] }] }] },
          ],
        }),
  };
}

export function isFiltered(search: ChargesSearch): boolean {
  return search.q != null || search.status != null || search.of != null || search.since != null || search.until != null;
}
