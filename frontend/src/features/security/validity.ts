const day = 86_400_000;

export type Validity = {
  /** How much of its life is over, and where in it renewal is due: parts of 100. */
  passed: number;
  renewal: number | undefined;
  /** Whole days until its end; what has ended counts from zero down. */
  days: number;
  /** Whether its end is near or past: the look of the bar. */
  urgency: "fine" | "due" | "over";
};

/** Where a certificate stands in its life. */
export function validityOf({ notBefore, notAfter, renewAt }: { notBefore: string; notAfter: string; renewAt?: string | null | undefined }, now: number): Validity {
  const from = new Date(notBefore).getTime();
  const to = new Date(notAfter).getTime();
  const part = (at: number) => (to <= from ? 100 : Math.min(100, Math.max(0, (100 * (at - from)) / (to - from))));
  const renew = renewAt == null ? undefined : new Date(renewAt).getTime();
  return {
    passed: part(now),
    renewal: renew == null ? undefined : part(renew),
    days: Math.floor((to - now) / day),
    urgency: now >= to ? "over" : (renew ?? from + (2 * (to - from)) / 3) <= now ? "due" : "fine",
  };
}
