import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { Badge } from "@/components/badge";
import type { Column } from "@/components/data-table";
import { DriverLink } from "@/components/driver-link";
import { Time } from "@/components/time";
import type { PaymentRowFragment } from "@/gql/graphql";
import { isZero, money } from "@/lib/money";
import { StateMark } from "@/status/mark";
import { paymentState } from "./states";

/** The columns of the list of payments. */
export function paymentColumns(t: TFunction, locale: string, tenant: string): Column<PaymentRowFragment>[] {
  return [
    {
      id: "amount",
      header: t("payments.amount"),
      cell: ({ id, amount, captured, live, flags }) => (
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <Link to="/t/$tenant/payments/$paymentId" params={{ tenant, paymentId: id }} className="tabular font-medium hover:underline">
            {money(locale, isZero(captured) ? amount : captured)}
          </Link>
          {!live && <Badge>{t("payments.test")}</Badge>}
          {(flags ?? []).map((flag) => (
            <Badge key={flag} tone="warn">
              {t("payments.differs")}
            </Badge>
          ))}
        </span>
      ),
    },
    { id: "driver", header: t("payments.driver"), cell: ({ driver }) => <span className="block max-w-48 truncate"><DriverLink driver={driver} /></span> },
    { id: "status", header: t("payments.status"), cell: (row) => <StateMark state={paymentState(row)} /> },
    {
      id: "returned",
      header: t("payments.returned"),
      className: "hidden lg:table-cell",
      end: true,
      cell: ({ returned }) => <span className="tabular">{isZero(returned) ? "–" : money(locale, returned)}</span>,
    },
    { id: "purpose", header: t("payments.purpose"), className: "hidden md:table-cell", cell: ({ purpose }) => t(`payments.for.${purpose}`) },
    { id: "provider", header: t("payments.provider"), className: "hidden md:table-cell", cell: ({ provider }) => t(`payments.of.${provider}`) },
    { id: "at", header: t("payments.at"), className: "hidden sm:table-cell", cell: ({ createdAt }) => <Time at={createdAt} style="minute" /> },
  ];
}
