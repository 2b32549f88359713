import { useNavigate } from "@tanstack/react-router";
import { QrCode } from "lucide-react";
import { lazy, Suspense, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/title";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Panel } from "@/components/panel";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { useHere, useMe } from "./driver";
import { DriveLink } from "./link";
import { NearbyStations } from "./nearby";
import { SessionNumbers } from "./session-card";

const Scanner = lazy(() => import("./scanner"));

/** What a driver comes for first: what charges now, a code to scan or type, and stations nearby. */
export function Home() {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  usePageTitle(t("drive.title"));
  return (
    <>
      {me.running.map((session) => (
        <Panel key={session.id} title={t("drive.running.title")} note={session.place}>
          <div className="flex flex-col gap-4">
            <SessionNumbers session={session} />
            <Button asChild variant="primary" size="lg">
              <DriveLink to={`s/${session.id}`}>{t("drive.running.open")}</DriveLink>
            </Button>
          </div>
        </Panel>
      ))}
      <Panel>
        <CodeForm />
      </Panel>
      <p className="text-sm text-ink-2">
        {t("drive.money.available")}: <span className="font-medium text-ink tabular">{money(locale, me.wallet.available)}</span>
      </p>
      <NearbyStations />
    </>
  );
}

function CodeForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const params = useHere();
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const [scanning, setScanning] = useState(false);
  const open = (event: FormEvent) => {
    event.preventDefault();
    const typed = code.trim();
    setMissing(typed === "");
    if (typed !== "") void navigate({ to: "/drive/$tenant/$network/$", params: { ...params, _splat: `c/${typed}` } });
  };
  return (
    <form noValidate className="flex flex-col gap-3" onSubmit={open}>
      <Button
        variant="primary"
        size="lg"
        className="h-12"
        onClick={() => {
          setScanning(true);
        }}
      >
        <QrCode aria-hidden />
        {t("drive.scan.open")}
      </Button>
      {scanning && (
        <Suspense
          fallback={
            <p role="status" className="text-sm text-ink-2">
              {t("drive.scan.asking")}
            </p>
          }
        >
          <Scanner
            onClose={() => {
              setScanning(false);
            }}
          />
        </Suspense>
      )}
      <Field label={t("drive.code.label")} hint={t("drive.code.hint")} error={missing ? t("drive.code.missing") : undefined}>
        {(ids) => (
          <Input
            {...ids}
            value={code}
            onChange={(event) => {
              setCode(event.target.value);
            }}
            autoCapitalize="characters"
            autoComplete="off"
            enterKeyHint="go"
          />
        )}
      </Field>
      <Button type="submit" size="lg">
        {t("drive.code.open")}
      </Button>
    </form>
  );
}
