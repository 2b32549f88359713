import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataTable, type Column } from "@/components/data-table";
import { Time } from "@/components/time";
import type { StatementEntryFragment } from "@/gql/drivers/graphql";
import { useLocale } from "@/lib/locale";
import { isNegative, money } from "@/lib/money";
import { knownKind } from "./kinds";

type Props = { entries: readonly StatementEntryFragment[]; tenant: string };

/** What moved a wallet's balance, the newest first. */
export function StatementTable({ entries, tenant }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const columns = useMemo<Column<StatementEntryFragment>[]>(
    () => [
      {
        id: "kind",
        header: t("drivers.what"),
        cell: ({ kind, memo, session, payment }) => {
          const known = knownKind(kind);
          return (
            <div className="py-1">
              <p className="flex flex-wrap gap-x-2">
                <span className="font-medium">{known == null ? kind : t(`drivers.kind.${known}`)}</span>
                {session != null && (
                  <Link to="/t/$tenant/sessions/$sessionId" params={{ tenant, sessionId: session.id }} className="text-accent hover:underline">
                    {t("drivers.toSession")}
                  </Link>
                )}
                {payment != null && (
                  <Link to="/t/$tenant/payments/$paymentId" params={{ tenant, paymentId: payment.id }} className="text-accent hover:underline">
                    {t("drivers.toPayment")}
                  </Link>
                )}
              </p>
              {memo !== "" && <p className="max-w-96 text-xs break-words text-ink-2">{memo}</p>}
            </div>
          );
        },
      },
      { id: "at", header: t("drivers.at"), className: "hidden sm:table-cell", cell: ({ at }) => <Time at={at} style="minute" /> },
      {
        id: "amount",
        header: t("drivers.amount"),
        end: true,
        cell: ({ amount }) => <span className="whitespace-nowrap">{isNegative(amount) ? money(locale, amount) : `+${money(locale, amount)}`}</span>,
      },
      { id: "after", header: t("drivers.after"), end: true, cell: ({ balanceAfter }) => <span className="whitespace-nowrap">{balanceAfter == null ? "–" : money(locale, balanceAfter)}</span> },
    ],
    [t, locale, tenant],
  );
  return <DataTable label={t("drivers.statement")} columns={columns} rows={entries} rowId={({ transactionId }) => transactionId} />;
}
