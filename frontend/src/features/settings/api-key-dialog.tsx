import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { CopyField } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { CreateApiKeyDocument, type Role } from "@/gql/graphql";
import { NetworkField } from "./network-field";
import { RoleField } from "./role-field";

/** Makes a key and shows it this once. */
export function ApiKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [create, busy] = useChange(CreateApiKeyDocument);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("VIEWER");
  const [networkId, setNetworkId] = useState("");
  const [scopes, setScopes] = useState("");
  const [expires, setExpires] = useState("");
  const [fault, setFault] = useState<string>();
  const [key, setKey] = useState<string>();
  const submit = async () => {
    setFault(undefined);
    const list = scopes.split(/[\s,]+/).filter((scope) => scope !== "");
    const { data, problem } = await create({
      input: {
        name: name.trim(),
        role,
        ...(networkId === "" ? {} : { networkId }),
        ...(list.length === 0 ? {} : { scopes: list }),
        ...(expires === "" ? {} : { expiresAt: new Date(`${expires}T23:59:59`).toISOString() }),
      },
    });
    if (problem == null) setKey(data.createApiKey.key);
    else setFault(problem.text);
  };
  if (key != null) {
    return (
      <Dialog
        wide
        open
        onOpenChange={onClose}
        title={t("apiKeys.created")}
        description={t("apiKeys.once")}
        footer={
          <Button variant="primary" onClick={onClose}>
            {t("common.done")}
          </Button>
        }
      >
        <CopyField label={t("apiKeys.key")} value={key} strong />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("apiKeys.add")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="api-key" variant="primary" busy={busy} disabled={name.trim() === ""}>
            {t("apiKeys.create")}
          </Button>
        </>
      }
    >
      <form
        id="api-key"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {fault != null && <Notice tone="bad">{fault}</Notice>}
        <Field label={t("apiKeys.name")} hint={t("apiKeys.nameHint")}>
          {(ids) => (
            <Input
              {...ids}
              value={name}
              maxLength={100}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          )}
        </Field>
        <RoleField value={role} onChange={setRole} />
        <NetworkField value={networkId} onChange={setNetworkId} hint={t("apiKeys.networkHint")} />
        <Field label={t("apiKeys.scopes")} optional={t("common.optional")} hint={t("apiKeys.scopesHint")}>
          {(ids) => (
            <Input
              {...ids}
              value={scopes}
              spellCheck={false}
              className="font-mono"
              placeholder="station:read session:read"
              onChange={(event) => {
                setScopes(event.target.value);
              }}
            />
          )}
        </Field>
        <Field label={t("apiKeys.expires")} optional={t("common.optional")}>
          {(ids) => (
            <Input
              {...ids}
              type="date"
              value={expires}
              min={new Date().toISOString().slice(0, 10)}
              onChange={(event) => {
                setExpires(event.target.value);
              }}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
