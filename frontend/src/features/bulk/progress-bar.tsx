import { useTranslation } from "react-i18next";
import type { BulkRowFragment } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { StateShape } from "@/status/mark";
import { targetStates } from "@/status/language";

type Progress = BulkRowFragment["progress"];

/** The parts of a bulk command in the order of the bar, each with the state whose look it has. */
const parts = [
  { key: "accepted", state: targetStates.ACCEPTED, colour: "bg-ok" },
  { key: "rejected", state: targetStates.REJECTED, colour: "bg-bad" },
  { key: "failed", state: targetStates.FAILED, colour: "bg-warn" },
  { key: "skipped", state: targetStates.SKIPPED, colour: "bg-idle" },
  { key: "started", state: targetStates.STARTED, colour: "bg-busy" },
] as const;

const done = (progress: Progress) => progress.accepted + progress.rejected + progress.failed + progress.skipped;

/** How many stations are how far: as a bar, and in numbers beside it. */
export function ProgressBar({ progress, label, small = false }: { progress: Progress; label: string; small?: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const format = (value: number) => new Intl.NumberFormat(locale).format(value);
  const bar = (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={progress.total}
      aria-valuenow={done(progress)}
      aria-valuetext={t("bulk.doneOf", { done: format(done(progress)), total: format(progress.total) })}
      className="flex h-2 w-full overflow-hidden rounded-full bg-idle-soft"
    >
      {parts.map(({ key, colour }) => progress[key] > 0 && <span key={key} className={colour} style={{ width: `${String((100 * progress[key]) / Math.max(1, progress.total))}%` }} />)}
    </div>
  );
  if (small) {
    return (
      <div className="flex min-w-32 items-center gap-3">
        {bar}
        <span className="tabular text-xs whitespace-nowrap text-ink-2">{t("bulk.doneOf", { done: format(done(progress)), total: format(progress.total) })}</span>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      {bar}
      <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {parts.map(({ key, state }) => (
          <li key={key} className="inline-flex items-center gap-1.5">
            <StateShape state={state} />
            <span className="tabular font-medium">{format(progress[key])}</span>
            <span className="text-ink-2">{t(state.word)}</span>
          </li>
        ))}
        <li className="inline-flex items-center gap-1.5">
          <StateShape state={targetStates.WAITING} />
          <span className="tabular font-medium">{format(progress.waiting)}</span>
          <span className="text-ink-2">{t(targetStates.WAITING.word)}</span>
        </li>
      </ul>
    </div>
  );
}
