import { Link } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAll, useChange, useData, usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { Dialog } from "@/components/dialog";
import { ListStates } from "@/components/list";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useWatch } from "@/features/bulk/use-watch";
import { reference } from "@/features/station/variables/variable";
import { outcomeKey } from "@/features/station/variables/words";
import { BulkCommandDocument, BulkTargetsDocument, ComparedStationsDocument, StartBulkCommandDocument, type BulkTargetsQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { nameOf, rowsOf, unreadReason, whereOf, type Offered, type Row } from "./compare";
import { VariablePicker } from "./variable-picker";

const none: NonNullable<BulkTargetsQuery["bulkCommand"]>["targets"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** One variable over several stations: as it is known, or read anew from all of them. */
export default function ComparePanel({ stationIds, onClose }: { stationIds: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [variable, setVariable] = useState<Offered>();
  return (
    <Dialog side open onOpenChange={onClose} title={t("compare.title")} description={t("compare.text", { count: stationIds.length })}>
      {variable == null ? (
        <VariablePicker stationIds={stationIds} onChoose={setVariable} />
      ) : (
        <Comparison
          stationIds={stationIds}
          variable={variable}
          onOther={() => {
            setVariable(undefined);
          }}
        />
      )}
    </Dialog>
  );
}

/** Reads the variable from every station, as a bulk command that is watched to its end. */
function useReadNow(stationIds: readonly string[], variable: Offered, onMoved: () => void) {
  const { t } = useTranslation();
  const [start, starting] = useChange(StartBulkCommandDocument);
  const [bulkId, setBulkId] = useState<string>();
  const bulk = useData(BulkCommandDocument, { id: bulkId ?? "" }, bulkId == null);
  const targets = usePages(BulkTargetsDocument, { id: bulkId ?? "", first: 200 }, (data) => data.bulkCommand?.targets ?? none, bulkId == null);
  useAll(targets);
  const progress = bulk.data?.bulkCommand?.progress;
  const underWay = bulkId != null && (bulk.data?.bulkCommand == null || bulk.data.bulkCommand.status === "RUNNING");
  useWatch(underWay, () => {
    bulk.refetch();
    targets.refetch();
    onMoved();
  });
  const read = async () => {
    const { data, problem } = await start({
      input: { command: "getVariables", parameters: { variables: [reference(variable)] }, stationIds: [...stationIds], perMinute: 600, name: t("compare.readName", { variable: nameOf(variable) }) },
    });
    if (problem == null) setBulkId(data.startBulkCommand.bulkCommand.id);
    else toast(problem.text, "bad");
  };
  return { read, busy: starting || underWay, progress, targets: nodes(targets.data?.bulkCommand?.targets) };
}

function Comparison({ stationIds, variable, onOther }: { stationIds: readonly string[]; variable: Offered; onOther: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant } = useHere();
  const list = usePages(ComparedStationsDocument, { first: 50, ids: [...stationIds], where: whereOf(variable) }, (data) => data.stations);
  useAll(list);
  const reading = useReadNow(stationIds, variable, list.refetch);
  const rows = rowsOf(list.data);
  const byStation = new Map(reading.targets.map((target) => [target.stationId, target]));

  const note = (row: Row) => {
    const reason = unreadReason(byStation.get(row.id), variable);
    if (reason == null) return undefined;
    const words = reason.status == null ? undefined : outcomeKey(reason.status);
    return words == null ? (reason.text ?? reason.status ?? t("variables.notRead")) : t(words);
  };
  const columns: Column<Row>[] = [
    {
      id: "station",
      header: t("session.station"),
      cell: ({ id, name, identity }) => (
        <div className="min-w-0">
          <Link to="/t/$tenant/stations/$stationId" params={{ tenant: tenant.slug, stationId: id }} search={{ tab: "variables", q: variable.variable }} className="block max-w-44 truncate font-medium hover:underline">
            {name}
          </Link>
          {identity !== name && <p className="code max-w-44 truncate text-ink-2">{identity}</p>}
        </div>
      ),
    },
    {
      id: "value",
      header: t("compare.value"),
      cell: (row) => {
        const why = note(row);
        return (
          <div data-compared={row.kind} className="min-w-0">
            <span className="flex flex-wrap items-center gap-x-2">
              {row.value == null ? <span className="text-ink-2">{t("compare.unknown")}</span> : <span className="code break-all">{row.value === "" ? "–" : row.value}</span>}
              {row.kind === "other" && <Badge tone="warn">{t("compare.other")}</Badge>}
            </span>
            {why != null && <p className="text-xs text-bad">{why}</p>}
          </div>
        );
      },
    },
    { id: "at", header: t("monitoring.reported"), end: true, className: "hidden sm:table-cell", cell: ({ reportedAt }) => <Time at={reportedAt} /> },
  ];
  const differing = rows.filter(({ kind }) => kind === "other").length;

  return (
    <div className="-mx-5 flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2 px-5">
        <p className="code min-w-0 flex-1 basis-48 font-medium break-all">{nameOf(variable)}</p>
        <Button size="sm" onClick={onOther}>
          {t("compare.another")}
        </Button>
        {may("station:command") && (
          <Button size="sm" variant="primary" busy={reading.busy} onClick={() => void reading.read()}>
            <RefreshCw aria-hidden />
            {t("compare.read")}
          </Button>
        )}
      </div>
      <p aria-live="polite" className="px-5 text-sm text-ink-2">
        {reading.busy && reading.progress != null ? t("compare.reading", { done: reading.progress.total - reading.progress.waiting - reading.progress.started, total: reading.progress.total }) : differing === 0 ? t("compare.agree") : t("compare.differ", { count: differing })}
      </p>
      <ListStates loading={list.loading} problem={list.problem} onRetry={list.refetch} count={list.data == null ? undefined : rows.length} empty={<Empty title={t("stations.noMatch.title")} />}>
        <DataTable label={t("compare.title")} columns={columns} rows={rows} rowId={({ id }) => id} />
      </ListStates>
    </div>
  );
}
