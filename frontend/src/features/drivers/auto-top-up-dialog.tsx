import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import type { Problem } from "@/app/errors";
import { Button } from "@/components/button";
import { Field, Select } from "@/components/field";
import { toast } from "@/components/toast";
import { UpdateWalletAutoTopUpDocument, type UpdateWalletAutoTopUpInput, type WalletPartsFragment, type WayToPayFragment } from "@/gql/drivers/graphql";
import { direction, typedAmount } from "./amount";
import { AmountField, faultAt, MoneyDialog } from "./money-dialog";

type Props = { wallet: WalletPartsFragment; methods: readonly WayToPayFragment[]; chosen: string | undefined; onSaved: () => void; onClose: () => void };

/** Below what a wallet is topped up by itself, with how much, and from what. */
export default function AutoTopUpDialog({ wallet, methods, chosen, onSaved, onClose }: Props) {
  const { t } = useTranslation();
  const [update, busy] = useChange(UpdateWalletAutoTopUpDocument);
  const [below, setBelow] = useState(wallet.autoTopUp?.below.amount ?? "");
  const [amount, setAmount] = useState(wallet.autoTopUp?.amount.amount ?? "");
  const [method, setMethod] = useState(methods.find(({ id }) => id === chosen)?.id ?? methods[0]?.id ?? "");
  const [problem, setProblem] = useState<Problem & { text: string }>();
  const { currency } = wallet;
  const send = async (input: UpdateWalletAutoTopUpInput) => {
    setProblem(undefined);
    const { problem: refused } = await update({ input });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    toast(t("common.saved"));
    onSaved();
    onClose();
  };
  return (
    <MoneyDialog
      title={t("drivers.auto")}
      text={t("drivers.autoText")}
      action={t("common.save")}
      busy={busy}
      ready={direction(amount) === "give" && below.trim() !== "" && method !== ""}
      problem={problem}
      fields={["below", "amount", "paymentMethodId"]}
      more={
        wallet.autoTopUp != null && (
          <Button className="mr-auto" disabled={busy} onClick={() => void send({ walletId: wallet.id, off: true })}>
            {t("drivers.autoEnd")}
          </Button>
        )
      }
      onRun={() => send({ walletId: wallet.id, below: { amount: typedAmount(below), currency }, amount: { amount: typedAmount(amount), currency }, paymentMethodId: method })}
      onClose={onClose}
    >
      <AmountField label={t("drivers.autoBelow", { currency })} error={faultAt(problem, "below")} value={below} onChange={setBelow} />
      <AmountField label={t("drivers.autoAmount", { currency })} error={faultAt(problem, "amount")} value={amount} onChange={setAmount} />
      <Field label={t("drivers.autoMethod")} error={faultAt(problem, "paymentMethodId")}>
        {(ids) => (
          <Select
            {...ids}
            value={method}
            onChange={(event) => {
              setMethod(event.target.value);
            }}
          >
            {methods.map(({ id, label }) => (
              <option key={id} value={id}>
                {label || t("drivers.unnamedMethod")}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </MoneyDialog>
  );
}
