import { useTranslation } from "react-i18next";
import { Time, useNow } from "@/components/time";
import { cn } from "@/lib/cn";
import { validityOf } from "./validity";

type Props = { of: { notBefore: string; notAfter: string; renewAt?: string | null | undefined }; label: string; over?: boolean };

const colours = { fine: "bg-ok", due: "bg-warn", over: "bg-bad" };
const texts = { fine: "text-ink-2", due: "text-warn", over: "text-bad" };

/** From when to when something counts, how much of that is over, and where its renewal is due. What was ended before its time has dates only. */
export function ValidityBar({ of, label, over = false }: Props) {
  const { t } = useTranslation();
  const { passed, renewal, days, urgency } = validityOf(of, useNow());
  const left = urgency === "over" ? t("security.ended", { count: Math.max(1, -days) }) : days >= 730 ? t("security.yearsLeft", { count: Math.round(days / 365) }) : t("security.daysLeft", { count: days });
  return (
    <div className="flex min-w-40 flex-col gap-1">
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(passed)}
        aria-valuetext={over ? undefined : left}
        className="relative h-2 overflow-hidden rounded-full bg-idle-soft"
      >
        <span className={cn("absolute inset-y-0 left-0", over ? "bg-ink-3" : colours[urgency])} style={{ width: `${String(passed)}%` }} />
        {renewal != null && !over && <span data-renew className="absolute inset-y-0 w-0.5 bg-ink" style={{ left: `${String(renewal)}%` }} />}
      </div>
      <p className="flex flex-wrap justify-between gap-x-3 text-xs text-ink-2">
        <Time at={of.notBefore} style="date" />
        {of.renewAt != null && !over && (
          <span>
            {t("security.renewAt")} <Time at={of.renewAt} style="date" />
          </span>
        )}
        <span>
          <Time at={of.notAfter} style="date" /> {!over && <span className={cn("font-medium", texts[urgency])}>({left})</span>}
        </span>
      </p>
    </div>
  );
}
