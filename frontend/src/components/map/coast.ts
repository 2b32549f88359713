import type { Feature, MultiPolygon, Polygon, Position } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import land from "world-atlas/land-50m.json?url";

// The only map that ships: where land ends. Borders are left out, because no choice of them suits everybody.

/** The world's land, ready to be drawn. */
export async function loadLand(): Promise<Feature<MultiPolygon>> {
  const answer = await fetch(land);
  if (!answer.ok) throw new Error(`the coastlines are answered ${String(answer.status)}`);
  const world = (await answer.json()) as Topology<{ land: GeometryCollection }>;
  const shapes = feature(world, world.objects.land).features.flatMap(({ geometry }) => polygons(geometry as Polygon | MultiPolygon));
  return { type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates: shapes.map((rings) => rings.map(unwrap)) } };
}

function polygons(shape: Polygon | MultiPolygon): Position[][][] {
  return shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates;
}

/**
 * A ring whose points follow one another without a leap over the 180th meridian; it may go on past it. One that goes round a pole is closed
 * by way of the pole, because on a flat map it would not enclose anything.
 */
function unwrap(ring: readonly Position[]): Position[] {
  let turn = 0;
  const out: Position[] = [];
  ring.forEach(([longitude = 0, latitude = 0], index) => {
    const leap = longitude - (ring[index - 1]?.[0] ?? longitude);
    if (leap > 180) turn -= 360;
    else if (leap < -180) turn += 360;
    out.push([longitude + turn, latitude]);
  });
  const [first, last] = [out[0], out.at(-1)];
  if (turn === 0 || first == null || last == null) return out;
  const pole = (first[1] ?? 0) < 0 ? -90 : 90;
  return [...out, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}
