import { Fingerprint } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, type Loaded } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { ListStates } from "@/components/list";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useCommandRefusal } from "@/features/commands/refused";
import { ReasonDialog } from "@/features/security/reason-dialog";
import type { StationDetailFragment } from "@/gql/graphql";
import { AskInstalledCertificatesDocument, DeleteInstalledCertificateDocument, InstallRootDocument, RequestRootDeletionDocument, type StationSecurityQuery } from "@/gql/security/graphql";
import { nodes } from "@/lib/nodes";
import { rootOf, type Root } from "./roots";

type Props = { station: StationDetailFragment; roots: Loaded<StationSecurityQuery>; onChanged: () => void };

/** Whom the station trusts: as far as it said so, or was told. */
export function RootsPanel({ station, roots, onChanged }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const refused = useCommandRefusal(station, "station:command");
  const [ask, asking] = useChange(AskInstalledCertificatesDocument);
  const [install, installing] = useChange(InstallRootDocument);
  const [remove, removing] = useChange(DeleteInstalledCertificateDocument);
  const [request, requesting] = useChange(RequestRootDeletionDocument);
  const [failure, setFailure] = useState<string>();
  const [target, setTarget] = useState<Root>();
  const items = nodes(roots.data?.station?.settings).map((node) => ({ ...node, root: rootOf(node) }));
  const servers = items.filter(({ root }) => root.use === "CSMS_ROOT").length;
  const last = target?.use === "CSMS_ROOT" && servers === 1;

  const look = async () => {
    setFailure(undefined);
    const { data, problem } = await ask({ input: { stationId: station.id } });
    const answer = data?.getInstalledCertificateIds;
    if (problem != null) setFailure(problem.text);
    else if (answer?.status !== "ACCEPTED") setFailure(answer?.error ?? t("problem.other"));
    onChanged();
  };
  const give = async () => {
    setFailure(undefined);
    const { data, problem } = await install({ input: { stationIds: [station.id] } });
    const reason = data?.installRoot.refused[0]?.reason;
    if (problem != null || reason != null) setFailure(problem?.text ?? reason);
    else toast(t("security.begun"));
    onChanged();
  };
  const close = () => {
    setTarget(undefined);
  };
  return (
    <Panel
      flush
      title={t("security.roots")}
      action={
        <>
          <Button size="sm" busy={asking} disabled={refused != null} onClick={() => void look()}>
            {t("security.askRoots")}
          </Button>
          {may("station:credential") && (
            <Button size="sm" busy={installing} disabled={station.onboarding === "PENDING"} onClick={() => void give()}>
              {t("security.installRoot")}
            </Button>
          )}
        </>
      }
    >
      {failure != null && (
        <div className="p-4 pb-0">
          <Notice tone="bad">{failure}</Notice>
        </div>
      )}
      {refused != null && <p className="px-4 pt-3 text-sm text-ink-2">{t(refused)}</p>}
      <ListStates
        loading={roots.loading}
        problem={roots.problem}
        onRetry={roots.refetch}
        count={roots.data == null ? undefined : items.length}
        empty={<Empty icon={<Fingerprint />} title={t("security.noRoots")} text={t("security.noRootsText")} />}
      >
        <ul aria-label={t("security.roots")} className="divide-y">
          {items.map(({ id, component, reportedAt, summary, root }) => (
            <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
              <span className="min-w-0 flex-1 basis-56">
                <span className="font-medium">{root.use == null ? component : t(`security.rootUse.${root.use}`)}</span>
                <span className="block break-words text-ink-2">{root.subject ?? (summary === "" ? t("security.unnamed", { number: root.hash?.serialNumber ?? "–" }) : summary)}</span>
                <span className="block text-xs text-ink-2">
                  {root.notAfter != null && (
                    <>
                      {t("security.until")} <Time at={root.notAfter} style="date" />
                      {" · "}
                    </>
                  )}
                  {t("security.reported")} <Time at={reportedAt} />
                </span>
              </span>
              {root.hash != null && root.use !== "V2G_CHAIN" && may("station:configure") && (
                <Button
                  size="sm"
                  aria-label={t("security.deleteOf", { name: root.subject ?? root.hash.serialNumber })}
                  onClick={() => {
                    setTarget(root);
                  }}
                >
                  {t("security.delete")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </ListStates>
      {target?.hash != null && !last && (
        <Confirm
          open
          danger
          onOpenChange={close}
          title={t("security.deleteTitle")}
          text={t("security.deleteText")}
          action={t("security.delete")}
          busy={removing}
          onConfirm={async () => {
            if (target.hash == null) return undefined;
            const { data, problem } = await remove({ input: { stationId: station.id, ...target.hash } });
            onChanged();
            if (problem != null) return problem.text;
            return data.deleteCertificate.status === "ACCEPTED" ? undefined : (data.deleteCertificate.error ?? t("problem.other"));
          }}
        />
      )}
      {target?.hash != null && last && (
        <ReasonDialog
          danger
          title={t("security.deleteLastTitle")}
          text={t("security.deleteLastText")}
          hint={t("security.reasonHint")}
          action={t("security.askSecond")}
          busy={requesting}
          onClose={close}
          onConfirm={async (reason) => {
            if (target.hash == null) return undefined;
            const { problem } = await request({ input: { stationId: station.id, ...target.hash, reason } });
            if (problem == null) {
              toast(t("security.waitsForSecond"));
              onChanged();
            }
            return problem?.text;
          }}
        />
      )}
    </Panel>
  );
}
