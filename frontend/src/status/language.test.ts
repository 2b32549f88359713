import i18next from "i18next";
import { expect, test } from "vitest";
import { bulkStates, commandStates, connectionState, connectorState, connectorStates, onboardingStates, profileStates, registrationStates, reservationStates, sessionStates, stepStates, targetStates, type State } from "./language";
import { securityEvents } from "./security";
import { callErrors, errorCodes, isFault, lookUp, stopReasons } from "./words";

const tables: Record<string, Record<string, State>> = { connectorStates, onboardingStates, registrationStates, stepStates, commandStates, sessionStates, reservationStates, profileStates, bulkStates, targetStates };

test.each(Object.entries(tables))("%s: every state has a word and a sentence", (_, table) => {
  for (const { word, sentence } of Object.values(table)) {
    expect(i18next.exists(word), word).toBe(true);
    expect(i18next.exists(sentence), sentence).toBe(true);
  }
});

test("connector states that mean different things never look the same", () => {
  const same = [["PREPARING", "OCCUPIED"], ["SUSPENDED_EV", "SUSPENDED_EVSE"]];
  const looks = new Map<string, string[]>();
  for (const [status, { tone, shape }] of Object.entries(connectorStates)) {
    const look = `${tone} ${shape}`;
    looks.set(look, [...(looks.get(look) ?? []), status]);
  }
  const shared = [...looks.values()].filter((list) => list.length > 1).map((list) => list.sort());
  expect(shared).toEqual(same.map((pair) => expect.arrayContaining(pair) as string[]));
});

test("what is offline says nothing true about now", () => {
  const away = { online: false, lastSeenAt: "2026-01-02T03:04:05Z" };
  expect(connectorState("CHARGING", away)).toBe(connectionState(away));
  expect(connectorState("CHARGING", { online: true })).toBe(connectorStates.CHARGING);
  expect(connectorState(null, { online: true }).shape).toBe("hollow");
});

test("an occupied connector of OCPP 2.x is what its session says, as in 1.6", () => {
  const there = { online: true };
  expect(["EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle", ""].map((said) => connectorState("OCCUPIED", there, said).word)).toEqual(
    ["PREPARING", "CHARGING", "SUSPENDED_EV", "SUSPENDED_EVSE", "OCCUPIED", "OCCUPIED"].map((status) => `state.connector.${status}.word`),
  );
  expect(connectorState("FAULTED", there, "Charging")).toBe(connectorStates.FAULTED);
});

test("a station that never came is not called offline", () => {
  expect(connectionState({ online: false, lastSeenAt: null }).word).toBe("state.connection.never.word");
});

test("OCPP words are found whatever their capitals, and only those", () => {
  expect(lookUp(stopReasons, "evdisconnected")).toBe("reason.EVDisconnected");
  expect(lookUp(stopReasons, "Maintenance")).toBeUndefined();
  expect(lookUp(callErrors, "OccurenceConstraintViolation")).toBe(lookUp(callErrors, "OccurrenceConstraintViolation"));
});

test("every OCPP word has its sentence", () => {
  for (const key of [stopReasons, errorCodes, callErrors, securityEvents].flatMap((table) => Object.values(table))) expect(i18next.exists(key), key).toBe(true);
});

test.each([
  ["", false],
  ["NoError", false],
  ["noerror", false],
  ["GroundFailure", true],
])("isFault(%j) is %j", (code, fault) => {
  expect(isFault(code)).toBe(fault);
});
