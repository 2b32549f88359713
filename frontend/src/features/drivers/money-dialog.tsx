import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/app/errors";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";

type Refused = (Problem & { text: string }) | undefined;

/** What is wrong with a field of an input: an amount's own fields belong to it. */
export function faultAt(problem: Refused, field: string): string | undefined {
  return problem?.field?.replace(/^input\./, "").split(".")[0] === field ? problem.text : undefined;
}

type DialogProps = {
  title: string;
  /** What it will do. */
  text: string;
  action: string;
  danger?: boolean;
  busy: boolean;
  ready: boolean;
  problem: Refused;
  /** The fields that show what is wrong with them. */
  fields: readonly string[];
  children: ReactNode;
  more?: ReactNode;
  onRun: () => Promise<void>;
  onClose: () => void;
};

/** A dialog that moves money, or says how far it may go: what it does stands above its fields. */
export function MoneyDialog({ title, text, action, danger = false, busy, ready, problem, fields, children, more, onRun, onClose }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={text}
      footer={
        <>
          {more}
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="money" variant={danger ? "danger" : "primary"} busy={busy} disabled={!ready}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id="money"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !busy) void onRun();
        }}
      >
        {children}
        {problem != null && !fields.some((field) => faultAt(problem, field) != null) && <Notice tone="bad">{problem.text}</Notice>}
      </form>
    </Dialog>
  );
}

type AmountProps = { label: string; hint?: string; error: string | undefined; value: string; onChange: (value: string) => void; decimal?: boolean };

/** A field for an amount. Phones' decimal keyboards have no minus sign: what may be negative asks for another. */
export function AmountField({ label, hint, error, value, onChange, decimal = true }: AmountProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <Input
          {...ids}
          inputMode={decimal ? "decimal" : "text"}
          autoComplete="off"
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
      )}
    </Field>
  );
}
