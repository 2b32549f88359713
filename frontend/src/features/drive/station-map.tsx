import { LocateFixed } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import WorldMap, { type Area } from "@/components/map/world-map";
import { StateShape } from "@/status/mark";
import { bestState, freeAt, mapped, type Mapped, type Position, type Station } from "./places";
import { StationList, type Prices } from "./station-list";

type Props = {
  stations: readonly Station[];
  prices: Prices;
  near: Position | undefined;
  area: Area | undefined;
  locating: boolean;
  onLocate: () => void;
  onArea: (area: Area) => void;
};

/** Stations on a map, with what is free where; the chosen one below it. */
export default function StationMap({ stations, prices, near, area, locating, onLocate, onArea }: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [moved, setMoved] = useState<Area>();
  const items = useMemo(() => mapped(stations), [stations]);
  const shown = stations.filter(({ identity }) => chosen.includes(identity));
  return (
    <>
      <WorldMap
        className="h-80 border-b"
        words={{
          label: t("drive.map.label"),
          here: t("drive.map.here"),
          zoomIn: t("drive.map.zoomIn"),
          zoomOut: t("drive.map.zoomOut"),
          fingers: t("drive.map.fingers"),
          wheel: t("drive.map.wheel"),
          wheelMac: t("drive.map.wheelMac"),
          failed: t("drive.map.failed"),
        }}
        items={items}
        here={near}
        follow={area == null}
        onMoved={setMoved}
        marker={(several, nearer) => (
          <Marker
            stations={several}
            price={several.length === 1 ? prices.get(several[0]?.identity ?? "") : undefined}
            pressed={several.some(({ identity }) => chosen.includes(identity))}
            onPress={() => {
              const [first, ...rest] = several;
              // Stations of one car park stand at one point: nothing is gained by coming nearer.
              if (first == null || rest.every(({ latitude, longitude }) => latitude === first.latitude && longitude === first.longitude)) setChosen(several.map(({ identity }) => identity));
              else nearer();
            }}
          />
        )}
      >
        <div className="absolute right-2.5 bottom-2.5">
          <Button size="icon" busy={locating} aria-label={t("drive.map.locate")} data-tip={t("drive.map.locate")} onClick={onLocate}>
            {!locating && <LocateFixed aria-hidden />}
          </Button>
        </div>
        {moved != null && (
          <div className="absolute inset-x-14 top-2.5 flex justify-center">
            <Button
              onClick={() => {
                onArea(moved);
                setMoved(undefined);
              }}
            >
              {t("drive.map.search")}
            </Button>
          </div>
        )}
      </WorldMap>
      <div aria-live="polite" className={shown.length === 0 ? undefined : "border-b-4 bg-accent-soft"}>
        {shown.length > 0 && <StationList stations={shown} prices={prices} near={near} />}
      </div>
    </>
  );
}

type MarkerProps = { stations: readonly Mapped[]; price: string | undefined; pressed: boolean; onPress: () => void };

/** How many connectors are free at a place: the shape says it as well as the colour, and the label says it in words. */
function Marker({ stations, price, pressed, onPress }: MarkerProps) {
  const { t } = useTranslation();
  const state = bestState(stations);
  const free = stations.reduce((sum, station) => sum + freeAt(station), 0);
  const name = stations.length === 1 ? stations[0]?.place : t("drive.map.several", { count: stations.length });
  return (
    <button
      type="button"
      aria-pressed={pressed}
      aria-label={[name, t(state.word), free > 0 ? t("drive.near.free", { count: free }) : undefined, price].filter(Boolean).join(", ")}
      className="relative flex h-9 min-w-9 items-center justify-center gap-1 rounded-full border border-line-strong bg-surface px-2 text-sm font-semibold tabular shadow-pop hover:bg-hover aria-pressed:border-2 aria-pressed:border-ink"
      onClick={onPress}
    >
      <StateShape state={state} />
      {free > 0 && free}
      {/* A coastline says little of a town: the names of places do. */}
      <span aria-hidden className="absolute top-full mt-0.5 max-w-32 truncate rounded-sm bg-surface/85 px-1 text-xs font-medium">
        {name}
      </span>
    </button>
  );
}
