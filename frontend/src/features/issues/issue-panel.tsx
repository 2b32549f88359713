import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, type Outcome } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Select, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { Facts } from "@/components/panel";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { AcknowledgeIssueDocument, ResolveIssueDocument, SnoozeIssueDocument, type IssueRowFragment } from "@/gql/billing/graphql";
import { issueStates, severities } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { issueWords } from "@/status/remarks";
import { issueTitle } from "./title";

const hours = [1, 8, 24, 72, 168] as const;

/** One issue: what it means, what to do, and who deals with it. */
export function IssuePanel({ issue, onClose }: { issue: IssueRowFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const [acknowledge, acknowledging] = useChange(AcknowledgeIssueDocument);
  const [resolve, resolving] = useChange(ResolveIssueDocument);
  const [snooze, snoozing] = useChange(SnoozeIssueDocument);
  const [note, setNote] = useState("");
  const [wait, setWait] = useState("24");
  const [failure, setFailure] = useState<string>();
  const writable = may("issue:write") && issue.status !== "RESOLVED";
  const input = { id: issue.id, ...(note.trim() === "" ? {} : { note: note.trim() }) };
  const words = issueWords(issue);
  const busy = acknowledging || resolving || snoozing;
  const run = async (change: Promise<Outcome<unknown>>) => {
    setFailure(undefined);
    const { problem } = await change;
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    toast(t("issues.decided"));
    onClose();
  };
  return (
    <Dialog
      side
      open
      onOpenChange={onClose}
      title={issueTitle(issue)}
      description={
        <span className="flex flex-wrap gap-x-4 gap-y-1">
          <StateMark state={severities[issue.severity]} />
          <StateMark state={issueStates[issue.status]} />
        </span>
      }
      footer={
        writable && (
          <>
            {issue.status !== "ACKNOWLEDGED" && (
              <Button busy={acknowledging} disabled={busy} onClick={() => void run(acknowledge({ input }))}>
                {t("issues.acknowledge")}
              </Button>
            )}
            <Button busy={snoozing} disabled={busy} onClick={() => void run(snooze({ input: { ...input, until: new Date(Date.now() + Number(wait) * 3_600_000).toISOString() } }))}>
              {t("issues.snooze")}
            </Button>
            <Button variant="primary" busy={resolving} disabled={busy} onClick={() => void run(resolve({ input }))}>
              {t("issues.resolve")}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-5">
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t("issues.meaning")}</h3>
          <p className="text-sm">{words.meaning}</p>
        </section>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t("issues.remedy")}</h3>
          <p className="text-sm">{words.remedy}</p>
          <Subject issue={issue} />
        </section>
        <Facts
          facts={[
            { label: t("issues.since"), value: <Time at={issue.createdAt} style="minute" /> },
            { label: t("issues.last"), value: <Time at={issue.lastSeenAt} style="minute" /> },
            { label: t("issues.count"), value: <span className="tabular">{issue.occurrences}</span> },
            { label: t("stations.network"), value: issue.network?.name ?? t("issues.tenantWide") },
            { label: t("issues.kind"), value: <span className="code">{issue.kind}</span> },
            ...(issue.decidedBy === "" ? [] : [{ label: t("issues.decidedBy"), value: issue.decidedBy }]),
            ...(issue.snoozedUntil == null ? [] : [{ label: t("issues.snoozedUntil"), value: <Time at={issue.snoozedUntil} style="minute" /> }]),
            ...(issue.resolvedAt == null ? [] : [{ label: t("issues.resolvedAt"), value: <Time at={issue.resolvedAt} style="minute" /> }]),
          ]}
        />
        {issue.note !== "" && (
          <section>
            <h3 className="mb-1 text-sm font-semibold">{t("issues.note")}</h3>
            <p className="text-sm whitespace-pre-line">{issue.note}</p>
          </section>
        )}
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        {writable && (
          <div className="flex flex-col gap-4 border-t pt-4">
            <Field label={t("issues.note")} optional={t("common.optional")} hint={t("issues.resolveHint")}>
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={2}
                  maxLength={1000}
                  value={note}
                  onChange={(event) => {
                    setNote(event.target.value);
                  }}
                />
              )}
            </Field>
            <Field label={t("issues.snoozeFor")} className="max-w-48">
              {(ids) => (
                <Select
                  {...ids}
                  value={wait}
                  onChange={(event) => {
                    setWait(event.target.value);
                  }}
                >
                  {hours.map((count) => (
                    <option key={count} value={count}>
                      {count < 24 ? t("issues.hours", { count }) : t("issues.days", { count: count / 24 })}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
        )}
      </div>
    </Dialog>
  );
}

/** Where the issue leads. */
function Subject({ issue }: { issue: IssueRowFragment }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const params = { tenant: tenant.slug };
  const look = "font-medium text-accent hover:underline";
  if (issue.station == null && issue.session == null && issue.charge == null && issue.kind !== "COST_SETTING_MISSING") return null;
  return (
    <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {issue.kind === "COST_SETTING_MISSING" && (
        <Link to="/t/$tenant/tariffs" params={params} search={{}} className={look}>
          {t("nav.tariffs")}
        </Link>
      )}
      {issue.charge != null && (
        <Link to="/t/$tenant/charges/$chargeId" params={{ ...params, chargeId: issue.charge.id }} className={look}>
          {t("issues.charge")}
        </Link>
      )}
      {issue.session != null && (
        <Link to="/t/$tenant/sessions/$sessionId" params={{ ...params, sessionId: issue.session.id }} className={look}>
          {t("issues.session")}
        </Link>
      )}
      {issue.station != null && (
        <Link to="/t/$tenant/stations/$stationId" params={{ ...params, stationId: issue.station.id }} search={{}} className={look}>
          {issue.station.name}
        </Link>
      )}
    </p>
  );
}
