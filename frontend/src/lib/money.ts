export type Money = { amount: string; currency: string };

/** An amount as the viewer's language writes it, exactly, with the decimals that it came with. */
export function money(locale: string, { amount, currency }: Money): string {
  const digits = amount.split(".")[1]?.length ?? 0;
  // Numbers as text keep every digit.
  return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(amount as Intl.StringNumericLiteral);
}
