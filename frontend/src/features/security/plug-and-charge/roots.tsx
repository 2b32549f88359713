import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { DistrustContractRootDocument, type ContractRootFragment } from "@/gql/plug-and-charge/graphql";
import { DownloadPem } from "../download-pem";
import { ValidityBar } from "../validity-bar";

const TrustDialog = lazy(() => import("./trust-dialog"));

/** The roots under which contracts of cars are believed. */
export function Roots({ roots, onChanged }: { roots: readonly ContractRootFragment[]; onChanged: () => void }) {
  const { t } = useTranslation();
  const writable = useMay()("certificate:write");
  const [distrust, busy] = useChange(DistrustContractRootDocument);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<ContractRootFragment>();
  return (
    <Panel
      flush
      title={t("pnc.roots")}
      action={
        writable && (
          <Button
            size="sm"
            onClick={() => {
              setAdding(true);
            }}
          >
            {t("pnc.trust")}
          </Button>
        )
      }
    >
      {roots.length === 0 ? (
        <div className="p-4">
          <Notice>{t("pnc.noRoots")}</Notice>
        </div>
      ) : (
        <ul aria-label={t("pnc.roots")} className="divide-y">
          {roots.map((root) => (
            <li key={root.id} data-kind={root.kind} className="flex flex-col gap-2 px-4 py-3">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <span className="min-w-0 text-sm font-medium break-words">{root.name}</span>
                <Badge>{t(root.kind === "V2G_ROOT" ? "pnc.kind.V2G_ROOT.name" : "pnc.kind.MO_ROOT.name")}</Badge>
                <span className="ml-auto flex flex-wrap gap-2">
                  <DownloadPem name={root.name} pem={root.pem} />
                  {writable && (
                    <Button
                      size="sm"
                      aria-label={t("pnc.distrustOf", { name: root.name })}
                      onClick={() => {
                        setRemoving(root);
                      }}
                    >
                      {t("pnc.distrust")}
                    </Button>
                  )}
                </span>
              </div>
              <ValidityBar of={root} label={t("security.validityOf", { name: root.name })} />
              <p className="code text-xs break-all text-ink-2">
                {t("security.fingerprint")}: {root.fingerprint}
              </p>
              <p className="text-xs text-ink-2">
                {t("pnc.trustedBy", { name: root.createdBy })} · <Time at={root.createdAt} style="date" />
              </p>
            </li>
          ))}
        </ul>
      )}
      <Suspense>
        {adding && (
          <TrustDialog
            onDone={onChanged}
            onClose={() => {
              setAdding(false);
            }}
          />
        )}
      </Suspense>
      {removing != null && (
        <Confirm
          open
          danger
          onOpenChange={() => {
            setRemoving(undefined);
          }}
          title={t("pnc.distrustTitle", { name: removing.name })}
          text={`${t(removing.kind === "V2G_ROOT" ? "pnc.kind.V2G_ROOT.stops" : "pnc.kind.MO_ROOT.stops")}${roots.length === 1 ? ` ${t("pnc.distrustLast")}` : ""} ${t("pnc.distrustText")}`}
          action={t("pnc.distrust")}
          busy={busy}
          onConfirm={async () => {
            const { problem } = await distrust({ input: { id: removing.id } });
            if (problem == null) {
              toast(t("pnc.distrusted"));
              onChanged();
            }
            return problem?.text;
          }}
        />
      )}
    </Panel>
  );
}
