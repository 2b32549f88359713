const kinds = ["TOP_UP", "HOLD", "RELEASE", "CHARGE", "ADJUSTMENT", "CORRECTION", "REFUND", "REFUND_FAILED", "DISPUTE", "DISPUTE_WON", "FEE"] as const;

type Kind = (typeof kinds)[number];

/** A kind that there is a word for; undefined for one that a later server knows. */
export function knownKind(kind: string): Kind | undefined {
  return kinds.find((known) => known === kind);
}
