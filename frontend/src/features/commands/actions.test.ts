import i18next from "i18next";
import { expect, test } from "vitest";
import { actions, refusal } from "./actions";

const ready = { online: true, onboarding: "ONBOARDED", registrationStatus: "ACCEPTED" } as const;
const all = () => true;

test.each(actions.map((action) => [action.key, action] as const))("%s says what it is and what it will do", (key) => {
  for (const part of ["name", "does", "run"]) expect(i18next.exists(`action.${key}.${part}`), part).toBe(true);
});

test.each([
  ["may run", ready, 1, all, undefined],
  ["without permission", ready, 1, () => false, "action.refused.permission"],
  ["rejected", { ...ready, registrationStatus: "REJECTED" as const }, 1, all, "action.refused.rejected"],
  ["pending", { ...ready, onboarding: "PENDING" as const }, 1, all, "action.refused.pending"],
  ["offline", { ...ready, online: false }, 1, all, "action.refused.offline"],
])("%s", (_, station, running, may, reason) => {
  for (const action of actions) expect(refusal(action, station, running, may), action.key).toBe(reason);
});

test("stopping needs something that runs", () => {
  const refused = actions.filter((action) => refusal(action, ready, 0, all) != null).map(({ key }) => key);
  expect(refused).toEqual(["remoteStop"]);
});

test("changing settings needs more than sending commands", () => {
  const operator = (permission: string) => permission === "station:command";
  const refused = actions.filter((action) => refusal(action, ready, 1, operator) != null).map(({ key }) => key);
  expect(refused).toEqual(["changeConfiguration"]);
});
