import { X } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";

type Props = { label: string; value: string | undefined; icon: ReactNode; onClear: () => void; opens: (trigger: ReactElement) => ReactNode };

/** What filters look like: dashed while open to anything, solid with the value and a cross once set. */
export function Chip({ label, value, icon, onClear, opens }: Props) {
  const { t } = useTranslation();
  const on = value != null;
  return (
    <span className={cn("inline-flex h-8 items-stretch rounded-md border border-line-strong text-sm", on ? "bg-surface" : "border-dashed")}>
      {opens(
        <button type="button" className="inline-flex items-center gap-1.5 rounded-md px-2 text-ink-2 hover:text-ink">
          {icon}
          {label}
          {on && <span className="tabular max-w-64 truncate font-medium text-ink">{value}</span>}
        </button>,
      )}
      {on && (
        <button type="button" aria-label={t("filter.clear", { filter: label })} className="flex items-center rounded-r-md border-l px-1.5 text-ink-3 hover:text-ink" onClick={onClear}>
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </span>
  );
}
