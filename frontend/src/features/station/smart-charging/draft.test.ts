import { expect, test } from "vitest";
import { draftFault, inputOf, previewOf, type ProfileDraft } from "./draft";
import { piecesOf } from "./schedule";

const draft = (given: Partial<ProfileDraft> = {}): ProfileDraft => ({
  evseNo: 1,
  sessionId: "",
  purpose: "TX_DEFAULT_PROFILE",
  kind: "ABSOLUTE",
  recurrency: "DAILY",
  stackLevel: "1",
  unit: "A",
  startAt: "",
  hours: "",
  periods: [{ minutes: "0", limit: "16", phases: "" }],
  ...given,
});

test.each([
  ["as it begins", {}, undefined],
  ["a level that is none", { stackLevel: "-1" }, "level"],
  ["no time at all", { hours: "0" }, "hours"],
  ["a session's limit without a session", { purpose: "TX_PROFILE" }, "session"],
  ["a session's limit at no connector", { purpose: "TX_PROFILE", sessionId: "s", evseNo: 0 }, "where"],
  ["no period", { periods: [] }, "periods"],
  ["a limit that is none", { periods: [{ minutes: "0", limit: "lots", phases: "" }] }, "limit"],
  ["four phases", { periods: [{ minutes: "0", limit: "6", phases: "4" }] }, "phases"],
  ["a late first period", { periods: [{ minutes: "5", limit: "6", phases: "" }] }, "first"],
  ["periods out of order", { periods: [{ minutes: "0", limit: "6", phases: "" }, { minutes: "0", limit: "8", phases: "" }] }, "order"],
] as const)("%s", (_, given, fault) => {
  expect(draftFault(draft(given as Partial<ProfileDraft>))).toBe(fault);
});

test("what is typed is what is sent", () => {
  const input = inputOf(draft({ kind: "RECURRING", hours: "1.5", unit: "W", startAt: "2030-01-01T00:00", periods: [{ minutes: "0", limit: "11000", phases: "3" }, { minutes: "30", limit: "0", phases: "" }] }));
  expect(input).toEqual({
    purpose: "TX_DEFAULT_PROFILE",
    kind: "RECURRING",
    recurrency: "DAILY",
    stackLevel: 1,
    schedules: [{ unit: "W", startAt: new Date("2030-01-01T00:00").toISOString(), durationS: 5400, periods: [{ startS: 0, limit: 11_000, phases: 3 }, { startS: 1800, limit: 0 }] }],
  });
  expect(inputOf(draft({ kind: "RELATIVE", startAt: "2030-01-01T00:00" })).schedules[0]).not.toHaveProperty("startAt");
});

test("the preview begins now where no start is given, and waits for what can't be drawn", () => {
  const now = Date.UTC(2030, 0, 1);
  const preview = previewOf(draft(), now);
  if (preview == null) throw new Error("no preview");
  expect(piecesOf(preview, { from: now - 1000, to: now + 1000 })).toMatchObject([{ from: now, limit: 16 }]);
  expect(previewOf(draft({ periods: [{ minutes: "0", limit: "", phases: "" }] }), now)).toBeUndefined();
});
