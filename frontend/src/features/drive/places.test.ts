import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { connectorStates, offline } from "@/status/language";
import { bestState, farAway, mapped, stationState, type Station } from "./places";
import { priceInShort, type ShownPrice } from "./price";
import { bringWords } from "./words";

beforeAll(bringWords);

function station(statuses: string[], change: Partial<Station> = {}): Station {
  const connectors = statuses.map((status, index) => ({ id: String(index), type: "IEC_62196_T2", maxPowerW: null, status, startable: status === "AVAILABLE" }));
  return { identity: "CP-1", name: "CP-1", place: "Harbour", address: "", city: "", latitude: 52, longitude: 4, online: true, connectors, ...change };
}

test("a station is as good as its best connector", () => {
  expect(stationState(station(["FAULTED", "AVAILABLE"]))).toBe(connectorStates.AVAILABLE);
  expect(stationState(station(["FAULTED", "CHARGING"]))).toBe(connectorStates.OCCUPIED);
  expect(stationState(station(["FAULTED", "UNAVAILABLE"]))).toBe(connectorStates.FAULTED);
  expect(stationState(station(["UNAVAILABLE"]))).toBe(connectorStates.UNAVAILABLE);
  expect(stationState(station(["CHARGING"], { online: false }))).toBe(offline);
});

test("of several stations the best counts", () => {
  expect(bestState([station(["FAULTED"]), station(["CHARGING"]), station(["AVAILABLE"])])).toBe(connectorStates.AVAILABLE);
  expect(bestState([station(["FAULTED"]), station(["CHARGING"])])).toBe(connectorStates.OCCUPIED);
  expect(bestState([station(["FAULTED"])])).toBe(connectorStates.FAULTED);
});

test("only stations that stand somewhere are on the map", () => {
  expect(mapped([station([]), station([], { latitude: null })])).toHaveLength(1);
});

test("a way is said as people say it", () => {
  expect([3, 847, 1234, 250_400].map((metres) => farAway("en", metres))).toEqual(["10 m", "850 m", "1.2 km", "250 km"]);
});

function price(components: [ShownPrice["components"][number]["dimension"], string][], change: Partial<ShownPrice> = {}): ShownPrice {
  const listed = components.map(([dimension, amount]) => ({ dimension, price: amount, taxPercent: null, restriction: "" }));
  return { free: false, currency: "EUR", taxIncluded: "YES", idleGraceS: 0, text: null, estimate: null, components: listed, ...change };
}

test("a price in short is the lowest for a kWh, and says that there is more", () => {
  const short = (...prices: ShownPrice[]) => priceInShort(i18next.t, "en", prices);
  expect(short()).toBeUndefined();
  expect(short(price([["ENERGY", "0.50"]]))).toBe("€0.50 per kWh");
  expect(short(price([["ENERGY", "0.50"]]), price([["ENERGY", "0.5"]]))).toBe("€0.50 per kWh");
  expect(short(price([["ENERGY", "0.50"]]), price([["ENERGY", "0.45"], ["FLAT", "1.00"]]))).toBe("from €0.45 per kWh, and fees");
  expect(short(price([["TIME", "3.00"]]))).toBe("By time or per session.");
  expect(short(price([], { free: true }))).toBe("Charging is free here.");
  expect(short(price([], { free: true }), price([["ENERGY", "0.50"]]))).toBe("from €0.50 per kWh");
});
