import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { RefundPaymentDocument, type PaymentDetailFragment } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { money, type Money } from "@/lib/money";

type Props = { payment: PaymentDetailFragment; left: Money; onClose: () => void };

/** Gives a part of a payment back. The key is one for the dialog, so that a press that is repeated gives back once. */
export default function RefundDialog({ payment, left, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [refund, busy] = useChange(RefundPaymentDocument);
  const [amount, setAmount] = useState(left.amount);
  const [reason, setReason] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const at = (field: string) => (problem?.field?.split(".")[0] === field ? problem.text : undefined);
  const run = async () => {
    setProblem(undefined);
    const { data, problem: refused } = await refund({
      input: { paymentId: payment.id, amount: { amount: amount.trim(), currency: left.currency }, reason: reason.trim(), idempotencyKey: key },
    });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    const { message, refund: made } = data.refundPayment;
    if (made.status === "FAILED") {
      setKey(crypto.randomUUID());
      setProblem({ text: message ?? made.failure, field: undefined });
      return;
    }
    toast(message ?? t("payments.refundedNow"));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("payments.refundTitle", { name: payment.driver.name })}
      description={t("payments.refundText")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="refund" variant="danger" busy={busy} disabled={amount.trim() === "" || reason.trim() === ""}>
            {t("payments.refund")}
          </Button>
        </>
      }
    >
      <form
        id="refund"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label={t("payments.amountIn", { currency: left.currency })} hint={t("payments.atMost", { amount: money(locale, left) })} error={at("amount")}>
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
        <Field label={t("payments.reason")} hint={t("payments.reasonHint")} error={at("reason")}>
          {(ids) => (
            <Input
              {...ids}
              maxLength={500}
              value={reason}
              onChange={(event) => {
                setReason(event.target.value);
              }}
            />
          )}
        </Field>
        {problem != null && at("amount") == null && at("reason") == null && <Notice tone="bad">{problem.text}</Notice>}
      </form>
    </Dialog>
  );
}
