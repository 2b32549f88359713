import { Link, useParams } from "@tanstack/react-router";
import { Check, RotateCcw, Scale, Trash2, Undo2 } from "lucide-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { DriverLink } from "@/components/driver-link";
import { Notice } from "@/components/notice";
import { Facts, PageHead, Panel } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Empty, Failure, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { ChargeDocument, type ChargeDetailFragment } from "@/gql/billing/graphql";
import { reading, span } from "@/lib/format";
import { definitionOf } from "@/features/tariffs/definition";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { chargeStates } from "@/status/billing";
import { StateMark } from "@/status/mark";
import { refusal, type ChargeAction } from "./actions";
import { BillTable } from "./bill-table";
import { Corrections } from "./corrections";
import { Receipts } from "./receipts";

const ActionDialog = lazy(() => import("./action-dialogs"));

export default function ChargePage() {
  const { t } = useTranslation();
  const { chargeId } = useParams({ from: "/t/$tenant/charges/$chargeId" });
  const may = useMay();
  const loaded = useData(ChargeDocument, { id: chargeId }, !may("charge:read"));
  const charge = loaded.data?.charge;
  if (!may("charge:read")) return <NoPermission />;
  if (charge != null) return <ChargeView charge={charge} onChanged={loaded.refetch} />;
  if (loaded.problem != null && loaded.problem.code !== "NOT_FOUND") return <Failure message={problemText(t, loaded.problem)} onRetry={loaded.refetch} />;
  return loaded.loading ? <SkeletonRows /> : <Empty title={t("states.notFound.title")} text={t("charges.gone")} />;
}

const actions: { key: ChargeAction; icon: ReactNode; danger?: boolean }[] = [
  { key: "approve", icon: <Check aria-hidden /> },
  { key: "retry", icon: <RotateCcw aria-hidden /> },
  { key: "refund", icon: <Undo2 aria-hidden /> },
  { key: "rebill", icon: <Scale aria-hidden /> },
  { key: "writeOff", icon: <Trash2 aria-hidden />, danger: true },
];

