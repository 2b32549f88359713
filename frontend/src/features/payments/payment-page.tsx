import { Link, useParams } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { CopyField } from "@/components/copy";
import { DriverLink } from "@/components/driver-link";
import { Notice } from "@/components/notice";
import { Facts, PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { PaymentDocument, type PaymentDetailFragment } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { isZero, money } from "@/lib/money";
import { StateMark } from "@/status/mark";
import { Bookings } from "./bookings";
import { left } from "./left";
import { disputeStates, paymentState, refundStates } from "./states";

const RefundDialog = lazy(() => import("./refund-dialog"));

export default function PaymentPage() {
  const { t } = useTranslation();
  const { paymentId } = useParams({ from: "/t/$tenant/payments/$paymentId" });
  const may = useMay();
  const loaded = useData(PaymentDocument, { id: paymentId }, !may("payment:read"));
  const payment = loaded.data?.payment;
  if (!may("payment:read")) return <NoPermission />;
  if (payment != null) return <PaymentView payment={payment} />;
  if (loaded.problem != null && loaded.problem.code !== "NOT_FOUND") return <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />;
  return loaded.loading ? <SkeletonRows /> : <Empty title={t("states.notFound.title")} text={t("payments.gone")} />;
}

/** One payment: how it stands, what was given back, and what is in the books. */
function PaymentView({ payment }: { payment: PaymentDetailFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const may = useMay();
  const [refunding, setRefunding] = useState(false);
  const state = paymentState(payment);
  const came = isZero(payment.captured) ? payment.amount : payment.captured;
  const refundable = left(payment);
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/payments" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("nav.payments")}
          </Link>
        }
        title={money(locale, came)}
        mark={<StateMark pill state={state} />}
        sub={
          <>
            <DriverLink driver={payment.driver} /> · {t(`payments.for.${payment.purpose}`)} · {t(`payments.of.${payment.provider}`)}
          </>
        }
        actions={
          may("payment:write") &&
          !isZero(payment.captured) && (
            <Button
              disabled={refundable == null}
              data-tip={refundable == null ? t("payments.nothingLeft") : undefined}
              onClick={() => {
                setRefunding(true);
              }}
            >
              <Undo2 aria-hidden />
              {t("payments.refund")}
            </Button>
          )
        }
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Remarks payment={payment} />
          <Panel title={t("payments.facts")}>
            <p className="mb-4 text-sm">{t(state.sentence)}</p>
            <Facts
              facts={[
                { label: t("payments.asked"), value: <span className="tabular">{money(locale, payment.amount)}</span> },
                { label: t("payments.captured"), value: <span className="tabular">{isZero(payment.captured) ? undefined : money(locale, payment.captured)}</span> },
                { label: t("payments.credited"), value: <span className="tabular">{isZero(payment.credited) ? undefined : money(locale, payment.credited)}</span> },
                { label: t("payments.returned"), value: <span className="tabular">{isZero(payment.returned) ? undefined : money(locale, payment.returned)}</span> },
                { label: t("payments.fee"), value: payment.fee == null ? undefined : <span className="tabular">{money(locale, payment.fee)}</span> },
                { label: t("payments.account"), value: payment.account.name },
                { label: t("payments.at"), value: <Time at={payment.createdAt} style="minute" /> },
                { label: t("payments.settledAt"), value: payment.settledAt == null ? undefined : <Time at={payment.settledAt} style="minute" /> },
                { label: t("payments.askedBy"), value: payment.askedBy },
                { label: t("payments.lookedUpAt"), value: payment.lookedUpAt == null ? undefined : <Time at={payment.lookedUpAt} style="minute" /> },
                { label: t("payments.ref"), value: payment.ref === "" ? undefined : <span className="code break-all">{payment.ref}</span> },
                { label: t("payments.chargeRef"), value: payment.chargeRef === "" ? undefined : <span className="code break-all">{payment.chargeRef}</span> },
              ]}
            />
          </Panel>
          {payment.checkoutURL != null && (
            <Panel title={t("payments.page")}>
              <CopyField label={t("payments.pageLink")} value={payment.checkoutURL} hint={t("payments.pageHint")} />
            </Panel>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Panel flush title={t("payments.books")} note={t("payments.booksNote")}>
            <Bookings bookings={payment.bookings} />
          </Panel>
          {(payment.refunds?.length ?? 0) > 0 && <Refunds payment={payment} />}
          {payment.disputes.length > 0 && <Disputes payment={payment} />}
        </div>
      </div>
      {refunding && refundable != null && (
        <Suspense>
          <RefundDialog
            payment={payment}
            left={refundable}
            onClose={() => {
              setRefunding(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function Remarks({ payment }: { payment: PaymentDetailFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <>
      {payment.flags?.includes("AMOUNT_DIFFERS") === true && (
        <Notice tone="warn">{t("payments.amountDiffers", { asked: money(locale, payment.amount), came: money(locale, payment.captured) })}</Notice>
      )}
      {payment.flags?.includes("CURRENCY_DIFFERS") === true && (
        <Notice tone="warn">{t("payments.currencyDiffers", { came: payment.captured.currency, wallet: payment.wallet.currency })}</Notice>
      )}
      {payment.failure !== "" && <Notice tone={payment.settledAt == null ? "warn" : "bad"}>{payment.failure}</Notice>}
      {!payment.live && <Notice>{t("payments.testNote")}</Notice>}
    </>
  );
}

function Refunds({ payment }: { payment: PaymentDetailFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Panel flush title={t("payments.refunds")}>
      <ul className="divide-y">
        {payment.refunds?.map((refund) => (
          <li key={refund.id} className="flex flex-wrap items-start gap-x-3 gap-y-1 px-4 py-3 text-sm">
            <StateMark state={refundStates[refund.status]} />
            <div className="min-w-0 flex-1 basis-40">
              <p>{refund.reason}</p>
              {refund.failure !== "" && <p className="text-bad">{refund.failure}</p>}
              <p className="text-xs text-ink-2">
                {refund.askedBy} · <Time at={refund.createdAt} style="minute" />
              </p>
            </div>
            <span className="tabular font-medium">{money(locale, refund.amount)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Disputes({ payment }: { payment: PaymentDetailFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Panel flush title={t("payments.disputes")}>
      <ul className="divide-y">
        {payment.disputes.map((dispute) => (
          <li key={dispute.ref} className="flex flex-wrap items-start gap-x-3 gap-y-1 px-4 py-3 text-sm">
            <StateMark state={disputeStates[dispute.outcome]} />
            <div className="min-w-0 flex-1 basis-40">
              <p>{t(disputeStates[dispute.outcome].sentence)}</p>
              <p className="text-xs text-ink-2">
                {dispute.reason} · <span className="code">{dispute.ref}</span> · <Time at={dispute.createdAt} style="minute" />
              </p>
              {!isZero(dispute.fee) && <p className="text-xs text-ink-2">{t("payments.disputeFee", { fee: money(locale, dispute.fee) })}</p>}
            </div>
            <span className="tabular font-medium">{money(locale, dispute.amount)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
