import { expect, test } from "vitest";
import { howFar, shownSteps } from "./steps";

const stages = ["ASK", "SIGN", "INSTALL", "USE"];
const asked = { key: "ASK", state: "DONE" as const, explanation: "The station was asked.", remarks: [], at: "2026-01-01T00:00:00Z" };

test("what an operation is at stands after what was done", () => {
  expect(shownSteps({ stages, steps: [asked], step: "SIGN", status: "RUNNING" }).map(({ key, state }) => [key, state])).toEqual([
    ["ASK", "DONE"],
    ["SIGN", "WAITING"],
  ]);
});

test("a step that waits with words stands there once", () => {
  const waiting = { key: "SIGN", state: "WAITING" as const, explanation: "Waiting for the station.", remarks: [], at: "2026-01-01T00:00:01Z" };
  expect(shownSteps({ stages, steps: [asked, waiting], step: "SIGN", status: "RUNNING" })).toHaveLength(2);
});

test("what has ended is at nothing", () => {
  expect(shownSteps({ stages, steps: [asked], step: "SIGN", status: "FAILED" })).toHaveLength(1);
});

test("how far it is counts stages, and a step of an older version counts as none", () => {
  expect(howFar({ stages, steps: [], step: "INSTALL", status: "RUNNING" })).toEqual({ at: 2, of: 4 });
  expect(howFar({ stages, steps: [], step: "USE", status: "COMPLETED" })).toEqual({ at: 4, of: 4 });
  expect(howFar({ stages, steps: [], step: "GONE", status: "RUNNING" })).toEqual({ at: 0, of: 4 });
});
