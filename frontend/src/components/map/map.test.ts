import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MultiPolygon, Polygon } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { afterEach, expect, test, vi } from "vitest";
import { loadLand } from "./coast";
import { around, distance, grouped } from "./groups";

afterEach(() => {
  vi.unstubAllGlobals();
});

const atlas = readFileSync(join(import.meta.dirname, "../../../node_modules/world-atlas/land-50m.json"), "utf8");

test("no coast leaps across the map, and none is lost", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(atlas)));
  const { geometry } = await loadLand();
  const world = JSON.parse(atlas) as Topology<{ land: GeometryCollection }>;
  const before = feature(world, world.objects.land).features.flatMap(({ geometry: shape }) => ((shape as Polygon | MultiPolygon).type === "Polygon" ? [(shape as Polygon).coordinates] : (shape as MultiPolygon).coordinates));
  expect(geometry.coordinates).toHaveLength(before.length);
  let beyond = 0;
  for (const ring of geometry.coordinates.flat()) {
    // What goes round the pole is closed by way of it, at the pole's edge of the map.
    const leaps = ring.filter(([longitude = 0, latitude = 0], index) => Math.abs(latitude) < 89.9 && Math.abs((ring[index + 1]?.[0] ?? longitude) - longitude) > 180);
    expect(leaps).toEqual([]);
    expect(ring.at(-1)).toEqual(ring[0]);
    if (ring.some(([longitude = 0]) => Math.abs(longitude) > 180)) beyond++;
  }
  // Chukotka and Fiji at least.
  expect(beyond).toBeGreaterThan(1);
});

test("coastlines that can't be had are a failure", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("", { status: 404 })));
  await expect(loadLand()).rejects.toThrow("404");
});

test("what would cover one another is one group, and stands where its first item is", () => {
  const at = (longitude: number) => ({ longitude, latitude: 0 });
  const groups = grouped([at(0), at(1), at(40), at(43)], ({ longitude }) => ({ x: longitude * 30, y: 0 }));
  expect(groups.map(({ longitude, items }) => [longitude, items.length])).toEqual([
    [0, 2],
    [40, 1],
    [43, 1],
  ]);
});

test("bounds hold everything, and nothing has none", () => {
  expect(around([])).toBeUndefined();
  expect(
    around([
      { longitude: 13, latitude: 52 },
      { longitude: 4, latitude: 53 },
    ]),
  ).toEqual([
    [4, 52],
    [13, 53],
  ]);
});

test("a distance is as the crow flies, over the 180th meridian too", () => {
  const km = (a: [number, number], b: [number, number]) => Math.round(distance({ latitude: a[0], longitude: a[1] }, { latitude: b[0], longitude: b[1] }) / 1000);
  expect(km([52.52, 13.405], [48.8566, 2.3522])).toBe(877);
  expect(km([0, 179.5], [0, -179.5])).toBe(111);
  expect(km([1, 1], [1, 1])).toBe(0);
});
