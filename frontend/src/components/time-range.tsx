import { CalendarRange } from "lucide-react";
import { useTranslation } from "react-i18next";
import { moment } from "@/lib/format";
import { Chip } from "./chip";
import { onIntent } from "./on-intent";
import { useLocale } from "@/lib/locale";

export type Range = { since?: string | undefined; until?: string | undefined };

const Panel = onIntent(() => import("./time-range-panel"), "dialog");

/** A filter by time. */
export function TimeRange({ since, until, onChange }: Range & { onChange: (range: Range) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const on = since != null || until != null;
  const words = [since, until].map((at) => (at == null || Number.isNaN(new Date(at).getTime()) ? "…" : moment(locale, at, "minute"))).join(" – ");
  return (
    <Chip
      label={t("filter.time")}
      value={on ? words : undefined}
      icon={<CalendarRange aria-hidden className="size-4 text-ink-3" />}
      onClear={() => {
        onChange({ since: undefined, until: undefined });
      }}
      opens={(trigger) => <Panel trigger={trigger} since={since} until={until} onChange={onChange} />}
    />
  );
}
