import { useSyncExternalStore } from "react";
import { ago, fullMoment, moment, type TimeStyle } from "@/lib/format";
import { useLocale } from "@/lib/locale";

// One clock for all relative times, so that a page of them costs one timer.
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void) {
  if (watchers.size === 0) now = Date.now();
  watchers.add(watcher);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const notify of watchers) notify();
  }, 10_000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present, to ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

type Props = { at: string | null | undefined; style?: TimeStyle | "ago"; zone?: string | undefined };

/** A moment with its zone on hover; relative ones stay true as time goes by. */
export function Time({ at, style = "ago", zone }: Props) {
  return at == null ? <span className="text-ink-3">–</span> : <Moment at={at} style={style} zone={zone} />;
}

function Moment({ at, style, zone }: { at: string; style: TimeStyle | "ago"; zone: string | undefined }) {
  const locale = useLocale();
  const present = useNow();
  return (
    <time dateTime={at} title={fullMoment(locale, at, zone)} className="tabular whitespace-nowrap">
      {style === "ago" ? ago(locale, at, Math.max(present, new Date(at).getTime())) : moment(locale, at, style, zone)}
    </time>
  );
}
