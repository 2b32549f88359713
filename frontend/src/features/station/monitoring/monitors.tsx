import { Plus, RefreshCw, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useCommandFailure, useCommandRefusal } from "@/features/commands/refused";
import { ClearMonitorDocument, GetMonitorsDocument, StationMonitorsDocument, type MonitorRowFragment, type StationDetailFragment, type StationMonitorsQuery } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { nodes } from "@/lib/nodes";
import { useStationChanges } from "../use-changes";
import { monitorOf, monitorTypes } from "./monitor";
import { SeverityMark } from "./severity-mark";

const MonitorDialog = lazy(() => import("./monitor-dialog"));

const none: NonNullable<StationMonitorsQuery["station"]>["settings"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

export function Monitors({ station, version }: { station: StationDetailFragment; version: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const list = usePages(StationMonitorsDocument, { id: station.id, first: 50 }, (data) => data.station?.settings ?? none);
  const rows = nodes(list.data?.station?.settings);
  // What the station was asked to report comes later, in parts.
  useStationChanges(station.id, list.refetch);
  const cantSet = useCommandRefusal(station, "station:configure");
  const cantRead = useCommandRefusal(station, "station:command");
  const [read, reading] = useChange(GetMonitorsDocument);
  const [clear, clearing] = useChange(ClearMonitorDocument);
  const failure = useCommandFailure();
  const [adding, setAdding] = useState(false);
  const [gone, setGone] = useState<MonitorRowFragment>();

  const condition = (row: MonitorRowFragment): string => {
    const data = monitorOf(row.data);
    const type = data == null ? undefined : monitorTypes[data.type];
    return data == null || type == null ? row.summary : t(`monitoring.condition.${type}`, { value: new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(data.value) });
  };
  const columns: Column<MonitorRowFragment>[] = [
    {
      id: "variable",
      header: t("monitoring.variable"),
      cell: ({ component, variable, evseNo }) => (
        <span className="code font-medium break-all">
          <span className="font-normal text-ink-2">{component}.</span>
          {variable}
          {evseNo > 0 && <span className="ml-2 font-sans text-xs font-normal text-ink-2">{t("variables.evseNo", { no: evseNo })}</span>}
        </span>
      ),
    },
    { id: "condition", header: t("monitoring.when"), cell: condition },
    { id: "severity", header: t("monitoring.severityTitle"), cell: ({ data }) => <SeverityMark severity={monitorOf(data)?.severity} /> },
    { id: "at", header: t("monitoring.reported"), className: "hidden md:table-cell", cell: ({ reportedAt }) => <Time at={reportedAt} /> },
    {
      id: "clear",
      header: t("common.actions"),
      end: true,
      cell: (row) => (
        <Button
          variant="quiet"
          size="icon-sm"
          disabled={cantSet != null}
          aria-label={t("monitoring.clearOne", { name: `${row.component}.${row.variable}` })}
          onClick={() => {
            setGone(row);
          }}
        >
          <Trash2 aria-hidden />
        </Button>
      ),
    },
  ];

  return (
    <Panel
      flush
      title={t("monitoring.monitors")}
      note={cantSet == null ? undefined : t(cantSet)}
      action={
        <>
          <Button
            size="sm"
            disabled={cantRead != null}
            busy={reading}
            onClick={() => {
              void read({ input: { stationId: station.id } }).then(({ data, problem }) => {
                const error = failure(data?.getMonitoringReport, problem);
                toast(error ?? t("monitoring.asked"), error == null ? "ok" : "bad");
                list.refetch();
              });
            }}
          >
            <RefreshCw aria-hidden />
            {t("monitoring.read")}
          </Button>
          <Button
            size="sm"
            disabled={cantSet != null}
            onClick={() => {
              setAdding(true);
            }}
          >
            <Plus aria-hidden />
            {t("monitoring.add")}
          </Button>
        </>
      }
    >
      <ListStates loading={list.loading} problem={list.problem} onRetry={list.refetch} count={list.data == null ? undefined : rows.length} empty={<Empty title={t("monitoring.none")} text={t("monitoring.noneText")} />}>
        <DataTable label={t("monitoring.monitors")} columns={columns} rows={rows} rowId={({ id }) => id} />
        <More shown={rows.length} total={list.data?.station?.settings.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      <Suspense>
        {adding && (
          <MonitorDialog
            station={station}
            version={version}
            onClose={() => {
              setAdding(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
      <Confirm
        danger
        open={gone != null}
        onOpenChange={() => {
          setGone(undefined);
        }}
        title={t("monitoring.clearTitle")}
        text={gone == null ? "" : t("monitoring.clearText", { name: `${gone.component}.${gone.variable}` })}
        action={t("monitoring.clear")}
        busy={clearing}
        onConfirm={async () => {
          const { data, problem } = await clear({ input: { stationId: station.id, monitorIds: [Number(gone?.key)] } });
          list.refetch();
          return failure(data?.clearVariableMonitoring, problem);
        }}
      />
    </Panel>
  );
}
