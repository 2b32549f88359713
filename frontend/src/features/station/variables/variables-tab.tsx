import { RefreshCw } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useAll, usePages } from "@/app/data";
import { listed } from "@/app/search";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { FilterBar, FilterChip, SearchBox } from "@/components/filters";
import { ListStates } from "@/components/list";
import { Notice } from "@/components/notice";
import { Empty } from "@/components/states";
import { actions, refusal } from "@/features/commands/actions";
import { StationVariablesDocument, type StationDetailFragment, type StationVariablesQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { DraftBar } from "./draft-bar";
import { ReportProgress } from "./report-progress";
import type { Draft } from "./review-dialog";
import { useReading } from "./use-reading";
import { faultOf, grouped, isWritable, matches, type Variable } from "./variable";
import { VariableGroup } from "./variable-group";

const ActionDialog = lazy(() => import("@/features/commands/action-dialog"));
const ReviewDialog = lazy(() => import("./review-dialog"));

type VariablesSearch = { q?: string | undefined; component?: string | undefined; evse?: string | undefined; writable?: "yes" | undefined; reboot?: "yes" | undefined };

type Props = { station: StationDetailFragment; search: VariablesSearch; onSearch: (change: VariablesSearch) => void };

const read = actions.find(({ key }) => key === "getConfiguration");
const write = actions.find(({ key }) => key === "changeConfiguration");
const reset = actions.find(({ key }) => key === "reset");

const none: NonNullable<StationVariablesQuery["station"]>["variables"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** What a station can be set to, to search, to read and to change: configuration keys of OCPP 1.6, the device model of 2.x. */
export default function VariablesTab({ station, search, onSearch }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const list = usePages(StationVariablesDocument, { id: station.id, first: 200 }, (data) => data.station?.variables ?? none);
  // Filters and groups are over all of them.
  useAll(list);

  const all = useMemo(() => nodes(list.data?.station?.variables), [list.data]);
  const [drafts, setDrafts] = useState<ReadonlyMap<string, string>>(new Map());
  const [round, setRound] = useState(0);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [resetting, setResetting] = useState(false);
  const [reviewing, setReviewing] = useState<readonly Draft[]>();
  const reading = useReading(station.id, list.refetch);
  const { inventoryAt } = station;
  const { refetch } = list;
  useEffect(() => {
    refetch();
    // A new inventory, not a new function, is what there is to fetch.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [inventoryAt]);

  const filter = { q: search.q ?? "", components: listed<string>(search.component), evse: search.evse == null ? undefined : Number(search.evse), writable: search.writable != null, reboot: search.reboot != null };
  const shown = all.filter((variable) => matches(variable, filter));
  const groups = grouped(shown);
  const components = [...new Set(all.map(({ component }) => component))].filter((name) => name !== "").sort();
  const evses = [...new Set(all.map(({ evseNo }) => evseNo))].sort((a, b) => a - b);
  const rebooting = all.filter(({ rebootRequired }) => rebootRequired).length;
  const cantWrite = write == null ? undefined : refusal(write, station, 0, may);
  const cantRead = read == null ? undefined : refusal(read, station, 0, may);
  const canReset = reset != null && refusal(reset, station, 0, may) == null;

  const changes: Draft[] = all.flatMap((variable) => {
    const value = drafts.get(variable.id);
    return value == null ? [] : [{ variable, value }];
  });
  const chosen = all.filter(({ id }) => selected.has(id));
  const draft = (id: string, value: string | undefined) => {
    setDrafts((old) => {
      const next = new Map(old);
      if (value == null) next.delete(id);
      else next.set(id, value);
      return next;
    });
  };
  const select = (variables: readonly Variable[], on: boolean) => {
    setSelected((old) => {
      const next = new Set(old);
      for (const { id } of variables) {
        if (on) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  };

  return (
    <div onKeyDown={moveBetweenRows} className="flex min-h-0 flex-1 flex-col">
      <FilterBar>
        <SearchBox
          label={t("variables.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            onSearch({ q: q === "" ? undefined : q });
          }}
        />
        {components.length > 0 && (
          <FilterChip
            label={t("variables.component")}
            choices={components.map((name) => ({ value: name, label: name }))}
            chosen={filter.components}
            onChange={(names) => {
              onSearch({ component: names.length === 0 ? undefined : names.join(",") });
            }}
          />
        )}
        {evses.length > 1 && (
          <FilterChip
            single
            label={t("variables.evse")}
            choices={evses.map((no) => ({ value: String(no), label: no === 0 ? t("variables.wholeStation") : t("variables.evseNo", { no }) }))}
            chosen={search.evse == null ? [] : [search.evse]}
            onChange={([no]) => {
              onSearch({ evse: no });
            }}
          />
        )}
        <FilterChip
          single
          label={t("variables.access")}
          choices={[{ value: "yes", label: t("variables.writable") }]}
          chosen={search.writable == null ? [] : ["yes"]}
          onChange={([on]) => {
            onSearch({ writable: on == null ? undefined : "yes" });
          }}
        />
        {(rebooting > 0 || filter.reboot) && (
          <FilterChip
            single
            label={t("variables.pending")}
            choices={[{ value: "yes", label: t("variables.reboot") }]}
            chosen={search.reboot == null ? [] : ["yes"]}
            onChange={([on]) => {
              onSearch({ reboot: on == null ? undefined : "yes" });
            }}
          />
        )}
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {cantWrite != null && <p className="text-sm text-ink-2">{t(cantWrite)}</p>}
          <Button
            disabled={cantRead != null || chosen.length === 0}
            busy={reading.busy && chosen.length > 0}
            onClick={() => {
              void reading.read(chosen).then(() => {
                setSelected(new Set());
              });
            }}
          >
            {chosen.length === 0 ? t("variables.readNone") : t("variables.readSelected", { count: chosen.length })}
          </Button>
          <Button disabled={cantRead != null || reading.since != null} busy={reading.busy && chosen.length === 0} onClick={() => void reading.readEverything()}>
            <RefreshCw aria-hidden />
            {t("variables.readEverything")}
          </Button>
        </div>
      </FilterBar>
      {reading.since != null && <ReportProgress since={reading.since} variables={all} />}
      {rebooting > 0 && (
        <div className="px-4 pb-3 sm:px-6">
          <Notice
            tone="warn"
            action={
              canReset ? (
                <Button
                  size="sm"
                  onClick={() => {
                    setResetting(true);
                  }}
                >
                  {t("variables.restart")}
                </Button>
              ) : undefined
            }
          >
            {t("variables.rebootPending", { count: rebooting })}
          </Notice>
        </div>
      )}
      <div className="border-t">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : shown.length}
          empty={<Empty title={t(all.length === 0 ? "variables.none" : "variables.noMatch")} text={all.length === 0 ? t("variables.noneText") : undefined} />}
        >
          {groups.map((group) => (
            <VariableGroup
              key={group.key}
              group={group}
              round={round}
              many={shown.length > 300}
              drafts={drafts}
              editable={cantWrite == null}
              selectable={cantRead == null}
              selected={selected}
              onSelect={select}
              onDraft={draft}
            />
          ))}
          <p className="tabular px-4 py-3 text-sm text-ink-2 sm:px-6">
            {t("variables.shown", { count: shown.length, writable: shown.filter(isWritable).length })}
          </p>
        </ListStates>
      </div>
      {changes.length > 0 && (
        <DraftBar
          count={changes.length}
          wrong={changes.filter(({ variable, value }) => faultOf(variable, value) != null).length}
          onDiscard={() => {
            setDrafts(new Map());
            setRound((old) => old + 1);
          }}
          onReview={() => {
            setReviewing(changes);
          }}
        />
      )}
      <Suspense>
        {reviewing != null && (
          <ReviewDialog
            station={station}
            drafts={reviewing}
            onTaken={(ids) => {
              for (const id of ids) draft(id, undefined);
              setRound((old) => old + 1);
              list.refetch();
            }}
            onReset={
              canReset
                ? () => {
                    setReviewing(undefined);
                    setResetting(true);
                  }
                : undefined
            }
            onClose={() => {
              setReviewing(undefined);
            }}
          />
        )}
        {resetting && reset != null && (
          <ActionDialog
            action={reset}
            station={station}
            running={[]}
            onClose={() => {
              setResetting(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
    </div>
  );
}

/** The arrows go from one variable to the next, as in every other list. */
function moveBetweenRows(event: KeyboardEvent<HTMLDivElement>) {
  if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || !(event.target instanceof HTMLElement) || event.target.dataset.row == null) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
  const next = rows[rows.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next == null) return;
  event.preventDefault();
  next.focus();
}
