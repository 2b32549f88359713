import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { CopyField } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";
import { InviteMemberDocument, UpdateMemberDocument, type Role } from "@/gql/graphql";
import type { Member } from "./members";
import { NetworkField } from "./network-field";
import { RoleField } from "./role-field";

type Fault = { text: string; field: string | undefined };

const at = (fault: Fault | undefined, field: string) => (fault?.field?.split(".").at(-1) === field ? fault.text : undefined);

/** Makes somebody a member; who has no account gets a link, shown here once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [invite, busy] = useChange(InviteMemberDocument);
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("OPERATOR");
  const [networkId, setNetworkId] = useState("");
  const [fault, setFault] = useState<Fault>();
  const [link, setLink] = useState<string>();
  const submit = async () => {
    setFault(undefined);
    const { data, problem } = await invite({ input: { email: email.trim(), name: name.trim(), role, ...(networkId === "" ? {} : { networkId }) } });
    if (problem != null) {
      setFault(problem);
      return;
    }
    const { invitationURL } = data.inviteMember;
    if (invitationURL == null) {
      toast(t("members.added", { name }));
      onClose();
    } else setLink(invitationURL);
  };
  if (link != null) {
    return (
      <Dialog
        open
        onOpenChange={onClose}
        title={t("members.linkTitle", { name })}
        description={t("members.linkText")}
        footer={
          <Button variant="primary" onClick={onClose}>
            {t("common.done")}
          </Button>
        }
      >
        <CopyField label={t("members.link")} value={new URL(link, location.origin).href} strong />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("members.invite")}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="invite" variant="primary" busy={busy} disabled={email.trim() === "" || name.trim() === ""}>
            {t("members.inviteRun")}
          </Button>
        </>
      }
    >
      <form
        id="invite"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {fault?.field == null && fault != null && <Notice tone="bad">{fault.text}</Notice>}
        <Field label={t("members.name")} error={at(fault, "name")}>
          {(ids) => (
            <Input
              {...ids}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          )}
        </Field>
        <Field label={t("signIn.email")} error={at(fault, "email")}>
          {(ids) => (
            <Input
              {...ids}
              type="email"
              value={email}
              onChange={(event) => {
                setEmail(event.target.value);
              }}
            />
          )}
        </Field>
        <RoleField value={role} onChange={setRole} error={at(fault, "role")} />
        <NetworkField value={networkId} onChange={setNetworkId} hint={t("members.networkHint")} error={at(fault, "networkId")} />
      </form>
    </Dialog>
  );
}

export function RoleDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { t } = useTranslation();
  const [update, busy] = useChange(UpdateMemberDocument);
  const [role, setRole] = useState<Role>(member.role);
  const [fault, setFault] = useState<Fault>();
  const submit = async () => {
    setFault(undefined);
    const { problem } = await update({ input: { id: member.id, role } });
    if (problem != null) {
      setFault(problem);
      return;
    }
    toast(t("common.saved"));
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("members.changeRoleOf", { name: member.user.name })}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button variant="primary" busy={busy} disabled={role === member.role} onClick={() => void submit()}>
            {t("common.save")}
          </Button>
        </>
      }
    >
      <RoleField value={role} onChange={setRole} error={fault?.text} />
    </Dialog>
  );
}
