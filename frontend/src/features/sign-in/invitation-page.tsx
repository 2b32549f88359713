import { useNavigate, useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { acceptInvitation } from "@/app/auth";
import { Plate } from "@/app/plate";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";

const minimum = 10;

/** Where somebody who was invited chooses a password. */
export default function InvitationPage() {
  const { t } = useTranslation();
  const { token } = useParams({ from: "/invite/$token" });
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const [busy, setBusy] = useState(false);
  const short = password.length < minimum;
  const differs = password !== again;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    setRefusal(undefined);
    if (short || differs) return;
    setBusy(true);
    const result = await acceptInvitation(token, password);
    setBusy(false);
    if (result.ok) {
      toast(t("invitation.done"));
      await navigate({ to: "/login", search: {} });
      return;
    }
    setRefusal(result.message || t(result.code === "NETWORK" ? "problem.network" : "invitation.refused"));
  };

  return (
    <Plate title={t("invitation.title")} text={t("invitation.text")}>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        {refusal != null && <Notice tone="bad">{refusal}</Notice>}
        <Field label={t("invitation.password")} hint={t("invitation.rule", { count: minimum })} error={tried && short ? t("invitation.tooShort", { count: minimum }) : undefined}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              autoComplete="new-password"
              autoFocus
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
              }}
            />
          )}
        </Field>
        <Field label={t("invitation.again")} error={tried && !short && differs ? t("invitation.differs") : undefined}>
          {(ids) => (
            <Input
              {...ids}
              type="password"
              autoComplete="new-password"
              value={again}
              onChange={(event) => {
                setAgain(event.target.value);
              }}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="lg" busy={busy}>
          {t("invitation.submit")}
        </Button>
      </form>
    </Plate>
  );
}
