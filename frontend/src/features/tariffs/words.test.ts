import { useTranslation } from "react-i18next";
import { renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Definition } from "./definition";
import { changes, dayWords, sentences, summary } from "./words";

const words = () => renderHook(() => useTranslation()).result.current.t;

const tariff: Definition = {
  currency: "EUR",
  tax_included: "YES",
  elements: [
    { price_components: [{ type: "ENERGY", price: 0.3, vat: 19, step_size: 1 }], restrictions: { start_time: "22:00", end_time: "06:00", day_of_week: ["SATURDAY", "MONDAY", "TUESDAY", "WEDNESDAY"] } },
    { price_components: [{ type: "ENERGY", price: 0.4501, vat: 19, step_size: 100 }, { type: "FLAT", price: 1 }] },
    { price_components: [{ type: "TIME", price: 9 }], restrictions: { reservation: "RESERVATION" } },
  ],
  max_price: { after_taxes: 80 },
  idle_grace_s: 900,
};

test("a tariff in a line: from the lowest to the highest price, reservations aside", () => {
  expect(summary(words(), "en-GB", tariff)).toBe("€0.30–€0.4501 per kWh · €1.00 per session");
  expect(summary(words(), "en-GB", { currency: "EUR", elements: [{ price_components: [{ type: "FLAT", price: 0 }] }] })).toBe("Costs nothing");
});

test("a tariff in sentences, in the order in which they count", () => {
  expect(sentences(words(), "en-GB", tariff)).toEqual([
    "Monday to Wednesday, Saturday, 22:00 to 06:00: €0.30 per kWh incl. 19 % tax",
    "€0.4501 per kWh incl. 19 % tax, in steps of 100 Wh + €1.00 per session",
    "Reservation: €9.00 per hour of charging",
    "At most €80.00",
    "Standing is free for the first 15 min",
  ]);
});

test("days are named in the viewer's language", () => {
  expect(dayWords(words(), "de", ["SUNDAY", "FRIDAY", "SATURDAY"])).toBe("Freitag to Sonntag");
  expect(dayWords(words(), "en", [])).toBe("");
});

test("two versions side by side", () => {
  const dearer: Definition = { ...tariff, elements: tariff.elements.slice(0, 2), max_price: { after_taxes: 90 } };
  expect(changes(words(), "en-GB", tariff, dearer)).toEqual({ gone: ["Reservation: €9.00 per hour of charging", "At most €80.00"], added: ["At most €90.00"] });
});
