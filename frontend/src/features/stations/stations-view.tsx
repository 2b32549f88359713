import { PlugZap } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Paged } from "@/app/data";
import { listed } from "@/app/search";
import { Button } from "@/components/button";
import { DataTable } from "@/components/data-table";
import { ColumnMenu, FilterBar, FilterChip, SearchBox, useHiddenColumns } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import type { ConnectorStatus, StationRowFragment } from "@/gql/graphql";
import { connectorStates } from "@/status/language";
import { StateShape } from "@/status/mark";
import { stationColumns } from "./columns";
import { isFiltered, type StationsSearch } from "./filter";

const profiles = [
  { value: "0", label: "add.profile0" },
  { value: "1", label: "add.profile1" },
  { value: "2", label: "add.profile2" },
  { value: "3", label: "add.profile3" },
] as const;

type Props = {
  search: StationsSearch;
  tenant: string;
  manyNetworks: boolean;
  locations: readonly { id: string; name: string }[];
  stations: readonly StationRowFragment[] | undefined;
  total: number;
  list: Pick<Paged<unknown>, "loading" | "problem" | "refetch" | "more" | "loadingMore" | "loadMore">;
  selectable: boolean;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  onSearch: (change: Partial<StationsSearch>) => void;
  onOpen: (stationId: string) => void;
  add: ReactNode;
};

const offered: ConnectorStatus[] = ["AVAILABLE", "PREPARING", "CHARGING", "SUSPENDED_EV", "SUSPENDED_EVSE", "FINISHING", "RESERVED", "UNAVAILABLE", "FAULTED"];

export function StationsView({ search, tenant, manyNetworks, locations, stations, total, list, selectable, selected, onSelect, onSearch, onOpen, add }: Props) {
  const { t } = useTranslation();
  const pending = search.tab === "pending";
  const columns = useMemo(() => stationColumns(t, tenant, pending, manyNetworks), [t, tenant, pending, manyNetworks]);
  const [hidden, hide] = useHiddenColumns("stations");
  const filtered = isFiltered(search);
  const clear = () => {
    onSearch({ q: undefined, status: undefined, online: undefined, location: undefined });
  };
  const empty = filtered ? (
    <Empty title={t("stations.noMatch.title")} text={t("stations.noMatch.text")} action={<Button onClick={clear}>{t("filter.clearAll")}</Button>} />
  ) : pending ? (
    <Empty icon={<PlugZap />} title={t("stations.noPending.title")} text={t("stations.noPending.text")} action={add} />
  ) : (
    <Empty icon={<PlugZap />} title={t("stations.none.title")} text={t("stations.none.text")} action={add} />
  );

  return (
    <>
      <FilterBar>
        <SearchBox
          label={t("stations.search")}
          value={search.q ?? ""}
          onChange={(q) => {
            onSearch({ q: q === "" ? undefined : q });
          }}
        />
        {!pending && (
          <FilterChip
            label={t("stations.status")}
            choices={offered.map((status) => ({ value: status, label: t(connectorStates[status].word), mark: <StateShape state={connectorStates[status]} /> }))}
            chosen={listed(search.status)}
            onChange={(chosen) => {
              onSearch({ status: chosen.length === 0 ? undefined : chosen.join(",") });
            }}
          />
        )}
        <FilterChip
          single
          label={t("stations.connection")}
          choices={[
            { value: "yes", label: t("state.connection.online.word") },
            { value: "no", label: t("state.connection.offline.word") },
          ]}
          chosen={search.online == null ? [] : [search.online]}
          onChange={([choice]) => {
            onSearch({ online: choice === "yes" || choice === "no" ? choice : undefined });
          }}
        />
        {locations.length > 0 && (
          <FilterChip
            single
            label={t("stations.location")}
            choices={locations.map(({ id, name }) => ({ value: id, label: name }))}
            chosen={search.location == null ? [] : [search.location]}
            onChange={([location]) => {
              onSearch({ location });
            }}
          />
        )}
        <FilterChip
          single
          label={t("add.profile")}
          choices={profiles.map(({ value, label }) => ({ value, label: t(label) }))}
          chosen={search.profile == null ? [] : [search.profile]}
          onChange={([profile]) => {
            onSearch({ profile: profiles.find(({ value }) => value === profile)?.value });
          }}
        />
        <span className="ml-auto">
          <ColumnMenu columns={columns} hidden={hidden} onChange={hide} />
        </span>
      </FilterBar>
      <div className="border-t">
        <ListStates loading={list.loading} problem={list.problem} onRetry={list.refetch} count={stations?.length} empty={empty}>
          <DataTable
            label={t("stations.title")}
            columns={columns}
            rows={stations ?? []}
            rowId={rowId}
            hidden={hidden}
            sort={search.sort == null ? { by: pending ? "created" : "name", descending: pending } : { by: search.sort, descending: search.dir === "desc" }}
            onSort={({ by, descending }) => {
              onSearch({ sort: by as NonNullable<StationsSearch["sort"]>, dir: descending ? "desc" : undefined });
            }}
            {...(selectable && !pending ? { selected, onSelect } : {})}
            onOpen={({ id }) => {
              onOpen(id);
            }}
          />
          <More shown={stations?.length ?? 0} total={total} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
    </>
  );
}

function rowId(station: StationRowFragment): string {
  return station.id;
}
