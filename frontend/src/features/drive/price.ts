import type { TFunction } from "i18next";
import type { MyPlaceQuery } from "@/gql/drive/graphql";
import { money } from "@/lib/money";

export type Spot = MyPlaceQuery["chargingPlace"]["connectors"][number];
export type ShownPrice = NonNullable<Spot["price"]>;

type Component = ShownPrice["components"][number];
type Listed = Pick<ShownPrice, "free" | "currency" | "taxIncluded" | "components">;

/** What one thing costs, with the tax that comes on top of it. */
function componentLine(t: TFunction, locale: string, { currency, taxIncluded }: Listed, { dimension, price: amount, taxPercent }: Component): string {
  const written = money(locale, { amount, currency });
  return t(`drive.price.${dimension}`, { price: taxIncluded === "NO" && taxPercent != null ? t("drive.price.tax", { price: written, percent: taxPercent }) : written });
}

/** The prices of a station's connectors in a few words, for a list: the lowest for a kWh, and whether there is more to it. Undefined for none. */
export function priceInShort(t: TFunction, locale: string, prices: readonly Listed[]): string | undefined {
  const paid = prices.filter(({ free }) => !free);
  if (paid.length === 0) return prices.length === 0 ? undefined : t("drive.price.free");
  const energy = paid.flatMap((price) => price.components.filter(({ dimension }) => dimension === "ENERGY").map((component) => ({ price, component })));
  const lowest = energy.sort((a, b) => Number(a.component.price) - Number(b.component.price))[0];
  if (lowest == null) return t("drive.price.other");
  const line = componentLine(t, locale, lowest.price, lowest.component);
  const several = prices.some(({ free }) => free) || new Set(energy.map(({ component }) => Number(component.price))).size > 1;
  const fees = paid.some(({ components }) => components.some(({ dimension }) => dimension !== "ENERGY"));
  const from = several ? t("drive.price.from", { price: line }) : line;
  return fees ? t("drive.price.fees", { price: from }) : from;
}

/** A price line by line, in words: what each thing costs, and when. */
export function priceLines(t: TFunction, locale: string, price: ShownPrice): string[] {
  if (price.free) return [t("drive.price.free")];
  const lines = price.components.map((component) => {
    const line = componentLine(t, locale, price, component);
    return component.restriction === "" ? line : t("drive.price.when", { price: line, restriction: component.restriction });
  });
  if (price.idleGraceS > 0) lines.push(t("drive.price.grace", { minutes: Math.floor(price.idleGraceS / 60) }));
  if (price.taxIncluded === "YES") lines.push(t("drive.price.taxYES"));
  return lines;
}
