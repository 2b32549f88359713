import { useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { signIn } from "@/app/auth";
import { Plate } from "@/app/plate";
import { safeNext } from "@/app/search";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";

// Two fields need no form library; this page is the first that many people load.
export default function SignInPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const next = safeNext(useSearch({ from: "/login" }).next);
  const [wrong, setWrong] = useState<{ email?: boolean; password?: boolean }>({});
  const [refusal, setRefusal] = useState<string>();
  const [busy, setBusy] = useState(false);
  const email = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const address = email.current?.value.trim() ?? "";
    const secret = password.current?.value ?? "";
    const faults = { email: !/^\S+@\S+$/.test(address), password: secret === "" };
    setWrong(faults);
    setRefusal(undefined);
    if (faults.email || faults.password) {
      (faults.email ? email : password).current?.focus();
      return;
    }
    setBusy(true);
    const result = await signIn(address, secret);
    setBusy(false);
    if (result.ok) {
      router.history.push(next);
      return;
    }
    if (result.code === "UNAUTHENTICATED") {
      setRefusal(t("signIn.wrong"));
      if (password.current != null) password.current.value = "";
      password.current?.focus();
    } else if (result.code === "LIMIT") setRefusal(result.message || t("signIn.limit"));
    else setRefusal(result.message || t("problem.network"));
  };

  return (
    <Plate title={t("signIn.title")}>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        {refusal != null && <Notice tone="bad">{refusal}</Notice>}
        <Field label={t("signIn.email")} error={wrong.email ? t("signIn.emailInvalid") : undefined}>
          {(ids) => <Input {...ids} ref={email} name="email" type="email" autoComplete="username" autoFocus />}
        </Field>
        <Field label={t("signIn.password")} error={wrong.password ? t("signIn.passwordMissing") : undefined}>
          {(ids) => <Input {...ids} ref={password} name="password" type="password" autoComplete="current-password" />}
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t("signIn.submit")}
        </Button>
      </form>
    </Plate>
  );
}
