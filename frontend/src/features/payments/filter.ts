import type { paymentsSearch } from "@/app/payment-search";
import { listed } from "@/app/search";
import type { PaymentStatus, PaymentWhereInput } from "@/gql/graphql";

/** What the address says about the list, as the query wants it. */
export function paymentFilter(search: ReturnType<typeof paymentsSearch>): PaymentWhereInput {
  const text = search.q?.trim() ?? "";
  const statuses = listed<PaymentStatus>(search.status);
  return {
    ...(statuses.length === 0 ? {} : { statusIn: statuses }),
    ...(search.uncertain == null ? {} : { uncertain: true }),
    ...(search.since == null ? {} : { createdAtGTE: search.since }),
    ...(search.until == null ? {} : { createdAtLTE: search.until }),
    ...(text === ""
      ? {}
      : { or: [{ refContainsFold: text }, { chargeRefContainsFold: text }, { hasDriverWith: [{ or: [{ nameContainsFold: text }, { emailContainsFold: text }] }] }] }),
  };
}
