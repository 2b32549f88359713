import { expect, test } from "vitest";
import { ago, duration, energy, latency, moment, percent, power, reading } from "./format";
import { hexOf } from "./hex";
import { localeFor } from "./locale";

test.each([
  [0, "0 Wh"],
  [999, "999 Wh"],
  [8230, "8.23 kWh"],
  [123_456, "123.5 kWh"],
  [2_400_000, "2.4 MWh"],
  [-1, "-1 Wh"],
])("energy of %d Wh reads %s", (wh, text) => {
  expect(energy("en", wh)).toBe(text);
});

test("values that are not known stay unknown", () => {
  expect([energy("en", null), power("en", undefined), percent("en", null), reading("en", null)]).toEqual([undefined, undefined, undefined, undefined]);
});

test("numbers follow the language", () => {
  expect(power("de", 10_980)).toBe("11 kW");
  expect(energy("de", 8230)).toBe("8,23 kWh");
  expect(power("en", 3_450)).toBe("3.5 kW");
  expect(percent("en", 63.4)).toBe("63%");
  expect(reading("en", 1_203_456)).toBe("1,203.456 kWh");
});

const start = "2026-01-02T03:04:05Z";
const after = (seconds: number) => new Date(new Date(start).getTime() + seconds * 1000).toISOString();

test.each([
  [5, "5s"],
  [65, "1m 5s"],
  [3_900, "1h 5m"],
  [200_000, "2d 7h"],
  [-10, "0s"],
])("a span of %d seconds reads %s", (seconds, text) => {
  expect(duration("en", start, after(seconds))).toBe(text);
});

test.each([
  [10, "now"],
  [120, "2 min. ago"],
  [7_200, "2 hr. ago"],
  [172_800, "2 days ago"],
])("%d seconds ago reads %s", (seconds, text) => {
  expect(ago("en", start, new Date(after(seconds)).getTime())).toBe(text);
});

test("moments are shown in the zone that is asked for", () => {
  expect(moment("en-GB", start, "clock", "Asia/Kolkata")).toBe("08:34");
  expect(moment("en-GB", start, "milli", "UTC")).toBe("03:04:05.000");
});

test("a delay reads in milliseconds, then seconds", () => {
  expect([latency("en", 38), latency("en", 2_340)]).toEqual(["38 ms", "2.3 s"]);
});

test("a text's bytes in hexadecimal", () => {
  expect(hexOf("AAAAAAAAAAAAAAAAAAAA")).toBe("41".repeat(20));
  expect(hexOf("é")).toBe("c3a9");
});

test("the browser's region counts where its language is the chosen one", () => {
  expect(localeFor("en", ["de-AT", "en-GB"])).toBe("en-GB");
  expect(localeFor("hi", ["de-AT", "en-GB"])).toBe("hi");
});
