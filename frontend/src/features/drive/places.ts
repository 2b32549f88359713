import type { MyPlacesQuery } from "@/gql/drive/graphql";
import { connectorStates, offline, type State } from "@/status/language";

export type Station = MyPlacesQuery["chargingPlaces"][number];
export type Position = { latitude: number; longitude: number };
/** A station with where it stands, for the map. */
export type Mapped = Station & Position & { id: string };

/** How many connectors can be started. */
export const freeAt = ({ connectors }: Station): number => connectors.filter(({ startable }) => startable).length;

const broken: readonly string[] = ["FAULTED", "UNAVAILABLE"];

/** What may be hoped for at a station: the best that one of its connectors has to offer. */
export function stationState(station: Station): State {
  if (freeAt(station) > 0) return connectorStates.AVAILABLE;
  if (!station.online) return offline;
  const statuses = station.connectors.map(({ status }) => status);
  if (statuses.some((status) => !broken.includes(status))) return connectorStates.OCCUPIED;
  return statuses.includes("FAULTED") ? connectorStates.FAULTED : connectorStates.UNAVAILABLE;
}

/** Of several stations the best: one that is free, else one that somebody will leave. */
export function bestState(stations: readonly Station[]): State {
  const states = stations.map(stationState);
  return [connectorStates.AVAILABLE, connectorStates.OCCUPIED].find((state) => states.includes(state)) ?? states[0] ?? connectorStates.UNAVAILABLE;
}

/** Those that a map can show. */
export function mapped(stations: readonly Station[]): Mapped[] {
  return stations.flatMap((station) => (station.latitude == null || station.longitude == null ? [] : [{ ...station, id: station.identity, latitude: station.latitude, longitude: station.longitude }]));
}

/** A way's length as people say it. */
export function farAway(locale: string, metres: number): string {
  const [unit, value, digits] = metres < 1000 ? (["meter", Math.max(10, Math.round(metres / 10) * 10), 0] as const) : (["kilometer", metres / 1000, metres < 100_000 ? 1 : 0] as const);
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: digits }).format(value);
}
