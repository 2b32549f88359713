import * as z from "zod/mini";
import type { PriceLimitInput, TariffDefinitionInput, TaxIncluded } from "@/gql/billing/graphql";
import { instant, local } from "@/lib/local-time";
import { dimensions, exact, isPlain, plain, weekdays, type Definition, type Element, type Limit, type Restrictions } from "./definition";

// What people type stays text until it is sent, and is sent digit by digit: no amount goes through a rounding.
const amount = z.string().check(z.trim(), z.refine((text) => exact(text) != null, "amount"));
const maybe = z.string().check(z.trim(), z.refine((text) => text === "" || exact(text) != null, "amount"));
const whole = z.string().check(z.trim(), z.regex(/^\d*$/, "whole"));

const limit = z.object({ before: maybe, after: maybe });

const restrictions = z.object({
  startTime: z.string(),
  endTime: z.string(),
  startDate: z.string(),
  endDate: z.string(),
  minKwh: maybe,
  maxKwh: maybe,
  minPower: maybe,
  maxPower: maybe,
  minCurrent: maybe,
  maxCurrent: maybe,
  minMinutes: maybe,
  maxMinutes: maybe,
  days: z.array(z.enum(weekdays)),
  reservation: z.enum(["", "RESERVATION", "RESERVATION_EXPIRES"]),
});

const component = z.object({ type: z.enum(dimensions), price: amount, tax: maybe, step: whole });

const common = {
  name: z.string().check(z.trim(), z.minLength(1, "missing"), z.maxLength(100, "long")),
  currency: z.string().check(z.trim(), z.toUpperCase(), z.regex(/^[A-Z]{3}$/, "currency")),
  networkId: z.string(),
};

const details = {
  elements: z.array(z.object({ components: z.array(component), restrictions })),
  taxes: z.enum(["YES", "NO", "NOT_APPLIED"]),
  minPrice: limit,
  maxPrice: limit,
  idleCap: limit,
  idleGraceMinutes: maybe,
  billZeroEnergy: z.boolean(),
  texts: z.array(z.object({ language: z.string().check(z.trim(), z.minLength(1, "missing")), text: z.string().check(z.minLength(1, "missing")) })),
  validFrom: z.string(),
  validTo: z.string(),
};

/** What is hidden in the plain mode isn't looked at. */
const anything = z.unknown();
const unseen = { elements: anything, taxes: anything, minPrice: anything, maxPrice: anything, idleCap: anything, idleGraceMinutes: anything, billZeroEnergy: anything, texts: anything, validFrom: anything, validTo: anything };

const plainForm = z.object({ ...common, mode: z.literal("plain"), perKwh: amount, ...unseen });
const fullForm = z.object({ ...common, mode: z.literal("full"), perKwh: anything, ...details });

export const tariffForm = z.discriminatedUnion("mode", [plainForm, fullForm]);

export type ElementValues = z.infer<typeof details.elements>[number];
export type RestrictionValues = ElementValues["restrictions"];
type LimitValues = { before: string; after: string };

/** The builder's fields, all of them text. */
export type TariffValues = {
  mode: "plain" | "full";
  name: string;
  currency: string;
  networkId: string;
  perKwh: string;
  elements: ElementValues[];
  taxes: TaxIncluded;
  minPrice: LimitValues;
  maxPrice: LimitValues;
  idleCap: LimitValues;
  idleGraceMinutes: string;
  billZeroEnergy: boolean;
  texts: { language: string; text: string }[];
  validFrom: string;
  validTo: string;
};

const noRestrictions: RestrictionValues = {
  startTime: "",
  endTime: "",
  startDate: "",
  endDate: "",
  minKwh: "",
  maxKwh: "",
  minPower: "",
  maxPower: "",
  minCurrent: "",
  maxCurrent: "",
  minMinutes: "",
  maxMinutes: "",
  days: [],
  reservation: "",
};

export function emptyElement(): ElementValues {
  return { components: [{ type: "ENERGY", price: "", tax: "", step: "1" }], restrictions: { ...noRestrictions, days: [] } };
}

const noLimit: LimitValues = { before: "", after: "" };

/** What the builder begins with: a price for a kWh. */
export function emptyTariff(currency: string, networkId: string): TariffValues {
  return {
    mode: "plain",
    name: "",
    currency,
    networkId,
    perKwh: "",
    elements: [emptyElement()],
    taxes: "NOT_APPLIED",
    minPrice: noLimit,
    maxPrice: noLimit,
    idleCap: noLimit,
    idleGraceMinutes: "",
    billZeroEnergy: false,
    texts: [],
    validFrom: "",
    validTo: "",
  };
}

