import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { StartMyTopUpDocument, type PaymentProvider } from "@/gql/drive/graphql";

type Props = { currency: string; onStarted: () => void; leave?: (url: string) => void };

/** Takes an amount, and goes to the provider's page to pay it. */
export function TopUp({ currency, onStarted, leave = (url) => { location.assign(url); } }: Props) {
  const { t } = useTranslation();
  const [start, busy] = useChange(StartMyTopUpDocument);
  const [amount, setAmount] = useState("");
  const [provider, setProvider] = useState<PaymentProvider>();
  const [wrong, setWrong] = useState<string>();
  const [said, setSaid] = useState<{ tone: "bad" | "info"; text: string }>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSaid(undefined);
    const typed = amount.trim().replace(",", ".");
    if (!/^\d{1,12}(\.\d{1,3})?$/.test(typed)) {
      setWrong(t("drive.topUp.invalid"));
      return;
    }
    setWrong(undefined);
    const { data, problem } = await start({ input: { amount: { amount: typed, currency }, provider: provider ?? null } });
    if (problem != null) {
      if (problem.field === "provider") setProvider((old) => old ?? "STRIPE");
      if (problem.field?.startsWith("amount") === true) setWrong(problem.text);
      else if (problem.field !== "provider" || provider != null) setSaid({ tone: "bad", text: problem.text });
      return;
    }
    const { checkoutURL, message } = data.startMyTopUp;
    if (checkoutURL != null) leave(checkoutURL);
    else setSaid({ tone: "info", text: message ?? "" });
    onStarted();
  };

  return (
    <Panel title={t("drive.topUp.title")}>
      <form noValidate className="flex flex-col gap-3" onSubmit={(event) => void submit(event)}>
        {said != null && <Notice tone={said.tone}>{said.text}</Notice>}
        <Field label={t("drive.topUp.amount", { currency })} error={wrong}>
          {(ids) => (
            <Input
              {...ids}
              value={amount}
              onChange={(event) => {
                setAmount(event.target.value);
              }}
              inputMode="decimal"
              autoComplete="off"
              enterKeyHint="go"
            />
          )}
        </Field>
        {provider != null && (
          <Field label={t("drive.topUp.provider")}>
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
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t("drive.topUp.pay")}
        </Button>
      </form>
    </Panel>
  );
}
