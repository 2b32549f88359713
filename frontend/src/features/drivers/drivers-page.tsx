import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Users } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed } from "@/app/search";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable } from "@/components/data-table";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { DriversDocument, type DriverStatus } from "@/gql/drivers/graphql";
import { useLocale } from "@/lib/locale";
import { nodes } from "@/lib/nodes";
import { StateShape } from "@/status/mark";
import { driverColumns } from "./columns";
import { driverFilter } from "./filter";
import { driverStates } from "./states";

const DriverDialog = lazy(() => import("./driver-dialog"));

const route = "/t/$tenant/drivers";
const offered: readonly DriverStatus[] = ["ACTIVE", "BLOCKED"];

/** Who charges here, by name, with what is in their wallets. */
export default function DriversPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const { tenant, network } = useHere();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const [adding, setAdding] = useState(false);
  const [hidden, hide] = useHiddenColumns("drivers");
  const wallets = may("wallet:read");
  const list = usePages(DriversDocument, { first: 50, where: driverFilter(search, network), wallet: wallets }, (data) => data.drivers, !may("driver:read"));
  const rows = nodes(list.data?.drivers);
  const columns = useMemo(() => driverColumns(t, locale, tenant.slug, wallets), [t, locale, tenant.slug, wallets]);
  const change = (next: Partial<typeof search>) => {
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  };
  const open = (id: string) => {
    void navigate({ to: "/t/$tenant/drivers/$driverId", params: { tenant: tenant.slug, driverId: id } });
  };
  const filtered = search.q != null || search.status != null;
  if (!may("driver:read")) return <NoPermission />;
  const add = (
    <Button
      variant="primary"
      aria-disabled={may("driver:write") ? undefined : true}
      data-tip={may("driver:write") ? undefined : t("drivers.mayNot")}
      onClick={() => {
        if (may("driver:write")) setAdding(true);
      }}
    >
      <Plus aria-hidden />
      {t("drivers.add")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("nav.drivers")} sub={t("drivers.text")} actions={add} />
      <FilterBar>
        <SearchBox
          label={t("drivers.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            change({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("drivers.statusHead")}
          choices={offered.map((status) => ({ value: status, label: t(driverStates[status].word), mark: <StateShape state={driverStates[status]} /> }))}
          chosen={listed(search.status)}
          onChange={(chosen) => {
            change({ status: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
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
          empty={<Empty icon={<Users />} title={t(filtered ? "drivers.noMatch" : "drivers.none")} text={t(filtered ? "drivers.noMatchText" : "drivers.noneText")} action={!filtered && add} />}
        >
          <DataTable
            label={t("nav.drivers")}
            columns={columns}
            rows={rows}
            rowId={({ id }) => id}
            hidden={hidden}
            onOpen={({ id }) => {
              open(id);
            }}
          />
          <More shown={rows.length} total={list.data?.drivers.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
      {adding && (
        <Suspense>
          <DriverDialog
            onSaved={open}
            onClose={() => {
              setAdding(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
