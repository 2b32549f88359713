import { MapPin } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { Button } from "@/components/button";
import type { Area } from "@/components/map/world-map";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Skeleton, SkeletonRows } from "@/components/skeleton";
import { MyPlacePricesDocument, MyPlacesDocument } from "@/gql/drive/graphql";
import { useLocale } from "@/lib/locale";
import type { Position } from "./places";
import { priceInShort } from "./price";
import { StationList } from "./station-list";

// Half a megabyte that nobody needs in order to charge.
const StationMap = lazy(() => import("./station-map"));

const first = 50;

/** Whether the driver asked the phone to load little. */
const sparing = () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

/** Stations around the driver, or all of them where the phone doesn't say where that is: on a map, and in a list. */
export function NearbyStations() {
  const { t } = useTranslation();
  const [near, setNear] = useState<Position | "all">();
  const [area, setArea] = useState<Area>();
  const [refused, setRefused] = useState(false);
  const [locating, setLocating] = useState(false);
  const locate = () => {
    const all = () => {
      setLocating(false);
      setRefused(true);
      setNear((old) => old ?? "all");
    };
    if (!("geolocation" in navigator)) {
      all();
      return;
    }
    setLocating(true);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setLocating(false);
        setRefused(false);
        setArea(undefined);
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
          <Button size="lg" busy={locating} onClick={locate}>
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
          <Found near={near === "all" ? undefined : near} area={area} locating={locating} onLocate={locate} onArea={setArea} />
        </>
      )}
    </Panel>
  );
}

type Props = { near: Position | undefined; area: Area | undefined; locating: boolean; onLocate: () => void; onArea: (area: Area) => void };

function Found({ near, area, locating, onLocate, onArea }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [onMap, setOnMap] = useState(() => !sparing());
  const asked = { near: near ?? null, within: area ?? null, first };
  const { data, loading, problem } = useData(MyPlacesDocument, asked);
  // What each costs takes longer to find out, and comes when it is there.
  const priced = useData(MyPlacePricesDocument, asked);
  const stations = data?.chargingPlaces;
  const prices = useMemo(
    () =>
      new Map(
        priced.data?.chargingPlaces.map(({ identity, connectors }) => [
          identity,
          priceInShort(
            t,
            locale,
            connectors.flatMap(({ price }) => price ?? []),
          ),
        ]),
      ),
    [priced.data, t, locale],
  );
  if (problem != null && data == null) return <Notice tone="bad">{problemText(t, problem)}</Notice>;
  if (loading || stations == null) return <SkeletonRows rows={4} />;
  return (
    <>
      {onMap ? (
        <Suspense fallback={<Skeleton className="h-80! rounded-none!" />}>
          <StationMap stations={stations} prices={prices} near={near} area={area} locating={locating} onLocate={onLocate} onArea={onArea} />
        </Suspense>
      ) : (
        <div className="border-b p-4">
          <Button
            onClick={() => {
              setOnMap(true);
            }}
          >
            {t("drive.map.show")}
          </Button>
        </div>
      )}
      <StationList stations={stations} prices={prices} near={near} />
    </>
  );
}
