import { SessionList } from "./session-list";

/** The sessions of one station. */
export default function SessionsTab({ stationId }: { stationId: string }) {
  return <SessionList where={{ stationId }} stationId={stationId} />;
}
