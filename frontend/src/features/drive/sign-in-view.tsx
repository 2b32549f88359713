import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { post } from "@/app/auth";
import { Plate } from "@/app/plate";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";

type Props = { tenant: string; network: string; onEntered: () => void };

/** Signs a driver in with a code that is mailed to them. */
export function SignInView({ tenant, network, onEntered }: Props) {
  const { t, i18n } = useTranslation();
  const [email, setEmail] = useState("");
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [sent, setSent] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  const [busy, setBusy] = useState(false);

  const knock = async (door: string, more: Record<string, string>) => {
    setRefusal(undefined);
    setBusy(true);
    const result = await post(`/auth/driver/${door}`, { tenant, network, email: email.trim(), language: i18n.language, ...more });
    setBusy(false);
    if (!result.ok) setRefusal(result.message || t("problem.network"));
    return result.ok;
  };
  const ask = async () => {
    if (await knock("code", {})) setSent(true);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!sent) {
      const bad = !/^\S+@\S+$/.test(email.trim());
      setWrong(bad ? t("drive.signIn.emailInvalid") : undefined);
      if (!bad) await ask();
      return;
    }
    const digits = code.replaceAll(/\s/g, "");
    const bad = !/^\d{6}$/.test(digits);
    setWrong(bad ? t("drive.signIn.codeInvalid") : undefined);
    if (!bad && (await knock("verify", { code: digits, name: name.trim() }))) onEntered();
  };

  return (
    <Plate title={t("drive.signIn.title")} text={sent ? t("drive.signIn.sent", { email: email.trim() }) : t("drive.signIn.text")}>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        {refusal != null && <Notice tone="bad">{refusal}</Notice>}
        {sent ? (
          <>
            <Field label={t("drive.signIn.code")} error={wrong}>
              {(ids) => (
                <Input
                  {...ids}
                  key="code"
                  value={code}
                  onChange={(event) => {
                    setCode(event.target.value);
                  }}
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  autoFocus
                  maxLength={10}
                />
              )}
            </Field>
            <Field label={t("drive.signIn.name")} hint={t("drive.signIn.nameHint")}>
              {(ids) => (
                <Input
                  {...ids}
                  value={name}
                  onChange={(event) => {
                    setName(event.target.value);
                  }}
                  autoComplete="name"
                  maxLength={200}
                />
              )}
            </Field>
            <Button type="submit" variant="primary" size="lg" busy={busy}>
              {t("drive.signIn.enter")}
            </Button>
            <div className="flex flex-wrap justify-between gap-2">
              <Button
                variant="quiet"
                onClick={() => {
                  setSent(false);
                  setWrong(undefined);
                }}
              >
                {t("drive.signIn.other")}
              </Button>
              <Button variant="quiet" disabled={busy} onClick={() => void ask()}>
                {t("drive.signIn.again")}
              </Button>
            </div>
          </>
        ) : (
          <>
            <Field label={t("drive.signIn.email")} error={wrong}>
              {(ids) => (
                <Input
                  {...ids}
                  key="email"
                  value={email}
                  onChange={(event) => {
                    setEmail(event.target.value);
                  }}
                  type="email"
                  autoComplete="email"
                  autoFocus
                />
              )}
            </Field>
            <Button type="submit" variant="primary" size="lg" busy={busy}>
              {t("drive.signIn.ask")}
            </Button>
          </>
        )}
      </form>
    </Plate>
  );
}
