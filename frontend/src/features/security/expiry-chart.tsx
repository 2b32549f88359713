import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useHere } from "@/app/viewer";
import type { SecurityOverviewQuery } from "@/gql/security/graphql";
import { moment } from "@/lib/format";
import { useLocale } from "@/lib/locale";

type Props = Pick<SecurityOverviewQuery["securityOverview"], "expired" | "expiries">;

/** How many certificates end in each of the next weeks: as bars for the eye, and the same as a table, whose rows lead to them. */
export function ExpiryChart({ expired, expiries }: Props) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const locale = useLocale();
  const columns = [
    { key: "expired", label: t("security.expired"), count: expired, colour: "bg-bad", search: { until: expiries[0]?.from } },
    ...expiries.map(({ from, to, count }, index) => ({
      key: from,
      label: to == null ? t("security.later") : t("security.weekFrom", { date: moment(locale, from, "date") }),
      count,
      colour: to == null ? "bg-ok" : index < 2 ? "bg-warn" : "bg-busy",
      search: { since: from, until: to ?? undefined },
    })),
  ];
  const most = Math.max(1, ...columns.map(({ count }) => count));
  return (
    <div className="flex flex-col gap-3">
      <div aria-hidden className="flex h-36 items-end gap-1">
        {columns.map(({ key, count, colour, label }) => (
          <span key={key} data-tip={`${label}: ${String(count)}`} className="flex h-full min-w-0 flex-1 flex-col items-center justify-end gap-0.5">
            {count > 0 && <span className="tabular text-xs text-ink-2">{count}</span>}
            <span className={`w-full rounded-t-sm ${count > 0 ? colour : "bg-idle-soft"}`} style={{ height: count > 0 ? `max(4px, ${String((80 * count) / most)}%)` : "2px" }} />
          </span>
        ))}
      </div>
      <p aria-hidden className="-mt-2 flex justify-between border-t pt-1 text-xs text-ink-2">
        <span>{t("security.expired")}</span>
        <span>{t("security.later")}</span>
      </p>
      <details className="text-sm" open={columns.filter(({ count }) => count > 0).length <= 3}>
        <summary className="cursor-pointer text-ink-2">{t("security.asTable")}</summary>
        <table className="mt-2 w-full" aria-label={t("security.expiries")}>
          <thead>
            <tr className="text-left text-xs text-ink-2">
              <th scope="col" className="py-1 font-medium">
                {t("security.when")}
              </th>
              <th scope="col" className="py-1 text-right font-medium">
                {t("security.certificates")}
              </th>
            </tr>
          </thead>
          <tbody>
            {columns.map(({ key, label, count, search }) => (
              <tr key={key} className="border-t">
                <td className="py-1">
                  {count === 0 ? (
                    label
                  ) : (
                    <Link to="/t/$tenant/security" params={{ tenant: tenant.slug }} search={{ tab: "certificates", certificate: "IN_USE", ...search }} className="underline">
                      {label}
                    </Link>
                  )}
                </td>
                <td className="tabular py-1 text-right">{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
