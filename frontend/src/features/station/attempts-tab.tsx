import { useTranslation } from "react-i18next";
import { useLive, usePages } from "@/app/data";
import { CopyButton } from "@/components/copy";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { StationAttemptDocument, StationAttemptsDocument, type AttemptFragment } from "@/gql/graphql";
import { cn } from "@/lib/cn";
import { nodes } from "@/lib/nodes";
import { stepStates } from "@/status/language";
import { StateShape } from "@/status/mark";
import { remarkText } from "@/status/remarks";

/** Every way the station knocked, and why it was let in or turned away. */
export default function AttemptsTab({ stationId }: { stationId: string }) {
  const { t } = useTranslation();
  const list = usePages(StationAttemptsDocument, { id: stationId, first: 50 }, (data) => data.connectionAttempts);
  const attempts = nodes(list.data?.connectionAttempts);
  useLive(StationAttemptDocument, { id: stationId }, ({ connectionAttempt: event }) => {
    if (event.missed || attempts[0]?.id !== event.attempt?.id) list.refetch();
  });
  return (
    <ListStates
      loading={list.loading}
      problem={list.problem}
      onRetry={list.refetch}
      count={list.data == null ? undefined : attempts.length}
      empty={<Empty title={t("attempts.none")} text={t("attempts.noneText")} />}
    >
      <ul aria-label={t("station.attempts")}>
        {attempts.map((attempt) => (
          <AttemptItem key={attempt.id} attempt={attempt} />
        ))}
      </ul>
      <More shown={attempts.length} total={list.data?.connectionAttempts.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
    </ListStates>
  );
}

function AttemptItem({ attempt }: { attempt: AttemptFragment }) {
  const { t } = useTranslation();
  const fix = remarkText(attempt.fixRemarks, attempt.fix);
  const accepted = attempt.outcome === "ACCEPTED";
  const details = [attempt.remoteAddress, attempt.url, attempt.subprotocols?.join(", "), attempt.tlsVersion, attempt.userAgent].filter(Boolean);
  return (
    <li className="flex gap-3 border-b px-4 py-3 sm:px-6" data-cause={attempt.cause}>
      <StateShape state={accepted ? stepStates.PASSED : stepStates.FAILED} className="mt-0.5" />
      <div className="min-w-0 flex-1 text-sm">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className={cn("font-medium", !accepted && "text-bad")}>{t(`cause.${attempt.cause}`)}</span>
          {attempt.count > 1 && <span className="tabular text-xs text-ink-2">{t("attempts.times", { count: attempt.count })}</span>}
          <span className="ml-auto text-xs text-ink-2">
            <Time at={attempt.lastAt} />
            {attempt.count > 1 && (
              <>
                {" · "}
                {t("attempts.first")} <Time at={attempt.at} />
              </>
            )}
          </span>
        </p>
        <p className="mt-0.5 break-words text-ink-2">{remarkText(attempt.remarks, attempt.explanation)}</p>
        {!accepted && attempt.fix !== "" && (
          <div className="mt-2 flex max-w-3xl items-start gap-2 rounded-md bg-sunken py-2 pr-1.5 pl-3">
            <p className="min-w-0 flex-1 break-words">
              <span className="font-medium">{t("ladder.fix")} </span>
              {fix}
            </p>
            <CopyButton text={fix} label={t("ladder.copyFix")} className="-my-1" />
          </div>
        )}
        {details.length > 0 && <p className="code mt-1.5 break-all text-ink-2">{details.join("  ·  ")}</p>}
      </div>
    </li>
  );
}
