import type { ChargeStatus, CorrectionStatus, IssueSeverity, IssueStatus, ReceiptEmailStatus, TariffRowFragment } from "@/gql/billing/graphql";
import type { Shape, State } from "./language";
import type { Tone } from "@/components/badge";

// The states of prices, charges and issues: a part of the one table of states that is fetched with their pages.

type Billing = { tariff: "counts" | "unassigned" | "future" | "over" | "archived"; charge: ChargeStatus; correction: CorrectionStatus; severity: IssueSeverity; issue: IssueStatus; mail: ReceiptEmailStatus };

function states<Area extends keyof Billing>(area: Area, looks: Record<Billing[Area], [Tone, Shape]>): Record<Billing[Area], State> {
  const entries = Object.entries<[Tone, Shape]>(looks).map(([name, [tone, shape]]) => [name, { tone, shape, word: `state.${area}.${name}.word`, sentence: `state.${area}.${name}.sentence` }]);
  return Object.fromEntries(entries) as Record<Billing[Area], State>;
}

const tariffStates = states("tariff", {
  counts: ["ok", "circle"],
  unassigned: ["idle", "open"],
  future: ["warn", "clock"],
  over: ["bad", "cross"],
  archived: ["idle", "dash"],
});

/** Whether a tariff counts anywhere now. */
export function tariffState({ archivedAt, assignments, version }: Pick<TariffRowFragment, "archivedAt" | "version"> & { assignments: readonly unknown[] }, now: number): State {
  if (archivedAt != null) return tariffStates.archived;
  if (version.validTo != null && new Date(version.validTo).getTime() <= now) return tariffStates.over;
  if (version.validFrom != null && new Date(version.validFrom).getTime() > now) return tariffStates.future;
  return assignments.length === 0 ? tariffStates.unassigned : tariffStates.counts;
}

export const chargeStates = states("charge", {
  PAID: ["ok", "check"],
  RECEIVABLE: ["hold", "bookmark"],
  BILLING_FAILED: ["bad", "triangle"],
  NEEDS_REVIEW: ["warn", "pause"],
  WRITTEN_OFF: ["idle", "dash"],
});

export const correctionStates = states("correction", { OPEN: ["warn", "clock"], APPLIED: ["ok", "check"], DISMISSED: ["idle", "dash"] });

export const severities = states("severity", { CRITICAL: ["bad", "triangle"], WARNING: ["warn", "half"], NOTICE: ["busy", "open"] });

export const issueStates = states("issue", { OPEN: ["warn", "circle"], ACKNOWLEDGED: ["busy", "half"], SNOOZED: ["idle", "clock"], RESOLVED: ["ok", "check"] });

export const mailStates = states("mail", { NONE: ["idle", "dash"], QUEUED: ["warn", "clock"], SENT: ["ok", "check"], FAILED: ["bad", "cross"] });
