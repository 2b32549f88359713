import { CheckCheck, RotateCw } from "lucide-react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useChange, useData } from "@/app/data";
import { oneOf } from "@/app/search";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy";
import { ListStates } from "@/components/list";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { SectionHead } from "@/features/settings/section-head";
import { DeadJobsDocument, RestartJobDocument } from "@/gql/graphql";

const kinds = [
  "tenant_upkeep",
  "bulk_run",
  "retry_charge",
  "retry_wallet",
  "settle_session",
  "write_receipt",
  "send_receipt",
  "process_payment",
  "process_payment_event",
  "process_refund",
  "auto_top_up",
  "forget_payment_method",
  "run_reconciliation",
] as const;

/** What a job was to do; the server has words for kinds that aren't known here. */
function work(t: TFunction, { kind, what }: { kind: string; what: string }): string {
  const known = oneOf(kind, kinds);
  return known == null ? what : t(`deadJobs.what.${known}`);
}

/** Work that was given up: what it was about, why, and another try. */
export default function JobsSection() {
  const { t } = useTranslation();
  const may = useMay();
  const list = useData(DeadJobsDocument, { first: 100 });
  const [restart, busy] = useChange(RestartJobDocument);
  const jobs = list.data?.deadJobs;
  return (
    <>
      <SectionHead text={t("deadJobs.text")} />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={jobs?.length}
        empty={<Empty icon={<CheckCheck />} title={t("deadJobs.none")} text={t("deadJobs.noneText")} />}
      >
        <ul className="divide-y border-b">
          {jobs?.map((job) => (
            <li key={job.id} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3 text-sm sm:px-6">
              <div className="min-w-0 flex-1 basis-72">
                <p className="font-medium">{work(t, job)}</p>
                <p className="break-words text-bad">{job.error}</p>
                <p className="text-ink-2">
                  {t("deadJobs.tried", { count: job.attempts })} · <Time at={job.failedAt} />
                </p>
                <ul className="flex flex-wrap gap-x-4">
                  {job.about.map(({ kind, id }) => (
                    <li key={kind} className="inline-flex items-center gap-1 text-xs text-ink-2">
                      {kind} <span className="code break-all">{id}</span>
                      <CopyButton text={id} label={t("common.copyThing", { thing: kind })} />
                    </li>
                  ))}
                </ul>
              </div>
              {may("job:write") && (
                <Button
                  busy={busy}
                  onClick={() => {
                    void restart({ input: { jobId: job.id } }).then(({ problem }) => {
                      toast(problem?.text ?? t("deadJobs.restarted"), problem == null ? undefined : "bad");
                      list.refetch();
                    });
                  }}
                >
                  <RotateCw aria-hidden />
                  {t("deadJobs.restart")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </ListStates>
    </>
  );
}
