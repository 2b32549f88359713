import { expect, test } from "vitest";
import { clockOf, minuteOf } from "./quiet-hours";

test.each([
  [0, "00:00"],
  [65, "01:05"],
  [1439, "23:59"],
] as const)("minute %d of the day is %s, and back", (minute, clock) => {
  expect(clockOf(minute)).toBe(clock);
  expect(minuteOf(clock)).toBe(minute);
});

test("no time is none", () => {
  expect(clockOf(null)).toBe("");
  for (const text of ["", "24:00", "7:30", "12:60"]) expect(minuteOf(text), text).toBeNull();
});
