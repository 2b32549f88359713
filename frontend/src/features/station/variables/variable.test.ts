import { expect, test } from "vitest";
import { componentName, faultOf, grouped, identityOf, matches, outcomesOf, reference, traitsOf, variableName, withMember, type Variable } from "./variable";

const variable = (given: Partial<Variable> = {}): Variable => ({
  id: Math.random().toString(36),
  component: "OCPPCommCtrlr",
  componentInstance: "",
  evseNo: 0,
  connectorNo: 0,
  variable: "HeartbeatInterval",
  instance: "",
  attribute: "Actual",
  value: "300",
  mutability: "READ_WRITE",
  dataType: "INTEGER",
  unit: "s",
  minLimit: null,
  maxLimit: null,
  valuesList: null,
  constant: false,
  readonly: false,
  supportsMonitoring: false,
  rebootRequired: false,
  reportedAt: "2030-01-01T00:00:00Z",
  ...given,
});

test.each([
  ["a number", { dataType: "INTEGER", minLimit: 1, maxLimit: 10 }, "10", undefined],
  ["too much", { dataType: "INTEGER", minLimit: 1, maxLimit: 10 }, "11", "max"],
  ["too little", { dataType: "INTEGER", minLimit: 1, maxLimit: 10 }, "0", "min"],
  ["a fraction where none goes", { dataType: "INTEGER" }, "1.5", "whole"],
  ["a fraction", { dataType: "DECIMAL" }, "-1.5", undefined],
  ["words for a number", { dataType: "DECIMAL" }, "1e3", "number"],
  ["nothing for a number", { dataType: "DECIMAL" }, "", "number"],
  ["a boolean", { dataType: "BOOLEAN" }, "TRUE", undefined],
  ["no boolean", { dataType: "BOOLEAN" }, "yes", "boolean"],
  ["an option", { dataType: "OPTION_LIST", valuesList: ["A", "B"] }, "B", undefined],
  ["no option", { dataType: "OPTION_LIST", valuesList: ["A", "B"] }, "C", "option"],
  ["no members", { dataType: "MEMBER_LIST", valuesList: ["A", "B"] }, "", undefined],
  ["a strange member", { dataType: "MEMBER_LIST", valuesList: ["A", "B"] }, "A, C", "option"],
  ["a time", { dataType: "DATE_TIME" }, "2030-01-31T12:00:00Z", undefined],
  ["a day only", { dataType: "DATE_TIME" }, "2030-01-31", "time"],
  ["a long text", { dataType: "STRING", maxLimit: 3 }, "abcd", "long"],
  ["anything where the station says nothing", { dataType: null }, "abcd", undefined],
] as const)("%s is judged as the station says", (_, given, value, fault) => {
  expect(faultOf(variable(given as Partial<Variable>), value)?.key).toBe(fault);
});

test("keys of OCPP 1.6 take what the standard says of them", () => {
  const key = variable({ component: "", dataType: null, unit: "" });
  expect(traitsOf(key)).toMatchObject({ type: "INTEGER", unit: "s", min: 0 });
  expect(faultOf(key, "-1")).toEqual({ key: "min", limit: 0 });
  expect(traitsOf({ ...key, variable: "MakersOwn" }).type).toBeNull();
});

test("members stay in the station's order", () => {
  expect(withMember("C,A", "B", true, ["A", "B", "C"])).toBe("A,B,C");
  expect(withMember("A, B", "A", false, ["A", "B"])).toBe("B");
});

test("a variable is named with its instances and attribute, and referred to without what is usual", () => {
  const odd = variable({ componentInstance: "a", evseNo: 1, instance: "x", attribute: "MaxSet" });
  expect([componentName(odd), variableName(odd)]).toEqual(["OCPPCommCtrlr[a]", "HeartbeatInterval[x] (MaxSet)"]);
  expect(reference(odd)).toEqual({ component: "OCPPCommCtrlr", componentInstance: "a", evseNo: 1, variable: "HeartbeatInterval", instance: "x", attribute: "MAX_SET" });
  expect(reference(variable({ component: "" }))).toEqual({ variable: "HeartbeatInterval" });
});

test("what became of a variable is found by what it is", () => {
  const outcomes = outcomesOf([{ component: "OCPPCommCtrlr", variable: "HeartbeatInterval", status: "RebootRequired" }]);
  expect(outcomes.get(identityOf(variable()))?.status).toBe("RebootRequired");
  expect(outcomes.get(identityOf(variable({ evseNo: 1 })))).toBeUndefined();
  expect(outcomesOf(null).size).toBe(0);
});

test("the list narrows by text, component, EVSE, access and what waits for a restart", () => {
  const filter = { q: "", components: [], evse: undefined, writable: false, reboot: false };
  const one = variable({ evseNo: 1 });
  expect(matches(one, { ...filter, q: "commctrlr.heart" })).toBe(true);
  expect(matches(one, { ...filter, components: ["TxCtrlr"] })).toBe(false);
  expect(matches(one, { ...filter, evse: 0 })).toBe(false);
  expect(matches(variable({ readonly: true }), { ...filter, writable: true })).toBe(false);
  expect(matches(variable({ constant: true }), { ...filter, writable: true })).toBe(false);
  expect(matches(one, { ...filter, reboot: true })).toBe(false);
});

test("components stand in order, each for every EVSE", () => {
  const groups = grouped([variable({ component: "EVSE", evseNo: 2 }), variable({ component: "EVSE", evseNo: 1, variable: "Power" }), variable({ component: "EVSE", evseNo: 1, variable: "Available" }), variable({ component: "Clock" })]);
  expect(groups.map(({ component, evseNo, variables }) => [component, evseNo, variables.map((item) => item.variable)])).toEqual([
    ["Clock", 0, ["HeartbeatInterval"]],
    ["EVSE", 1, ["Available", "Power"]],
    ["EVSE", 2, ["HeartbeatInterval"]],
  ]);
});
