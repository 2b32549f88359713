import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Confirm } from "@/components/confirm";
import { Field, Select } from "@/components/field";
import { RevokeCertificateDocument, type CertificateRowFragment, type RevocationReason } from "@/gql/security/graphql";
import { revocationReasons } from "./revocation";

/** Has a certificate count no more, and says what comes of it. */
export default function RevokeDialog({ certificate, onDone, onClose }: { certificate: CertificateRowFragment; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [revoke, busy] = useChange(RevokeCertificateDocument);
  const [reason, setReason] = useState<RevocationReason>("KEY_COMPROMISE");
  return (
    <Confirm
      open
      danger
      onOpenChange={onClose}
      title={t("security.revokeTitle", { station: certificate.station.name })}
      text={t("security.revokeText")}
      action={t("security.revoke")}
      busy={busy}
      onConfirm={async () => {
        const { problem } = await revoke({ input: { certificateId: certificate.id, reason } });
        if (problem == null) onDone();
        return problem?.text;
      }}
    >
      <Field label={t("security.revokeReason")}>
        {(ids) => (
          <Select
            {...ids}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value as RevocationReason);
            }}
          >
            {revocationReasons.map((value) => (
              <option key={value} value={value}>
                {t(`security.revocation.${value}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </Confirm>
  );
}
