import { MapPin, Navigation } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { Button } from "@/components/button";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { MyPlacesDocument, type MyPlacesQuery } from "@/gql/drive/graphql";
import { DriveLink } from "./link";

type Position = { latitude: number; longitude: number };

/** Stations around the driver, or all of them where the phone doesn't say where that is. */
export function NearbyStations() {
  const { t } = useTranslation();
  const [near, setNear] = useState<Position | "all">();
  const [refused, setRefused] = useState(false);
  const locate = () => {
    const all = () => {
      setRefused(true);
      setNear("all");
    };
    if (!("geolocation" in navigator)) {
      all();
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setNear({ latitude: coords.latitude, longitude: coords.longitude });
      },
      all,
      { timeout: 10_000, maximumAge: 60_000 },
    );
  };
  return (
    <Panel title={t("drive.near.title")} flush>
      {near == null ? (
        <div className="flex flex-wrap gap-2 p-4">
          <Button size="lg" onClick={locate}>
            <MapPin aria-hidden />
            {t("drive.near.ask")}
          </Button>
          <Button
            size="lg"
            variant="quiet"
            onClick={() => {
              setNear("all");
            }}
          >
            {t("drive.near.all")}
          </Button>
        </div>
      ) : (
        <>
          {refused && (
            <div className="p-4">
              <Notice>{t("drive.near.refused")}</Notice>
            </div>
          )}
          <Found near={near === "all" ? null : near} />
        </>
      )}
    </Panel>
  );
}

function Found({ near }: { near: Position | null }) {
  const { t } = useTranslation();
  const { data, loading, problem } = useData(MyPlacesDocument, { near, first: 50 });
  if (problem != null && data == null) return <Notice tone="bad">{problemText(t, problem)}</Notice>;
  if (loading || data == null) return <SkeletonRows rows={4} />;
  return <StationList stations={data.chargingPlaces} />;
}

/** Stations with how many connectors are free, and the way there. */
export function StationList({ stations }: { stations: MyPlacesQuery["chargingPlaces"] }) {
  const { t } = useTranslation();
  if (stations.length === 0) return <p className="p-4 text-sm text-ink-2">{t("drive.near.none")}</p>;
  return (
    <ul className="divide-y">
      {stations.map((station) => {
        const free = station.connectors.filter(({ startable }) => startable).length;
        return (
          <li key={station.identity} className="flex items-center gap-2 pr-2">
            <DriveLink to={`c/${station.identity}`} className="min-w-0 flex-1 px-4 py-3 hover:bg-hover">
              <span className="block truncate font-medium">{station.place}</span>
              <span className="block truncate text-sm text-ink-2">{[station.identity, station.address, station.city].filter(Boolean).join(" · ")}</span>
            </DriveLink>
            <span className={free > 0 ? "text-sm text-ok tabular" : "text-sm text-ink-2 tabular"}>{t("drive.near.free", { count: free })}</span>
            {station.latitude != null && station.longitude != null && (
              <Button asChild variant="quiet" size="icon">
                <a href={`geo:${String(station.latitude)},${String(station.longitude)}`} aria-label={`${t("drive.near.route")}: ${station.place}`}>
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
