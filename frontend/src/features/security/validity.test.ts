import { expect, test } from "vitest";
import { validityOf } from "./validity";

const life = { notBefore: "2026-01-01T00:00:00Z", notAfter: "2026-01-31T00:00:00Z", renewAt: "2026-01-21T00:00:00Z" };
const at = (day: string) => new Date(`2026-01-${day}T00:00:00Z`).getTime();

test("a certificate in the first half of its life is fine", () => {
  expect(validityOf(life, at("16"))).toMatchObject({ passed: 50, days: 15, urgency: "fine" });
  expect(validityOf(life, at("16")).renewal).toBeCloseTo(66.67, 1);
});

test("after the time to renew it is due, with or without one being known", () => {
  expect(validityOf(life, at("22")).urgency).toBe("due");
  expect(validityOf({ ...life, renewAt: null }, at("20")).urgency).toBe("fine");
  expect(validityOf({ ...life, renewAt: null }, at("22")).urgency).toBe("due");
});

test("what has ended stays within its bar", () => {
  expect(validityOf(life, new Date("2026-02-02T12:00:00Z").getTime())).toMatchObject({ passed: 100, days: -3, urgency: "over" });
  expect(validityOf({ ...life, notAfter: life.notBefore }, at("02"))).toMatchObject({ passed: 100, urgency: "over" });
});
