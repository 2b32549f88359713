import { expect, test } from "vitest";
import type { ComparableVariablesQuery, ComparedStationsQuery } from "@/gql/graphql";
import { nameOf, offeredOf, rowsOf, unreadReason, whereOf, type Offered } from "./compare";

const variable = (name: string, given: Partial<Offered> = {}): Offered => ({
  id: name,
  component: "",
  componentInstance: "",
  evseNo: 0,
  connectorNo: 0,
  variable: name,
  instance: "",
  attribute: "",
  unit: "",
  ...given,
});

function offered(...stations: Offered[][]): ComparableVariablesQuery {
  return { stations: { edges: stations.map((list, index) => ({ node: { id: String(index), offered: { edges: list.map((node) => ({ node })) } } })) } };
}

test("what several stations have is offered once", () => {
  const list = offeredOf(offered([variable("B"), variable("A")], [{ ...variable("A"), id: "other" }, variable("Interval", { component: "Clock", instance: "x" })]));
  expect(list.map(nameOf)).toEqual(["A", "B", "Clock.Interval[x]"]);
});

test("a variable is looked up by all that names it", () => {
  expect(whereOf(variable("A", { component: "C", evseNo: 2, attribute: "Actual" }))).toEqual({ component: "C", componentInstance: "", evseNo: 2, connectorNo: 0, variable: "A", instance: "", attribute: "Actual" });
});

test("what differs from most stands out, and what isn't known says so", () => {
  const station = (id: string, value?: string) => ({
    node: { id, name: id, identity: id, online: true, ocppVersion: "V16", compared: { edges: value == null ? [] : [{ node: { ...variable("A"), value, reportedAt: null } }] } },
  });
  const data = { stations: { totalCount: 4, pageInfo: { hasNextPage: false, endCursor: null }, edges: [station("1", "60"), station("2", "60"), station("3", "300"), station("4")] } } as unknown as ComparedStationsQuery;
  expect(rowsOf(data).map(({ value, kind }) => [value, kind])).toEqual([
    ["60", "usual"],
    ["60", "usual"],
    ["300", "other"],
    [undefined, "unknown"],
  ]);
});

test("a value that could not be read says why", () => {
  const target = (status: string, error: string, result?: unknown) => ({ id: "t", stationId: "s", position: 1, status, error, station: {}, command: result == null ? null : { result, error: null } }) as unknown as Parameters<typeof unreadReason>[0];
  expect(unreadReason(undefined, variable("A"))).toBeUndefined();
  expect(unreadReason(target("STARTED", ""), variable("A"))).toBeUndefined();
  expect(unreadReason(target("SKIPPED", "The station is offline."), variable("A"))).toEqual({ text: "The station is offline." });
  expect(unreadReason(target("ACCEPTED", "", [{ variable: "A", status: "Accepted", value: "1" }]), variable("A"))).toBeUndefined();
  expect(unreadReason(target("ACCEPTED", "", [{ variable: "A", status: "UnknownVariable" }]), variable("A"))).toEqual({ status: "UnknownVariable" });
});
