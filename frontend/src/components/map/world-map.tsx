import { type GeoJSONSource, type LngLatBoundsLike, Map, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import "./map.css";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "@/components/notice";
import { cn } from "@/lib/cn";
import { loadLand } from "./coast";
import { around, grouped, type Group, type Spot } from "./groups";
import { coastStyle, followTheme, ownStyle } from "./look";

setWorkerUrl(worker);

export type Area = { south: number; west: number; north: number; east: number };

/** A map's parts as the viewer's language calls them. */
type MapWords = { label: string; here: string; zoomIn: string; zoomOut: string; fingers: string; wheel: string; wheelMac: string; failed: string };

type Props<Item> = {
  words: MapWords;
  items: readonly Item[];
  here?: Spot | undefined;
  /** What stands at a place; a button, or something like it. Whoever presses a group of several comes nearer. */
  marker: (items: readonly Item[], nearer: () => void) => ReactNode;
  /** Which part is shown, each time that somebody has moved it. */
  onMoved?: (area: Area) => void;
  /** False keeps the map where it is when other items come. */
  follow?: boolean;
  className?: string;
  children?: ReactNode;
};

/** Nearer than this a town without streets says nothing. */
const nearest = 13;

/** Things on a map, each at its place; those that would cover one another are one until somebody comes nearer. */
export default function WorldMap<Item extends Spot & { id: string }>({ words, items, here, marker, onMoved, follow = true, className, children }: Props<Item>) {
  const { i18n } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Map>();
  const [failed, setFailed] = useState(false);
  const [, setView] = useState(0);

  const moved = useEffectEvent((shown: Map, byHand: boolean) => {
    setView((n) => n + 1);
    const bounds = shown.getBounds();
    if (byHand) onMoved?.({ south: Math.max(-90, bounds.getSouth()), west: turned(bounds.getWest()), north: Math.min(90, bounds.getNorth()), east: turned(bounds.getEast()) });
  });
  const begin = useEffectEvent((container: HTMLElement) => start(container, words, firstView(items, here)));

  useEffect(() => {
    if (box.current == null) return undefined;
    let made: Map;
    try {
      made = begin(box.current);
    } catch {
      // No WebGL: the list beside the map says the same.
      queueMicrotask(() => {
        setFailed(true);
      });
      return undefined;
    }
    const unfollow = followTheme(made);
    made.on("moveend", (event) => {
      moved(made, event.originalEvent != null);
    });
    made.on("resize", () => {
      moved(made, false);
    });
    setMap(made);
    return () => {
      unfollow();
      made.remove();
      setMap(undefined);
    };
  }, [i18n.language]);

  const fit = useEffectEvent((shown: Map) => {
    const bounds = firstView(items, here);
    if (follow && bounds != null) shown.fitBounds(bounds, { padding: 56, maxZoom: nearest });
  });
  const held = [...items.map(({ id }) => id), here?.latitude, here?.longitude].join(" ");
  const first = useRef("");
  useEffect(() => {
    if (map == null) return;
    // The map was made with its first items in view.
    if (first.current !== "" && first.current !== held) fit(map);
    first.current = held;
  }, [map, held]);

  if (failed) return <Notice>{words.failed}</Notice>;
  return (
    <div className={cn("relative isolate overflow-hidden bg-sunken", className)}>
      <div ref={box} className="size-full" />
      {map != null && <Markers map={map} items={items} here={here} hereLabel={words.here} marker={marker} />}
      {children}
    </div>
  );
}

/** What is shown at first: the nearest ones and the viewer, or everything. */
function firstView(items: readonly Spot[], here: Spot | undefined): LngLatBoundsLike | undefined {
  return around(here == null ? items : [...items.slice(0, 10), here]);
}

/** A longitude of a map that was turned past the 180th meridian, as the world counts it. */
function turned(longitude: number): number {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

function start(container: HTMLElement, words: MapWords, bounds: LngLatBoundsLike | undefined): Map {
  const own = ownStyle();
  const map = new Map({
    container,
    style: own ?? coastStyle(),
    ...(bounds == null ? { center: [10, 30], zoom: 1 } : { bounds, fitBoundsOptions: { padding: 56, maxZoom: nearest } }),
    attributionControl: own == null ? false : { compact: true },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    // One finger goes on scrolling the page.
    cooperativeGestures: true,
    locale: {
      "Map.Title": words.label,
      "NavigationControl.ZoomIn": words.zoomIn,
      "NavigationControl.ZoomOut": words.zoomOut,
      "CooperativeGesturesHandler.WindowsHelpText": words.wheel,
      "CooperativeGesturesHandler.MacHelpText": words.wheelMac,
      "CooperativeGesturesHandler.MobileHelpText": words.fingers,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl(), "bottom-left");
  const draw = () => {
    const land = map.getSource<GeoJSONSource>("land");
    if (land == null) return;
    // Without coastlines the markers are still right.
    loadLand().then(
      (shape) => {
        if (map.getSource("land") != null) land.setData(shape);
      },
      () => undefined,
    );
  };
  map.once("style.load", draw);
  map.on("error", () => {
    // A style that can't be had gives way to coastlines.
    if (own == null || map.getSource("land") != null || map.isStyleLoaded() === true) return;
    map.setStyle(coastStyle());
    map.once("style.load", draw);
  });
  return map;
}

type MarkersProps<Item> = Pick<Props<Item>, "items" | "here" | "marker"> & { map: Map; hereLabel: string };

// What stands on the map is the page's own: buttons that are reached by the keyboard in the order of the list.
function Markers<Item extends Spot & { id: string }>({ map, items, here, hereLabel, marker }: MarkersProps<Item>) {
  const layer = useRef<HTMLDivElement>(null);
  const bounds = map.getBounds();
  const groups = grouped(
    items.filter(({ longitude, latitude }) => bounds.contains([longitude, latitude])),
    (spot) => map.project([spot.longitude, spot.latitude]),
  );
  useLayoutEffect(() => {
    const put = () => {
      for (const child of layer.current?.children ?? []) {
        if (!(child instanceof HTMLElement)) continue;
        const { x, y } = map.project([Number(child.dataset.longitude), Number(child.dataset.latitude)]);
        child.style.transform = `translate(${String(Math.round(x))}px, ${String(Math.round(y))}px)`;
      }
    };
    put();
    map.on("move", put);
    return () => {
      map.off("move", put);
    };
  });
  const nearer = ({ items: several }: Group<Item>) => {
    const bounds = around(several);
    if (bounds != null) map.fitBounds(bounds, { padding: 72, maxZoom: 17 });
  };
  return (
    <div ref={layer} className="pointer-events-none absolute inset-0 overflow-hidden">
      {here != null && (
        <div className="absolute top-0 left-0" data-longitude={here.longitude} data-latitude={here.latitude}>
          <span role="img" aria-label={hereLabel} className="absolute size-4 -translate-1/2 rounded-full border-2 border-surface bg-busy shadow-pop" />
        </div>
      )}
      {groups.map((group) => (
        <div key={group.items.map(({ id }) => id).join(" ")} className="absolute top-0 left-0" data-longitude={group.longitude} data-latitude={group.latitude}>
          <div className="pointer-events-auto absolute -translate-1/2">
            {marker(group.items, () => {
              nearer(group);
            })}
          </div>
        </div>
      ))}
    </div>
  );
}
