import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { usePageTitle } from "@/app/title";
import { Button } from "@/components/button";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure } from "@/components/states";
import { Time } from "@/components/time";
import { MySessionsDocument, type MySessionRowFragment } from "@/gql/drive/graphql";
import { energy } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { DriveLink } from "./link";

const pageSize = 20;

/** Everything the driver has charged, the newest first. */
export function Sessions() {
  const { t } = useTranslation();
  const [before, setBefore] = useState<(string | null)[]>([null]);
  usePageTitle(t("drive.history"));
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t("drive.history")}</h1>
      {before.map((from, index) => (
        <SessionsBefore
          key={from ?? ""}
          before={from}
          onMore={
            index === before.length - 1
              ? (last) => {
                  setBefore([...before, last]);
                }
              : undefined
          }
        />
      ))}
    </>
  );
}

function SessionsBefore({ before, onMore }: { before: string | null; onMore: ((last: string) => void) | undefined }) {
  const { t } = useTranslation();
  const { data, loading, problem, refetch } = useData(MySessionsDocument, { before });
  if (problem != null && data == null) return <Failure message={problemText(t, problem)} onRetry={refetch} />;
  if (loading || data == null) return <SkeletonRows rows={4} />;
  const { sessions } = data.my;
  const last = sessions.at(-1);
  if (last == null) return before == null ? <Empty title={t("drive.session.none")} /> : null;
  return (
    <>
      <SessionRows sessions={sessions} />
      {onMore != null && sessions.length === pageSize && (
        <Button
          onClick={() => {
            onMore(last.startedAt);
          }}
        >
          {t("table.more")}
        </Button>
      )}
    </>
  );
}

function SessionRows({ sessions }: { sessions: readonly MySessionRowFragment[] }) {
  const locale = useLocale();
  return (
    <ul className="divide-y rounded-lg border bg-surface">
      {sessions.map((session) => (
        <li key={session.id}>
          <DriveLink to={`s/${session.id}`} className="flex items-baseline gap-3 px-4 py-3 hover:bg-hover">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{session.place || session.identity}</span>
              <span className="block text-sm text-ink-2">
                <Time at={session.startedAt} style="minute" /> · {energy(locale, session.energyWh) ?? "–"}
              </span>
            </span>
            {session.cost != null && <span className="font-medium tabular">{money(locale, session.cost)}</span>}
          </DriveLink>
        </li>
      ))}
    </ul>
  );
}
