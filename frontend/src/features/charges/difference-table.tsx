import { useTranslation } from "react-i18next";
import type { BillLinePartsFragment, DifferencePartsFragment } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { isZero, money, price, type Money } from "@/lib/money";
import { lineName } from "./bill-table";
import { quantities } from "./quantities";

const cell = "px-3 py-2 align-top first:pl-4 last:pr-4";

/** An amount that is added or taken off, with its sign. */
export function signed(locale: string, amount: Money): string {
  const text = money(locale, amount);
  return isZero(amount) || amount.amount.startsWith("-") ? text : `+${text}`;
}

/** Two bills side by side, line by line; lines that stay the same are left out. */
export function DifferenceTable({ lines, currency, label }: { lines: readonly DifferencePartsFragment[]; currency: string; label: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const side = (line: BillLinePartsFragment | null | undefined) => {
    if (line == null) return <span className="text-ink-3">–</span>;
    const { billed } = quantities(locale, line);
    const per = line.dimension == null ? "" : price(locale, line.unitPrice, currency);
    return (
      <>
        <span className="block whitespace-nowrap">{money(locale, line.total)}</span>
        <span className="block text-xs text-ink-2">{[billed, per].filter(Boolean).join(" × ")}</span>
      </>
    );
  };
  const changed = lines.filter(({ net, tax, total }) => !isZero(net) || !isZero(tax) || !isZero(total));
  if (changed.length === 0) return <p className="px-4 py-4 text-sm text-ink-2">{t("charges.noDifference")}</p>;
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={label}>
      <table aria-label={label} className="w-full text-sm">
        <thead className="border-b text-xs text-ink-2">
          <tr>
            <th scope="col" className={`${cell} text-left font-medium`}>
              {t("bill.what")}
            </th>
            <th scope="col" className={`${cell} text-right font-medium`}>
              {t("charges.before")}
            </th>
            <th scope="col" className={`${cell} text-right font-medium`}>
              {t("charges.after")}
            </th>
            <th scope="col" className={`${cell} text-right font-medium`}>
              {t("bill.amount")}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {changed.map((line, index) => (
            <tr key={index}>
              <td className={cell}>
                <span className="font-medium">{lineName(t, line)}</span>
                <span className="block text-xs text-ink-2">{(line.after ?? line.before)?.restriction}</span>
              </td>
              <td className={`${cell} tabular text-right`}>{side(line.before)}</td>
              <td className={`${cell} tabular text-right`}>{side(line.after)}</td>
              <td className={`${cell} tabular text-right font-medium whitespace-nowrap`}>{signed(locale, line.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
