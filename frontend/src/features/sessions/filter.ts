import { listed, type sessionsSearch } from "@/app/search";
import type { ChargingSessionWhereInput, SessionStatus } from "@/gql/graphql";

export type SessionsSearch = ReturnType<typeof sessionsSearch>;

/** What the address says about the list, as the query wants it. */
export function sessionFilter(search: SessionsSearch): ChargingSessionWhereInput {
  const text = search.q?.trim() ?? "";
  const statuses = listed<SessionStatus>(search.status);
  return {
    ...(statuses.length === 0 ? {} : { statusIn: statuses }),
    ...(search.since == null ? {} : { startedAtGTE: search.since }),
    ...(search.until == null ? {} : { startedAtLTE: search.until }),
    ...(text === ""
      ? {}
      : {
          or: [
            { idTagContainsFold: text },
            { ocppTransactionIdContainsFold: text },
            { hasStationWith: [{ or: [{ nameContainsFold: text }, { identityContainsFold: text }] }] },
            { hasTokenWith: [{ labelContainsFold: text }] },
          ],
        }),
  };
}
