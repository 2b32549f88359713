import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { fetchOnce, useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Notice } from "@/components/notice";
import { MyStartDocument, StartMyChargingDocument } from "@/gql/drive/graphql";
import { useLocale } from "@/lib/locale";
import { money } from "@/lib/money";
import { useHere, useMe } from "./driver";
import { freshKey } from "./key";

const askEvery = 1_500;
/** After so long without a session, the driver is told that something may be wrong. */
const patience = 45_000;

type Phase = { at: "ready" } | { at: "asking" } | { at: "accepted" } | { at: "late" } | { at: "failed"; why: string };

/** Starts a session, and follows the start until there is one. */
export function StartButton({ connector }: { connector: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const here = useHere();
  const client = useClient();
  const me = useMe();
  const [start, busy] = useChange(StartMyChargingDocument);
  // One key for one start: sent again after a lost answer, it is the same.
  const [key, setKey] = useState(freshKey);
  const [phase, setPhase] = useState<Phase>({ at: "ready" });
  const following = phase.at === "asking" || phase.at === "accepted" || phase.at === "late";

  const begin = async () => {
    const { problem } = await start({ input: { connectorId: connector, idempotencyKey: key } });
    if (problem == null) setPhase({ at: "asking" });
    else {
      setPhase({ at: "failed", why: problem.text });
      // What the server refused stays refused with its key; what never reached it may be sent again.
      if (problem.code !== "NETWORK") setKey(freshKey());
    }
  };

  useEffect(() => {
    if (!following) return undefined;
    const since = Date.now();
    const timer = setInterval(() => {
      void fetchOnce(client, MyStartDocument, { key }).then(({ data }) => {
        const now = data?.my.start;
        if (now == null) return;
        if (now.session != null) void navigate({ to: "/drive/$tenant/$network/$", params: { ...here, _splat: `s/${now.session.id}` }, replace: true });
        else if (["REJECTED", "FAILED", "TIMEOUT"].includes(now.status)) {
          setPhase({ at: "failed", why: now.error });
          setKey(freshKey());
        } else if (Date.now() - since > patience) setPhase({ at: "late" });
        else if (now.status === "ACCEPTED") setPhase((old) => (old.at === "asking" ? { at: "accepted" } : old));
      });
    }, askEvery);
    return () => {
      clearInterval(timer);
    };
  }, [following, client, key, navigate, here]);

  return (
    <div className="flex flex-col gap-3">
      {phase.at === "failed" && (
        <Notice tone="bad">
          {t("drive.start.failed")} {phase.why}
        </Notice>
      )}
      {following ? (
        <p role="status" className="rounded-lg border bg-surface px-4 py-3">
          {t(`drive.start.${phase.at}`)}
        </p>
      ) : (
        <>
          <p className="text-sm text-ink-2">{t("drive.start.available", { amount: money(locale, me.wallet.available) })}</p>
          <Button variant="primary" size="lg" className="h-12" busy={busy} disabled={me.driver.blocked} onClick={() => void begin()}>
            {phase.at === "failed" ? t("drive.start.again") : t("drive.start.button")}
          </Button>
        </>
      )}
    </div>
  );
}
