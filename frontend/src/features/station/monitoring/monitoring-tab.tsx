import { useTranslation } from "react-i18next";
import type { stationSearch } from "@/app/search";
import { Panel } from "@/components/panel";
import type { StationDetailFragment } from "@/gql/graphql";
import { Events } from "./events";
import { Monitors } from "./monitors";

type Search = Pick<ReturnType<typeof stationSearch>, "kind" | "severity">;

/** What the station watches by itself, and what it noticed. */
export default function MonitoringTab({ station, search, onSearch }: { station: StationDetailFragment; search: Search; onSearch: (change: Search) => void }) {
  const { t } = useTranslation();
  const version = station.connection.version ?? station.ocppVersion;
  return (
    <div className="flex flex-col gap-4 p-4 sm:p-6">
      {version === "1.6" ? (
        <Panel title={t("monitoring.monitors")}>
          <p className="text-sm text-ink-2">{t("monitoring.notIn16")}</p>
        </Panel>
      ) : (
        <Monitors station={station} version={version} />
      )}
      <Events stationId={station.id} search={search} onSearch={onSearch} />
    </div>
  );
}
