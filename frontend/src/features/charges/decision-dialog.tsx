import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/app/errors";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, TextArea } from "@/components/field";
import { Notice } from "@/components/notice";
import { toast } from "@/components/toast";

type Fault = { problem: (Problem & { text: string }) | undefined };

type Props = {
  title: string;
  /** What it will do. */
  text: string;
  action: string;
  danger?: boolean;
  /** Whether the books need a reason for it. */
  reason?: "needed" | "optional";
  ready?: boolean;
  done: string;
  /** More fields; what is wrong with them is theirs to show by the name of the field. */
  children?: (fault: (field: string) => string | undefined) => ReactNode;
  onRun: (reason: string) => Promise<Fault>;
  onClose: () => void;
};

/** Asks for a reason where the books need one, says what will happen, and does it. */
export function DecisionDialog({ title, text, action, danger = false, reason: asks, ready = true, done, children, onRun, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<Fault["problem"]>();
  const shown = new Set<string>();
  const fault = (field: string) => {
    shown.add(field);
    return problem?.field?.replace(/^input\./, "").split(".")[0] === field ? problem.text : undefined;
  };
  const extra = children?.(fault);
  const reasonFault = fault("reason");
  const placed = problem?.field != null && shown.has(problem.field.replace(/^input\./, "").split(".")[0] ?? "");
  const run = async () => {
    if (asks === "needed" && reason.trim() === "") {
      setMissing(true);
      return;
    }
    setBusy(true);
    setProblem(undefined);
    const outcome = await onRun(reason.trim());
    setBusy(false);
    if (outcome.problem != null) {
      setProblem(outcome.problem);
      return;
    }
    toast(done);
    onClose();
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
          <Button type="submit" form="decision" variant={danger ? "danger" : "primary"} busy={busy} disabled={!ready}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id="decision"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {problem != null && !placed && <Notice tone="bad">{problem.text}</Notice>}
        {extra}
        {asks != null && (
          <Field
            label={t("charges.reason")}
            hint={t("charges.reasonHint")}
            optional={asks === "optional" ? t("common.optional") : undefined}
            error={missing && reason.trim() === "" ? t("charges.reasonMissing") : reasonFault}
          >
            {(ids) => (
              <TextArea
                {...ids}
                rows={2}
                maxLength={500}
                value={reason}
                onChange={(event) => {
                  setReason(event.target.value);
                }}
              />
            )}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
