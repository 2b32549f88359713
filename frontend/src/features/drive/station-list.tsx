import { Navigation } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { distance } from "@/components/map/groups";
import { useLocale } from "@/lib/locale";
import { StateMark } from "@/status/mark";
import { DriveLink } from "./link";
import { farAway, freeAt, stationState, type Position, type Station } from "./places";

/** What stations cost in a few words, by their identity. */
export type Prices = ReadonlyMap<string, string | undefined>;

/** Stations with how many connectors are free, what they cost, and the way there: all that the map shows. */
export function StationList({ stations, prices, near }: { stations: readonly Station[]; prices?: Prices; near?: Position | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (stations.length === 0) return <p className="p-4 text-sm text-ink-2">{t("drive.near.none")}</p>;
  return (
    <ul className="divide-y">
      {stations.map((station) => {
        const { identity, place, address, city, latitude, longitude } = station;
        const free = freeAt(station);
        const far = near == null || latitude == null || longitude == null ? undefined : farAway(locale, distance(near, { latitude, longitude }));
        return (
          <li key={identity} className="flex items-center gap-2 pr-2">
            <DriveLink to={`c/${identity}`} className="min-w-0 flex-1 px-4 py-3 hover:bg-hover">
              <span className="block truncate font-medium">{place}</span>
              <span className="block truncate text-sm text-ink-2">{[far, identity, address, city].filter(Boolean).join(" · ")}</span>
              <span className="mt-0.5 flex flex-wrap gap-x-3 text-sm">
                <StateMark state={stationState(station)} detail={free > 0 ? t("drive.near.free", { count: free }) : undefined} />
                {prices?.get(identity) != null && <span className="tabular">{prices.get(identity)}</span>}
              </span>
            </DriveLink>
            {latitude != null && longitude != null && (
              <Button asChild variant="quiet" size="icon">
                <a href={`geo:${String(latitude)},${String(longitude)}`} aria-label={`${t("drive.near.route")}: ${place}`}>
                  <Navigation aria-hidden />
                </a>
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
