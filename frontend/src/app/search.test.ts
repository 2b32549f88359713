import { expect, test } from "vitest";
import { listed, safeNext, sessionsSearch, stationSearch, stationsSearch } from "./search";

test("what is understood stays", () => {
  expect(stationsSearch({ tab: "pending", q: 12, status: "FAULTED,CHARGING", online: "no", sort: "seen", dir: "desc" })).toMatchObject({
    tab: "pending",
    q: "12",
    status: "FAULTED,CHARGING",
    online: "no",
    sort: "seen",
    dir: "desc",
  });
});

test("what isn't understood is left out", () => {
  expect(Object.values(stationsSearch({ tab: "x", q: "", status: "BROKEN", online: true, sort: "password", dir: 1 })).filter((value) => value != null)).toEqual([]);
  expect(stationSearch({ tab: "nonsense", direction: "UP" }).tab).toBeUndefined();
  expect(sessionsSearch({ status: "RUNNING,NOPE" }).status).toBe("RUNNING");
});

test("lists are read back as they were written", () => {
  expect(listed("A,B")).toEqual(["A", "B"]);
  expect(listed(undefined)).toEqual([]);
});

test.each([
  ["/t/demo/stations?tab=pending", "/t/demo/stations?tab=pending"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/login?next=/login", "/"],
  [undefined, "/"],
])("after signing in, %j leads to %s", (next, path) => {
  expect(safeNext(next)).toBe(path);
});
