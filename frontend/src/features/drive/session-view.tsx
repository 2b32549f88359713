import type { ParseKeys } from "i18next";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Time } from "@/components/time";
import type { MySessionQuery } from "@/gql/drive/graphql";
import { energy } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { isNegative, money, type Money } from "@/lib/money";
import { SessionNumbers } from "./session-card";

type Session = NonNullable<MySessionQuery["my"]["session"]>;
type Bill = NonNullable<Session["bill"]>;

const billings: Record<string, ParseKeys> = {
  PAID: "drive.session.billing.PAID",
  RECEIVABLE: "drive.session.billing.RECEIVABLE",
  BILLING_FAILED: "drive.session.billing.BILLING_FAILED",
  NEEDS_REVIEW: "drive.session.billing.NEEDS_REVIEW",
  WRITTEN_OFF: "drive.session.billing.WRITTEN_OFF",
};

type Props = { session: Session; stopping: boolean; refusal: string | undefined; onStop: () => void };

/** A session as it goes on, and once it has ended what it cost and why. */
export function SessionView({ session, stopping, refusal, onStop }: Props) {
  const { t } = useTranslation();
  const billing = session.billing == null ? undefined : billings[session.billing];
  return (
    <>
      <header>
        <h1 className="text-xl font-semibold tracking-tight break-words">{session.place || t("drive.session.title")}</h1>
        <p className="text-sm text-ink-2">
          {[session.identity === session.place ? "" : session.identity, session.city].filter(Boolean).map((text) => `${text} · `)}
          <Time at={session.startedAt} style="minute" />
        </p>
      </header>
      <Panel>
        <SessionNumbers session={session} />
      </Panel>
      {refusal != null && <Notice tone="bad">{refusal}</Notice>}
      {session.running ? (
        <Button variant="danger" size="lg" className="h-12" busy={stopping} onClick={onStop}>
          {stopping ? t("drive.session.stopping") : t("drive.session.stop")}
        </Button>
      ) : (
        <Notice tone={session.billing === "BILLING_FAILED" ? "warn" : "info"}>
          {t("drive.session.ended")} {billing != null && t(billing)}
        </Notice>
      )}
      {session.bill != null && session.bill.lines.length > 0 && <BillView bill={session.bill} />}
      {session.corrections.length > 0 && <GivenBack session={session} />}
      {session.receipts.map((receipt) => (
        <p key={receipt.id} className="text-sm text-ink-2">
          {t("drive.session.receipt", { number: receipt.number })}
        </p>
      ))}
    </>
  );
}

/** What was given back after the bill was made, or taken in addition: how much, when, and why. */
function GivenBack({ session: { corrections, givenBack } }: { session: Session }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Panel title={t("drive.session.corrections")}>
      <ul className="flex flex-col gap-2">
        {corrections.map(({ id, at, reason, givenBack: amount }) => (
          <li key={id} className="flex items-baseline gap-3">
            <span className="min-w-0 flex-1">
              {t(isNegative(amount) ? "drive.session.taken" : "drive.session.given")}
              <span className="block text-sm break-words text-ink-2">
                <Time at={at} style="minute" /> {reason}
              </span>
            </span>
            <span className="tabular">{money(locale, unsigned(amount))}</span>
          </li>
        ))}
        {givenBack != null && corrections.length > 1 && (
          <li className="flex items-baseline gap-3 border-t pt-2 font-semibold">
            <span className="flex-1">{t(isNegative(givenBack) ? "drive.session.taken" : "drive.session.given")}</span>
            <span className="tabular">{money(locale, unsigned(givenBack))}</span>
          </li>
        )}
      </ul>
    </Panel>
  );
}

/** An amount whose direction is said in words. */
const unsigned = ({ amount, currency }: Money): Money => ({ amount: amount.replace(/^-/, ""), currency });

/** What a session costs, line by line. */
function BillView({ bill }: { bill: Bill }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const quantity = ({ unit, quantity: much }: Bill["lines"][number]) => {
    if (unit === "Wh") return energy(locale, much);
    return unit === "s" ? `${String(Math.round(much / 60))} min` : undefined;
  };
  return (
    <Panel title={t("drive.session.bill")}>
      <ul className="flex flex-col gap-2">
        {bill.lines.map((line, index) => (
          <li key={index} className="flex items-baseline gap-3">
            <span className="min-w-0 flex-1">
              {line.kind === "CHARGE" && line.dimension != null ? t(`drive.session.dimension.${line.dimension}`) : t(`drive.session.line.${line.kind}`)}
              <span className="block text-sm text-ink-2">{[quantity(line), line.restriction].filter(Boolean).join(", ")}</span>
            </span>
            <span className="tabular">{money(locale, line.total)}</span>
          </li>
        ))}
        <li className="flex items-baseline gap-3 border-t pt-2 font-semibold">
          <span className="flex-1">{t("drive.session.total")}</span>
          <span className="tabular">{money(locale, bill.total)}</span>
        </li>
      </ul>
    </Panel>
  );
}
