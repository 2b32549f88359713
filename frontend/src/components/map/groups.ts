export type Spot = { longitude: number; latitude: number };
type At = { x: number; y: number };
export type Group<Item> = Spot & { items: Item[] };

/** How near two markers may be, in pixels, before a finger can't tell them apart. */
const reach = 44;

/** Puts those together that would cover one another where they are drawn. A group stands where its first item is. */
export function grouped<Item extends Spot>(items: readonly Item[], place: (spot: Spot) => At): Group<Item>[] {
  const groups: (Group<Item> & { at: At })[] = [];
  for (const item of items) {
    const at = place(item);
    const near = groups.find((group) => Math.hypot(group.at.x - at.x, group.at.y - at.y) < reach);
    if (near == null) groups.push({ longitude: item.longitude, latitude: item.latitude, items: [item], at });
    else near.items.push(item);
  }
  return groups.map(({ at: _, ...group }) => group);
}

/** The bounds that hold all of them, as south-west and north-east; undefined for none. */
export function around(spots: readonly Spot[]): [[number, number], [number, number]] | undefined {
  if (spots.length === 0) return undefined;
  const [longitudes, latitudes] = [spots.map(({ longitude }) => longitude), spots.map(({ latitude }) => latitude)];
  return [
    [Math.min(...longitudes), Math.min(...latitudes)],
    [Math.max(...longitudes), Math.max(...latitudes)],
  ];
}

const earth = 6_371_000;

/** How far two places are apart as the crow flies, in metres. */
export function distance(a: Spot, b: Spot): number {
  const rad = Math.PI / 180;
  const [height, width] = [Math.sin(((b.latitude - a.latitude) * rad) / 2), Math.sin(((b.longitude - a.longitude) * rad) / 2)];
  return 2 * earth * Math.asin(Math.min(1, Math.sqrt(height ** 2 + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * width ** 2)));
}
