import type { PaymentStatus } from "@/gql/graphql";
import { loose, oneOf, someOf, text, type Raw } from "./search";

const paymentStatuses: readonly PaymentStatus[] = ["PENDING", "FAILED", "EXPIRED", "CAPTURED", "REFUNDED", "DISPUTED"];

export function paymentsSearch(raw: Raw) {
  return loose({ q: text(raw.q), status: someOf(raw.status, paymentStatuses), uncertain: oneOf(raw.uncertain, ["yes"] as const), since: text(raw.since), until: text(raw.until) });
}
