import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { Column } from "@/components/data-table";
import { Time } from "@/components/time";
import type { IssueRowFragment } from "@/gql/billing/graphql";
import { issueStates, severities } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { issueTitle } from "./title";

export function issueColumns(t: TFunction, tenant: string, onShow: (id: string) => void): Column<IssueRowFragment>[] {
  return [
    {
      id: "what",
      header: t("issues.what"),
      cell: ({ id, kind, title, severity, station, network }) => (
        <div className="min-w-0">
          <span className="sm:hidden">
            <StateMark state={severities[severity]} />
          </span>
          <button
            type="button"
            className="block rounded-sm text-left font-medium hover:underline"
            onClick={() => {
              onShow(id);
            }}
          >
            {issueTitle({ kind, title })}
          </button>
          <p className="text-xs text-ink-2 lg:hidden">{station?.name ?? network?.name ?? ""}</p>
        </div>
      ),
    },
    { id: "severity", header: t("issues.severity"), className: "hidden sm:table-cell", cell: ({ severity }) => <StateMark state={severities[severity]} /> },
    {
      id: "where",
      header: t("issues.where"),
      className: "hidden lg:table-cell",
      cell: ({ station, network }) =>
        station == null ? (
          <span className="text-ink-2">{network?.name ?? t("issues.tenantWide")}</span>
        ) : (
          <Link to="/t/$tenant/stations/$stationId" params={{ tenant, stationId: station.id }} search={{}} className="block max-w-56 truncate hover:underline">
            {station.name}
          </Link>
        ),
    },
    { id: "status", header: t("stations.status"), cell: ({ status }) => <StateMark state={issueStates[status]} /> },
    { id: "since", header: t("issues.since"), className: "hidden md:table-cell", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: "count", header: t("issues.count"), end: true, className: "hidden xl:table-cell", cell: ({ occurrences }) => occurrences },
  ];
}
