import { Link, useNavigate } from "@tanstack/react-router";
import { ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { DataTable, type Column } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { PageHead } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { BulkCommandsDocument, type BulkRowFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { bulkStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { ProgressBar } from "./progress-bar";
import { useWatch } from "./use-watch";

/** The commands that were given to many stations, newest first. */
export default function BulkListPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant } = useHere();
  const navigate = useNavigate();
  const list = usePages(BulkCommandsDocument, { first: 50 }, (data) => data.bulkCommands, !may("command:read"));
  const rows = nodes(list.data?.bulkCommands);
  useWatch(
    rows.some(({ status }) => status === "RUNNING"),
    list.refetch,
  );
  const columns: Column<BulkRowFragment>[] = [
    {
      id: "name",
      header: t("stations.name"),
      cell: ({ id, name, command }) => (
        <div className="min-w-0">
          <Link to="/t/$tenant/bulk/$bulkId" params={{ tenant: tenant.slug, bulkId: id }} className="block max-w-72 truncate font-medium hover:underline">
            {name === "" ? command : name}
          </Link>
          <p className="code max-w-72 truncate text-ink-2">{command}</p>
        </div>
      ),
    },
    { id: "status", header: t("stations.status"), className: "hidden sm:table-cell", cell: ({ status }) => <StateMark state={bulkStates[status]} /> },
    { id: "progress", header: t("bulk.progress"), cell: (row) => <ProgressBar small progress={row.progress} label={t("bulk.progressOf", { name: row.name })} /> },
    { id: "by", header: t("commands.by"), className: "hidden md:table-cell", cell: ({ requestedBy }) => requestedBy },
    { id: "at", header: t("commands.at"), className: "hidden sm:table-cell", cell: ({ createdAt }) => <Time at={createdAt} /> },
  ];
  return (
    <>
      <PageHead title={t("nav.bulk")} sub={t("bulk.listText")} />
      <div className="border-t">
        {may("command:read") ? (
          <ListStates
            loading={list.loading}
            problem={list.problem}
            onRetry={list.refetch}
            count={list.data == null ? undefined : rows.length}
            empty={<Empty icon={<ListChecks />} title={t("bulk.none")} text={t("bulk.noneText")} />}
          >
            <DataTable
              label={t("nav.bulk")}
              columns={columns}
              rows={rows}
              rowId={({ id }) => id}
              onOpen={({ id }) => {
                void navigate({ to: "/t/$tenant/bulk/$bulkId", params: { tenant: tenant.slug, bulkId: id } });
              }}
            />
            <More shown={rows.length} total={list.data?.bulkCommands.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
          </ListStates>
        ) : (
          <NoPermission />
        )}
      </div>
    </>
  );
}
