import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn("block h-4 animate-pulse rounded-sm bg-idle-soft", className)} />;
}

const widths = ["w-2/5", "w-3/5", "w-1/2", "w-1/3", "w-2/3"];

/** Lines that stand for a list while it loads. */
export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("common.loading")} className="divide-y">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-6 px-4 py-3">
          <Skeleton className={cn("max-w-56 flex-1", widths[row % widths.length])} />
          <Skeleton className="w-24" />
          <Skeleton className="hidden w-32 sm:block" />
          <Skeleton className="ml-auto w-16" />
        </div>
      ))}
    </div>
  );
}
