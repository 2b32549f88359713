import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { CopyField } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Checkbox, Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { CreatePaymentAccountDocument, UpdatePaymentAccountDocument, type PaymentAccountRowFragment, type PaymentProvider } from "@/gql/graphql";

type Props = { account?: PaymentAccountRowFragment; writable: boolean; onSaved: () => void; onClose: () => void };

const providers: readonly PaymentProvider[] = ["STRIPE", "RAZORPAY"];

/** An account with a payment provider. Its secrets go in and never come out. */
export default function AccountDialog({ account: given, writable, onSaved, onClose }: Props) {
  const { t } = useTranslation();
  const { viewer } = useHere();
  const [create, creating] = useChange(CreatePaymentAccountDocument);
  const [update, updating] = useChange(UpdatePaymentAccountDocument);
  const [account, setAccount] = useState(given);
  const [provider, setProvider] = useState<PaymentProvider>(given?.provider ?? "STRIPE");
  const [name, setName] = useState(given?.name ?? "");
  const [live, setLive] = useState(given?.live ?? false);
  const [enabled, setEnabled] = useState(given?.enabled ?? true);
  const [network, setNetwork] = useState("");
  const [secrets, setSecrets] = useState({ key: "", secret: "", webhookSecret: "" });
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const at = (field: string) => (problem?.field?.split(".").at(-1) === field ? problem.text : undefined);
  const known = ["name", "key", "secret", "webhookSecret", "provider", "networkId"].some((field) => at(field) != null);
  const filled = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value.trim() !== ""));

  const save = async () => {
    setProblem(undefined);
    if (account != null) {
      const { problem: refused } = await update({ input: { id: account.id, name: name.trim(), enabled, ...filled } });
      if (refused != null) {
        setProblem(refused);
        return;
      }
      toast(t("common.saved"));
      onSaved();
      onClose();
      return;
    }
    const { data, problem: refused } = await create({ input: { provider, name: name.trim(), live, ...secrets, ...(network === "" ? {} : { networkId: network }) } });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    onSaved();
    setSecrets({ key: "", secret: "", webhookSecret: "" });
    setAccount(data.createPaymentAccount.paymentAccount);
  };

  const secretField = (field: keyof typeof secrets, label: string, hint: string) => (
    <Field label={label} hint={account == null ? hint : t("payments.keep")} error={at(field)} optional={account == null ? undefined : t("common.optional")}>
      {(ids) => (
        <Input
          {...ids}
          type={field === "key" ? "text" : "password"}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
          value={secrets[field]}
          onChange={(event) => {
            setSecrets((old) => ({ ...old, [field]: event.target.value }));
          }}
        />
      )}
    </Field>
  );
  const made = given == null && account != null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={account == null ? t("payments.addAccount") : made ? t("payments.accountMade") : t("payments.editAccount", { name: account.name })}
      footer={
        made || !writable ? (
          <Button variant="primary" onClick={onClose}>
            {t("common.close")}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t("common.cancel")}</Button>
            <Button type="submit" form="payment-account" variant="primary" busy={creating || updating} disabled={name.trim() === ""}>
              {t("common.save")}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {account != null && <CopyField strong={made} label={t("payments.webhookURL")} value={account.webhookURL} hint={t(`payments.webhookHint.${account.provider}`)} />}
        {!made && writable && (
          <form
            id="payment-account"
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void save();
            }}
          >
            {account == null && (
              <Field label={t("payments.provider")} error={at("provider")}>
                {(ids) => (
                  <Select
                    {...ids}
                    value={provider}
                    onChange={(event) => {
                      setProvider(event.target.value as PaymentProvider);
                    }}
                  >
                    {providers.map((value) => (
                      <option key={value} value={value}>
                        {t(`payments.of.${value}`)}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            )}
            <Field label={t("payments.name")} error={at("name")}>
              {(ids) => (
                <Input
                  {...ids}
                  maxLength={200}
                  value={name}
                  onChange={(event) => {
                    setName(event.target.value);
                  }}
                />
              )}
            </Field>
            {account == null && viewer.networks.length > 1 && (
              <Field label={t("payments.network")} error={at("networkId")}>
                {(ids) => (
                  <Select
                    {...ids}
                    value={network}
                    onChange={(event) => {
                      setNetwork(event.target.value);
                    }}
                  >
                    <option value="">{t("payments.everywhere")}</option>
                    {viewer.networks.map(({ id, name: label }) => (
                      <option key={id} value={id}>
                        {label}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            )}
            {account == null && (
              <Checkbox
                label={t("payments.live")}
                hint={t("payments.liveHint")}
                checked={live}
                onChange={(event) => {
                  setLive(event.target.checked);
                }}
              />
            )}
            {provider === "RAZORPAY" && secretField("key", t("payments.key"), t("payments.keyHint"))}
            {secretField("secret", t("payments.secret"), t(`payments.secretHint.${provider}`))}
            {secretField("webhookSecret", t("payments.webhookSecret"), t(`payments.webhookSecretHint.${provider}`))}
            {account != null && (
              <Checkbox
                label={t("payments.enabled")}
                hint={t("payments.enabledHint")}
                checked={enabled}
                onChange={(event) => {
                  setEnabled(event.target.checked);
                }}
              />
            )}
            {problem != null && !known && <Notice tone="bad">{problem.text}</Notice>}
          </form>
        )}
      </div>
    </Dialog>
  );
}
