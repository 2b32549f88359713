import type { TFunction } from "i18next";
import type { MyPlaceQuery } from "@/gql/drive/graphql";
import { money } from "@/lib/money";

export type Spot = MyPlaceQuery["chargingPlace"]["connectors"][number];
export type ShownPrice = NonNullable<Spot["price"]>;

/** A price line by line, in words: what each thing costs, and when. */
export function priceLines(t: TFunction, locale: string, price: ShownPrice): string[] {
  if (price.free) return [t("drive.price.free")];
  const lines = price.components.map(({ dimension, price: amount, taxPercent, restriction }) => {
    const written = money(locale, { amount, currency: price.currency });
    const taxed = price.taxIncluded === "NO" && taxPercent != null ? t("drive.price.tax", { price: written, percent: taxPercent }) : written;
    const line = t(`drive.price.${dimension}`, { price: taxed });
    return restriction === "" ? line : t("drive.price.when", { price: line, restriction });
  });
  if (price.idleGraceS > 0) lines.push(t("drive.price.grace", { minutes: Math.floor(price.idleGraceS / 60) }));
  if (price.taxIncluded === "YES") lines.push(t("drive.price.taxYES"));
  return lines;
}
