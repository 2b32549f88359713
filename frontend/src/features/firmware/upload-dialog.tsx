import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { NetworkField } from "@/features/settings/network-field";
import { UploadFirmwareDocument } from "@/gql/graphql";
import { bytes, percent } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { put, sumOf } from "./upload";

const empty = { version: "", vendor: "", models: "", note: "", networkId: "", signature: "", signingCertificate: "" };

/** Keeps firmware for stations to fetch: says what it is, then sends the file. */
export default function UploadDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [register, registering] = useChange(UploadFirmwareDocument);
  const [file, setFile] = useState<File>();
  const [values, setValues] = useState(empty);
  const [sent, setSent] = useState<number>();
  const [problem, setProblem] = useState<{ text: string; field?: string | undefined }>();
  const stop = useRef<AbortController>(undefined);
  useEffect(
    () => () => {
      stop.current?.abort();
    },
    [],
  );
  const change = (part: Partial<typeof empty>) => {
    setValues((old) => ({ ...old, ...part }));
  };
  const at = (field: string) => (problem?.field?.split(".").at(-1) === field ? problem.text : undefined);
  const lone = (values.signature.trim() === "") !== (values.signingCertificate.trim() === "");

  const run = async () => {
    if (file == null) return;
    setProblem(undefined);
    const models = values.models.split(",").flatMap((model) => (model.trim() === "" ? [] : [model.trim()]));
    const sha256 = await sumOf(file);
    const { data, problem: refused } = await register({
      input: {
        version: values.version.trim(),
        vendor: values.vendor.trim(),
        fileName: file.name,
        note: values.note.trim(),
        ...(models.length === 0 ? {} : { models }),
        ...(values.networkId === "" ? {} : { networkId: values.networkId }),
        ...(sha256 == null ? {} : { sha256 }),
        ...(values.signature.trim() === "" ? {} : { signature: values.signature.replace(/\s/g, ""), signingCertificate: values.signingCertificate }),
      },
    });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    setSent(0);
    stop.current = new AbortController();
    const failure = await put(data.uploadFirmware.uploadURL, file, setSent, stop.current.signal);
    setSent(undefined);
    if (failure == null) {
      toast(t("firmware.uploaded", { name: file.name }));
      onClose();
    } else if (!stop.current.signal.aborted) setProblem({ text: failure === "" ? t("problem.network") : failure });
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("firmware.upload")}
      description={t("firmware.uploadText")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            form="firmware"
            variant="primary"
            busy={registering || sent != null}
            disabled={file == null || values.version.trim() === "" || values.vendor.trim() === "" || lone}
          >
            {sent == null ? t("firmware.uploadRun") : t("firmware.sending", { part: percent(locale, sent * 100) })}
          </Button>
        </>
      }
    >
      <form
        id="firmware"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {problem != null && ["version", "vendor", "fileName", "signature", "signingCertificate"].every((field) => at(field) == null) && <Notice tone="bad">{problem.text}</Notice>}
        <Field label={t("firmware.file")} hint={file == null ? undefined : bytes(locale, file.size)} error={at("fileName")}>
          {(ids) => (
            <input
              {...ids}
              type="file"
              className="w-full rounded-md border border-field bg-surface text-sm file:mr-3 file:h-8 file:border-0 file:border-r file:border-solid file:border-line-strong file:bg-sunken file:px-3 file:text-sm file:font-medium file:text-ink"
              onChange={(event) => {
                setFile(event.target.files?.[0]);
              }}
            />
          )}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("station.vendor")} hint={t("firmware.vendorHint")} error={at("vendor")}>
            {(ids) => (
              <Input
                {...ids}
                maxLength={50}
                value={values.vendor}
                onChange={(event) => {
                  change({ vendor: event.target.value });
                }}
              />
            )}
          </Field>
          <Field label={t("firmware.version")} hint={t("firmware.versionHint")} error={at("version")}>
            {(ids) => (
              <Input
                {...ids}
                maxLength={50}
                value={values.version}
                onChange={(event) => {
                  change({ version: event.target.value });
                }}
              />
            )}
          </Field>
        </div>
        <Field label={t("firmware.models")} optional={t("common.optional")} hint={t("firmware.modelsHint")}>
          {(ids) => (
            <Input
              {...ids}
              value={values.models}
              onChange={(event) => {
                change({ models: event.target.value });
              }}
            />
          )}
        </Field>
        <NetworkField
          value={values.networkId}
          hint={t("firmware.networkHint")}
          onChange={(networkId) => {
            change({ networkId });
          }}
        />
        <Field label={t("firmware.note")} optional={t("common.optional")}>
          {(ids) => (
            <Input
              {...ids}
              maxLength={200}
              value={values.note}
              onChange={(event) => {
                change({ note: event.target.value });
              }}
            />
          )}
        </Field>
        <details className="text-sm">
          <summary className="cursor-pointer font-medium">{t("firmware.signedTitle")}</summary>
          <div className="mt-3 flex flex-col gap-4">
            <Field label={t("firmware.signature")} hint={t("firmware.signatureHint")} error={at("signature") ?? (lone ? t("firmware.lone") : undefined)}>
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={3}
                  spellCheck={false}
                  className="font-mono"
                  value={values.signature}
                  onChange={(event) => {
                    change({ signature: event.target.value });
                  }}
                />
              )}
            </Field>
            <Field label={t("firmware.certificate")} hint={t("firmware.certificateHint")} error={at("signingCertificate")}>
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={3}
                  spellCheck={false}
                  className="font-mono"
                  value={values.signingCertificate}
                  onChange={(event) => {
                    change({ signingCertificate: event.target.value });
                  }}
                />
              )}
            </Field>
          </div>
        </details>
        {sent != null && <progress aria-label={t("firmware.upload")} max={1} value={sent} className="h-2 w-full accent-ink" />}
      </form>
    </Dialog>
  );
}
