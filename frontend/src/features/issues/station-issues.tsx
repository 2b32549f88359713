import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePages } from "@/app/data";
import { useSoon } from "@/app/soon";
import { Button } from "@/components/button";
import { Time } from "@/components/time";
import { IssuesDocument, IssuesLiveDocument } from "@/gql/billing/graphql";
import { nodes } from "@/lib/nodes";
import { severities } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { IssuePanel } from "./issue-panel";
import { urgentFirst } from "./order";
import { issueTitle } from "./title";

/** A station's open issues; nothing where there are none. */
export default function StationIssues({ stationId }: { stationId: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<string>();
  const list = usePages(IssuesDocument, { first: 20, where: { statusIn: ["OPEN", "ACKNOWLEDGED"], hasStationWith: [{ id: stationId }] } }, (data) => data.detectedIssues);
  const soon = useSoon(list.refetch);
  useLive(IssuesLiveDocument, {}, ({ detectedIssue: { issue, missed } }) => {
    if (missed || issue?.station?.id === stationId) soon();
  });
  const issues = urgentFirst(nodes(list.data?.detectedIssues).filter(({ status }) => status === "OPEN" || status === "ACKNOWLEDGED"));
  const issue = issues.find(({ id }) => id === shown);
  if (issues.length === 0) return null;
  return (
    <section aria-label={t("issues.open")} className="rounded-lg border border-warn bg-surface">
      <ul className="divide-y">
        {issues.map(({ id, kind, title, meaning, severity, createdAt }) => (
          <li key={id} className="flex items-start gap-3 px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-center gap-x-3">
                <StateMark state={severities[severity]} />
                <span className="text-xs text-ink-2">
                  <Time at={createdAt} />
                </span>
              </p>
              <p className="mt-0.5 text-sm font-medium">{issueTitle({ kind, title })}</p>
              <p className="text-sm text-ink-2">{meaning}</p>
            </div>
            <Button
              size="sm"
              aria-label={t("issues.show", { title: issueTitle({ kind, title }) })}
              onClick={() => {
                setShown(id);
              }}
            >
              {t("issues.openIt")}
            </Button>
          </li>
        ))}
      </ul>
      {issue != null && (
        <IssuePanel
          key={issue.id}
          issue={issue}
          onClose={() => {
            setShown(undefined);
          }}
        />
      )}
    </section>
  );
}
