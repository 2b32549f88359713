import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Field, Input } from "@/components/field";
import { toast } from "@/components/toast";
import { ApproveChargeDocument, DecideCorrectionDocument, RefundChargeDocument, RetryBillingDocument, WriteOffChargeDocument, type ChargeDetailFragment, type CorrectionRowFragment } from "@/gql/billing/graphql";
import { reading } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { isNegative, money } from "@/lib/money";
import type { ChargeAction } from "./actions";
import { DecisionDialog } from "./decision-dialog";
import { RebillDialog } from "./rebill-dialog";
import { signed } from "./difference-table";

type Props = { charge: ChargeDetailFragment; onClose: () => void };

/** The dialog of an action on a charge. */
export default function ActionDialog({ action, charge, onDone, onClose }: Props & { action: ChargeAction; onDone: () => void }) {
  switch (action) {
    case "retry":
      return <Retry charge={charge} onClose={onClose} />;
    case "approve":
      return <Approve charge={charge} onClose={onClose} />;
    case "refund":
      return <Refund charge={charge} onClose={onClose} />;
    case "rebill":
      return <RebillDialog charge={charge} onDone={onDone} onClose={onClose} />;
    case "writeOff":
      return <WriteOff charge={charge} onClose={onClose} />;
  }
}

function Retry({ charge, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [retry] = useChange(RetryBillingDocument);
  const [done, setDone] = useState(t("charges.retried"));
  return (
    <DecisionDialog
      title={t("charges.retry")}
      text={t("charges.retryText", { amount: money(locale, charge.due) })}
      action={t("charges.retry")}
      done={done}
      onClose={onClose}
      onRun={async () => {
        const { data, problem } = await retry({ input: { chargeId: charge.id } });
        if (data != null && data.retryBilling.charge.status !== "PAID") {
          setDone("");
          toast(t("charges.stillOpen"), "info");
        }
        return { problem };
      }}
    />
  );
}

function WriteOff({ charge, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [writeOff] = useChange(WriteOffChargeDocument);
  return (
    <DecisionDialog
      danger
      reason="needed"
      title={t("charges.writeOff")}
      text={t("charges.writeOffText", { amount: money(locale, charge.due) })}
      action={t("charges.writeOff")}
      done={t("charges.writtenOff")}
      onClose={onClose}
      onRun={async (reason) => ({ problem: (await writeOff({ input: { chargeId: charge.id, reason } })).problem })}
    />
  );
}

function Approve({ charge, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [approve] = useChange(ApproveChargeDocument);
  const [energy, setEnergy] = useState("");
  const watts = wattHours(energy);
  return (
    <DecisionDialog
      reason="needed"
      title={t("charges.approve")}
      text={t("charges.approveText")}
      action={t("charges.approve")}
      ready={energy.trim() === "" || watts != null}
      done={t("charges.approved")}
      onClose={onClose}
      onRun={async (reason) => ({ problem: (await approve({ input: { chargeId: charge.id, reason, ...(watts == null ? {} : { energyWh: watts }) } })).problem })}
    >
      {(fault) => (
        <Field label={t("charges.approveEnergy")} optional={t("common.optional")} hint={`${t("charges.approveHint")} (${reading(locale, charge.bill.energyWh) ?? ""})`} error={fault("energyWh")}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              value={energy}
              onChange={(event) => {
                setEnergy(event.target.value);
              }}
            />
          )}
        </Field>
      )}
    </DecisionDialog>
  );
}

/** Kilowatt-hours as watt-hours, digit by digit; undefined where it is no such number. */
function wattHours(text: string): string | undefined {
  const typed = text.trim();
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(typed)) return undefined;
  const [whole = "", decimals = ""] = typed.split(".");
  const moved = `${whole}${decimals.padEnd(3, "0").slice(0, 3)}`.replace(/^0+(?=\d)/, "");
  return decimals.length > 3 ? `${moved}.${decimals.slice(3)}` : moved;
}

function Refund({ charge, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [refund] = useChange(RefundChargeDocument);
  const [amount, setAmount] = useState(charge.due.amount);
  // One for the dialog: sent twice, after an answer that was lost, it is one refund.
  const [key] = useState(() => crypto.randomUUID());
  const good = /^\d+(\.\d+)?$/.test(amount.trim());
  return (
    <DecisionDialog
      reason="needed"
      title={t("charges.refund")}
      text={t(charge.wallet == null ? "charges.refundOwed" : "charges.refundText")}
      action={t("charges.refund")}
      ready={good}
      done={t("charges.refunded")}
      onClose={onClose}
      onRun={async (reason) => ({ problem: (await refund({ input: { chargeId: charge.id, amount: { amount: amount.trim(), currency: charge.currency }, reason, idempotencyKey: key } })).problem })}
    >
      {(fault) => (
        <Field label={t("charges.refundAmount", { currency: charge.currency })} hint={t("charges.refundHint", { amount: money(locale, charge.due) })} error={good ? fault("amount") : t("charges.amountFault")}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              value={amount}
              onChange={(event) => {
                setAmount(event.target.value);
              }}
            />
          )}
        </Field>
      )}
    </DecisionDialog>
  );
}

/** Applies a correction that waits, or dismisses it. */
export function Decide({ correction, apply, onClose }: { correction: CorrectionRowFragment; apply: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [decide] = useChange(DecideCorrectionDocument);
  const amount = signed(locale, correction.total);
  const bare = money(locale, { ...correction.total, amount: correction.total.amount.replace("-", "") });
  return (
    <DecisionDialog
      reason="optional"
      danger={!apply}
      title={t(apply ? "charges.applyTitle" : "charges.dismissTitle", { amount })}
      text={apply ? t(isNegative(correction.total) ? "charges.applyLess" : "charges.applyMore", { amount: bare }) : t("charges.dismissText")}
      action={t(apply ? "charges.apply" : "charges.dismiss")}
      done={t("charges.decided")}
      onClose={onClose}
      onRun={async (reason) => ({ problem: (await decide({ input: { correctionId: correction.id, apply, ...(reason === "" ? {} : { reason }) } })).problem })}
    />
  );
}
