import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { MapPin, Plus } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { FilterBar, SearchBox } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty } from "@/components/states";
import { LocationsDocument, type LocationRowFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { addressOf } from "./address";
import { useLocale } from "@/lib/locale";

const LocationDialog = lazy(() => import("./location-dialog"));

export default function LocationsPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const search = useSearch({ from: "/t/$tenant/locations" });
  const navigate = useNavigate({ from: "/t/$tenant/locations" });
  const { tenant, viewer, network } = useHere();
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const text = search.q?.trim() ?? "";
  const where = text === "" ? {} : { or: [{ nameContainsFold: text }, { cityContainsFold: text }, { addressContainsFold: text }] };
  const list = usePages(LocationsDocument, { first: 50, where, orderBy: { field: "NAME", direction: "ASC" } }, (data) => data.locations);
  const locations = useMemo(() => nodes(list.data?.locations), [list.data]);
  const many = network == null && viewer.networks.length > 1;
  const columns = useMemo<Column<LocationRowFragment>[]>(
    () => [
      {
        id: "name",
        header: t("locations.name"),
        cell: ({ id, name }) => (
          <Link to="/t/$tenant/locations/$locationId" params={{ tenant: tenant.slug, locationId: id }} className="font-medium hover:underline">
            {name}
          </Link>
        ),
      },
      { id: "address", header: t("locations.address"), className: "hidden sm:table-cell", cell: (location) => <span className="text-ink-2">{addressOf(location, locale) || "–"}</span> },
      { id: "stations", header: t("stations.title"), end: true, cell: ({ stations }) => stations.totalCount },
      ...(many ? [{ id: "network", header: t("stations.network"), className: "hidden md:table-cell", cell: (location: LocationRowFragment) => location.network.name }] : []),
      { id: "zone", header: t("locations.timezone"), className: "hidden lg:table-cell", cell: ({ timezone }) => <span className="text-ink-2">{timezone}</span> },
    ],
    [t, tenant.slug, many, locale],
  );
  const add = may("location:write") && (
    <Button
      variant="primary"
      onClick={() => {
        setAdding(true);
      }}
    >
      <Plus aria-hidden />
      {t("locations.add")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("locations.title")} actions={add} />
      <FilterBar>
        <SearchBox
          label={t("locations.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            void navigate({ search: (old) => ({ ...old, q: q === "" ? undefined : q }), replace: true });
          }}
        />
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : locations.length}
          empty={<Empty icon={<MapPin />} title={t(text === "" ? "locations.none" : "locations.noMatch")} text={text === "" ? t("locations.noneText") : undefined} action={text === "" && add} />}
        >
          <DataTable
            label={t("locations.title")}
            columns={columns}
            rows={locations}
            rowId={({ id }) => id}
            onOpen={({ id }) => {
              void navigate({ to: "/t/$tenant/locations/$locationId", params: { tenant: tenant.slug, locationId: id } });
            }}
          />
          <More shown={locations.length} total={list.data?.locations.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
      {adding && (
        <Suspense>
          <LocationDialog
            onClose={() => {
              setAdding(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
