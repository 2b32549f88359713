import { useNavigate, useSearch } from "@tanstack/react-router";
import { ReceiptText } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed } from "@/app/search";
import { useHere, useMay } from "@/app/viewer";
import { DataTable } from "@/components/data-table";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { TimeRange } from "@/components/time-range";
import { ChargesDocument, type ChargeStatus } from "@/gql/billing/graphql";
import { useLocale } from "@/lib/locale";
import { nodes } from "@/lib/nodes";
import { chargeStates } from "@/status/billing";
import { StateShape } from "@/status/mark";
import { chargeColumns } from "./columns";
import { chargeFilter, isFiltered, type ChargesSearch } from "./filter";
import { SessionTabs } from "./session-tabs";

const route = "/t/$tenant/charges";
const statuses = Object.keys(chargeStates) as ChargeStatus[];

/** What sessions came to, and what became of it. */
export default function ChargesPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const { tenant, viewer, network } = useHere();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const [hidden, hide] = useHiddenColumns("charges");
  const list = usePages(ChargesDocument, { first: 50, where: chargeFilter(search) }, (data) => data.charges, !may("charge:read"));
  const rows = nodes(list.data?.charges);
  const columns = useMemo(() => chargeColumns(t, locale, tenant.slug), [t, locale, tenant.slug]);
  const networks = viewer.networks.filter(({ archivedAt }) => archivedAt == null);
  const change = (next: Partial<ChargesSearch>) => {
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  };
  if (!may("charge:read")) return <NoPermission />;
  return (
    <>
      <PageHead title={t("nav.charges")} sub={t("charges.text")} />
      <SessionTabs active="charges" />
      <FilterBar>
        <SearchBox
          label={t("charges.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            change({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("charges.status")}
          choices={statuses.map((status) => ({ value: status, label: t(chargeStates[status].word), mark: <StateShape state={chargeStates[status]} /> }))}
          chosen={listed(search.status)}
          onChange={(chosen) => {
            change({ status: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        {network == null && networks.length > 1 && (
          <FilterChip
            single
            label={t("stations.network")}
            choices={networks.map(({ id, name }) => ({ value: id, label: name }))}
            chosen={search.of == null ? [] : [search.of]}
            onChange={([of]) => {
              change({ of });
            }}
          />
        )}
        <TimeRange since={search.since} until={search.until} onChange={change} />
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
          empty={<Empty icon={<ReceiptText />} title={t(isFiltered(search) ? "charges.noMatch" : "charges.none")} text={t(isFiltered(search) ? "tariffs.noMatchText" : "charges.noneText")} />}
        >
          <DataTable
            label={t("nav.charges")}
            columns={columns}
            rows={rows}
            rowId={({ id }) => id}
            hidden={hidden}
            onOpen={({ id }) => {
              void navigate({ to: "/t/$tenant/charges/$chargeId", params: { tenant: tenant.slug, chargeId: id } });
            }}
          />
          <More shown={rows.length} total={list.data?.charges.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
    </>
  );
}
