import { expect, test } from "vitest";
import { issueFilter, urgentFirst } from "./order";

test("open ones come first, the worst of them first, then the newest", () => {
  const issue = (id: string, status: "OPEN" | "ACKNOWLEDGED" | "SNOOZED" | "RESOLVED", severity: "CRITICAL" | "WARNING" | "NOTICE", day: number) => ({ id, status, severity, lastSeenAt: `2030-01-0${String(day)}T00:00:00Z` });
  const issues = [issue("e", "RESOLVED", "CRITICAL", 9), issue("d", "ACKNOWLEDGED", "CRITICAL", 8), issue("c", "OPEN", "NOTICE", 7), issue("b", "OPEN", "WARNING", 1), issue("a", "OPEN", "WARNING", 2), issue("0", "OPEN", "CRITICAL", 1)];
  expect(urgentFirst(issues).map(({ id }) => id)).toEqual(["0", "a", "b", "c", "d", "e"]);
});

test("what is dealt with is left out until it is asked for, or linked to", () => {
  expect(issueFilter({}, undefined)).toEqual({ statusIn: ["OPEN", "ACKNOWLEDGED"] });
  expect(issueFilter({ status: "RESOLVED", severity: "CRITICAL" }, "n1")).toEqual({ statusIn: ["RESOLVED"], severityIn: ["CRITICAL"], networkId: "n1" });
  expect(issueFilter({ issue: "i1" }, undefined)).toEqual({ or: [{ statusIn: ["OPEN", "ACKNOWLEDGED"] }, { id: "i1" }] });
});
