import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const key = "busbar.theme";
const watchers = new Set<() => void>();
const prefersDark = () => matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

function apply() {
  const theme = chosen();
  document.documentElement.dataset.theme = theme === "system" ? (prefersDark().matches ? "dark" : "light") : theme;
  for (const watcher of watchers) watcher();
}

/** Follows the system's change of mind; called once at the start. */
export function watchSystemTheme() {
  prefersDark().addEventListener("change", apply);
}

export function setTheme(theme: Theme) {
  try {
    if (theme === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice holds for this page only.
  }
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    chosen,
  );
}
