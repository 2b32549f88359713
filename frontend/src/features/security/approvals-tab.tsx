import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Notice } from "@/components/notice";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { SectionHead } from "@/features/settings/section-head";
import { ApprovalsDocument, DecideApprovalDocument, type ApprovalRowFragment } from "@/gql/security/graphql";
import { nodes } from "@/lib/nodes";
import { StateMark } from "@/status/mark";
import { approvalStates } from "./states";

/** What waits for a second person, and how it was decided. */
export default function ApprovalsTab() {
  const { t } = useTranslation();
  const list = usePages(ApprovalsDocument, { first: 50 }, (data) => data.approvals);
  const rows = nodes(list.data?.approvals);
  return (
    <>
      <SectionHead text={t("security.approvalsText")} />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : rows.length}
        empty={<Empty icon={<Users />} title={t("security.noApprovals")} text={t("security.noApprovalsText")} />}
      >
        <ul aria-label={t("security.tab.approvals")} className="divide-y border-b">
          {rows.map((approval) => (
            <ApprovalItem key={approval.id} approval={approval} onChanged={list.refetch} />
          ))}
        </ul>
        <More shown={rows.length} total={list.data?.approvals.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
    </>
  );
}

function ApprovalItem({ approval, onChanged }: { approval: ApprovalRowFragment; onChanged: () => void }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  const [decide, busy] = useChange(DecideApprovalDocument);
  const [failure, setFailure] = useState<string>();
  const waiting = approval.status === "WAITING";
  const own = approval.mine;
  const say = async (approve: boolean) => {
    setFailure(undefined);
    const { problem } = await decide({ input: { id: approval.id, approve } });
    if (problem != null) setFailure(problem.text);
    onChanged();
  };
  const to = typeof approval.request === "object" && approval.request != null && "toProfile" in approval.request ? approval.request.toProfile : undefined;
  return (
    <li data-status={approval.status} className="flex flex-col gap-2 px-4 py-3 text-sm sm:px-6">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Link to="/t/$tenant/stations/$stationId" params={{ tenant: tenant.slug, stationId: approval.station.id }} search={{ tab: "security" }} className="font-medium hover:underline">
          {approval.station.name}
        </Link>
        <span>{approval.action === "PROFILE_DOWNGRADE" && typeof to === "number" ? t("security.lowerTo", { profile: to }) : t(`security.action.${approval.action}`)}</span>
        <StateMark state={approvalStates[approval.status]} />
        <span className="ml-auto text-xs text-ink-2">
          <Time at={approval.createdAt} />
        </span>
      </p>
      <blockquote className="border-l-2 pl-3 break-words">{approval.reason}</blockquote>
      <p className="flex flex-wrap gap-x-4 text-xs text-ink-2">
        <span>{t("security.askedBy", { name: approval.requestedBy })}</span>
        {approval.decidedBy !== "" && <span>{t("security.decidedBy", { name: approval.decidedBy })}</span>}
        {waiting && (
          <span>
            {t("security.waitsUntil")} <Time at={approval.expiresAt} style="minute" />
          </span>
        )}
      </p>
      {failure != null && <Notice tone="bad">{failure}</Notice>}
      {waiting && may("station:credential") && (
        <div className="flex flex-wrap items-center gap-2">
          {!own && (
            <Button variant="primary" size="sm" busy={busy} aria-label={t("security.agreeOf", { name: approval.station.name })} onClick={() => void say(true)}>
              {t("security.agree")}
            </Button>
          )}
          <Button size="sm" busy={busy} aria-label={t(own ? "security.takeBackOf" : "security.refuseOf", { name: approval.station.name })} onClick={() => void say(false)}>
            {t(own ? "security.takeBack" : "security.refuse")}
          </Button>
          {own && <p className="text-ink-2">{t("security.own")}</p>}
        </div>
      )}
    </li>
  );
}
