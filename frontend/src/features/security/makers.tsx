import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Dialog } from "@/components/dialog";
import { Field, Input, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Time } from "@/components/time";
import { DistrustManufacturerDocument, TrustManufacturerDocument, type AuthorityRowFragment } from "@/gql/security/graphql";
import { DownloadPem } from "./download-pem";

/** The makers whose certificates let their stations in. */
export function Makers({ authorities, onChanged }: { authorities: readonly AuthorityRowFragment[]; onChanged: () => void }) {
  const { t } = useTranslation();
  const writable = useMay()("certificate:write");
  const [distrust, busy] = useChange(DistrustManufacturerDocument);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<AuthorityRowFragment>();
  return (
    <Panel
      flush
      title={t("security.makers")}
      action={
        writable && (
          <Button
            size="sm"
            onClick={() => {
              setAdding(true);
            }}
          >
            {t("security.addMaker")}
          </Button>
        )
      }
    >
      {authorities.length === 0 ? (
        <p className="p-4 text-sm text-ink-2">{t("security.noMakers")}</p>
      ) : (
        <ul aria-label={t("security.makers")} className="divide-y">
          {authorities.map((authority) => (
            <li key={authority.id} className="flex flex-wrap items-center gap-2 px-4 py-2.5 text-sm">
              <span className="min-w-0 flex-1 basis-48">
                <span className="block font-medium break-words">{authority.name}</span>
                <span className="text-xs text-ink-2">
                  {t("security.until")} <Time at={authority.notAfter} style="date" />
                </span>
              </span>
              <DownloadPem name={authority.name} pem={authority.pem} />
              {writable && (
                <Button
                  size="sm"
                  aria-label={t("security.removeMakerOf", { name: authority.name })}
                  onClick={() => {
                    setRemoving(authority);
                  }}
                >
                  {t("security.removeMaker")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <AddMaker
          onDone={onChanged}
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
      {removing != null && (
        <Confirm
          open
          danger
          onOpenChange={() => {
            setRemoving(undefined);
          }}
          title={t("security.removeMakerTitle", { name: removing.name })}
          text={t("security.removeMakerText")}
          action={t("security.removeMaker")}
          busy={busy}
          onConfirm={async () => {
            const { problem } = await distrust({ input: { id: removing.id } });
            if (problem == null) onChanged();
            return problem?.text;
          }}
        />
      )}
    </Panel>
  );
}

function AddMaker({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [trust, busy] = useChange(TrustManufacturerDocument);
  const [name, setName] = useState("");
  const [pem, setPem] = useState("");
  const [problem, setProblem] = useState<{ text: string; field: string | undefined }>();
  const at = (field: string) => (problem?.field?.split(".").at(-1) === field ? problem.text : undefined);
  const save = async () => {
    setProblem(undefined);
    const { problem: refused } = await trust({ input: { name: name.trim(), pem } });
    if (refused != null) {
      setProblem(refused);
      return;
    }
    onDone();
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("security.addMaker")}
      description={t("security.addMakerText")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="maker" variant="primary" busy={busy} disabled={name.trim() === "" || pem.trim() === ""}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <form
        id="maker"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field label={t("security.makerName")} error={at("name")}>
          {(ids) => (
            <Input
              {...ids}
              maxLength={100}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          )}
        </Field>
        <Field label={t("security.makerPem")} hint={t("security.makerPemHint")} error={at("pem")}>
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
        {problem != null && at("name") == null && at("pem") == null && <Notice tone="bad">{problem.text}</Notice>}
      </form>
    </Dialog>
  );
}
