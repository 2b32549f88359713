import { expect, test } from "vitest";
import { direction, typedAmount } from "./amount";

test.each([
  [" 12.50 ", "12.50"],
  ["12,50", "12.50"],
  ["−5", "-5"],
  ["+5", "5"],
])("%j is sent as %s", (typed, sent) => {
  expect(typedAmount(typed)).toBe(sent);
});

test.each([
  ["10", "give"],
  ["+0,01", "give"],
  ["-10.00", "take"],
  ["−3", "take"],
  ["", undefined],
  ["-", undefined],
  ["0.00", undefined],
  ["-0", undefined],
  ["ten", undefined],
  ["1.000,00", undefined],
])("%j goes %s", (typed, way) => {
  expect(direction(typed)).toBe(way);
});
