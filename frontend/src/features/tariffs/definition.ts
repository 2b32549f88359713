// A tariff as it is stored: the shape of OCPI's module tariffs (2.2.1 and 2.3.0), with the idle grace and the cap that are ours.

export const dimensions = ["ENERGY", "TIME", "PARKING_TIME", "FLAT"] as const;
export type Dimension = (typeof dimensions)[number];

export const weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const;
export type Weekday = (typeof weekdays)[number];

type Component = { type: Dimension; price: number; vat?: number; step_size?: number };

export type Restrictions = {
  start_time?: string;
  end_time?: string;
  start_date?: string;
  end_date?: string;
  min_kwh?: number;
  max_kwh?: number;
  min_current?: number;
  max_current?: number;
  min_power?: number;
  max_power?: number;
  min_duration?: number;
  max_duration?: number;
  day_of_week?: Weekday[];
  reservation?: "RESERVATION" | "RESERVATION_EXPIRES";
};

export type Element = { price_components: Component[]; restrictions?: Restrictions };

export type Limit = { before_taxes?: number; after_taxes?: number };

export type Definition = {
  currency: string;
  tax_included: "YES" | "NO" | "N/A";
  elements: Element[];
  min_price?: Limit;
  max_price?: Limit;
  idle_grace_s?: number;
  idle_cap?: Limit;
  bill_zero_energy?: boolean;
  tariff_alt_text?: { language: string; text: string }[];
  start_date_time?: string;
  end_date_time?: string;
};

/** The definition of a version. The server reads tariffs strictly before it stores them, so what it hands out has this shape. */
export function definitionOf(stored: unknown): Definition {
  return stored as Definition;
}

/** A number of a definition as people type it: never in powers of ten. */
export function plain(value: number | undefined): string {
  if (value == null) return "";
  const text = String(value);
  return text.includes("e") ? value.toFixed(12).replace(/\.?0+$/, "") : text;
}

/** The number that a text says, where JSON can carry it digit by digit; undefined where it can't, or it is none. */
export function exact(text: string): number | undefined {
  const typed = text.trim();
  if (!/^\d+(\.\d+)?$/.test(typed)) return undefined;
  const value = Number(typed);
  const bare = typed.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  return JSON.stringify(value) === bare ? value : undefined;
}

/** Whether a definition is a price for a kWh and nothing else. */
export function isPlain(definition: Definition): boolean {
  const [element, ...others] = definition.elements;
  const [component, ...more] = element?.price_components ?? [];
  return (
    others.length === 0 &&
    more.length === 0 &&
    component?.type === "ENERGY" &&
    component.vat == null &&
    (component.step_size ?? 1) <= 1 &&
    Object.keys(element?.restrictions ?? {}).length === 0 &&
    definition.min_price == null &&
    definition.max_price == null &&
    definition.idle_cap == null &&
    !definition.idle_grace_s &&
    definition.bill_zero_energy !== true &&
    (definition.tariff_alt_text ?? []).length === 0 &&
    definition.start_date_time == null &&
    definition.end_date_time == null
  );
}
