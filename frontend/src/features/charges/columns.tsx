import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { Column } from "@/components/data-table";
import { DriverLink } from "@/components/driver-link";
import { Time } from "@/components/time";
import type { ChargeRowFragment } from "@/gql/billing/graphql";
import { reading } from "@/lib/format";
import { money } from "@/lib/money";
import { chargeStates } from "@/status/billing";
import { StateMark } from "@/status/mark";

export function chargeColumns(t: TFunction, locale: string, tenant: string): Column<ChargeRowFragment>[] {
  return [
    {
      id: "when",
      header: t("charges.when"),
      cell: ({ id, createdAt, session }) => (
        <div className="min-w-0">
          <Link to="/t/$tenant/charges/$chargeId" params={{ tenant, chargeId: id }} className="font-medium hover:underline">
            <Time at={createdAt} style="minute" />
          </Link>
          <p className="max-w-40 truncate text-xs text-ink-2 sm:hidden">{session.station.name}</p>
        </div>
      ),
    },
    { id: "status", header: t("charges.status"), cell: ({ status }) => <StateMark state={chargeStates[status]} /> },
    { id: "session", header: t("session.station"), className: "hidden sm:table-cell", cell: ({ session }) => <span className="block max-w-56 truncate">{session.station.name}</span> },
    {
      id: "driver",
      header: t("charges.driver"),
      className: "hidden md:table-cell",
      cell: ({ driver, session }) => <span className="block max-w-48 truncate">{driver == null ? <span className="code text-ink-2">{session.idTag || "–"}</span> : <DriverLink driver={driver} />}</span>,
    },
    { id: "energy", header: t("charges.energy"), end: true, className: "hidden lg:table-cell", cell: ({ session }) => reading(locale, session.energyWh) ?? "–" },
    { id: "due", header: t("charges.due"), end: true, cell: ({ due }) => <span className="font-medium whitespace-nowrap">{money(locale, due)}</span> },
  ];
}
