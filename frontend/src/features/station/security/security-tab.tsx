import { KeyRound, RefreshCw, ShieldCheck } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData, usePages } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { CopyButton } from "@/components/copy";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Facts, Panel } from "@/components/panel";
import { Empty, NoPermission } from "@/components/states";
import { Time } from "@/components/time";
import { useWatch } from "@/features/bulk/use-watch";
import { CertificateItem } from "@/features/security/certificate-item";
import { OperationItem } from "@/features/security/operation-item";
import { profileOf } from "@/features/security/profiles";
import type { StationDetailFragment } from "@/gql/graphql";
import { PushPasswordDocument, RenewCertificateDocument, SecurityOperationsDocument, StationCertificatesDocument, StationSecurityDocument, StationTlsFailureDocument } from "@/gql/security/graphql";
import { nodes } from "@/lib/nodes";
import { remarkText } from "@/status/remarks";
import { useStationChanges } from "../use-changes";
import { RootsPanel } from "./roots-panel";
import { SerialNumber } from "./serial-number";

const UpgradeDialog = lazy(() => import("@/features/security/upgrade-dialog"));

/** What the station connects with: its profile, certificates and roots, why TLS failed last, and what is done about any of it. */
export default function SecurityTab({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const may = useMay();
  const blind = !may("certificate:read");
  const security = useData(StationSecurityDocument, { id: station.id });
  const failure = useData(StationTlsFailureDocument, { id: station.id }, !may("attempt:read"));
  const certificates = usePages(StationCertificatesDocument, { first: 20, where: { stationId: station.id }, orderBy: { field: "CREATED_AT", direction: "DESC" } }, (data) => data.stationCertificates, blind);
  const operations = usePages(SecurityOperationsDocument, { first: 20, where: { stationId: station.id } }, (data) => data.securityOperations, blind);
  const refetch = () => {
    security.refetch();
    failure.refetch();
    certificates.refetch();
    operations.refetch();
  };
  useStationChanges(station.id, refetch);
  const done = nodes(operations.data?.securityOperations);
  const held = nodes(certificates.data?.stationCertificates);
  useWatch(
    done.some(({ status }) => status === "RUNNING"),
    refetch,
  );
  if (blind) return <NoPermission />;
  const failed = failure.data?.station?.lastTLSFailure;
  return (
    <div className="grid items-start gap-4 p-4 sm:p-6 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-4">
        <ProfilePanel station={station} expected={security.data?.station?.expectedSerialNumber} busy={operations.loading && operations.data == null ? undefined : done.some(({ completedAt }) => completedAt == null)} onChanged={refetch} />
        {failed != null && (
          <Panel title={t("security.lastFailure")} note={<Time at={failed.lastAt} />}>
            <div className="flex flex-col gap-2 text-sm">
              <p className="font-medium text-bad">{t(`cause.${failed.cause}`)}</p>
              <p className="break-words">{remarkText(failed.remarks, failed.explanation)}</p>
              {failed.fix !== "" && (
                <div className="flex items-start gap-2 rounded-md bg-sunken py-2 pr-1.5 pl-3">
                  <p className="min-w-0 flex-1 break-words">
                    <span className="font-medium">{t("ladder.fix")} </span>
                    {remarkText(failed.fixRemarks, failed.fix)}
                  </p>
                  <CopyButton text={remarkText(failed.fixRemarks, failed.fix)} label={t("ladder.copyFix")} className="-my-1" />
                </div>
              )}
              <p className="code text-ink-2">{[failed.remoteAddress, failed.tlsVersion].filter(Boolean).join("  ·  ")}</p>
            </div>
          </Panel>
        )}
        <Panel flush title={t("security.operations")}>
          <ListStates
            loading={operations.loading}
            problem={operations.problem}
            onRetry={operations.refetch}
            count={operations.data == null ? undefined : done.length}
            empty={<Empty icon={<RefreshCw />} title={t("security.noOperations")} text={t("security.noOperationsText")} />}
          >
            <ul aria-label={t("security.operations")} className="divide-y">
              {done.map((operation, index) => (
                <OperationItem key={operation.id} operation={operation} open={index === 0 && operation.completedAt == null} onChanged={refetch} />
              ))}
            </ul>
            <More shown={done.length} total={operations.data?.securityOperations.totalCount ?? 0} more={operations.more} loading={operations.loadingMore} onMore={operations.loadMore} />
          </ListStates>
        </Panel>
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <Panel flush title={t("security.certificates")}>
          <ListStates
            loading={certificates.loading}
            problem={certificates.problem}
            onRetry={certificates.refetch}
            count={certificates.data == null ? undefined : held.length}
            empty={<Empty icon={<ShieldCheck />} title={t("security.noCertificates")} text={t("security.noCertificatesStation")} />}
          >
            <ul aria-label={t("security.certificates")} className="divide-y">
              {held.map((certificate) => (
                <CertificateItem key={certificate.id} certificate={certificate} onChanged={refetch} />
              ))}
            </ul>
            <More shown={held.length} total={certificates.data?.stationCertificates.totalCount ?? 0} more={certificates.more} loading={certificates.loadingMore} onMore={certificates.loadMore} />
          </ListStates>
        </Panel>
        <RootsPanel station={station} roots={security} onChanged={refetch} />
      </div>
    </div>
  );
}

type PanelProps = {
  station: StationDetailFragment;
  expected: string | undefined;
  /** Something is being done already: stations do one thing after the other. Undefined until that is known. */
  busy: boolean | undefined;
  onChanged: () => void;
};

function ProfilePanel({ station, expected, busy, onChanged }: PanelProps) {
  const { t } = useTranslation();
  const may = useMay();
  const [renew, renewing] = useChange(RenewCertificateDocument);
  const [push, pushing] = useChange(PushPasswordDocument);
  const [open, setOpen] = useState<"renew" | "password" | "upgrade">();
  const required = profileOf(station.securityProfile);
  const { online, securityProfile: met } = station.connection;
  const meets = met == null ? undefined : profileOf(met);
  const pending = station.onboarding === "PENDING";
  const close = () => {
    setOpen(undefined);
  };
  return (
    <Panel title={t("security.profileTitle")}>
      <div className="flex flex-col gap-4">
        <Facts
          facts={[
            { label: t("security.required"), value: t(`security.profile.${required}.name`) },
            { label: t("security.met"), value: online && meets != null ? t(`security.profile.${meets}.name`) : t("security.notConnected") },
          ]}
        />
        <p className="text-sm text-ink-2">
          {t(`security.profile.${required}.means`)} {online && meets != null && meets > required && t("security.meetsMore")}
        </p>
        <SerialNumber key={expected} station={station} expected={expected} onChanged={onChanged} />
        {may("station:credential") && (
          <div className="flex flex-wrap gap-2">
            <Button
              disabled={pending || busy !== false}
              onClick={() => {
                setOpen("renew");
              }}
            >
              <RefreshCw aria-hidden />
              {t("security.renew")}
            </Button>
            {required < 3 && (
              <Button
                disabled={pending || busy !== false}
                onClick={() => {
                  setOpen("password");
                }}
              >
                <KeyRound aria-hidden />
                {t("security.newPassword")}
              </Button>
            )}
            <Button
              variant="primary"
              disabled={pending || busy !== false}
              onClick={() => {
                setOpen("upgrade");
              }}
            >
              <ShieldCheck aria-hidden />
              {t("security.upgrade")}
            </Button>
            {(pending || busy === true) && <p className="w-full text-sm text-ink-2">{t(pending ? "action.refused.pending" : "security.busy")}</p>}
          </div>
        )}
      </div>
      {open === "renew" && (
        <Confirm
          open
          onOpenChange={close}
          title={t("security.renewTitle", { station: station.name })}
          text={t("security.renewText")}
          action={t("security.renew")}
          busy={renewing}
          onConfirm={async () => {
            const { problem } = await renew({ input: { stationId: station.id } });
            if (problem == null) onChanged();
            return problem?.text;
          }}
        />
      )}
      {open === "password" && (
        <Confirm
          open
          onOpenChange={close}
          title={t("security.passwordTitle", { station: station.name })}
          text={t("security.passwordText")}
          action={t("security.newPassword")}
          busy={pushing}
          onConfirm={async () => {
            const { problem } = await push({ input: { stationId: station.id } });
            if (problem == null) onChanged();
            return problem?.text;
          }}
        />
      )}
      <Suspense>
        {open === "upgrade" && <UpgradeDialog stationIds={[station.id]} first={required === 2 || required === 3 ? 3 : 2} onStarted={onChanged} onClose={close} />}
      </Suspense>
    </Panel>
  );
}
