import { ClipboardCopy, Pause, Play } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { listed } from "@/app/search";
import { Button } from "@/components/button";
import { FilterBar, FilterChip, SearchBox } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { TimeRange } from "@/components/time-range";
import { toast } from "@/components/toast";
import { MessagesDocument, type StationDetailFragment } from "@/gql/graphql";
import { supportBundle } from "./bundle";
import { assemble, messageWhere, passes } from "./exchange";
import { ExchangeRow } from "./exchange-row";
import { knownActions } from "./known-actions";
import { useTail } from "./use-tail";

type MessagesSearch = {
  q?: string | undefined;
  action?: string | undefined;
  direction?: "RECEIVED" | "SENT" | undefined;
  errors?: "yes" | undefined;
  since?: string | undefined;
  until?: string | undefined;
};

type Props = { station: StationDetailFragment; search: MessagesSearch; onSearch: (change: MessagesSearch) => void };

/** The conversation with a station as it went, and as it goes. */
export default function MessagesTab({ station, search, onSearch }: Props) {
  const { t } = useTranslation();
  const filter = useMemo(
    () => ({ actions: listed<string>(search.action), direction: search.direction, errors: search.errors === "yes", since: search.since, until: search.until }),
    [search.action, search.direction, search.errors, search.since, search.until],
  );
  const list = usePages(MessagesDocument, { first: 50, where: messageWhere(station.id, filter) }, (data) => data.ocppMessages);
  const tail = useTail(station.id, list.refetch);
  const exchanges = useMemo(
    () => assemble(list.data?.ocppMessages, tail.live).filter((exchange) => passes(exchange, filter, search.q ?? "")),
    [list.data, tail.live, filter, search.q],
  );
  const narrowed = search.q != null || search.action != null || search.direction != null || search.errors != null || search.since != null || search.until != null;
  const copy = () => {
    navigator.clipboard.writeText(supportBundle(station, exchanges, new Date())).then(
      () => {
        toast(t("messages.copied", { count: exchanges.length }));
      },
      () => {
        toast(t("common.copyFailed"), "bad");
      },
    );
  };

  return (
    <section aria-label={t("messages.title")}>
      <FilterBar>
        <SearchBox
          label={t("messages.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            onSearch({ q: q === "" ? undefined : q });
          }}
        />
        <FilterChip
          label={t("messages.action")}
          choices={knownActions.map((action) => ({ value: action, label: action }))}
          chosen={filter.actions}
          onChange={(chosen) => {
            onSearch({ action: chosen.length === 0 ? undefined : chosen.join(",") });
          }}
        />
        <FilterChip
          single
          label={t("messages.direction")}
          choices={[
            { value: "RECEIVED", label: t("messages.fromStation") },
            { value: "SENT", label: t("messages.toStation") },
          ]}
          chosen={search.direction == null ? [] : [search.direction]}
          onChange={([choice]) => {
            onSearch({ direction: choice === "RECEIVED" || choice === "SENT" ? choice : undefined });
          }}
        />
        <FilterChip
          single
          label={t("messages.outcome")}
          choices={[{ value: "yes", label: t("messages.onlyErrors") }]}
          chosen={search.errors == null ? [] : [search.errors]}
          onChange={([choice]) => {
            onSearch({ errors: choice === "yes" ? "yes" : undefined });
          }}
        />
        <TimeRange since={search.since} until={search.until} onChange={onSearch} />
        <div className="ml-auto flex items-center gap-2">
          <Button
            aria-pressed={tail.paused}
            onClick={() => {
              tail.pause(!tail.paused);
            }}
          >
            {tail.paused ? <Play aria-hidden /> : <Pause aria-hidden />}
            {tail.paused ? (tail.waiting === 0 ? t("messages.resume") : t("messages.resumeWith", { count: tail.waiting })) : t("messages.pause")}
          </Button>
          <Button onClick={copy} disabled={exchanges.length === 0}>
            <ClipboardCopy aria-hidden />
            {t("messages.bundle")}
          </Button>
        </div>
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : exchanges.length}
          empty={<Empty title={t(narrowed ? "messages.noMatch" : "messages.none")} text={narrowed ? t("messages.noMatchText") : t("messages.noneText")} />}
        >
          <ol aria-label={t("messages.title")} className="@container">
            {exchanges.map((exchange) => (
              <ExchangeRow key={exchange.id} exchange={exchange} />
            ))}
          </ol>
        </ListStates>
        {list.data != null && (exchanges.length > 0 || list.more) && (
          <More shown={exchanges.length} total={Math.max(list.data.ocppMessages.totalCount, exchanges.length)} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        )}
      </div>
    </section>
  );
}
