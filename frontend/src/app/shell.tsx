import { useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon, Search, X } from "lucide-react";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Skeleton } from "@/components/skeleton";
import { cn } from "@/lib/cn";
import { LiveBar } from "./live-bar";
import { Logo } from "./logo";
import { Nav } from "./nav";
import { Person } from "./person";
import { ScopeSwitch } from "./scope-switch";

const Palette = lazy(() => import("@/features/palette/palette"));

const isMac = typeof navigator !== "undefined" && navigator.platform.startsWith("Mac");

/** Navigation at the left, the page at the right; on a phone the navigation slides over. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [openAt, setOpenAt] = useState<string | null>(null);
  const [palette, setPalette] = useState(false);
  // The navigation belongs to the page it was opened on: going elsewhere closes it.
  const open = openAt === path;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        setPalette((on) => !on);
      }
      if (event.key === "Escape") setOpenAt(null);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, []);

  return (
    <div className="min-h-dvh md:grid md:grid-cols-[14rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-60 focus:rounded-md focus:bg-ink focus:px-3 focus:py-1.5 focus:text-bg">
        {t("nav.skip")}
      </a>
      <div className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b bg-surface px-3 md:hidden">
        <Button
          variant="quiet"
          size="icon"
          aria-label={t("nav.open")}
          aria-expanded={open}
          onClick={() => {
            setOpenAt(path);
          }}
        >
          <MenuIcon aria-hidden />
        </Button>
        <Logo />
        <Button
          variant="quiet"
          size="icon"
          className="ml-auto"
          aria-label={t("palette.open")}
          onClick={() => {
            setPalette(true);
          }}
        >
          <Search aria-hidden />
        </Button>
      </div>
      {open && (
        <div
          aria-hidden
          className="fixed inset-0 z-30 animate-fade bg-shade md:hidden"
          onClick={() => {
            setOpenAt(null);
          }}
        />
      )}
      <aside
        className={cn(
          "fixed inset-y-0 left-0 z-40 w-64 flex-col border-r bg-sunken md:sticky md:top-0 md:z-10 md:flex md:h-dvh md:w-auto",
          open ? "flex animate-fade" : "hidden",
        )}
      >
        <div className="flex items-center gap-1 p-2 pb-1">
          <ScopeSwitch />
          <Button
            variant="quiet"
            size="icon"
            className="md:hidden"
            aria-label={t("nav.close")}
            onClick={() => {
              setOpenAt(null);
            }}
          >
            <X aria-hidden />
          </Button>
        </div>
        <div className="px-2 pb-2">
          <button
            type="button"
            onClick={() => {
              setPalette(true);
            }}
            className="flex h-8 w-full items-center gap-2 rounded-md border bg-surface px-2 text-sm text-ink-2 hover:border-line-strong"
          >
            <Search aria-hidden className="size-4 text-ink-3" />
            {t("palette.hint")}
            <kbd className="ml-auto font-sans text-xs text-ink-3">{isMac ? "⌘K" : "Ctrl K"}</kbd>
          </button>
        </div>
        <Nav />
        <Person />
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col">
        <LiveBar />
        <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
          {children}
        </main>
      </div>
      <Suspense>{palette && <Palette onClose={setPalette} />}</Suspense>
    </div>
  );
}

/** The frame while we learn who is here. */
export function ShellSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("common.loading")} className="min-h-dvh md:grid md:grid-cols-[14rem_minmax(0,1fr)]">
      <div className="hidden border-r bg-sunken p-3 md:block">
        <Skeleton className="h-9!" />
        <div className="mt-6 flex flex-col gap-3">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
          <Skeleton className="w-3/5" />
        </div>
      </div>
      <div className="p-6">
        <Skeleton className="h-7! w-40" />
      </div>
    </div>
  );
}
