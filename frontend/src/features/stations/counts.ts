import { useEffect, useEffectEvent, useRef } from "react";
import { useData } from "@/app/data";
import { StationCountsDocument } from "@/gql/graphql";

const often = 4_000;
const seldom = 30_000;

/**
 * How many stations stand under each tab. They change without any event about a listed row: a station is added
 * elsewhere, or one of the other tab is onboarded. While any is Pending that is expected soon, and looked for often.
 */
export function useStationCounts(onChange: () => void) {
  const counts = useData(StationCountsDocument, {});
  const pending = counts.data?.pending.totalCount;
  const onboarded = counts.data?.onboarded.totalCount;

  const look = useEffectEvent(() => {
    if (document.visibilityState === "visible") counts.refetch();
  });
  const pause = pending === 0 ? seldom : often;
  useEffect(() => {
    const timer = setInterval(look, pause);
    return () => {
      clearInterval(timer);
    };
  }, [pause]);

  const changed = useEffectEvent(onChange);
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (pending == null || onboarded == null) return;
    const now = `${String(pending)} ${String(onboarded)}`;
    if (before.current != null && before.current !== now) changed();
    before.current = now;
  }, [pending, onboarded]);

  return { pending, onboarded, refetch: counts.refetch };
}
