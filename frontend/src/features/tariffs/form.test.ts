import { describe, expect, test } from "vitest";
import { exact, plain, type Definition } from "./definition";
import { emptyElement, emptyTariff, fieldOf, inputOf, lostInPlain, perKwhOf, tariffForm, valuesOf } from "./form";

const whole: Definition = {
  currency: "EUR",
  tax_included: "YES",
  elements: [
    {
      price_components: [
        { type: "ENERGY", price: 0.490001, vat: 19.6, step_size: 100 },
        { type: "FLAT", price: 1.25, step_size: 1 },
      ],
      restrictions: {
        start_time: "22:00",
        end_time: "06:00",
        start_date: "2030-01-01",
        end_date: "2031-01-01",
        min_kwh: 1.5,
        max_kwh: 40,
        min_current: 6,
        max_current: 96,
        min_power: 3.7,
        max_power: 22,
        min_duration: 90,
        max_duration: 7200,
        day_of_week: ["MONDAY", "SUNDAY"],
      },
    },
    { price_components: [{ type: "TIME", price: 2, step_size: 60 }], restrictions: { reservation: "RESERVATION_EXPIRES" } },
  ],
  min_price: { before_taxes: 1, after_taxes: 1.2 },
  max_price: { after_taxes: 80.5 },
  idle_grace_s: 600,
  idle_cap: { before_taxes: 20 },
  bill_zero_energy: true,
  tariff_alt_text: [{ language: "en", text: "Nights are cheaper" }],
  start_date_time: "2030-01-01T00:00:00.000Z",
  end_date_time: "2031-01-01T00:00:00.000Z",
};

test("what is stored comes back as it was, through the fields", () => {
  const values = valuesOf(whole, "Nights", "");
  expect(values.mode).toBe("full");
  const parsed = tariffForm.parse(values);
  expect(parsed.mode).toBe("full");
  expect(inputOf(values)).toEqual({
    elements: whole.elements,
    taxIncluded: "YES",
    minPrice: { beforeTaxes: "1", afterTaxes: "1.2" },
    maxPrice: { afterTaxes: "80.5" },
    idleCap: { beforeTaxes: "20" },
    idleGraceS: 600,
    billZeroEnergy: true,
    altText: whole.tariff_alt_text,
    validFrom: whole.start_date_time,
    validTo: whole.end_date_time,
  });
});

test("a price for a kWh is the plain case, and is sent as a text", () => {
  const stored: Definition = { currency: "INR", tax_included: "N/A", elements: [{ price_components: [{ type: "ENERGY", price: 10, step_size: 1 }] }] };
  const values = valuesOf(stored, "Plain", "");
  expect(values.mode).toBe("plain");
  expect(inputOf({ ...values, perKwh: "12.3400" })).toEqual({ pricePerKwh: "12.3400" });
});

test("anything more than a price for a kWh isn't plain", () => {
  const [element] = whole.elements;
  const bare: Definition = { currency: "EUR", tax_included: "N/A", elements: [{ price_components: [{ type: "ENERGY", price: 1 }] }] };
  const more: Definition[] = [
    { ...bare, elements: [...bare.elements, ...bare.elements] },
    { ...bare, elements: [{ price_components: [{ type: "FLAT", price: 1 }] }] },
    { ...bare, elements: [{ price_components: [{ type: "ENERGY", price: 1, vat: 0 }] }] },
    { ...bare, elements: [{ price_components: [{ type: "ENERGY", price: 1, step_size: 100 }] }] },
    { ...bare, elements: [{ ...bare.elements[0], price_components: bare.elements[0]?.price_components ?? [], restrictions: element?.restrictions ?? {} }] },
    { ...bare, min_price: { before_taxes: 1 } },
    { ...bare, idle_grace_s: 60 },
    { ...bare, bill_zero_energy: true },
    { ...bare, end_date_time: "2031-01-01T00:00:00Z" },
  ];
  for (const definition of more) expect(valuesOf(definition, "", "").mode).toBe("full");
});

test("taxes that don't apply are not sent, whatever was typed before", () => {
  const values = { ...valuesOf(whole, "", ""), taxes: "NOT_APPLIED" as const };
  expect(JSON.stringify(inputOf(values).elements)).not.toContain('"vat"');
});

describe("amounts keep every digit or are refused", () => {
  test.each([
    ["0.490001", 0.490001],
    ["10", 10],
    ["10.00", 10],
    ["007.50", 7.5],
    [" 3.7 ", 3.7],
    ["123456789.123456", 123_456_789.123456],
  ])("%s", (text, value) => {
    expect(exact(text)).toBe(value);
  });
  test.each(["", "-1", "1e3", ".5", "5.", "0,45", "1.2.3", "0.12345678901234567", "0.0000001", "99999999999999999", "NaN"])("%s is none", (text) => {
    expect(exact(text)).toBeUndefined();
  });
  test("a stored number is never shown in powers of ten", () => {
    expect(plain(0.0000001)).toBe("0.0000001");
    expect(plain(undefined)).toBe("");
  });
});

test("what is missing or no number is said at its field", () => {
  const values = { ...emptyTariff("EUR", ""), name: " ", mode: "full" as const };
  const faults = tariffForm.safeParse(values).error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  expect(faults).toEqual(["name missing", "elements.0.components.0.price amount"]);
  const plainFaults = tariffForm.safeParse({ ...emptyTariff("EUR", ""), name: "A", perKwh: "0,45" }).error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  expect(plainFaults).toEqual(["perKwh amount"]);
});

test.each([
  ["elements[0].price_components[1].price", "elements.0.components.1.price"],
  ["elements[3].price_components[0].vat", "elements.3.components.0.tax"],
  ["elements[0].restrictions.end_time", "elements.0.restrictions.endTime"],
  ["elements[0].restrictions.day_of_week", "elements.0.restrictions.days"],
  ["min_price.after_taxes", "minPrice.after"],
  ["max_price", "maxPrice.before"],
  ["idle_grace_s", "idleGraceMinutes"],
  ["tariff_alt_text[1].language", "texts.1.language"],
  ["end_date_time", "validTo"],
  ["input.name", "name"],
  ["currency", "currency"],
])("the server's %s is the field %s", (path, field) => {
  expect(fieldOf(path, "full")).toBe(field);
});

test("what no field shows is left to the form as a whole", () => {
  expect(fieldOf("elements", "full")).toBeUndefined();
  expect(fieldOf("stationId", "full")).toBeUndefined();
  expect(fieldOf(undefined, "plain")).toBeUndefined();
  expect(fieldOf("elements[0].price_components[0].price", "plain")).toBe("perKwh");
});

describe("back to only a price for a kWh", () => {
  const empty = emptyTariff("EUR", "");

  test("a tariff that only has one loses nothing", () => {
    expect(lostInPlain(empty)).toEqual([]);
    expect(lostInPlain({ ...empty, elements: [{ ...emptyElement(), components: [{ type: "ENERGY", price: "0.5", tax: "", step: "1" }] }] })).toEqual([]);
  });

  test("everything that a whole one says besides is named", () => {
    expect(lostInPlain({ ...valuesOf(whole, "Whole", ""), billZeroEnergy: true })).toEqual(["prices", "restrictions", "steps", "taxes", "limits", "grace", "zero", "texts", "validity"]);
  });

  test("the price that was typed in detail is the one that stays", () => {
    expect(perKwhOf(valuesOf(whole, "Whole", ""))).toBe("0.490001");
    expect(perKwhOf({ ...empty, perKwh: "0.3" })).toBe("0.3");
  });
});
