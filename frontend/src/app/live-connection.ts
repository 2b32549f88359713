import { useEffect, useSyncExternalStore } from "react";

// The state of the one WebSocket that all subscriptions share.
export type LiveState = "idle" | "up" | "lost";

let state: LiveState = "idle";
const watchers = new Set<() => void>();
const returns = new Set<() => void>();

function set(next: LiveState) {
  if (next === state) return;
  state = next;
  for (const watcher of watchers) watcher();
}

/** The socket is open and acknowledged; after a loss everybody who shows live data fetches again. */
export function connected() {
  const again = state === "lost";
  set("up");
  if (again) for (const refetch of returns) refetch();
}

export function lost() {
  set("lost");
}

/** The socket was closed because nothing is subscribed any more. */
export function rested() {
  set("idle");
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** Calls refetch whenever the connection comes back after a loss. */
export function useOnReturn(refetch: () => void) {
  useEffect(() => {
    returns.add(refetch);
    return () => {
      returns.delete(refetch);
    };
  }, [refetch]);
}
