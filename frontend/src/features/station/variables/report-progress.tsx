import { useTranslation } from "react-i18next";
import { Time } from "@/components/time";
import type { Variable } from "./variable";

/** How far a report of everything has come: its parts replace what was known, one after the other. */
export function ReportProgress({ since, variables }: { since: string; variables: readonly Variable[] }) {
  const { t } = useTranslation();
  const fresh = variables.filter(({ reportedAt }) => reportedAt >= since).length;
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pb-3 text-sm text-ink-2 sm:px-6">
      <progress max={Math.max(variables.length, 1)} value={fresh} aria-label={t("variables.reportRunning")} className="h-1.5 w-40 overflow-hidden rounded-sm accent-ink" />
      <span className="tabular">{t("variables.reportSoFar", { count: fresh, total: variables.length })}</span>
      <Time at={since} />
    </div>
  );
}
