import i18next from "i18next";
import { expect, test } from "vitest";
import { startValues } from "@/features/commands/start-values";
import { nothingChosen } from "@/features/firmware/choice";
import { bulkActions, isReady, minutesFor, type BulkKey, type BulkValues } from "./catalogue";

const values: BulkValues = { ...startValues({ connectors: [] }), component: "", listType: "FULL", logType: "DIAGNOSTICS", firmware: nothingChosen };

function given(key: BulkKey, change: Partial<BulkValues> = {}) {
  const action = bulkActions.find((item) => item.key === key);
  if (action == null) throw new Error(`${key} is not in the catalogue`);
  return { ...action.command({ ...values, ...change }), ready: isReady(action, { ...values, ...change }) };
}

test.each(bulkActions.map(({ key }) => key))("%s says what it is and what it does to many stations", (key) => {
  for (const text of [`bulk.action.${key}`, `bulk.does.${key}`]) expect(i18next.exists(text), text).toBe(true);
});

test("each names the mutation for one station, and its input without the station", () => {
  expect(given("reset")).toEqual({ command: "resetStation", parameters: { type: "SOFT" }, ready: true });
  expect(given("availability", { evseNo: 0 })).toEqual({ command: "changeAvailability", parameters: { operative: false }, ready: true });
  expect(given("trigger", { evseNo: 2 }).parameters).toEqual({ evseNo: 2, message: "STATUS_NOTIFICATION" });
  expect(given("setVariable", { component: " OCPPCommCtrlr ", setting: "HeartbeatInterval", value: "60" }).parameters).toEqual({
    variables: [{ component: "OCPPCommCtrlr", variable: "HeartbeatInterval", value: "60" }],
  });
  expect(given("setVariable", { setting: "HeartbeatInterval", value: "60" }).parameters).toEqual({ variables: [{ variable: "HeartbeatInterval", value: "60" }] });
});

test("diagnostics are asked for as every station knows them, other logs as logs", () => {
  expect(given("getLog").command).toBe("getDiagnostics");
  expect(given("getLog", { logType: "SECURITY" })).toMatchObject({ command: "getLog", parameters: { type: "SECURITY" } });
});

test("nothing is sent before it is filled in", () => {
  expect(given("setVariable").ready).toBe(false);
  expect(given("updateFirmware", { firmware: { ...nothingChosen, location: "firmware.bin" } }).ready).toBe(false);
  expect(given("updateFirmware", { firmware: { ...nothingChosen, firmwareId: "f" } }).ready).toBe(true);
});

test("a rate says how long it takes", () => {
  expect([minutesFor(3, 60), minutesFor(61, 60), minutesFor(200, 10)]).toEqual([1, 2, 20]);
});
