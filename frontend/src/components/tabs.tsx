import { Link, type LinkProps } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { cn } from "@/lib/cn";

type Tab = { key: string; label: string; count?: number | undefined; link: LinkProps };

/** Tabs that are links: each has an address, so that it can be shared and gone back to. */
export function LinkTabs({ tabs, active, label, end }: { tabs: readonly Tab[]; active: string; label: string; end?: ReactNode }) {
  const nav = useRef<HTMLElement>(null);
  // On a phone the line scrolls, and the tab that is open may be out of view.
  useEffect(() => {
    const line = nav.current;
    const current = line?.querySelector<HTMLElement>("[aria-current]");
    if (line == null || current == null) return;
    const { left, right } = current.getBoundingClientRect();
    const box = line.getBoundingClientRect();
    if (left < box.left || right > box.right) line.scrollLeft += left - box.left - (box.width - (right - left)) / 2;
  }, [active]);
  return (
    <div className="flex items-end gap-4 border-b px-4 sm:px-6">
      <nav ref={nav} aria-label={label} className="-mb-px flex min-w-0 [scrollbar-width:none] overflow-x-auto sm:flex-wrap">
        {tabs.map((tab) => {
          const on = tab.key === active;
          return (
            <Link
              key={tab.key}
              {...tab.link}
              // Which tab is open is told by whoever shows them: to the router several are.
              activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
              aria-current={on ? "page" : undefined}
              className={cn(
                "flex h-9 items-center gap-1.5 rounded-t-md border-b-2 px-2 text-sm whitespace-nowrap -outline-offset-2",
                on ? "border-accent font-medium text-ink" : "border-transparent text-ink-2 hover:text-ink",
              )}
            >
              {tab.label}
              {tab.count != null && <span className={cn("tabular rounded-sm px-1 text-xs", on ? "bg-accent-soft text-accent" : "bg-idle-soft text-idle")}>{tab.count}</span>}
            </Link>
          );
        })}
      </nav>
      {end != null && <div className="ml-auto pb-1.5">{end}</div>}
    </div>
  );
}
