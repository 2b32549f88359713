import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { Dialog } from "@/components/dialog";
import { Json } from "@/components/json";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { StationCommandsDocument, type CommandRowFragment } from "@/gql/graphql";
import { latency } from "@/lib/format";
import { nodes } from "@/lib/nodes";
import { commandStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { CommandOutcome } from "./command-outcome";
import { useLocale } from "@/lib/locale";

/** Everything that was asked of a station from here, and what became of it. */
export default function CommandsTab({ stationId }: { stationId: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [open, setOpen] = useState<CommandRowFragment>();
  const list = usePages(StationCommandsDocument, { id: stationId, first: 50 }, (data) => data.commands);
  const commands = nodes(list.data?.commands);
  const columns: Column<CommandRowFragment>[] = [
    {
      id: "action",
      header: t("commands.action"),
      cell: (command) => (
        <button
          type="button"
          className="rounded-sm font-medium hover:underline"
          onClick={() => {
            setOpen(command);
          }}
        >
          {command.action}
        </button>
      ),
    },
    { id: "status", header: t("commands.status"), cell: ({ status }) => <StateMark state={commandStates[status]} /> },
    {
      id: "error",
      header: t("commands.note"),
      className: "hidden lg:table-cell",
      cell: ({ error }) => <span className="block max-w-96 truncate text-ink-2">{error ?? ""}</span>,
    },
    { id: "by", header: t("commands.by"), className: "hidden sm:table-cell", cell: ({ requestedBy }) => requestedBy },
    {
      id: "took",
      header: t("commands.took"),
      end: true,
      className: "hidden md:table-cell",
      cell: ({ createdAt, completedAt }) => (completedAt == null ? "–" : latency(locale, new Date(completedAt).getTime() - new Date(createdAt).getTime())),
    },
    { id: "at", header: t("commands.at"), cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
  return (
    <>
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : commands.length}
        empty={<Empty title={t("commands.none")} text={t("commands.noneText")} />}
      >
        <DataTable label={t("station.commands")} columns={columns} rows={commands} rowId={({ id }) => id} onOpen={setOpen} />
        <More shown={commands.length} total={list.data?.commands.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      <Dialog
        side
        open={open != null}
        onOpenChange={() => {
          setOpen(undefined);
        }}
        title={open?.action ?? ""}
        description={open == null ? undefined : t("commands.askedBy", { name: open.requestedBy })}
        footer={
          <Button
            onClick={() => {
              setOpen(undefined);
            }}
          >
            {t("common.close")}
          </Button>
        }
      >
        {open != null && (
          <div className="flex flex-col gap-4">
            <CommandOutcome command={open} />
            <div>
              <p className="mb-1 text-sm font-medium">{t("messages.request")}</p>
              <Json value={open.request} />
            </div>
          </div>
        )}
      </Dialog>
    </>
  );
}
