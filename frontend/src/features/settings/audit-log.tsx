import { ScrollText } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { Dialog } from "@/components/dialog";
import { FilterBar, SearchBox } from "@/components/filters";
import { Json } from "@/components/json";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Facts } from "@/components/panel";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { TimeRange } from "@/components/time-range";
import { AuditEventsDocument, type AuditEventsQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";

type Event = NonNullable<NonNullable<NonNullable<AuditEventsQuery["auditEvents"]["edges"]>[number]>["node"]>;

const good = /^(ok|success|succeeded|allowed|accepted|done)$/i;

/** Who did what. */
export default function AuditLog() {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [range, setRange] = useState<{ since?: string | undefined; until?: string | undefined }>({});
  const [open, setOpen] = useState<Event>();
  const wanted = text.trim();
  const where = {
    ...(range.since == null ? {} : { atGTE: range.since }),
    ...(range.until == null ? {} : { atLTE: range.until }),
    ...(wanted === "" ? {} : { or: [{ actionContainsFold: wanted }, { actorNameContainsFold: wanted }, { subjectTypeContainsFold: wanted }, { subjectIdContainsFold: wanted }] }),
  };
  const list = usePages(AuditEventsDocument, { first: 50, where }, (data) => data.auditEvents);
  const events = nodes(list.data?.auditEvents);
  const columns = useMemo<Column<Event>[]>(
    () => [
      {
        id: "action",
        header: t("audit.action"),
        cell: (event) => (
          <button
            type="button"
            className="code rounded-sm font-medium hover:underline"
            onClick={() => {
              setOpen(event);
            }}
          >
            {event.action}
          </button>
        ),
      },
      { id: "who", header: t("audit.who"), cell: ({ actorName }) => actorName },
      { id: "subject", header: t("audit.subject"), className: "hidden md:table-cell", cell: ({ subjectType }) => <span className="text-ink-2">{subjectType ?? "–"}</span> },
      { id: "outcome", header: t("audit.outcome"), className: "hidden sm:table-cell", cell: ({ outcome }) => <Badge tone={good.test(outcome) ? "idle" : "bad"}>{outcome}</Badge> },
      { id: "at", header: t("audit.at"), cell: ({ at }) => <Time at={at} /> },
    ],
    [t],
  );
  return (
    <>
      <FilterBar>
        <SearchBox label={t("audit.search")} value={text} onChange={setText} />
        <TimeRange {...range} onChange={setRange} />
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : events.length}
          empty={<Empty icon={<ScrollText />} title={t("audit.none")} />}
        >
          <DataTable label={t("settings.audit-log")} columns={columns} rows={events} rowId={({ id }) => id} onOpen={setOpen} />
          <More shown={events.length} total={list.data?.auditEvents.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
      <Dialog
        side
        open={open != null}
        onOpenChange={() => {
          setOpen(undefined);
        }}
        title={open?.action ?? ""}
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
            <Facts
              facts={[
                { label: t("audit.at"), value: <Time at={open.at} style="minute" /> },
                { label: t("audit.who"), value: `${open.actorName} (${open.actorKind})` },
                { label: t("audit.outcome"), value: open.outcome },
                { label: t("audit.subject"), value: <span className="code break-all">{[open.subjectType, open.subjectId].filter(Boolean).join(" ")}</span> },
                { label: t("audit.address"), value: open.remoteAddress && <span className="code">{open.remoteAddress}</span> },
                { label: t("audit.request"), value: open.requestId && <span className="code break-all">{open.requestId}</span> },
              ]}
            />
            {open.details != null && <Json value={open.details} />}
          </div>
        )}
      </Dialog>
    </>
  );
}
