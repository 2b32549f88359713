import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { EllipsisVertical, Pencil, PlugZap } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData, usePages } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable } from "@/components/data-table";
import { LazyConfirm } from "@/components/lazy-confirm";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { onIntent } from "@/components/on-intent";
import { Facts, PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { Time, useNow } from "@/components/time";
import { toast } from "@/components/toast";
import { stationColumns } from "@/features/stations/columns";
import { useLiveStations } from "@/features/stations/live";
import { DeleteLocationDocument, LocationDocument, StationsDocument, type LocationRowFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { addressOf } from "./address";
import { useLocale } from "@/lib/locale";

const LocationMenu = onIntent(() => import("./location-menu"));
const LocationDialog = lazy(() => import("./location-dialog"));

export default function LocationPage() {
  const { t } = useTranslation();
  const { locationId } = useParams({ from: "/t/$tenant/locations/$locationId" });
  const location = useData(LocationDocument, { id: locationId });
  const found = location.data?.location;
  if (found == null) {
    if (location.problem?.code === "FORBIDDEN") return <NoPermission />;
    if (location.problem?.code === "NOT_FOUND" || location.data != null) return <Failure message={t("locations.gone")} />;
    if (location.problem != null) return <Failure message={problemText(t, location.problem)} onRetry={location.refetch} />;
    return <SkeletonRows rows={5} />;
  }
  return <LocationView location={found} />;
}

function LocationView({ location }: { location: LocationRowFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const may = useMay();
  const now = useNow();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const address = addressOf(location, locale);
  const there = location.latitude != null && location.longitude != null ? `${String(location.latitude)}, ${String(location.longitude)}` : undefined;
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/locations" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("locations.title")}
          </Link>
        }
        title={location.name}
        sub={address}
        actions={
          may("location:write") && (
            <>
              <Button
                variant="primary"
                onClick={() => {
                  setEditing(true);
                }}
              >
                <Pencil aria-hidden />
                {t("locations.editShort")}
              </Button>
              <LocationMenu
                onDelete={() => {
                  setDeleting(true);
                }}
                trigger={
                  <Button variant="quiet" size="icon" aria-label={t("common.moreActions")}>
                    <EllipsisVertical aria-hidden />
                  </Button>
                }
              />
            </>
          )
        }
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <Panel title={t("stations.title")} flush>
          <LocationStations locationId={location.id} />
        </Panel>
        <Panel title={t("locations.place")}>
          <Facts
            columns={1}
            facts={[
              { label: t("locations.address"), value: address },
              { label: t("locations.coordinates"), value: there && <span className="code">{there}</span> },
              { label: t("locations.timezone"), value: location.timezone },
              { label: t("locations.localTime"), value: <Time at={new Date(now).toISOString()} style="clock" zone={location.timezone} /> },
              { label: t("stations.network"), value: location.network.name },
            ]}
          />
        </Panel>
      </div>
      {editing && (
        <Suspense>
          <LocationDialog
            location={location}
            onClose={() => {
              setEditing(false);
            }}
          />
        </Suspense>
      )}
      <DeleteLocation location={location} open={deleting} onOpenChange={setDeleting} />
    </>
  );
}

function LocationStations({ locationId }: { locationId: string }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const list = usePages(StationsDocument, { first: 50, where: { locationId }, orderBy: { field: "NAME", direction: "ASC" } }, (data) => data.stations);
  const stations = useMemo(() => nodes(list.data?.stations), [list.data]);
  useLiveStations(stations, undefined, list.refetch);
  const columns = useMemo(() => stationColumns(t, tenant.slug, false, false).filter(({ id }) => id !== "location").map(({ sort: _, ...column }) => column), [t, tenant.slug]);
  return (
    <ListStates
      loading={list.loading}
      problem={list.problem}
      onRetry={list.refetch}
      count={list.data == null ? undefined : stations.length}
      empty={<Empty icon={<PlugZap />} title={t("locations.noStations")} text={t("locations.noStationsText")} />}
    >
      <DataTable
        label={t("stations.title")}
        columns={columns}
        rows={stations}
        rowId={({ id }) => id}
        onOpen={({ id }) => {
          void navigate({ to: "/t/$tenant/stations/$stationId", params: { tenant: tenant.slug, stationId: id }, search: {} });
        }}
      />
      <More shown={stations.length} total={list.data?.stations.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
    </ListStates>
  );
}

function DeleteLocation({ location, open, onOpenChange }: { location: LocationRowFragment; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const [remove, busy] = useChange(DeleteLocationDocument);
  return (
    <LazyConfirm
      danger
      open={open}
      onOpenChange={onOpenChange}
      title={t("locations.deleteTitle", { location: location.name })}
      text={t("locations.deleteText")}
      action={t("locations.delete")}
      busy={busy}
      onConfirm={async () => {
        const { problem } = await remove({ input: { id: location.id } });
        if (problem != null) return problem.text;
        toast(t("locations.deleted", { location: location.name }));
        await navigate({ to: "/t/$tenant/locations", params: { tenant: tenant.slug }, search: {} });
        return undefined;
      }}
    />
  );
}