/** Seconds as minutes, exactly: OCPI counts seconds and people minutes. */
function minutesOf(seconds: number | undefined): string {
  return seconds == null ? "" : plain(Number((seconds / 60).toFixed(4)));
}

function secondsOf(minutes: string): number | undefined {
  const value = exact(minutes);
  return value == null ? undefined : Math.round(value * 60);
}

function limitValues(limit: Limit | undefined): LimitValues {
  return { before: plain(limit?.before_taxes), after: plain(limit?.after_taxes) };
}

function restrictionValues(given: Restrictions = {}): RestrictionValues {
  return {
    startTime: given.start_time ?? "",
    endTime: given.end_time ?? "",
    startDate: given.start_date ?? "",
    endDate: given.end_date ?? "",
    minKwh: plain(given.min_kwh),
    maxKwh: plain(given.max_kwh),
    minPower: plain(given.min_power),
    maxPower: plain(given.max_power),
    minCurrent: plain(given.min_current),
    maxCurrent: plain(given.max_current),
    minMinutes: minutesOf(given.min_duration),
    maxMinutes: minutesOf(given.max_duration),
    days: [...(given.day_of_week ?? [])],
    reservation: given.reservation ?? "",
  };
}

/** A stored definition as the builder shows it. */
export function valuesOf(definition: Definition, name: string, networkId: string): TariffValues {
  return {
    mode: isPlain(definition) ? "plain" : "full",
    name,
    currency: definition.currency,
    networkId,
    perKwh: plain(definition.elements[0]?.price_components.find(({ type }) => type === "ENERGY")?.price),
    elements: definition.elements.map(({ price_components, restrictions: given }) => ({
      components: price_components.map(({ type, price, vat, step_size }) => ({ type, price: plain(price), tax: plain(vat), step: plain(step_size ?? 1) })),
      restrictions: restrictionValues(given),
    })),
    taxes: definition.tax_included === "N/A" ? "NOT_APPLIED" : definition.tax_included,
    minPrice: limitValues(definition.min_price),
    maxPrice: limitValues(definition.max_price),
    idleCap: limitValues(definition.idle_cap),
    idleGraceMinutes: definition.idle_grace_s ? minutesOf(definition.idle_grace_s) : "",
    billZeroEnergy: definition.bill_zero_energy ?? false,
    texts: (definition.tariff_alt_text ?? []).map(({ language, text }) => ({ language, text })),
    validFrom: local(definition.start_date_time),
    validTo: local(definition.end_date_time),
  };
}

/** What is set of some members. */
function set<Value>(members: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== "")) as Record<string, Value>;
}

export function restrictionsOf(values: RestrictionValues): Restrictions {
  return set<unknown>({
    start_time: values.startTime,
    end_time: values.endTime,
    start_date: values.startDate,
    end_date: values.endDate,
    min_kwh: exact(values.minKwh),
    max_kwh: exact(values.maxKwh),
    min_power: exact(values.minPower),
    max_power: exact(values.maxPower),
    min_current: exact(values.minCurrent),
    max_current: exact(values.maxCurrent),
    min_duration: secondsOf(values.minMinutes),
    max_duration: secondsOf(values.maxMinutes),
    day_of_week: values.days.length === 0 ? undefined : weekdays.filter((day) => values.days.includes(day)),
    reservation: values.reservation,
  });
}

function elementOf({ components, restrictions: given }: ElementValues, taxed: boolean): Element {
  const when = restrictionsOf(given);
  return {
    price_components: components.map(({ type, price, tax, step }) => ({
      type,
      price: exact(price) ?? Number.NaN,
      ...(taxed && exact(tax) != null ? { vat: exact(tax) ?? 0 } : {}),
      step_size: type === "FLAT" ? 1 : (exact(step) ?? 1),
    })),
    ...(Object.keys(when).length === 0 ? {} : { restrictions: when }),
  };
}

function limitOf({ before, after }: LimitValues): PriceLimitInput | undefined {
  const given = set<string>({ beforeTaxes: before.trim(), afterTaxes: after.trim() });
  return Object.keys(given).length === 0 ? undefined : given;
}

