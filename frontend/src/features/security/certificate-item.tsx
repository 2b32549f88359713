import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/app/viewer";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Facts } from "@/components/panel";
import { Time, useNow } from "@/components/time";
import type { CertificateRowFragment } from "@/gql/security/graphql";
import { StateMark } from "@/status/mark";
import { revocationReasons } from "./revocation";
import { certificateState } from "./states";
import { ValidityBar } from "./validity-bar";

const RevokeDialog = lazy(() => import("./revoke-dialog"));

/** A certificate of a station: what it is for, how it stands, and how long it counts. */
export function CertificateItem({ certificate, onChanged }: { certificate: CertificateRowFragment; onChanged: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const now = useNow();
  const [revoking, setRevoking] = useState(false);
  const state = certificateState(certificate, now);
  const reason = revocationReasons.find((known) => known === certificate.revocationReason);
  const counts = certificate.status !== "REVOKED" && certificate.status !== "REFUSED" && certificate.status !== "SUPERSEDED";
  return (
    <li data-status={certificate.status} className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StateMark state={state} />
        <span className="text-sm">{t(state.sentence)}</span>
        {certificate.use !== "CHARGING_STATION" && <Badge>{t(`security.use.${certificate.use}`)}</Badge>}
        {certificate.origin !== "SIGNED" && <Badge>{t(`security.origin.${certificate.origin}`)}</Badge>}
        {counts && may("station:credential") && (
          <Button
            size="sm"
            className="ml-auto"
            aria-label={t("security.revokeOf", { name: certificate.serialNumber })}
            onClick={() => {
              setRevoking(true);
            }}
          >
            {t("security.revokeOpen")}
          </Button>
        )}
      </div>
      <ValidityBar of={certificate} label={t("security.validityOf", { name: certificate.subject })} over={!counts} />
      {certificate.lastError !== "" && <p className="text-sm text-bad">{certificate.lastError}</p>}
      {certificate.revokedAt != null && (
        <p className="text-sm text-bad">
          <Time at={certificate.revokedAt} style="minute" />
          {certificate.revocationReason !== "" && `: ${reason == null ? certificate.revocationReason : t(`security.revocation.${reason}`)}`}
        </p>
      )}
      <details className="text-sm">
        <summary className="cursor-pointer text-ink-2">{t("security.details")}</summary>
        <div className="pt-2">
          <Facts
            facts={[
              { label: t("security.subject"), value: <span className="code break-all">{certificate.subject}</span> },
              { label: t("security.issuer"), value: <span className="code break-all">{certificate.issuer}</span> },
              { label: t("security.number"), value: <span className="code break-all">{certificate.serialNumber}</span> },
              { label: t("security.keyType"), value: certificate.keyType },
              { label: t("security.fingerprint"), value: <span className="code break-all">{certificate.fingerprint}</span> },
              { label: t("security.deliveries"), value: String(certificate.deliveries) },
              { label: t("security.installedAt"), value: <Time at={certificate.installedAt} style="minute" /> },
              { label: t("security.lastUsed"), value: <Time at={certificate.lastUsedAt} style="minute" /> },
            ]}
          />
        </div>
      </details>
      <Suspense>
        {revoking && (
          <RevokeDialog
            certificate={certificate}
            onDone={onChanged}
            onClose={() => {
              setRevoking(false);
            }}
          />
        )}
      </Suspense>
    </li>
  );
}
