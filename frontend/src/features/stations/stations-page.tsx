import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ListChecks, Plus } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { everyPage, useData, usePages } from "@/app/data";
import { problemOf, problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { LinkTabs } from "@/components/tabs";
import { PageHead } from "@/components/panel";
import { toast } from "@/components/toast";
import { LocationChoicesDocument, StationIdsDocument, StationsDocument } from "@/gql/graphql";
import { withWords } from "@/i18n";
import { nodes } from "@/lib/nodes";
import { useStationCounts } from "./counts";
import { stationFilter, stationOrder } from "./filter";
import { useLiveStations } from "./live";
import { StationsView } from "./stations-view";

const BulkBar = lazy(withWords(() => import("./bulk-bar")));

export default function StationsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/t/$tenant/stations" });
  const navigate = useNavigate({ from: "/t/$tenant/stations" });
  const { tenant, network, viewer } = useHere();
  const may = useMay();
  const client = useClient();
  const [picked, setPicked] = useState<{ tab: string | undefined; ids: ReadonlySet<string> }>({ tab: search.tab, ids: new Set() });
  const selected = useMemo(() => (picked.tab === search.tab ? picked.ids : new Set<string>()), [picked, search.tab]);

  const list = usePages(StationsDocument, { first: 50, where: stationFilter(search), orderBy: stationOrder(search) }, (data) => data.stations);
  const counts = useStationCounts(list.refetch);
  const places = useData(LocationChoicesDocument, {}, !may("location:read"));
  const stations = useMemo(() => nodes(list.data?.stations), [list.data]);
  useLiveStations(stations, search.tab === "pending" ? "PENDING" : "ONBOARDED", () => {
    list.refetch();
    counts.refetch();
  });

  const params = { tenant: tenant.slug };
  const selectAll = async () => {
    const { pages, error } = await everyPage(client, StationIdsDocument, { first: 200, where: stationFilter(search) }, (data) => data.stations);
    if (error == null) setPicked({ tab: search.tab, ids: new Set(pages.flatMap((page) => nodes(page.stations).map(({ id }) => id))) });
    else toast(problemText(t, problemOf(error)), "bad");
  };
  const add = may("station:credential") && (
    <Button variant="primary" asChild>
      <Link to="/t/$tenant/stations/new" params={params}>
        <Plus aria-hidden />
        {t("stations.add")}
      </Link>
    </Button>
  );
  const tab = (pending: boolean) => ({
    to: "/t/$tenant/stations" as const,
    params,
    search: { q: search.q, location: search.location, network: network ?? undefined, tab: pending ? ("pending" as const) : undefined },
  });

  return (
    <>
      <PageHead
        title={t("stations.title")}
        actions={
          <>
            {may("command:read") && (
              <Button asChild>
                <Link to="/t/$tenant/bulk" params={params}>
                  <ListChecks aria-hidden />
                  {t("nav.bulk")}
                </Link>
              </Button>
            )}
            {add}
          </>
        }
      />
      <LinkTabs
        label={t("stations.tabs")}
        active={search.tab ?? "onboarded"}
        tabs={[
          { key: "onboarded", label: t("stations.onboarded"), count: counts.onboarded, link: tab(false) },
          { key: "pending", label: t("stations.pending"), count: counts.pending, link: tab(true) },
        ]}
      />
      <StationsView
        search={search}
        tenant={tenant.slug}
        manyNetworks={network == null && viewer.networks.length > 1}
        locations={nodes(places.data?.locations)}
        stations={list.data == null ? undefined : stations}
        total={list.data?.stations.totalCount ?? 0}
        list={list}
        selectable={may("station:command")}
        selected={selected}
        onSelect={(ids) => {
          setPicked({ tab: search.tab, ids });
        }}
        onSearch={(change) => {
          void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
        }}
        onOpen={(stationId) => {
          void navigate({ to: "/t/$tenant/stations/$stationId", params: { ...params, stationId }, search: {} });
        }}
        add={add}
      />
      {selected.size > 0 && (
        <Suspense>
          <BulkBar
            ids={[...selected]}
            stations={stations.filter(({ id }) => selected.has(id))}
            total={list.data?.stations.totalCount ?? 0}
            onAll={selectAll}
            onDone={() => {
              setPicked({ tab: search.tab, ids: new Set() });
            }}
          />
        </Suspense>
      )}
    </>
  );
}