function ChargeView({ charge, onChanged }: { charge: ChargeDetailFragment; onChanged: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const may = useMay();
  const [open, setOpen] = useState<ChargeAction>();
  const zone = charge.session.location?.timezone;
  const applied = (charge.corrections ?? []).filter(({ status }) => status === "APPLIED");
  // Refunds and write-offs are no part of a bill: they stand beside it.
  const givenBack = applied.filter(({ difference }) => difference == null);
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/charges" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("nav.charges")}
          </Link>
        }
        title={t("charges.title", { station: charge.session.station.name })}
        mark={<StateMark pill state={chargeStates[charge.status]} />}
        sub={t(chargeStates[charge.status].sentence)}
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          {charge.failure !== "" && charge.status !== "PAID" && <Notice tone="warn">{charge.failure}</Notice>}
          {charge.bill.review.length > 0 && (
            <Panel title={t("charges.reviewTitle")}>
              <ul className="flex flex-col gap-2 text-sm">
                {charge.bill.review.map(({ code, message }) => (
                  <li key={`${code} ${message}`}>
                    <span className="font-medium">{t(`charges.review.${code as "METER_RESET"}`, { defaultValue: code })}</span>
                    <span className="block text-ink-2">{message}</span>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel flush title={t("charges.why")} note={applied.some(({ difference }) => difference != null) ? t("charges.withCorrections") : undefined}>
            <BillTable bill={charge.bill} label={t("charges.why")} zone={zone} elements={definitionOf(charge.tariffVersion.definition).elements} />
            {givenBack.length > 0 && (
              <dl className="flex flex-col gap-1.5 border-t px-4 py-2 text-sm">
                {givenBack.map(({ id, kind, reason, total }) => (
                  <div key={id} className="flex gap-4 text-ink-2">
                    <dt className="min-w-0 flex-1">{[t(`charges.kind.${kind}`), reason].filter(Boolean).join(": ")}</dt>
                    <dd className="tabular">{money(locale, total)}</dd>
                  </div>
                ))}
                <div className="flex gap-4 font-semibold">
                  <dt className="min-w-0 flex-1">{t("charges.due")}</dt>
                  <dd className="tabular">{money(locale, charge.due)}</dd>
                </div>
              </dl>
            )}
          </Panel>
          <Panel flush title={t("charges.corrections")}>
            <Corrections charge={charge} writable={may("charge:write")} />
          </Panel>
          <Panel flush title={t("charges.receipts")}>
            <Receipts receipts={charge.receipts ?? []} />
          </Panel>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title={t("charges.actions")}>
            <ul className="flex flex-col gap-3">
              {actions.map(({ key, icon, danger = false }) => {
                const reason = refusal(key, charge, may("charge:write"));
                return (
                  <li key={key} className="flex flex-col gap-1">
                    <Button
                      className="justify-start!"
                      variant={danger ? "secondary" : key === "approve" && reason == null ? "primary" : "secondary"}
                      disabled={reason != null}
                      aria-describedby={reason == null ? undefined : `not-${key}`}
                      onClick={() => {
                        setOpen(key);
                      }}
                    >
                      {icon}
                      {t(`charges.${key}`)}
                    </Button>
                    {reason != null && (
                      <p id={`not-${key}`} className="text-xs text-ink-2">
                        {t(reason)}
                      </p>
                    )}
                  </li>
                );
              })}
            </ul>
          </Panel>
          <Panel title={t("charges.facts")}>
            <ChargeFacts charge={charge} zone={zone} />
          </Panel>
        </div>
      </div>
      {open != null && (
        <Suspense>
          <ActionDialog
            action={open}
            charge={charge}
            onDone={onChanged}
            onClose={() => {
              setOpen(undefined);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function ChargeFacts({ charge: { session, ...given }, zone: at }: { charge: ChargeDetailFragment; zone: string | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  return (
    <Facts
      columns={1}
      facts={[
        { label: t("charges.due"), value: <span className="tabular text-lg font-semibold">{money(locale, given.due)}</span> },
        ...(given.due.amount === given.total.amount ? [] : [{ label: t("charges.billed"), value: <span className="tabular">{money(locale, given.total)}</span> }]),
        {
          label: t("charges.session"),
          value: (
            <Link to="/t/$tenant/sessions/$sessionId" params={{ tenant: tenant.slug, sessionId: session.id }} className="font-medium text-accent hover:underline">
              <Time at={session.startedAt} style="minute" zone={at} />
            </Link>
          ),
        },
        { label: t("charges.energy"), value: reading(locale, given.bill.energyWh) },
        { label: t("charges.chargingTime"), value: span(locale, given.bill.chargingS) },
        { label: t("charges.idleTime"), value: given.bill.idleS > 0 ? span(locale, given.bill.idleS) : undefined },
        { label: t("charges.driver"), value: given.driver == null ? t("charges.nobody") : <DriverLink driver={given.driver} /> },
        {
          label: t("charges.tariff"),
          value: (
            <Link to="/t/$tenant/tariffs/$tariffId" params={{ tenant: tenant.slug, tariffId: given.tariff.id }} className="font-medium text-accent hover:underline">
              {given.tariff.name}, {t("tariffs.versionNo", { no: given.tariffVersion.number })}
            </Link>
          ),
        },
        { label: t("stations.network"), value: given.network.name },
        { label: t("charges.when"), value: <Time at={given.createdAt} style="minute" zone={at} /> },
        { label: t("charges.paidAt"), value: given.paidAt && <Time at={given.paidAt} style="minute" zone={at} /> },
        ...(given.failedAt == null
          ? []
          : [
              { label: t("charges.failedAt"), value: <Time at={given.failedAt} style="minute" zone={at} /> },
              { label: t("charges.attempts"), value: <span className="tabular">{given.attempts}</span> },
              { label: t("charges.next"), value: given.nextAttemptAt && <Time at={given.nextAttemptAt} style="minute" zone={at} /> },
            ]),
      ]}
    />
  );
}
