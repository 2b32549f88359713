import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { Badge } from "@/components/badge";
import type { Column } from "@/components/data-table";
import type { TariffRowFragment } from "@/gql/billing/graphql";
import { tariffState } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { definitionOf } from "./definition";
import { summary } from "./words";

/** Where a tariff counts, in a line. */
function where(t: TFunction, assignments: TariffRowFragment["assignments"]): string {
  const [first, second, ...others] = assignments;
  if (first == null) return t("tariffs.nowhere");
  const names = [first, second].flatMap((assignment) => (assignment == null ? [] : [assignment.level === "TENANT" ? t("tariffs.level.TENANT") : assignment.target]));
  return others.length === 0 ? names.join(", ") : `${names.join(", ")} ${t("tariffs.andMore", { count: others.length })}`;
}

export function tariffColumns(t: TFunction, locale: string, tenant: string, now: number): Column<TariffRowFragment>[] {
  return [
    {
      id: "name",
      header: t("tariffs.name"),
      cell: ({ id, name, version, network }) => (
        <div className="min-w-0">
          <Link to="/t/$tenant/tariffs/$tariffId" params={{ tenant, tariffId: id }} className="block max-w-64 truncate font-medium hover:underline">
            {name}
          </Link>
          <p className="max-w-64 truncate text-xs text-ink-2 md:hidden">{summary(t, locale, definitionOf(version.definition))}</p>
          {network != null && <p className="hidden max-w-64 truncate text-xs text-ink-2 md:block">{network.name}</p>}
        </div>
      ),
    },
    { id: "price", header: t("tariffs.price"), className: "hidden md:table-cell", cell: ({ version }) => <span className="tabular block max-w-lg">{summary(t, locale, definitionOf(version.definition))}</span> },
    { id: "where", header: t("tariffs.where"), className: "hidden lg:table-cell", cell: ({ assignments }) => <span className="block max-w-64 truncate text-ink-2">{where(t, assignments)}</span> },
    { id: "currency", header: t("settings.currency"), className: "hidden xl:table-cell", cell: ({ currency }) => currency },
    { id: "version", header: t("tariffs.version"), end: true, className: "hidden sm:table-cell", cell: ({ version }) => version.number },
    {
      id: "state",
      header: t("stations.status"),
      cell: (tariff) => (
        <span className="flex flex-wrap items-center gap-2">
          <StateMark state={tariffState(tariff, now)} />
          {tariff.warnings.length > 0 && (
            <Badge tone="warn" data-tip={tariff.warnings.map(({ message }) => message).join(" ")}>
              {t("tariffs.warnings", { count: tariff.warnings.length })}
            </Badge>
          )}
        </span>
      ),
    },
  ];
}
