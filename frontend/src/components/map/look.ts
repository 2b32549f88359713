import type { Map, StyleSpecification } from "maplibre-gl";

/** The operator's own style, by its URL; undefined for coastlines alone. A development server leaves the placeholder as it is. */
export function ownStyle(): string | undefined {
  const url = document.querySelector<HTMLMetaElement>('meta[name="map-style"]')?.content ?? "";
  return /^https?:/.test(url) ? url : undefined;
}

function colours() {
  const read = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return { water: read("--sunken"), land: read("--surface"), coast: read("--line-strong") };
}

/** Water, land, and the line between them, in the colours of the page. The land comes later: markers needn't wait for it. */
export function coastStyle(): StyleSpecification {
  const { water, land, coast } = colours();
  return {
    version: 8,
    sources: { land: { type: "geojson", data: { type: "FeatureCollection", features: [] } } },
    layers: [
      { id: "water", type: "background", paint: { "background-color": water } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": land, "fill-antialias": false } },
      { id: "coast", type: "line", source: "land", paint: { "line-color": coast, "line-width": 1.25 } },
    ],
  };
}

/** Follows the page from light to dark and back. A style of the operator's own stays as it is. */
export function followTheme(map: Map): () => void {
  const watcher = new MutationObserver(() => {
    if (map.getLayer("coast") == null) return;
    const { water, land, coast } = colours();
    map.setPaintProperty("water", "background-color", water);
    map.setPaintProperty("land", "fill-color", land);
    map.setPaintProperty("coast", "line-color", coast);
  });
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    watcher.disconnect();
  };
}
