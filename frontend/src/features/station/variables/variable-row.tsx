import { Lock, Pencil, Undo2 } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Time } from "@/components/time";
import { cn } from "@/lib/cn";
import { faultOf, isWritable, traitsOf, variableName, type Variable } from "./variable";
import { VariableControl } from "./variable-control";
import { useFaultText, useRange } from "./words";

type Props = {
  variable: Variable;
  draft: string | undefined;
  editable: boolean;
  selected: boolean;
  selectable: boolean;
  onSelect: (on: boolean) => void;
  /** Undefined takes the change back. */
  onDraft: (value: string | undefined) => void;
};

/** One variable: what it is, and in place what it shall be. */
export function VariableRow({ variable, draft, editable, selected, selectable, onSelect, onDraft }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const noteId = useId();
  const faultText = useFaultText();
  const range = useRange();
  const name = variableName(variable);
  const { unit } = traitsOf(variable);
  const writable = isWritable(variable);
  const editing = writable && editable && (open || draft != null);
  const fault = draft == null ? undefined : faultOf(variable, draft);
  const note = fault == null ? range(variable) : faultText(fault);
  const shown = variable.mutability === "WRITE_ONLY" ? t("variables.hidden") : variable.value === "" ? "–" : variable.value;
  const back = () => {
    setOpen(false);
    onDraft(undefined);
  };

  return (
    <li
      data-variable={name}
      className={cn("grid grid-cols-[1.25rem_minmax(0,1fr)_auto] items-start gap-x-3 border-t px-4 py-2 text-sm first:border-t-0 sm:px-6 md:grid-cols-[1.25rem_minmax(0,2fr)_minmax(0,3fr)_auto]", draft != null ? "bg-accent-soft" : "hover:bg-hover")}
    >
      {selectable ? (
        <input
          type="checkbox"
          aria-label={t("variables.selectOne", { name })}
          checked={selected}
          className="mt-1 block size-4 accent-ink"
          onChange={(event) => {
            onSelect(event.target.checked);
          }}
        />
      ) : (
        <span />
      )}
      <span className="code min-w-0 py-0.5 font-medium break-all">{name}</span>
      <div
        className="col-span-2 col-start-2 row-start-2 min-w-0 md:col-span-1 md:col-start-3 md:row-start-1"
        onKeyDown={(event) => {
          if (event.key === "Escape") back();
        }}
      >
        {editing ? (
          <>
            <VariableControl variable={variable} value={draft ?? variable.value} label={t("variables.newValue", { name })} invalid={fault != null} noteId={note == null ? undefined : noteId} onChange={(value) => {
              onDraft(value === variable.value ? undefined : value);
              setOpen(true);
            }} />
            {note != null && (
              <p id={noteId} role={fault == null ? undefined : "alert"} className={cn("mt-0.5 text-xs", fault == null ? "text-ink-2" : "text-bad")}>
                {note}
              </p>
            )}
          </>
        ) : (
          <span className="flex flex-wrap items-center gap-x-2 py-0.5">
            <span className={cn("code break-all", variable.mutability === "WRITE_ONLY" && "text-ink-2")}>{shown}</span>
            {unit !== "" && variable.value !== "" && <span className="text-ink-2">{unit}</span>}
            {variable.rebootRequired && <Badge tone="warn">{t("variables.reboot")}</Badge>}
          </span>
        )}
      </div>
      <span className="col-start-3 row-start-1 flex h-7 items-center justify-end gap-2 md:col-start-4">
        <span className="hidden text-xs text-ink-2 lg:inline">
          <Time at={variable.reportedAt} />
        </span>
        {!writable ? (
          <span data-tip={t("variables.readonly")} className="flex size-7 items-center justify-center text-ink-3">
            <Lock aria-hidden className="size-3.5" />
            <span className="sr-only">{t("variables.readonly")}</span>
          </span>
        ) : editing ? (
          <Button variant="quiet" size="icon-sm" aria-label={t("variables.takeBack", { name })} data-tip={t("variables.takeBack", { name })} onClick={back}>
            <Undo2 aria-hidden />
          </Button>
        ) : (
          <Button
            variant="quiet"
            size="icon-sm"
            data-row
            disabled={!editable}
            aria-label={t("variables.change", { name })}
            onClick={() => {
              setOpen(true);
            }}
          >
            <Pencil aria-hidden />
          </Button>
        )}
      </span>
    </li>
  );
}
