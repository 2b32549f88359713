import { expect, test } from "vitest";
import { jsonLines, parseRepair } from "./json-lines";

test("prints as JSON.stringify does, with a pointer for every line", () => {
  const value = { a: [1, { "b/c": "x", "~": null }], empty: {}, none: [] };
  const lines = jsonLines(value);
  const text = lines.map(({ depth, key, text: rest }) => `${"  ".repeat(depth)}${key == null ? "" : `${JSON.stringify(key)}: `}${rest}`).join("\n");
  expect(text).toBe(JSON.stringify(value, null, 2));
  expect(lines.find(({ key }) => key === "b/c")?.pointer).toBe("/a/1/b~1c");
  expect(lines.find(({ key }) => key === "~")?.pointer).toBe("/a/1/~0");
});

test("what can't be JSON prints as null", () => {
  expect(jsonLines(undefined).map(({ text }) => text)).toEqual(["null"]);
});

test.each([
  ["/meterValue/0/sampledValue: an object was read as a list: one item", { pointer: "/meterValue/0/sampledValue", what: "an object was read as a list: one item" }],
  ["two brackets were closed", { pointer: "", what: "two brackets were closed" }],
  ["a value: with a colon", { pointer: "", what: "a value: with a colon" }],
])("parses %j", (text, repair) => {
  expect(parseRepair(text)).toEqual(repair);
});
