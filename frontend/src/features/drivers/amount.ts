/** An amount as it was typed, as the server reads it: a comma for the point, and the true minus sign, are fine. */
export function typedAmount(text: string): string {
  return text.trim().replace("−", "-").replace(/^\+/, "").replace(",", ".");
}

/** Which way an adjustment goes; undefined while it isn't an amount. */
export function direction(text: string): "give" | "take" | undefined {
  const amount = typedAmount(text);
  if (!/^-?\d+(\.\d+)?$/.test(amount) || Number(amount) === 0) return undefined;
  return amount.startsWith("-") ? "take" : "give";
}
