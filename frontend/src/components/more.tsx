import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { useLocale } from "@/lib/locale";

type Props = { shown: number; total: number; more: boolean; loading: boolean; onMore: () => void };

/** The end of a list: how much of it is shown, and the rest when it comes into view. */
export function More({ shown, total, more, loading, onMore }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const mark = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = mark.current;
    if (!more || loading || element == null || !("IntersectionObserver" in window)) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) onMore();
      },
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [more, loading, onMore]);
  const format = (value: number) => new Intl.NumberFormat(locale).format(value);
  return (
    <div ref={mark} className="flex items-center justify-between gap-4 px-4 py-3 text-sm text-ink-2 sm:px-6">
      <p className="tabular">{more ? t("table.shownOf", { shown: format(shown), total: format(total) }) : t("table.shown", { count: total, shown: format(total) })}</p>
      {more && (
        <Button size="sm" busy={loading} onClick={onMore}>
          {t("table.more")}
        </Button>
      )}
    </div>
  );
}
