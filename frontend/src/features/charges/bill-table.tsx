import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { BillLinePartsFragment, BillPartsFragment } from "@/gql/billing/graphql";
import { cn } from "@/lib/cn";
import { moment, percent } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { isNegative, isZero, money, price } from "@/lib/money";
import type { Element } from "@/features/tariffs/definition";
import { restrictionWords } from "@/features/tariffs/words";
import { quantities } from "./quantities";

/** What a line of a bill is for. */
export function lineName(t: TFunction, { kind, dimension }: { kind: BillLinePartsFragment["kind"]; dimension?: BillLinePartsFragment["dimension"] }): string {
  return kind === "CHARGE" && dimension != null ? t(`bill.dimension.${dimension}`) : t(`bill.kind.${kind}`);
}

/** From when to when, on one day or over several. */
function spell(locale: string, from: string, to: string, zone?: string): string {
  const oneDay = moment(locale, from, "date", zone) === moment(locale, to, "date", zone);
  return from === to ? moment(locale, from, "minute", zone) : `${moment(locale, from, "minute", zone)} – ${moment(locale, to, oneDay ? "clock" : "minute", zone)}`;
}

type Props = { bill: BillPartsFragment; label: string; zone?: string | undefined; /** Of the tariff that counted, where it is known. */ elements?: readonly Element[] };

const cell = "px-3 py-2 align-top first:pl-4 last:pr-4";
const head = "px-3 py-2 text-left text-xs font-medium whitespace-nowrap text-ink-2 first:pl-4 last:pr-4";

/** Why it costs what it costs: each line with the restriction that applied, what was used, the price for a unit, tax and amount. */
export function BillTable({ bill, label, zone, elements }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const taxed = !isZero(bill.tax) || bill.lines.some(({ taxPercent }) => taxPercent != null);
  return (
    <div className="@container overflow-x-auto">
      <table aria-label={label} className="w-full text-sm">
        <thead className="border-b">
          <tr>
            <th scope="col" className={head}>
              {t("bill.what")}
            </th>
            <th scope="col" className={cn(head, "hidden text-right! @xl:table-cell")}>
              {t("bill.quantity")}
            </th>
            <th scope="col" className={cn(head, "hidden text-right! @xl:table-cell")}>
              {t("bill.unitPrice")}
            </th>
            {taxed && (
              <th scope="col" className={cn(head, "hidden text-right! @3xl:table-cell")}>
                {t("bill.tax")}
              </th>
            )}
            <th scope="col" className={cn(head, "text-right!")}>
              {t("bill.amount")}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y">
          {bill.lines.map((line, index) => (
            // Lines have no identity: their order is theirs.
            <Line key={index} line={line} currency={bill.currency} taxed={taxed} zone={zone} elements={elements} />
          ))}
        </tbody>
        <tfoot className="border-t">
          {taxed && (
            <>
              <Sum label={t("bill.net")} value={money(locale, bill.net)} taxed={taxed} />
              <Sum label={t("bill.taxes")} value={money(locale, bill.tax)} taxed={taxed} />
            </>
          )}
          <Sum strong label={t("bill.total")} value={money(locale, bill.total)} taxed={taxed} />
        </tfoot>
      </table>
    </div>
  );
}

type LineProps = Pick<Props, "zone" | "elements"> & { line: BillLinePartsFragment; currency: string; taxed: boolean };

/** When a line counted, in the viewer's language where its element is at hand; bills themselves are written in English. */
function restrictionOf(t: TFunction, locale: string, line: BillLinePartsFragment, elements: Props["elements"]): string {
  if (line.restriction === "" || line.element == null || locale.startsWith("en")) return line.restriction;
  return restrictionWords(t, locale, elements?.[line.element - 1]?.restrictions) || line.restriction;
}

function Line({ line, currency, taxed, zone, elements }: LineProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { billed, used } = quantities(locale, line);
  const tax = line.taxPercent == null ? undefined : `${percentOf(locale, line.taxPercent)} · ${money(locale, line.tax)}`;
  const per = line.dimension == null || line.kind !== "CHARGE" ? "" : t(`tariffs.per.${line.dimension}`, { price: price(locale, line.unitPrice, currency) });
  return (
    <tr>
      <td className={cell}>
        <span className="font-medium">{lineName(t, line)}</span>
        {line.restriction !== "" && <span className="block text-ink-2">{restrictionOf(t, locale, line, elements)}</span>}
        <span className="block text-xs text-ink-2">
          {spell(locale, line.from, line.to, zone)}
          {line.element != null && ` · ${t("bill.element", { no: line.element })}`}
        </span>
        <span className="tabular block text-xs text-ink-2 @xl:hidden">{[billed, per].filter(Boolean).join(" · ")}</span>
        {taxed && tax != null && (
          <span className="tabular block text-xs text-ink-2 @3xl:hidden">
            {t("bill.tax")} {tax}
          </span>
        )}
      </td>
      <td className={cn(cell, "tabular hidden text-right whitespace-nowrap @xl:table-cell")}>
        {billed === "" ? "–" : billed}
        {used != null && <span className="block text-xs text-ink-2">{t("bill.used", { quantity: used })}</span>}
      </td>
      <td className={cn(cell, "tabular hidden text-right @xl:table-cell")}>{per === "" ? "–" : per}</td>
      {taxed && <td className={cn(cell, "tabular hidden text-right @3xl:table-cell")}>{tax ?? "–"}</td>}
      <td className={cn(cell, "tabular text-right whitespace-nowrap", isNegative(line.total) && "text-ok")}>{money(locale, line.total)}</td>
    </tr>
  );
}

function percentOf(locale: string, value: number): string {
  return Number.isInteger(value) ? (percent(locale, value) ?? "") : new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 4 }).format(value / 100);
}

function Sum({ label, value, taxed, strong = false }: { label: string; value: string; taxed: boolean; strong?: boolean }) {
  return (
    <tr className={cn(strong ? "font-semibold" : "text-ink-2")}>
      <th scope="row" className={cn("px-3 py-1.5 pl-4 text-left", strong ? "font-semibold" : "font-normal")}>
        {label}
      </th>
      <td className="hidden @xl:table-cell" />
      <td className="hidden @xl:table-cell" />
      {taxed && <td className="hidden @3xl:table-cell" />}
      <td className="tabular px-3 py-1.5 pr-4 text-right whitespace-nowrap">{value}</td>
    </tr>
  );
}
