import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { fetchOnce, useChange } from "@/app/data";
import { problemOf, problemText } from "@/app/errors";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { Facts } from "@/components/panel";
import { toast } from "@/components/toast";
import { ReadAuthorityDocument, TrustContractRootDocument, type ContractRootKind, type ReadAuthorityQuery } from "@/gql/plug-and-charge/graphql";
import { ValidityBar } from "../validity-bar";

const kinds: readonly ContractRootKind[] = ["V2G_ROOT", "MO_ROOT"];

type Reading = ReadAuthorityQuery["readAuthority"];

/** Certificates are a few kilobytes: more isn't one. */
const largest = 100_000;

/** Takes an authority's certificate, shows what it says, and only then has it trusted. */
export default function TrustDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [trust, trusting] = useChange(TrustContractRootDocument);
  const [kind, setKind] = useState<ContractRootKind>("V2G_ROOT");
  const [name, setName] = useState("");
  const [pem, setPem] = useState("");
  const [reading, setReading] = useState<Reading>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const at = (field: string) => (problem?.field?.split(".").at(-1) === field ? problem.text : undefined);
  const read = async () => {
    setProblem(undefined);
    setBusy(true);
    const { data, error } = await fetchOnce(client, ReadAuthorityDocument, { pem });
    setBusy(false);
    if (error != null) {
      const refused = problemOf(error);
      setProblem({ text: problemText(t, refused), field: refused.field });
    } else setReading(data?.readAuthority);
  };
  const save = async () => {
    setProblem(undefined);
    const { problem: refused } = await trust({ input: { kind, name: name.trim(), pem } });
    if (refused != null) {
      setProblem(refused);
      // What is wrong with what was entered is put right where it was.
      if (refused.field != null) setReading(undefined);
      return;
    }
    toast(t("pnc.trusted"));
    onDone();
    onClose();
  };
  const upload = async (file: File | undefined) => {
    if (file == null) return;
    setProblem(file.size > largest ? { text: t("pnc.tooLarge"), field: "pem" } : undefined);
    if (file.size <= largest) setPem(await file.text());
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={t(reading == null ? "pnc.trust" : "pnc.trustTitle", { name: name.trim() })}
      description={t(reading == null ? "pnc.trustText" : "pnc.compare")}
      footer={
        reading == null ? (
          <>
            <Button onClick={onClose}>{t("common.cancel")}</Button>
            <Button type="submit" form="contract-root" variant="primary" busy={busy} disabled={name.trim() === "" || pem.trim() === ""}>
              {t("security.next")}
            </Button>
          </>
        ) : (
          <>
            <Button
              onClick={() => {
                setReading(undefined);
              }}
            >
              {t("security.back")}
            </Button>
            <Button type="submit" form="contract-root" variant="primary" busy={trusting}>
              {t("pnc.trustIt")}
            </Button>
          </>
        )
      }
    >
      <form
        id="contract-root"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void (reading == null ? read() : save());
        }}
      >
        {reading == null ? (
          <>
            <fieldset className="flex flex-col gap-2">
              <legend className="mb-1 text-sm font-medium">{t("pnc.kindTitle")}</legend>
              {kinds.map((key) => (
                <label key={key} className="flex cursor-pointer items-start gap-2.5 rounded-md border p-3 text-sm has-checked:border-accent">
                  <input
                    type="radio"
                    name="kind"
                    className="mt-0.5 size-4 accent-ink"
                    checked={kind === key}
                    onChange={() => {
                      setKind(key);
                    }}
                  />
                  <span>
                    <span className="block font-medium">{t(`pnc.kind.${key}.name`)}</span>
                    <span className="block text-ink-2">{t(`pnc.kind.${key}.means`)}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            <Field label={t("pnc.name")} hint={t("pnc.nameHint")} error={at("name")}>
              {(ids) => (
                <Input
                  {...ids}
                  maxLength={200}
                  value={name}
                  onChange={(event) => {
                    setName(event.target.value);
                  }}
                />
              )}
            </Field>
            <Field label={t("pnc.certificate")} hint={t("pnc.certificateHint")} error={at("pem")}>
              {(ids) => (
                <TextArea
                  {...ids}
                  rows={6}
                  spellCheck={false}
                  className="font-mono"
                  value={pem}
                  onChange={(event) => {
                    setPem(event.target.value);
                  }}
                />
              )}
            </Field>
            <Field label={t("pnc.file")}>
              {(ids) => (
                <input
                  {...ids}
                  type="file"
                  accept=".pem,.crt,.cer,.txt"
                  className="w-full text-sm file:mr-3 file:h-8 file:rounded-md file:border file:border-line-strong file:bg-surface file:px-3 file:text-sm file:font-medium file:text-ink"
                  onChange={(event) => void upload(event.target.files?.[0])}
                />
              )}
            </Field>
          </>
        ) : (
          <div className="flex flex-col gap-4">
            {!reading.root && <Notice>{t("pnc.notRoot", { issuer: reading.issuer })}</Notice>}
            <ValidityBar of={reading} label={t("security.validityOf", { name: name.trim() })} />
            <Facts
              columns={1}
              facts={[
                { label: t("security.subject"), value: <span className="code break-all">{reading.subject}</span> },
                { label: t("security.fingerprint"), value: <span className="code break-all">{reading.fingerprint}</span> },
                { label: t("security.number"), value: <span className="code break-all">{reading.serialNumber}</span> },
                { label: t("security.keyType"), value: reading.keyType },
                { label: t("pnc.kindTitle"), value: t(`pnc.kind.${kind}.name`) },
              ]}
            />
          </div>
        )}
        {problem != null && at("name") == null && at("pem") == null && <Notice tone="bad">{problem.text}</Notice>}
      </form>
    </Dialog>
  );
}
