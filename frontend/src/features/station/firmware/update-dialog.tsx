import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Field, Input, TextArea } from "@/components/field";
import { CommandDialog } from "@/features/commands/command-dialog";
import { chosenInput, isChosen, nothingChosen } from "@/features/firmware/choice";
import { FirmwareField } from "@/features/firmware/firmware-field";
import { UpdateFirmwareDocument, type StationDetailFragment } from "@/gql/graphql";
import { instant } from "@/lib/local-time";

/** Has the station fetch other firmware and install it. */
export default function UpdateDialog({ station, onClose }: { station: StationDetailFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const [update] = useChange(UpdateFirmwareDocument);
  const version = station.connection.version ?? station.ocppVersion;
  const [chosen, setChosen] = useState(nothingChosen);
  const [retrieve, setRetrieve] = useState("");
  const [install, setInstall] = useState("");
  const [signature, setSignature] = useState("");
  const [certificate, setCertificate] = useState("");
  const [retrieveAt, installAt] = [instant(retrieve), instant(install)];
  const disordered = retrieveAt != null && installAt != null && installAt < retrieveAt;
  const fromUrl = chosen.firmwareId === "";
  const lone = fromUrl && (signature.trim() === "") !== (certificate.trim() === "");

  const ask = async () => {
    const { data, problem } = await update({
      input: {
        stationId: station.id,
        ...chosenInput(chosen),
        ...(retrieveAt == null ? {} : { retrieveAt }),
        ...(installAt == null ? {} : { installAt }),
        ...(fromUrl && signature.trim() !== "" ? { signature: signature.replace(/\s/g, ""), signingCertificate: certificate } : {}),
      },
    });
    return problem == null ? { command: data.updateFirmware } : { failure: problem.text };
  };

  return (
    <CommandDialog
      danger
      title={t("firmware.update")}
      description={t("firmware.updateText", { station: station.name })}
      run={t("firmware.updateRun")}
      ready={isChosen(chosen) && !disordered && !lone}
      onAsk={ask}
      onClose={onClose}
    >
      <FirmwareField
        chosen={chosen}
        make={station}
        onChange={(part) => {
          setChosen((old) => ({ ...old, ...part }));
        }}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("firmware.retrieveAt")} optional={t("common.optional")} hint={t("charging.startHint")}>
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              value={retrieve}
              onChange={(event) => {
                setRetrieve(event.target.value);
              }}
            />
          )}
        </Field>
        <Field
          label={t("firmware.installAt")}
          optional={t("common.optional")}
          hint={t(version === "1.6" ? "firmware.installHint16" : "firmware.installHint")}
          error={disordered ? t("firmware.disordered") : undefined}
        >
          {(ids) => (
            <Input
              {...ids}
              type="datetime-local"
              value={install}
              onChange={(event) => {
                setInstall(event.target.value);
              }}
            />
          )}
        </Field>
      </div>
      {fromUrl && (
        <details className="text-sm">
          <summary className="cursor-pointer font-medium">{t("firmware.signedTitle")}</summary>
          <div className="mt-3 flex flex-col gap-4">
            <Field label={t("firmware.signature")} hint={t("firmware.signatureHint")} error={lone ? t("firmware.lone") : undefined}>
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={3}
                  spellCheck={false}
                  className="font-mono"
                  value={signature}
                  onChange={(event) => {
                    setSignature(event.target.value);
                  }}
                />
              )}
            </Field>
            <Field label={t("firmware.certificate")} hint={t("firmware.certificateHint")}>
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={3}
                  spellCheck={false}
                  className="font-mono"
                  value={certificate}
                  onChange={(event) => {
                    setCertificate(event.target.value);
                  }}
                />
              )}
            </Field>
          </div>
        </details>
      )}
    </CommandDialog>
  );
}
