import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import type { Problem } from "@/app/errors";
import { Field, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { AdjustWalletDocument, type WalletPartsFragment } from "@/gql/drivers/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { direction, typedAmount } from "./amount";
import { AmountField, faultAt, MoneyDialog } from "./money-dialog";

type Props = { wallet: WalletPartsFragment; name: string; onDone: () => void; onClose: () => void };

/** Gives to a wallet or takes from it. The key is one for the dialog, so that a press that is repeated moves money once. */
export default function AdjustDialog({ wallet, name, onDone, onClose }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [adjust, busy] = useChange(AdjustWalletDocument);
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const [key] = useState(() => crypto.randomUUID());
  const [problem, setProblem] = useState<Problem & { text: string }>();
  const { currency } = wallet;
  const way = direction(amount);
  const run = async () => {
    setProblem(undefined);
    const { problem: refused } = await adjust({ input: { walletId: wallet.id, amount: { amount: typedAmount(amount), currency }, reason: reason.trim(), idempotencyKey: key } });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    toast(t("drivers.adjusted"));
    onDone();
    onClose();
  };
  return (
    <MoneyDialog
      title={t("drivers.adjustTitle", { name })}
      text={t("drivers.adjustText")}
      action={t(way === "take" ? "drivers.take" : "drivers.give")}
      danger={way === "take"}
      busy={busy}
      ready={way != null && reason.trim() !== ""}
      problem={problem}
      fields={["amount", "reason"]}
      onRun={run}
      onClose={onClose}
    >
      <AmountField label={t("drivers.amountIn", { currency })} hint={t("drivers.signHint")} error={faultAt(problem, "amount")} value={amount} onChange={setAmount} decimal={false} />
      <Field label={t("drivers.reason")} hint={t("drivers.reasonHint")} error={faultAt(problem, "reason")}>
        {(ids) => (
          <TextArea
            {...ids}
            rows={2}
            maxLength={500}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        )}
      </Field>
      {way != null && (
        <Notice tone={way === "take" ? "warn" : "info"}>
          {t(way === "take" ? "drivers.takes" : "drivers.gives", { amount: money(locale, { amount: typedAmount(amount).replace("-", ""), currency }), name })}
        </Notice>
      )}
    </MoneyDialog>
  );
}
