import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { Column } from "@/components/data-table";
import type { DriverRowFragment } from "@/gql/drivers/graphql";
import { isNegative, isZero, money } from "@/lib/money";
import { StateMark } from "@/status/mark";
import { driverStates } from "./states";

/** The columns of the list of drivers; those of money for who may read wallets. */
export function driverColumns(t: TFunction, locale: string, tenant: string, wallets: boolean): Column<DriverRowFragment>[] {
  const all: Column<DriverRowFragment>[] = [
    {
      id: "name",
      header: t("drivers.name"),
      cell: ({ id, name, status }) => (
        <>
          <Link to="/t/$tenant/drivers/$driverId" params={{ tenant, driverId: id }} className="block max-w-56 truncate font-medium hover:underline">
            {name}
          </Link>
          {status === "BLOCKED" && (
            <span className="sm:hidden">
              <StateMark state={driverStates.BLOCKED} />
            </span>
          )}
        </>
      ),
    },
    { id: "email", header: t("drivers.email"), className: "hidden md:table-cell", cell: ({ email }) => <span className="block max-w-64 truncate">{email || "–"}</span> },
    { id: "network", header: t("drivers.network"), className: "hidden lg:table-cell", cell: ({ network }) => network.name },
    { id: "status", header: t("drivers.statusHead"), className: "hidden sm:table-cell", cell: ({ status }) => <StateMark state={driverStates[status]} /> },
  ];
  if (!wallets) return all;
  return [
    ...all,
    {
      id: "balance",
      header: t("drivers.balance"),
      end: true,
      cell: ({ wallet }) => (wallet == null ? "–" : <span className={isNegative(wallet.balance) ? "text-bad" : undefined}>{money(locale, wallet.balance)}</span>),
    },
    { id: "held", header: t("drivers.held"), className: "hidden sm:table-cell", end: true, cell: ({ wallet }) => (wallet == null || isZero(wallet.held) ? "–" : money(locale, wallet.held)) },
  ];
}
