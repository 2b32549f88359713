import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";

/** Edits wait here until they are sent together; wrong ones keep the others waiting. */
export function DraftBar({ count, wrong, onDiscard, onReview }: { count: number; wrong: number; onDiscard: () => void; onReview: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="region" aria-label={t("variables.changes")} className="sticky bottom-4 z-20 mx-auto mt-4 flex max-w-[calc(100%-2rem)] animate-rise flex-wrap items-center gap-2 rounded-lg bg-ink py-1.5 pr-1.5 pl-4 text-sm text-bg shadow-pop">
      <span aria-live="polite" className="tabular mr-2">
        {wrong > 0 ? t("variables.draftsWrong", { count: wrong }) : t("variables.drafts", { count })}
      </span>
      <Button size="sm" disabled={wrong > 0} onClick={onReview}>
        {t("variables.review")}
      </Button>
      <Button variant="quiet" size="sm" onClick={onDiscard} className="text-bg! hover:bg-bg/20! hover:text-bg!">
        {t("variables.discard")}
      </Button>
    </div>
  );
}
