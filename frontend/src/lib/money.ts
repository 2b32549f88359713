export type Money = { amount: string; currency: string };

/** An amount as the viewer's language writes it, exactly, with the decimals that it came with and at least those of its currency. */
export function money(locale: string, { amount, currency }: Money): string {
  return price(locale, amount, currency, amount.split(".")[1]?.length ?? 0);
}

/** A price for a unit, which may be finer than its currency: as many decimals as it has. */
export function price(locale: string, amount: string | number, currency: string, most = 9): string {
  const usual = new Intl.NumberFormat(locale, { style: "currency", currency });
  const digits = usual.resolvedOptions().maximumFractionDigits ?? 2;
  // Numbers as text keep every digit.
  return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, most) }).format(amount as Intl.StringNumericLiteral);
}

/** Whether an amount is nothing. */
export function isZero({ amount }: Money): boolean {
  return /^-?0*\.?0*$/.test(amount);
}

/** Whether an amount is below nothing. */
export function isNegative(amount: Money): boolean {
  return amount.amount.startsWith("-") && !isZero(amount);
}
