import type { Tone } from "@/components/badge";
import type { DisputeOutcome, PaymentFinding, PaymentRowFragment, PaymentStatus, ReconciliationStatus, RefundStatus } from "@/gql/graphql";
import type { Shape, State } from "@/status/language";

// The states of payments and of what belongs to them: a part of the one table of states that is fetched with their pages.

type Area = { payment: PaymentStatus | "UNCERTAIN" | "OPEN" | "PARTLY"; refund: RefundStatus; dispute: DisputeOutcome; reconciliation: ReconciliationStatus };

function states<Name extends keyof Area>(area: Name, looks: Record<Area[Name], [Tone, Shape]>): Record<Area[Name], State> {
  const entries = Object.entries<[Tone, Shape]>(looks).map(([name, [tone, shape]]) => [name, { tone, shape, word: `payState.${area}.${name}.word`, sentence: `payState.${area}.${name}.sentence` }]);
  return Object.fromEntries(entries) as Record<Area[Name], State>;
}

export const paymentStates = states("payment", {
  PENDING: ["busy", "open"],
  OPEN: ["warn", "half"],
  FAILED: ["bad", "cross"],
  EXPIRED: ["idle", "clock"],
  CAPTURED: ["ok", "check"],
  REFUNDED: ["hold", "dash"],
  PARTLY: ["ok", "half"],
  DISPUTED: ["bad", "triangle"],
  UNCERTAIN: ["warn", "clock"],
});

export const refundStates = states("refund", { PENDING: ["busy", "open"], DONE: ["ok", "check"], FAILED: ["bad", "cross"] });

export const disputeStates = states("dispute", { ASKED: ["warn", "half"], OPEN: ["bad", "triangle"], LOST: ["idle", "cross"], WON: ["ok", "check"] });

export const reconciliationStates = states("reconciliation", { RUNNING: ["busy", "half"], DONE: ["ok", "check"], FAILED: ["bad", "cross"] });

/** How a payment stands, in one word: what nobody knows yet goes first, and a try that failed may be followed by another. */
export function paymentState({ status, uncertain, settledAt, captured, returned }: Pick<PaymentRowFragment, "status" | "uncertain" | "settledAt" | "captured" | "returned">): State {
  if (uncertain) return paymentStates.UNCERTAIN;
  if (status === "REFUNDED" && returned.amount !== captured.amount) return paymentStates.PARTLY;
  return status === "FAILED" && settledAt == null ? paymentStates.OPEN : paymentStates[status];
}

/** Whether what was found needs a person still. */
export function needsPerson({ finding, resolved }: { finding: PaymentFinding; resolved: boolean }): boolean {
  return !resolved && finding !== "AMOUNT_DIFFERS";
}
