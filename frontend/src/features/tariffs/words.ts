import type { TFunction } from "i18next";
import { price } from "@/lib/money";
import { weekdays, type Definition, type Dimension, type Element, type Restrictions, type Weekday } from "./definition";

/** A Monday, from which days of the week are named. */
const monday = Date.UTC(2024, 0, 1);

export function dayName(locale: string, day: Weekday, style: "long" | "short" = "long"): string {
  return new Intl.DateTimeFormat(locale, { weekday: style, timeZone: "UTC" }).format(new Date(monday + weekdays.indexOf(day) * 86_400_000));
}

/** Days as people say them: three and more in a row by the first and the last. */
export function dayWords(t: TFunction, locale: string, days: readonly Weekday[]): string {
  const runs: Weekday[][] = [];
  for (const day of weekdays) {
    const last = runs.at(-1);
    if (!days.includes(day)) continue;
    if (last != null && weekdays.indexOf(last.at(-1) ?? day) === weekdays.indexOf(day) - 1) last.push(day);
    else runs.push([day]);
  }
  return runs
    .flatMap((run) => {
      const [first, end] = [run[0], run.at(-1)];
      if (first == null || end == null) return [];
      return run.length > 2 ? [t("tariffs.span", { from: dayName(locale, first), to: dayName(locale, end) })] : run.map((day) => dayName(locale, day));
    })
    .join(", ");
}

function between(t: TFunction, from: string | undefined, to: string | undefined, unit = ""): string[] {
  const [low, high] = [from, to].map((text) => (text == null || text === "" ? undefined : `${text}${unit}`));
  if (low != null && high != null) return [t("tariffs.span", { from: low, to: high })];
  if (low != null) return [t("tariffs.from", { from: low })];
  return high == null ? [] : [t("tariffs.until", { to: high })];
}

/** When an element counts; empty where it always does. */
export function restrictionWords(t: TFunction, locale: string, given: Restrictions | undefined): string {
  if (given == null) return "";
  const number = (value: number | undefined) => (value == null ? undefined : new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }).format(value));
  const date = (text: string | undefined) => (text == null ? undefined : new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`)));
  const minutes = (seconds: number | undefined) => (seconds == null ? undefined : number(seconds / 60));
  return [
    ...(given.reservation == null ? [] : [t(`tariffs.reservation.${given.reservation}`)]),
    ...(given.day_of_week == null || given.day_of_week.length === 0 ? [] : [dayWords(t, locale, given.day_of_week)]),
    ...between(t, given.start_time, given.end_time),
    ...between(t, date(given.start_date), date(given.end_date)),
    ...between(t, number(given.min_kwh), number(given.max_kwh), " kWh"),
    ...between(t, number(given.min_power), number(given.max_power), " kW"),
    ...between(t, number(given.min_current), number(given.max_current), " A"),
    ...between(t, minutes(given.min_duration), minutes(given.max_duration), " min"),
  ].join(", ");
}

/** What one dimension costs: a price with what it is for. */
function unitWords(t: TFunction, dimension: Dimension, amount: string): string {
  return t(`tariffs.per.${dimension}`, { price: amount });
}

function prices(elements: readonly Element[], dimension: Dimension): number[] {
  return elements.flatMap(({ price_components, restrictions }) => (restrictions?.reservation == null ? price_components.filter(({ type }) => type === dimension).map((component) => component.price) : []));
}

/** The price in a line, for lists: €0.30–€0.49 per kWh · €1.00 per session. */
export function summary(t: TFunction, locale: string, { currency, elements }: Pick<Definition, "currency" | "elements">): string {
  const parts = (["ENERGY", "FLAT", "TIME", "PARKING_TIME"] as const).flatMap((dimension) => {
    const all = prices(elements, dimension);
    if (all.length === 0) return [];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    if (high === 0) return [];
    return [unitWords(t, dimension, low === high ? price(locale, low, currency) : `${price(locale, low, currency)}–${price(locale, high, currency)}`)];
  });
  return parts.length === 0 ? t("tariffs.costsNothing") : parts.join(" · ");
}

/** Everything that a definition says, a sentence for each thing, in the order in which it counts. */
export function sentences(t: TFunction, locale: string, definition: Definition): string[] {
  const { currency } = definition;
  const tax = (vat: number | undefined) => (vat == null ? "" : ` ${t(definition.tax_included === "YES" ? "tariffs.taxIn" : "tariffs.taxPlus", { percent: new Intl.NumberFormat(locale, { maximumFractionDigits: 4 }).format(vat) })}`);
  const bounds = [
    ["tariffs.atLeast", definition.min_price],
    ["tariffs.atMost", definition.max_price],
    ["tariffs.idleAtMost", definition.idle_cap],
  ] as const;
  return [
    ...definition.elements.map(({ price_components, restrictions }) => {
      const what = price_components
        .map(({ type, price: amount, vat, step_size }) => {
          const step = step_size != null && step_size > 1 && type !== "FLAT" ? `, ${t(type === "ENERGY" ? "tariffs.stepWh" : "tariffs.stepS", { step: step_size })}` : "";
          return `${unitWords(t, type, price(locale, amount, currency))}${tax(vat)}${step}`;
        })
        .join(" + ");
      const when = restrictionWords(t, locale, restrictions);
      return when === "" ? what : `${when}: ${what}`;
    }),
    ...bounds.flatMap(([key, limit]) => {
      const amount = limit?.after_taxes ?? limit?.before_taxes;
      return amount == null ? [] : [t(key, { price: price(locale, amount, currency), taxes: limit?.after_taxes == null && definition.tax_included !== "N/A" ? t("tariffs.beforeTaxes") : "" }).trim()];
    }),
    ...(definition.idle_grace_s ? [t("tariffs.graceWords", { minutes: new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(definition.idle_grace_s / 60) })] : []),
    ...(definition.bill_zero_energy === true ? [t("tariffs.zeroWords")] : []),
  ];
}

/** What differs between two versions: what one says and the other doesn't. */
export function changes(t: TFunction, locale: string, before: Definition, after: Definition): { gone: string[]; added: string[] } {
  const [was, is] = [sentences(t, locale, before), sentences(t, locale, after)];
  return { gone: was.filter((sentence) => !is.includes(sentence)), added: is.filter((sentence) => !was.includes(sentence)) };
}
