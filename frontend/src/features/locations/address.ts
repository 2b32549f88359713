type Place = { address: string; postalCode: string; city: string; country: string };

/** An address on one line, the country by its name in the viewer's language. */
export function addressOf({ address, postalCode, city, country }: Place, locale: string): string {
  const land = /^[A-Z]{2}$/.test(country) ? (new Intl.DisplayNames(locale, { type: "region" }).of(country) ?? country) : country;
  return [address, [postalCode, city].filter(Boolean).join(" "), land].filter(Boolean).join(", ");
}
