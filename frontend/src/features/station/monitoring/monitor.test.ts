import { expect, test } from "vitest";
import { eventWhere, monitorOf, severityTone, typesFor } from "./monitor";

test("a monitor is read from what the station reported", () => {
  expect(monitorOf({ id: 3, type: "Delta", value: 2.5, severity: 4, transaction: true })).toEqual({ id: 3, type: "Delta", value: 2.5, severity: 4, transaction: true });
  expect(monitorOf({ type: "Delta" })).toBeUndefined();
  expect(monitorOf("text")).toBeUndefined();
});

test("targets are watched from OCPP 2.1 on", () => {
  expect(typesFor("2.0.1")).not.toContain("TARGET_DELTA");
  expect(typesFor("2.1")).toContain("TARGET_DELTA");
});

test("only numbers cross a limit", () => {
  expect(typesFor("2.0.1", "DECIMAL")).toContain("UPPER_THRESHOLD");
  expect(typesFor("2.1", "OPTION_LIST")).toEqual(["DELTA", "PERIODIC", "PERIODIC_CLOCK_ALIGNED"]);
});

test("events are asked for by kind and by how bad they are", () => {
  expect(eventWhere("s1", { kinds: [], atMost: undefined })).toEqual({ stationId: "s1" });
  expect(eventWhere("s1", { kinds: ["SECURITY"], atMost: 4 })).toEqual({ stationId: "s1", kindIn: ["SECURITY"], severityLTE: 4 });
});

test("worse looks worse", () => {
  expect(([0, 4, 5, 7, 9] as const).map(severityTone)).toEqual(["bad", "bad", "warn", "busy", "idle"]);
});
