import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";

type Props = {
  title: string;
  text: string;
  hint: string;
  action: string;
  danger?: boolean;
  busy: boolean;
  children?: ReactNode;
  /** Does it; a text it returns is why it couldn't be done. */
  onConfirm: (reason: string) => Promise<string | undefined>;
  onClose: () => void;
};

/** Asks for the reason of what others have to agree to, or will want to know of. */
export function ReasonDialog({ title, text, hint, action, danger = false, busy, children, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<string>();
  const confirm = async () => {
    setFailure(undefined);
    const problem = await onConfirm(reason.trim());
    if (problem == null) onClose();
    else setFailure(problem);
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={text}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="reason" variant={danger ? "danger" : "primary"} busy={busy} disabled={reason.trim() === ""}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id="reason"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        {children}
        <Field label={t("security.reason")} hint={hint}>
          {(ids) => (
            <TextArea
              {...ids}
              rows={3}
              maxLength={1000}
              value={reason}
              onChange={(event) => {
                setReason(event.target.value);
              }}
            />
          )}
        </Field>
        {failure != null && <Notice tone="bad">{failure}</Notice>}
      </form>
    </Dialog>
  );
}
