import { expect, test } from "vitest";
import { driverFilter } from "./filter";

test("a list without filters asks for everybody", () => {
  expect(driverFilter({}, null)).toEqual({});
  expect(driverFilter({ q: "  " }, null)).toEqual({});
});

test("search looks at names and addresses, beside the status and the network", () => {
  expect(driverFilter({ q: " asha ", status: "BLOCKED" }, "n1")).toEqual({ networkId: "n1", statusIn: ["BLOCKED"], or: [{ nameContainsFold: "asha" }, { emailContainsFold: "asha" }] });
});
