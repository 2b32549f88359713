import { useMemo } from "react";
import { useLive } from "@/app/data";
import { useSoon } from "@/app/soon";
import { ConnectorStatusDocument, StationConnectionDocument, type StationOnboarding } from "@/gql/graphql";

type Shown = { id: string; connectors?: readonly { id: string }[] | null | undefined };

/**
 * Keeps the rows that are shown live. Their states change in the cache; a station that leaves the tab it is listed
 * under, a connector nobody knew, and every lost event make the list fetch again.
 */
export function useLiveStations(stations: readonly Shown[], expected: StationOnboarding | undefined, refetch: () => void) {
  const ids = useMemo(() => stations.map(({ id }) => id).sort(), [stations]);
  const soon = useSoon(refetch);
  const pause = ids.length === 0;
  useLive(
    ConnectorStatusDocument,
    { stationIds: ids },
    ({ connectorStatus: event }) => {
      const connectors = stations.find(({ id }) => id === event.stationId)?.connectors;
      const unheard = event.evseNo > 0 && connectors?.some(({ id }) => id === event.connector?.id) !== true;
      if (event.missed || unheard) soon();
    },
    pause,
  );
  useLive(
    StationConnectionDocument,
    { stationIds: ids },
    ({ stationConnection: event }) => {
      if (event.missed || (expected != null && event.station != null && event.station.onboarding !== expected)) soon();
    },
    pause,
  );
}
