import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import type { Problem } from "@/app/errors";
import { Field, Select } from "@/components/field";
import { toast } from "@/components/toast";
import { StartTopUpDocument, type PaymentProvider, type WalletPartsFragment } from "@/gql/drivers/graphql";
import { direction, typedAmount } from "./amount";
import LinkDialog from "./link-dialog";
import { AmountField, faultAt, MoneyDialog } from "./money-dialog";

/** Opens a provider's page on which somebody pays into the wallet. */
export default function TopUpDialog({ wallet, name, onClose }: { wallet: WalletPartsFragment; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [start, busy] = useChange(StartTopUpDocument);
  const [amount, setAmount] = useState("");
  // Asked for only where the server has to be told: with one account there is nothing to choose.
  const [provider, setProvider] = useState<PaymentProvider>();
  const [problem, setProblem] = useState<Problem & { text: string }>();
  const [url, setUrl] = useState<string>();
  const { currency } = wallet;
  const run = async () => {
    setProblem(undefined);
    const { data, problem: refused } = await start({ input: { walletId: wallet.id, amount: typedAmount(amount), currency, ...(provider == null ? {} : { provider }) } });
    if (refused != null) {
      if (faultAt(refused, "provider") != null) setProvider((old) => old ?? "STRIPE");
      setProblem(refused);
      return;
    }
    const { checkoutURL, message } = data.startTopUp;
    if (checkoutURL != null) {
      setUrl(checkoutURL);
      return;
    }
    toast(message ?? t("drivers.noPage"), "info");
    onClose();
  };
  if (url != null) return <LinkDialog title={t("drivers.topUpTitle", { name })} text={t("drivers.topUpLink")} url={url} onClose={onClose} />;
  return (
    <MoneyDialog
      title={t("drivers.topUpTitle", { name })}
      text={t("drivers.topUpText")}
      action={t("drivers.makePage")}
      busy={busy}
      ready={direction(amount) === "give"}
      problem={problem}
      fields={["amount", "currency", "provider"]}
      onRun={run}
      onClose={onClose}
    >
      <AmountField label={t("drivers.amountIn", { currency })} error={faultAt(problem, "amount") ?? faultAt(problem, "currency")} value={amount} onChange={setAmount} />
      {provider != null && (
        <Field label={t("drivers.provider")} error={faultAt(problem, "provider")}>
          {(ids) => (
            <Select
              {...ids}
              value={provider}
              onChange={(event) => {
                setProvider(event.target.value as PaymentProvider);
              }}
            >
              <option value="STRIPE">Stripe</option>
              <option value="RAZORPAY">Razorpay</option>
            </Select>
          )}
        </Field>
      )}
    </MoneyDialog>
  );
}
