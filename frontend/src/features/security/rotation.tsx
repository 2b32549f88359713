import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Checkbox } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { toast } from "@/components/toast";
import { ActivateAuthorityDocument, InstallRootDocument, PrepareAuthorityDocument, type AuthorityRowFragment, type InstallRootMutation } from "@/gql/security/graphql";
import { cn } from "@/lib/cn";
import { ReasonDialog } from "./reason-dialog";

/** From one root to the next in three steps: make it, have every station trust it, and only then sign with it. */
export function Rotation({ authorities, onChanged }: { authorities: readonly AuthorityRowFragment[]; onChanged: () => void }) {
  const { t } = useTranslation();
  const writable = useMay()("certificate:write");
  const installs = useMay()("station:credential");
  const [prepare, preparing] = useChange(PrepareAuthorityDocument);
  const [install, installing] = useChange(InstallRootDocument);
  const [activate, activating] = useChange(ActivateAuthorityDocument);
  const [open, setOpen] = useState<"prepare" | "activate">();
  const [force, setForce] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [given, setGiven] = useState<InstallRootMutation["installRoot"]>();
  const next = authorities.find(({ kind, status }) => kind === "ROOT" && status === "NEXT");
  const stations = next?.installed?.stations ?? 0;
  const missing = next?.installed?.missing ?? 0;
  const step = next == null ? 1 : missing > 0 ? 2 : 3;

  const give = async () => {
    setFailure(undefined);
    const { data, problem } = await install({ input: { authorityId: next?.id ?? null } });
    if (problem != null) setFailure(problem.text);
    else setGiven(data.installRoot);
    onChanged();
  };
  const close = () => {
    setOpen(undefined);
    setForce(false);
  };
  return (
    <Panel title={t("security.rotation")}>
      <div className="flex flex-col gap-4">
        <p className="text-sm text-ink-2">{t("security.rotationText")}</p>
        <ol className="flex flex-col gap-4">
          <Step no={1} at={step} title={t("security.rotate1")} text={t("security.rotate1Text")}>
            <Button
              size="sm"
              disabled={!writable || next != null}
              onClick={() => {
                setOpen("prepare");
              }}
            >
              {t("security.prepare")}
            </Button>
          </Step>
          <Step no={2} at={step} title={t("security.rotate2")} text={t("security.rotate2Text")}>
            {next != null && (
              <>
                <div
                  role="progressbar"
                  aria-label={t("security.rotate2")}
                  aria-valuemin={0}
                  aria-valuemax={stations + missing}
                  aria-valuenow={stations}
                  className="h-2 overflow-hidden rounded-full bg-idle-soft"
                >
                  <span className="block h-full bg-ok" style={{ width: `${String(stations + missing === 0 ? 100 : (100 * stations) / (stations + missing))}%` }} />
                </div>
                <p className="text-sm">{t("security.confirmedOf", { stations, all: stations + missing })}</p>
              </>
            )}
            <Button size="sm" busy={installing} disabled={!installs || next == null || missing === 0} onClick={() => void give()}>
              {t("security.installAll")}
            </Button>
            {next != null && given != null && given.securityOperations.length > 0 && <p className="text-sm text-ink-2">{t("security.begunFor", { count: given.securityOperations.length })}</p>}
            {next != null && given?.refused.map(({ stationId, identity, reason }) => (
              <p key={stationId} className="text-sm">
                <span className="code">{identity}</span>: {reason}
              </p>
            ))}
            {failure != null && <Notice tone="bad">{failure}</Notice>}
          </Step>
          <Step no={3} at={step} title={t("security.rotate3")} text={t("security.rotate3Text")}>
            <Button
              size="sm"
              disabled={!writable || next == null}
              onClick={() => {
                setOpen("activate");
              }}
            >
              {t("security.activate")}
            </Button>
          </Step>
        </ol>
      </div>
      {open === "prepare" && (
        <ReasonDialog
          title={t("security.rotate1")}
          text={t("security.rotate1Text")}
          hint={t("security.reasonAudit")}
          action={t("security.prepare")}
          busy={preparing}
          onClose={close}
          onConfirm={async (reason) => {
            const { problem } = await prepare({ input: { reason } });
            if (problem == null) onChanged();
            return problem?.text;
          }}
        />
      )}
      {open === "activate" && (
        <Confirm
          open
          danger={missing > 0}
          onOpenChange={close}
          title={t("security.rotate3")}
          text={t("security.rotate3Text")}
          action={t("security.activate")}
          busy={activating}
          onConfirm={async () => {
            const { problem } = await activate({ input: { force } });
            if (problem == null) {
              toast(t("security.activated"));
              onChanged();
            }
            return problem?.text;
          }}
        >
          {missing > 0 && (
            <div className="flex flex-col gap-3">
              <Notice tone="warn">{t("security.notAll", { count: missing })}</Notice>
              <Checkbox
                label={t("security.force")}
                hint={t("security.forceHint")}
                checked={force}
                onChange={(event) => {
                  setForce(event.target.checked);
                }}
              />
            </div>
          )}
        </Confirm>
      )}
    </Panel>
  );
}

function Step({ no, at, title, text, children }: { no: number; at: number; title: string; text: string; children: ReactNode }) {
  return (
    <li aria-current={no === at ? "step" : undefined} className="flex gap-3">
      <span
        aria-hidden
        className={cn("flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-semibold", no < at ? "bg-ok-soft text-ok" : no === at ? "bg-accent-soft text-accent" : "bg-idle-soft text-idle")}
      >
        {no}
      </span>
      <div className="flex min-w-0 flex-1 flex-col items-start gap-2 [&>[role=progressbar]]:w-full">
        <div>
          <h3 className="text-sm font-medium">{title}</h3>
          <p className="text-sm text-ink-2">{text}</p>
        </div>
        {children}
      </div>
    </li>
  );
}
