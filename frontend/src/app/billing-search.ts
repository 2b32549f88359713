import type { ChargeStatus, IssueSeverity, IssueStatus } from "@/gql/billing/graphql";
import { loose, oneOf, someOf, text, type Raw } from "./search";

const chargeStatuses: readonly ChargeStatus[] = ["PAID", "RECEIVABLE", "BILLING_FAILED", "NEEDS_REVIEW", "WRITTEN_OFF"];
const issueStatuses: readonly IssueStatus[] = ["OPEN", "ACKNOWLEDGED", "SNOOZED", "RESOLVED"];
const severities: readonly IssueSeverity[] = ["CRITICAL", "WARNING", "NOTICE"];

export function tariffsSearch(raw: Raw) {
  return loose({ q: text(raw.q), archived: oneOf(raw.archived, ["yes"] as const) });
}

export function chargesSearch(raw: Raw) {
  return loose({ q: text(raw.q), status: someOf(raw.status, chargeStatuses), of: text(raw.of), since: text(raw.since), until: text(raw.until) });
}

export function issuesSearch(raw: Raw) {
  return loose({ status: someOf(raw.status, issueStatuses), severity: someOf(raw.severity, severities), issue: text(raw.issue) });
}
