import { Lock, Pencil, RefreshCw } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { DataTable, type Column } from "@/components/data-table";
import { FilterBar, SearchBox } from "@/components/filters";
import { ListStates } from "@/components/list";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { actions, refusal } from "@/features/commands/actions";
import type { Values } from "@/features/commands/send";
import { StationVariablesDocument, type StationDetailFragment, type StationVariablesQuery } from "@/gql/graphql";

const ActionDialog = lazy(() => import("@/features/commands/action-dialog"));

type Variable = NonNullable<StationVariablesQuery["station"]>["configuration"][number];

const read = actions.find(({ key }) => key === "getConfiguration");
const write = actions.find(({ key }) => key === "changeConfiguration");

/** The settings a station reported, to search and to change. */
export default function VariablesTab({ station, query, onQuery }: { station: StationDetailFragment; query: string; onQuery: (query: string) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const [given, setGiven] = useState<Partial<Values>>();
  const [reading, setReading] = useState(false);
  const variables = useData(StationVariablesDocument, { id: station.id });
  const wanted = query.trim().toLowerCase();
  const all = variables.data?.station?.configuration;
  const shown = (all ?? []).filter(({ variable, value, component }) => `${component} ${variable} ${value}`.toLowerCase().includes(wanted));
  const cantWrite = write == null ? undefined : refusal(write, station, 0, may);
  const cantRead = read == null ? undefined : refusal(read, station, 0, may);

  const columns: Column<Variable>[] = [
    {
      id: "variable",
      header: t("variables.name"),
      cell: ({ variable, component, attribute }) => (
        <span className="code font-medium break-all">
          {component !== "" && <span className="text-ink-2">{component}.</span>}
          {variable}
          {attribute !== "" && attribute !== "Actual" && <span className="text-ink-2"> {attribute}</span>}
        </span>
      ),
    },
    {
      id: "value",
      header: t("variables.value"),
      cell: ({ value, rebootRequired }) => (
        <span className="flex flex-wrap items-center gap-2">
          <span className="code break-all">{value === "" ? "–" : value}</span>
          {rebootRequired && <Badge tone="warn">{t("variables.reboot")}</Badge>}
        </span>
      ),
    },
    { id: "reported", header: t("variables.reported"), className: "hidden md:table-cell", cell: ({ reportedAt }) => <Time at={reportedAt} /> },
    {
      id: "edit",
      header: t("variables.edit"),
      end: true,
      cell: ({ variable, value, readonly }) =>
        readonly ? (
          <span className="inline-flex items-center gap-1 text-xs text-ink-2">
            <Lock aria-hidden className="size-3.5" />
            {t("variables.readonly")}
          </span>
        ) : (
          <Button
            variant="quiet"
            size="sm"
            disabled={cantWrite != null}
            title={cantWrite == null ? undefined : t(cantWrite)}
            aria-label={t("variables.change", { name: variable })}
            onClick={() => {
              setGiven({ setting: variable, value });
            }}
          >
            <Pencil aria-hidden />
          </Button>
        ),
    },
  ];

  return (
    <>
      <FilterBar>
        <SearchBox label={t("variables.search")} value={query} onChange={onQuery} />
        {cantWrite != null && <p className="text-sm text-ink-2">{t(cantWrite)}</p>}
        <Button
          className="ml-auto"
          disabled={cantRead != null}
          title={cantRead == null ? undefined : t(cantRead)}
          onClick={() => {
            setReading(true);
          }}
        >
          <RefreshCw aria-hidden />
          {t("variables.read")}
        </Button>
      </FilterBar>
      <div className="border-t">
        <ListStates
          loading={variables.loading}
          problem={variables.problem}
          onRetry={variables.refetch}
          count={all == null ? undefined : shown.length}
          empty={<Empty title={t(all?.length === 0 ? "variables.none" : "variables.noMatch")} text={all?.length === 0 ? t("variables.noneText") : undefined} />}
        >
          <DataTable label={t("station.variables")} columns={columns} rows={shown} rowId={({ id }) => id} />
        </ListStates>
      </div>
      <Suspense>
        {given != null && write != null && (
          <ActionDialog
            action={write}
            station={station}
            running={[]}
            given={given}
            onClose={() => {
              setGiven(undefined);
              variables.refetch();
            }}
          />
        )}
        {reading && read != null && (
          <ActionDialog
            action={read}
            station={station}
            running={[]}
            onClose={() => {
              setReading(false);
              variables.refetch();
            }}
          />
        )}
      </Suspense>
    </>
  );
}
