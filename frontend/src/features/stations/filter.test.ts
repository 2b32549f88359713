import { expect, test } from "vitest";
import { isFiltered, stationFilter, stationOrder } from "./filter";

test("the tab alone decides by onboarding", () => {
  expect(stationFilter({})).toEqual({ onboarding: "ONBOARDED" });
  expect(stationFilter({ tab: "pending" })).toEqual({ onboarding: "PENDING" });
  expect(isFiltered({ tab: "pending" })).toBe(false);
});

test("every filter narrows", () => {
  const where = stationFilter({ q: " acme ", status: "FAULTED,CHARGING", online: "no", location: "l1" });
  expect(where).toMatchObject({ online: false, locationId: "l1", hasConnectorsWith: [{ statusIn: ["FAULTED", "CHARGING"] }] });
  expect(where.or).toContainEqual({ identityContainsFold: "acme" });
  expect(isFiltered({ online: "no" })).toBe(true);
});

test("Pending stations come newest first until somebody sorts", () => {
  expect(stationOrder({})).toEqual({ field: "NAME", direction: "ASC" });
  expect(stationOrder({ tab: "pending" })).toEqual({ field: "CREATED_AT", direction: "DESC" });
  expect(stationOrder({ tab: "pending", sort: "seen", dir: "desc" })).toEqual({ field: "LAST_SEEN_AT", direction: "DESC" });
});
