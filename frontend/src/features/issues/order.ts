import type { issuesSearch } from "@/app/billing-search";
import { listed } from "@/app/search";
import type { DetectedIssueWhereInput, IssueRowFragment, IssueSeverity, IssueStatus } from "@/gql/billing/graphql";

type Search = ReturnType<typeof issuesSearch>;

/** What the address says about the list, as the query wants it; what is dealt with is left out unless it is asked for. */
export function issueFilter(search: Search, networkId: string | undefined): DetectedIssueWhereInput {
  const statuses = listed<IssueStatus>(search.status);
  const grades = listed<IssueSeverity>(search.severity);
  return {
    ...(search.issue == null || statuses.length > 0 ? { statusIn: statuses.length === 0 ? ["OPEN", "ACKNOWLEDGED"] : statuses } : { or: [{ statusIn: ["OPEN", "ACKNOWLEDGED"] }, { id: search.issue }] }),
    ...(grades.length === 0 ? {} : { severityIn: grades }),
    ...(networkId == null ? {} : { networkId }),
  };
}

const byStatus: Record<IssueStatus, number> = { OPEN: 0, ACKNOWLEDGED: 1, SNOOZED: 2, RESOLVED: 3 };
const bySeverity: Record<IssueSeverity, number> = { CRITICAL: 0, WARNING: 1, NOTICE: 2 };

type Ordered = Pick<IssueRowFragment, "status" | "severity" | "lastSeenAt">;

/** Open ones first, the worst of them first, and of those the newest. */
export function urgentFirst<Issue extends Ordered>(issues: readonly Issue[]): Issue[] {
  return [...issues].sort((a, b) => byStatus[a.status] - byStatus[b.status] || bySeverity[a.severity] - bySeverity[b.severity] || b.lastSeenAt.localeCompare(a.lastSeenAt));
}
