import { useEffect, useEffectEvent } from "react";

/** How often something that has no live event is looked at while it goes on. */
const every = 1500;

/** Looks again and again while something goes on and the page is seen, and once more when it has ended. */
export function useWatch(underWay: boolean, look: () => void) {
  const again = useEffectEvent(look);
  useEffect(() => {
    if (!underWay) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again();
    }, every);
    return () => {
      clearInterval(timer);
      again();
    };
  }, [underWay]);
}
