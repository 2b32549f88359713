import { useLive } from "@/app/data";
import { useSoon } from "@/app/soon";
import { StationUpdatedDocument } from "@/gql/graphql";

/** Fetches again what is shown of a station after anything of it has changed: a report that came in parts, a status, an upload. */
export function useStationChanges(stationId: string, refetch: () => void) {
  useLive(StationUpdatedDocument, { id: stationId }, useSoon(refetch));
}
