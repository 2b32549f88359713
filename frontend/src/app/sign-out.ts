import { useCallback } from "react";
import { signOut } from "./auth";

/** Ends the session and leaves nothing of it in memory. */
export function useSignOut(): () => void {
  return useCallback(() => {
    void signOut().finally(() => {
      location.assign("/login");
    });
  }, []);
}
