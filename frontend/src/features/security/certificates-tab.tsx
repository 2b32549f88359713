import { Link } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed } from "@/app/search";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time, useNow } from "@/components/time";
import { TimeRange } from "@/components/time-range";
import { StationCertificatesDocument, type CertificateRowFragment, type CertificateStatus, type StationCertificateWhereInput } from "@/gql/security/graphql";
import { nodes } from "@/lib/nodes";
import { StateMark, StateShape } from "@/status/mark";
import type { SecuritySearch } from "./security-page";
import { certificateState, certificateStates } from "./states";

const RevokeDialog = lazy(() => import("./revoke-dialog"));

const offered: readonly CertificateStatus[] = ["IN_USE", "SIGNED", "INSTALLED", "SUPERSEDED", "REFUSED", "REVOKED"];

function filterOf(search: SecuritySearch): StationCertificateWhereInput {
  const text = search.q?.trim() ?? "";
  const statuses = listed<CertificateStatus>(search.certificate);
  return {
    ...(statuses.length === 0 ? {} : { statusIn: statuses }),
    ...(search.since == null ? {} : { notAfterGTE: search.since }),
    ...(search.until == null ? {} : { notAfterLT: search.until }),
    ...(text === ""
      ? {}
      : { or: [{ subjectContainsFold: text }, { serialNumberContainsFold: text }, { issuerContainsFold: text }, { hasStationWith: [{ or: [{ nameContainsFold: text }, { identityContainsFold: text }] }] }] }),
  };
}

/** Every certificate of a station, those that end first before the others. */
export default function CertificatesTab({ search, onSearch }: { search: SecuritySearch; onSearch: (change: Partial<SecuritySearch>) => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const writable = useMay()("station:credential");
  const now = useNow();
  const [hidden, hide] = useHiddenColumns("certificates");
  const [revoking, setRevoking] = useState<CertificateRowFragment>();
  const list = usePages(StationCertificatesDocument, { first: 50, where: filterOf(search), orderBy: { field: "NOT_AFTER", direction: "ASC" } }, (data) => data.stationCertificates);
  const rows = nodes(list.data?.stationCertificates);
  const columns = useMemo<Column<CertificateRowFragment>[]>(
    () => [
      {
        id: "station",
        header: t("security.station"),
        cell: ({ station }) => (
          <Link to="/t/$tenant/stations/$stationId" params={{ tenant: tenant.slug, stationId: station.id }} search={{ tab: "security" }} className="font-medium hover:underline">
            {station.name}
          </Link>
        ),
      },
      { id: "status", header: t("security.status"), cell: (row) => <StateMark state={certificateState(row, now)} /> },
      { id: "until", header: t("security.until"), cell: ({ notAfter }) => <Time at={notAfter} style="date" /> },
      { id: "subject", header: t("security.subject"), className: "hidden lg:table-cell", cell: ({ subject }) => <span className="code block max-w-64 truncate">{subject}</span> },
      { id: "number", header: t("security.number"), className: "hidden xl:table-cell", cell: ({ serialNumber }) => <span className="code block max-w-40 truncate">{serialNumber}</span> },
      { id: "issuer", header: t("security.issuer"), className: "hidden xl:table-cell", cell: ({ issuer }) => <span className="code block max-w-64 truncate">{issuer}</span> },
      ...(writable
        ? [
            {
              id: "revoke",
              header: t("common.actions"),
              className: "hidden md:table-cell",
              end: true,
              cell: (row: CertificateRowFragment) =>
                (row.status === "IN_USE" || row.status === "INSTALLED" || row.status === "SIGNED") && (
                  <Button
                    size="sm"
                    aria-label={t("security.revokeOf", { name: row.serialNumber })}
                    onClick={() => {
                      setRevoking(row);
                    }}
                  >
                    {t("security.revokeOpen")}
                  </Button>
                ),
            },
          ]
        : []),
    ],
    [t, tenant.slug, now, writable],
  );
  const filtered = search.q != null || search.certificate != null || search.since != null || search.until != null;
  return (
    <>
      <FilterBar>
        <SearchBox
          label={t("security.searchCertificates")}
          value={search.q ?? ""}
          onChange={(q) => {
            onSearch({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("security.status")}
          choices={offered.map((status) => ({ value: status, label: t(certificateStates[status].word), mark: <StateShape state={certificateStates[status]} /> }))}
          chosen={listed(search.certificate)}
          onChange={(chosen) => {
            onSearch({ certificate: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        <TimeRange since={search.since} until={search.until} onChange={onSearch} />
        <span className="ml-auto">
          <ColumnMenu columns={columns} hidden={hidden} onChange={hide} />
        </span>
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : rows.length}
          empty={<Empty icon={<ShieldCheck />} title={t(filtered ? "security.noMatch" : "security.noCertificates")} text={filtered ? undefined : t("security.noCertificatesText")} />}
        >
          <DataTable label={t("security.certificates")} columns={columns} rows={rows} rowId={({ id }) => id} hidden={hidden} />
          <More shown={rows.length} total={list.data?.stationCertificates.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
      <Suspense>
        {revoking != null && (
          <RevokeDialog
            certificate={revoking}
            onDone={list.refetch}
            onClose={() => {
              setRevoking(undefined);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
