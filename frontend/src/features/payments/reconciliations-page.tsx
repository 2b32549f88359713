import { Link } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData, usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Notice } from "@/components/notice";
import { PageHead, Panel } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { PaymentAccountsDocument, ReconcilePaymentsDocument, ReconciliationsDocument, type ReconciliationRowFragment } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { nodes } from "@/lib/nodes";
import { StateMark } from "@/status/mark";
import { needsPerson, reconciliationStates } from "./states";

/** How often a reconciliation that runs is looked at. */
const pace = 2_000;

/** Whether the books say what the providers say: each look, and what it found. */
export default function ReconciliationsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant } = useHere();
  const list = usePages(ReconciliationsDocument, { first: 20 }, (data) => data.reconciliations, !may("payment:read"));
  const rows = nodes(list.data?.reconciliations);
  useWhile(
    rows.some(({ status }) => status === "RUNNING"),
    list.refetch,
  );
  if (!may("payment:read")) return <NoPermission />;
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/payments" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("nav.payments")}
          </Link>
        }
        title={t("payments.reconciliations")}
        sub={t("payments.reconciliationsText")}
        actions={may("payment:write") && <Starters onStarted={list.refetch} />}
      />
      <div className="border-t px-4 py-4 sm:px-6">
        <ListStates
          loading={list.loading}
          problem={list.problem}
          onRetry={list.refetch}
          count={list.data == null ? undefined : rows.length}
          empty={<Empty icon={<Scale />} title={t("payments.noReconciliation")} text={t("payments.noReconciliationText")} />}
        >
          <div className="flex flex-col gap-4">
            {rows.map((row) => (
              <Reconciliation key={row.id} row={row} />
            ))}
          </div>
          <More shown={rows.length} total={list.data?.reconciliations.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
        </ListStates>
      </div>
    </>
  );
}

function useWhile(on: boolean, run: () => void) {
  const look = useEffectEvent(run);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => {
      look();
    }, pace);
    return () => {
      clearInterval(timer);
    };
  }, [on]);
}

/** A button for each account that can be compared. */
function Starters({ onStarted }: { onStarted: () => void }) {
  const { t } = useTranslation();
  const accounts = useData(PaymentAccountsDocument, {});
  const [reconcile, busy] = useChange(ReconcilePaymentsDocument);
  return accounts.data?.paymentAccounts.map(({ id, name }) => (
    <Button
      key={id}
      busy={busy}
      onClick={() => {
        void reconcile({ input: { accountId: id } }).then(({ problem }) => {
          if (problem != null) toast(problem.text, "bad");
          onStarted();
        });
      }}
    >
      <Scale aria-hidden />
      {t("payments.reconcile", { account: name })}
    </Button>
  ));
}

function Reconciliation({ row }: { row: ReconciliationRowFragment }) {
  const { t } = useTranslation();
  const open = row.differences.filter(needsPerson).length;
  return (
    <Panel
      flush
      title={row.account.name}
      note={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <StateMark state={reconciliationStates[row.status]} />
          <Time at={row.createdAt} style="minute" />
          <span>{row.askedBy}</span>
        </span>
      }
      action={open > 0 && <Badge tone="warn">{t("payments.openDifferences", { count: open })}</Badge>}
    >
      {row.failure !== "" && (
        <div className="p-4">
          <Notice tone="bad">{row.failure}</Notice>
        </div>
      )}
      {row.status === "RUNNING" && <p className="px-4 py-3 text-sm text-ink-2">{t("payments.running")}</p>}
      {row.status === "DONE" && row.differences.length === 0 && <p className="px-4 py-3 text-sm text-ink-2">{t("payments.agrees", { count: row.lookedUp })}</p>}
      <ul className="divide-y">
        {row.differences.map((difference, index) => (
          // Differences have no identity: their order is theirs.
          <Difference key={index} difference={difference} />
        ))}
      </ul>
    </Panel>
  );
}

function Difference({ difference: { finding, resolved, reason, booked, provider, payment } }: { difference: ReconciliationRowFragment["differences"][number] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const figures = finding !== "NO_ANSWER" && finding !== "UNKNOWN_THERE";
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3 text-sm">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium">{t(`payments.finding.${finding}.title`)}</p>
        <p className="text-ink-2">{t(resolved ? "payments.resolved" : `payments.finding.${finding}.remedy`)}</p>
        {reason !== "" && <p className="text-ink-2">{reason}</p>}
        {payment != null && (
          <Link to="/t/$tenant/payments/$paymentId" params={{ tenant: tenant.slug, paymentId: payment.id }} className="text-accent hover:underline">
            {payment.driver.name} · <Time at={payment.createdAt} style="minute" />
          </Link>
        )}
      </div>
      {figures && (
        <dl className="tabular grid grid-cols-[auto_auto] gap-x-3 text-right">
          <dt className="text-ink-2">{t(finding === "AMOUNT_DIFFERS" ? "payments.asked" : "payments.inBooks")}</dt>
          <dd>{money(locale, booked)}</dd>
          <dt className="text-ink-2">{t("payments.atProvider")}</dt>
          <dd>{money(locale, provider)}</dd>
        </dl>
      )}
    </li>
  );
}
