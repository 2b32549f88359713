import type { ParseKeys } from "i18next";
import type { ChargeDetailFragment } from "@/gql/billing/graphql";
import { isNegative, isZero } from "@/lib/money";

export type ChargeAction = "retry" | "approve" | "refund" | "rebill" | "writeOff";

type Given = Pick<ChargeDetailFragment, "status" | "failureCode" | "due">;

/** What may hold a charge back: meter values that somebody has to look at, or a wallet that never covered it. */
const doubtful = "DOUBTFUL_METER";
const exhausted = "RETRIES_EXHAUSTED";

const rules: Record<ChargeAction, (charge: Given) => ParseKeys | undefined> = {
  retry: ({ status, failureCode }) => (status === "BILLING_FAILED" || (status === "NEEDS_REVIEW" && failureCode === exhausted) ? undefined : "charges.retryNot"),
  approve: ({ status, failureCode }) => (status === "NEEDS_REVIEW" && failureCode === doubtful ? undefined : "charges.approveNot"),
  refund: ({ status, due }) => (status !== "PAID" && status !== "RECEIVABLE" ? "charges.refundNot" : isZero(due) || isNegative(due) ? "charges.refundNothing" : undefined),
  rebill: () => undefined,
  writeOff: ({ status }) => (status === "WRITTEN_OFF" ? "charges.writeOffDone" : status === "BILLING_FAILED" || status === "NEEDS_REVIEW" ? undefined : "charges.writeOffPaid"),
};

/** Why an action can't be taken now; undefined where it can. */
export function refusal(action: ChargeAction, charge: Given, may: boolean): ParseKeys | undefined {
  return may ? rules[action](charge) : "charges.noWrite";
}
