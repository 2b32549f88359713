import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed, type stationSearch } from "@/app/search";
import { FilterChip } from "@/components/filters";
import { Json } from "@/components/json";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { StationEventsDocument, type EventRowFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { StateMark } from "@/status/mark";
import { securityEvents } from "@/status/security";
import { lookUp } from "@/status/words";
import { updateStates, uploadStates } from "@/status/progress";
import { useStationChanges } from "../use-changes";
import { eventWhere, severities } from "./monitor";
import { SeverityMark } from "./severity-mark";
import { eventKinds } from "./event-kinds";

type Search = Pick<ReturnType<typeof stationSearch>, "kind" | "severity">;

/** What the station noticed beside status and meter, newest first. */
export function Events({ stationId, search, onSearch }: { stationId: string; search: Search; onSearch: (change: Search) => void }) {
  const { t } = useTranslation();
  const kinds = listed<(typeof eventKinds)[number]>(search.kind);
  const atMost = search.severity == null ? undefined : Number(search.severity);
  const list = usePages(StationEventsDocument, { first: 50, where: eventWhere(stationId, { kinds, atMost }) }, (data) => data.stationEvents);
  useStationChanges(stationId, list.refetch);
  const events = nodes(list.data?.stationEvents);
  const narrowed = search.kind != null || search.severity != null;
  return (
    <Panel
      flush
      title={t("monitoring.events")}
      action={
        <>
          <FilterChip
            label={t("monitoring.kindTitle")}
            choices={eventKinds.map((kind) => ({ value: kind, label: t(`monitoring.kind.${kind}`) }))}
            chosen={kinds}
            onChange={(chosen) => {
              onSearch({ kind: chosen.length === 0 ? undefined : chosen.join(",") });
            }}
          />
          <FilterChip
            single
            label={t("monitoring.severityTitle")}
            choices={severities.map((severity) => ({ value: String(severity), label: t("monitoring.orWorse", { severity: `${String(severity)} ${t(`monitoring.severity.${severity}`)}` }) }))}
            chosen={search.severity == null ? [] : [search.severity]}
            onChange={([chosen]) => {
              onSearch({ severity: severities.map(String).find((severity): severity is NonNullable<Search["severity"]> => severity === chosen) });
            }}
          />
        </>
      }
    >
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : events.length}
        empty={<Empty title={t(narrowed ? "monitoring.noMatch" : "monitoring.noEvents")} text={narrowed ? undefined : t("monitoring.noEventsText")} />}
      >
        <ul aria-label={t("monitoring.events")} className="divide-y">
          {events.map((event) => (
            <EventItem key={event.id} event={event} />
          ))}
        </ul>
        <More shown={events.length} total={list.data?.stationEvents.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
    </Panel>
  );
}

function EventItem({ event }: { event: EventRowFragment }) {
  const { t } = useTranslation();
  const { kind, type, severity, cleared, component, variable, value, evseNo, info, at, data } = event;
  // Progress is told in the words that the station's firmware page has for it; its value is the number of the request.
  const step = kind === "FIRMWARE" ? updateStates[type] : kind === "LOG" ? uploadStates[type] : undefined;
  const words = kind === "SECURITY" ? lookUp(securityEvents, type) : undefined;
  const what = component === "" ? type : `${component}.${variable}`;
  return (
    <li data-event={kind}>
      <details className="group">
        <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-sm hover:bg-hover">
          <ChevronRight aria-hidden className="size-3.5 shrink-0 text-ink-3 transition-transform group-open:rotate-90" />
          <span className="font-medium">{t(`monitoring.kind.${kind}`)}</span>
          {step == null ? <span className="code min-w-0 break-all">{what}</span> : <StateMark state={step} />}
          {value !== "" && <span className="code min-w-0 break-all text-ink-2">{step == null ? value : `#${value}`}</span>}
          {evseNo > 0 && <span className="text-xs text-ink-2">{t("variables.evseNo", { no: evseNo })}</span>}
          {severity != null && <SeverityMark severity={severity} />}
          {cleared && <span className="text-xs text-ok">{t("monitoring.cleared")}</span>}
          <span className="ml-auto text-xs text-ink-2">
            <Time at={at} />
          </span>
          {(words != null || info !== "") && <span className="w-full pl-6 text-ink-2">{[words == null ? "" : t(words), info].filter((part) => part !== "").join(" ")}</span>}
        </summary>
        <div className="px-4 pb-3 pl-10">
          <p className="mb-1 text-xs text-ink-2">
            <Time at={at} style="second" />
          </p>
          {data != null && <Json value={data} />}
        </div>
      </details>
    </li>
  );
}
