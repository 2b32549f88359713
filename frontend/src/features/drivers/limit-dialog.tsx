import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import type { Problem } from "@/app/errors";
import { toast } from "@/components/toast";
import { UpdateWalletDocument, type WalletPartsFragment } from "@/gql/drivers/graphql";
import { typedAmount } from "./amount";
import { AmountField, faultAt, MoneyDialog } from "./money-dialog";

/** How far a wallet may go below nothing. */
export default function LimitDialog({ wallet, onClose }: { wallet: WalletPartsFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const [update, busy] = useChange(UpdateWalletDocument);
  const [amount, setAmount] = useState(wallet.creditLimit.amount);
  const [problem, setProblem] = useState<Problem & { text: string }>();
  const { currency } = wallet;
  const run = async () => {
    setProblem(undefined);
    const { problem: refused } = await update({ input: { id: wallet.id, creditLimit: { amount: typedAmount(amount), currency } } });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    toast(t("common.saved"));
    onClose();
  };
  return (
    <MoneyDialog
      title={t("drivers.creditLimit")}
      text={t("drivers.limitText")}
      action={t("common.save")}
      busy={busy}
      ready={amount.trim() !== ""}
      problem={problem}
      fields={["creditLimit"]}
      onRun={run}
      onClose={onClose}
    >
      <AmountField label={t("drivers.amountIn", { currency })} error={faultAt(problem, "creditLimit")} value={amount} onChange={setAmount} />
    </MoneyDialog>
  );
}
