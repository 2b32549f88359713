import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { FilterBar } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useCommandFailure, useCommandRefusal } from "@/features/commands/refused";
import { CancelReservationDocument, StationReservationsDocument, type ReservationRowFragment, type StationDetailFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { reservationStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { useStationChanges } from "../use-changes";

const ReserveDialog = lazy(() => import("./reserve-dialog"));

const open: ReadonlySet<ReservationRowFragment["status"]> = new Set<ReservationRowFragment["status"]>(["REQUESTED", "ACTIVE"]);

/** What is held for whom, until when. */
export default function ReservationsTab({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant } = useHere();
  const [reserving, setReserving] = useState(false);
  const [cancelling, setCancelling] = useState<ReservationRowFragment>();
  const [cancel, busy] = useChange(CancelReservationDocument);
  const failure = useCommandFailure();
  const refused = useCommandRefusal(station, "station:command");
  const list = usePages(StationReservationsDocument, { id: station.id, first: 50 }, (data) => data.reservations);
  // A reservation may be used, given up or run out.
  useStationChanges(station.id, list.refetch);
  const rows = nodes(list.data?.reservations);

  const columns: Column<ReservationRowFragment>[] = [
    {
      id: "where",
      header: t("reservations.where"),
      cell: ({ evseNo, connectorType }) => <span className="font-medium">{evseNo === 0 ? t("reservations.any") : t("station.connectorNo", { no: evseNo })}{connectorType !== "" && ` · ${connectorType}`}</span>,
    },
    {
      id: "who",
      header: t("session.who"),
      cell: ({ idTag, expiresAt }) => (
        <div>
          <p className="code">{idTag}</p>
          <p className="text-xs text-ink-2 sm:hidden">
            <Time at={expiresAt} style="minute" />
          </p>
        </div>
      ),
    },
    { id: "status", header: t("stations.status"), cell: ({ status }) => <StateMark state={reservationStates[status]} /> },
    { id: "until", header: t("reservations.until"), className: "hidden sm:table-cell", cell: ({ expiresAt }) => <Time at={expiresAt} style="minute" /> },
    { id: "made", header: t("reservations.made"), className: "hidden md:table-cell", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: "session",
      header: t("station.openSession"),
      className: "hidden lg:table-cell",
      cell: ({ sessionId }) =>
        sessionId == null || !may("session:read") ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Link to="/t/$tenant/sessions/$sessionId" params={{ tenant: tenant.slug, sessionId }} className="hover:underline">
            {t("station.openSession")}
          </Link>
        ),
    },
    {
      id: "cancel",
      header: t("common.actions"),
      end: true,
      cell: (row) =>
        open.has(row.status) && (
          <Button
            variant="quiet"
            size="sm"
            disabled={refused != null}
            aria-label={t("reservations.cancelOne", { tag: row.idTag })}
            onClick={() => {
              setCancelling(row);
            }}
          >
            {t("common.cancel")}
          </Button>
        ),
    },
  ];
  const reserve = (
    <Button
      disabled={refused != null}
      onClick={() => {
        setReserving(true);
      }}
    >
      <Plus aria-hidden />
      {t("reservations.reserve")}
    </Button>
  );

  return (
    <>
      <FilterBar>
        {refused != null && <p className="text-sm text-ink-2">{t(refused)}</p>}
        <div className="ml-auto">{reserve}</div>
      </FilterBar>
      <div className="border-t">
        <ListStates loading={list.loading} problem={list.problem} onRetry={list.refetch} count={list.data == null ? undefined : rows.length} empty={<Empty title={t("reservations.none")} text={t("reservations.noneText")} />}>
          <DataTable label={t("station.reservations")} columns={columns} rows={rows} rowId={({ id }) => id} />
          <More shown={rows.length} total={list.data?.reservations.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
      <Suspense>
        {reserving && (
          <ReserveDialog
            station={station}
            onClose={() => {
              setReserving(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
      <Confirm
        danger
        open={cancelling != null}
        onOpenChange={() => {
          setCancelling(undefined);
        }}
        title={t("reservations.cancelTitle")}
        text={t("reservations.cancelText", { tag: cancelling?.idTag ?? "" })}
        action={t("reservations.cancelRun")}
        busy={busy}
        onConfirm={async () => {
          const { data, problem } = await cancel({ input: { reservationId: cancelling?.id ?? "" } });
          list.refetch();
          const error = failure(data?.cancelReservation, problem);
          if (error == null) toast(t("reservations.cancelled"));
          return error;
        }}
      />
    </>
  );
}
