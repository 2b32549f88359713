import { useEffect } from "react";

/** What the browser's tab and history call the page. */
export function usePageTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Busbar`;
  }, [title]);
}
