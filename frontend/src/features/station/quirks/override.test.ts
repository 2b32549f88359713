import { expect, test } from "vitest";
import { entriesOf, entryFault, overrideOf, valueText, type QuirkField } from "./override";

const field = (name: string, kind: string, given: Partial<QuirkField> = {}): QuirkField => ({ name, kind, unit: null, min: null, max: null, values: [], meaning: "", ...given });
const fields = [
  field("hexPassword", "BOOL"),
  field("maxStackLevel", "INTEGER", { min: 0, max: 1000 }),
  field("minLimitA", "NUMBER", { min: 0, max: 1000 }),
  field("rateUnit", "TEXT", { values: ["A", "W"] }),
  field("limitSteps", "LIST"),
  field("configurationKeySpelling", "MAP"),
];

test("an override goes through the editor unchanged", () => {
  const override = { hexPassword: false, maxStackLevel: 0, minLimitA: 6.5, rateUnit: "A", limitSteps: ["6", "16"], configurationKeySpelling: { HeartbeatInterval: "HeartBeatInterval" } };
  expect(overrideOf(fields, entriesOf(override))).toEqual(override);
  expect(overrideOf(fields, entriesOf(null))).toEqual({});
});

test.each([
  ["maxStackLevel", "1.5", "whole"],
  ["maxStackLevel", "1001", "range"],
  ["maxStackLevel", "0", undefined],
  ["minLimitA", "", "number"],
  ["rateUnit", "V", "values"],
  ["limitSteps", " , ", "missing"],
  ["configurationKeySpelling", "a = b = c", "pairs"],
  ["configurationKeySpelling", "a = b\n\nc=d", undefined],
  ["hexPassword", "true", undefined],
])("%s as %s", (name, entry, fault) => {
  const found = fields.find((item) => item.name === name);
  if (found == null) throw new Error(`no field ${name}`);
  expect(entryFault(found, entry)).toBe(fault);
});

test("a value is read as words", () => {
  expect([valueText(true, "yes", "no"), valueText(["a", "b"], "", ""), valueText({ a: "b" }, "", ""), valueText(6, "", "")]).toEqual(["yes", "a, b", "a = b", "6"]);
});
