import type { BillLinePartsFragment } from "@/gql/billing/graphql";
import { reading, span } from "@/lib/format";

/** What a line counts, in the unit a person would use; nothing for a fee. */
function quantity(locale: string, unit: string, value: number): string {
  if (unit === "Wh") return reading(locale, value) ?? "";
  return unit === "s" ? span(locale, value) : "";
}

/** What a line was billed for, and what was used where the step made more of it. */
export function quantities(locale: string, { unit, billed, quantity: used }: Pick<BillLinePartsFragment, "unit" | "billed" | "quantity">): { billed: string; used: string | undefined } {
  return { billed: quantity(locale, unit, billed), used: billed === used || unit === "" ? undefined : quantity(locale, unit, used) };
}
