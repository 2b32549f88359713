import { Link } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { Dialog } from "@/components/dialog";
import { FilterChip } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { CommandOutcome } from "@/features/commands/command-outcome";
import { BulkTargetsDocument, type BulkRowFragment, type BulkTargetRowFragment, type BulkTargetsQuery, type BulkTargetStatus } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { targetStates } from "@/status/language";
import { StateMark, StateShape } from "@/status/mark";

const none: NonNullable<BulkTargetsQuery["bulkCommand"]>["targets"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };
const statuses = Object.keys(targetStates) as BulkTargetStatus[];

type Props = { bulkId: string; progress: BulkRowFragment["progress"]; running: boolean; chosen: readonly BulkTargetStatus[]; onChoose: (chosen: readonly BulkTargetStatus[]) => void };

/** The stations of a bulk command, each with what became of it. */
export default function Targets({ bulkId, progress, running, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const [open, setOpen] = useState<BulkTargetRowFragment>();
  const list = usePages(BulkTargetsDocument, { id: bulkId, first: 100, where: chosen.length === 0 ? {} : { statusIn: [...chosen] } }, (data) => data.bulkCommand?.targets ?? none);
  const rows = nodes(list.data?.bulkCommand?.targets);
  // The counts say that some have moved.
  const moved = useEffectEvent(list.refetch);
  const counts = JSON.stringify(progress);
  useEffect(() => {
    moved();
  }, [counts]);

  const columns: Column<BulkTargetRowFragment>[] = [
    {
      id: "station",
      header: t("session.station"),
      cell: ({ station, stationId }) => (
        <div className="min-w-0">
          <Link to="/t/$tenant/stations/$stationId" params={{ tenant: tenant.slug, stationId }} search={{ tab: "commands" }} className="block max-w-60 truncate font-medium hover:underline">
            {station.name}
          </Link>
          {station.identity !== station.name && <p className="code max-w-48 truncate text-ink-2">{station.identity}</p>}
        </div>
      ),
    },
    { id: "status", header: t("commands.status"), cell: ({ status }) => <StateMark state={targetStates[status]} /> },
    {
      id: "note",
      header: t("commands.note"),
      className: "hidden md:table-cell",
      cell: ({ error, command }) => <span className="block max-w-md truncate text-ink-2">{error !== "" ? error : (command?.error ?? "")}</span>,
    },
    {
      id: "answer",
      header: t("messages.answer"),
      end: true,
      cell: (target) =>
        target.command != null && (
          <Button
            size="sm"
            variant="quiet"
            aria-label={t("bulk.answerOf", { station: target.station.name })}
            onClick={() => {
              setOpen(target);
            }}
          >
            {t("bulk.show")}
          </Button>
        ),
    },
  ];
  return (
    <Panel
      flush
      title={t("stations.title")}
      action={
        <FilterChip
          label={t("commands.status")}
          choices={statuses.map((status) => ({ value: status, label: t(targetStates[status].word), mark: <StateShape state={targetStates[status]} /> }))}
          chosen={chosen}
          onChange={(values) => {
            onChoose(values as BulkTargetStatus[]);
          }}
        />
      }
    >
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : rows.length}
        empty={<Empty title={t("bulk.noMatch")} text={running && chosen.length > 0 ? t("bulk.noMatchYet") : undefined} />}
      >
        <DataTable label={t("stations.title")} columns={columns} rows={rows} rowId={({ id }) => id} />
        <More shown={rows.length} total={list.data?.bulkCommand?.targets.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      <Dialog
        side
        open={open != null}
        onOpenChange={() => {
          setOpen(undefined);
        }}
        title={open?.station.name ?? ""}
        description={open?.command?.action}
      >
        {open?.command != null && <CommandOutcome command={open.command} />}
      </Dialog>
    </Panel>
  );
}