/** What the server is to read; amounts are texts where the interface takes them so. */
export function inputOf(values: TariffValues): TariffDefinitionInput {
  if (values.mode === "plain") return { pricePerKwh: values.perKwh.trim() };
  return {
    elements: values.elements.map((element) => elementOf(element, values.taxes !== "NOT_APPLIED")),
    taxIncluded: values.taxes,
    ...set({ minPrice: limitOf(values.minPrice), maxPrice: limitOf(values.maxPrice), idleCap: limitOf(values.idleCap) }),
    ...set({ idleGraceS: secondsOf(values.idleGraceMinutes) }),
    billZeroEnergy: values.billZeroEnergy,
    ...(values.texts.length === 0 ? {} : { altText: values.texts.map(({ language, text }) => ({ language: language.trim(), text })) }),
    ...set({ validFrom: instant(values.validFrom), validTo: instant(values.validTo) }),
  };
}

/** What only the detailed mode can say, in the order of the page. */
const inDetail = ["prices", "restrictions", "steps", "taxes", "limits", "grace", "zero", "texts", "validity"] as const;

/** What would be lost if nothing but a price for a kWh stayed. */
export function lostInPlain(values: Pick<TariffValues, keyof typeof unseen>): (typeof inDetail)[number][] {
  const components = values.elements.flatMap((element) => element.components);
  const filled = (limit: LimitValues) => limit.before.trim() !== "" || limit.after.trim() !== "";
  const lost: Record<(typeof inDetail)[number], boolean> = {
    prices: components.filter(({ price }) => price.trim() !== "").length > 1 || components.some(({ type, price }) => type !== "ENERGY" && price.trim() !== ""),
    restrictions: values.elements.some((element) => Object.keys(restrictionsOf(element.restrictions)).length > 0),
    steps: components.some(({ type, step }) => type === "ENERGY" && Number(step) > 1),
    taxes: values.taxes !== "NOT_APPLIED",
    limits: [values.minPrice, values.maxPrice, values.idleCap].some(filled),
    grace: Number(values.idleGraceMinutes) > 0,
    zero: values.billZeroEnergy,
    texts: values.texts.length > 0,
    validity: values.validFrom !== "" || values.validTo !== "",
  };
  return inDetail.filter((detail) => lost[detail]);
}

/** The price for a kWh that stays: the first that was typed in detail, else the one from before. */
export function perKwhOf({ elements, perKwh }: Pick<TariffValues, "elements" | "perKwh">): string {
  return elements.flatMap(({ components }) => components).find(({ type, price }) => type === "ENERGY" && price.trim() !== "")?.price ?? perKwh;
}

const names: Readonly<Record<string, string>> = {
  price_components: "components",
  type: "type",
  vat: "tax",
  step_size: "step",
  start_time: "startTime",
  end_time: "endTime",
  start_date: "startDate",
  end_date: "endDate",
  min_kwh: "minKwh",
  max_kwh: "maxKwh",
  min_power: "minPower",
  max_power: "maxPower",
  min_current: "minCurrent",
  max_current: "maxCurrent",
  min_duration: "minMinutes",
  max_duration: "maxMinutes",
  day_of_week: "days",
  min_price: "minPrice",
  max_price: "maxPrice",
  idle_cap: "idleCap",
  idle_grace_s: "idleGraceMinutes",
  before_taxes: "before",
  after_taxes: "after",
  beforeTaxes: "before",
  afterTaxes: "after",
  idleGraceS: "idleGraceMinutes",
  pricePerKwh: "perKwh",
  tax_included: "taxes",
  taxIncluded: "taxes",
  tariff_alt_text: "texts",
  altText: "texts",
  start_date_time: "validFrom",
  end_date_time: "validTo",
  bill_zero_energy: "billZeroEnergy",
};

const known = /^(name|currency|networkId|perKwh|taxes|idleGraceMinutes|validFrom|validTo|(minPrice|maxPrice|idleCap)(\.(before|after))?|texts\.\d+\.(language|text)|elements\.\d+\.(components\.\d+\.(type|price|tax|step)|restrictions\.\w+))$/;

/** The builder's field for a path that the server names, such as elements[0].price_components[1].price. */
export function fieldOf(path: string | undefined, mode: TariffValues["mode"]): string | undefined {
  if (path == null) return undefined;
  if (mode === "plain" && (path.startsWith("elements") || path.endsWith("pricePerKwh"))) return "perKwh";
  const field = path
    .replace(/^(variables\.)?input\./, "")
    .replace(/^definition\./, "")
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((part) => names[part] ?? part)
    .join(".");
  if (!known.test(field)) return undefined;
  // A limit as a whole is shown at its first amount.
  return /^(minPrice|maxPrice|idleCap)$/.test(field) ? `${field}.before` : field;
}
