import { useTranslation } from "react-i18next";
import { Input, Select } from "@/components/field";
import { members, traitsOf, withMember, type Variable } from "./variable";

type Props = {
  variable: Variable;
  value: string;
  label: string;
  invalid: boolean;
  noteId: string | undefined;
  onChange: (value: string) => void;
};

/** The control that fits what a variable takes. */
export function VariableControl({ variable, value, label, invalid, noteId, onChange }: Props) {
  const { t } = useTranslation();
  const { type, unit, min, max, values } = traitsOf(variable);
  const common = { "aria-label": label, "aria-invalid": invalid || undefined, "aria-describedby": noteId, autoFocus: true } as const;

  if (type === "BOOLEAN" || (type === "OPTION_LIST" && values.length > 0)) {
    const options = type === "BOOLEAN" ? ["true", "false"] : values;
    const shown = type === "BOOLEAN" ? value.toLowerCase() : value;
    return (
      <Select
        {...common}
        className="w-full max-w-64"
        value={shown}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {!options.includes(shown) && <option value={shown}>{shown === "" ? "–" : shown}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {type === "BOOLEAN" ? t(option === "true" ? "variables.yes" : "variables.no") : option}
          </option>
        ))}
      </Select>
    );
  }
  if (type === "MEMBER_LIST" && values.length > 0) {
    const chosen = members(value);
    return (
      <fieldset aria-describedby={noteId} className="flex max-h-48 w-full flex-wrap gap-x-4 gap-y-1 overflow-y-auto rounded-md border border-field bg-surface px-2.5 py-1.5">
        <legend className="sr-only">{label}</legend>
        {values.map((option, index) => (
          <label key={option} className="flex min-h-6 items-center gap-1.5">
            <input
              type="checkbox"
              autoFocus={index === 0}
              className="size-4 accent-ink"
              checked={chosen.includes(option)}
              onChange={(event) => {
                onChange(withMember(value, option, event.target.checked, values));
              }}
            />
            <span className="code break-all">{option}</span>
          </label>
        ))}
      </fieldset>
    );
  }
  const numeric = type === "INTEGER" || type === "DECIMAL";
  return (
    <span className="flex w-full max-w-96 items-center gap-2">
      <Input
        {...common}
        className="font-mono"
        spellCheck={false}
        autoComplete="off"
        value={value}
        {...(numeric ? { inputMode: type === "INTEGER" && (min ?? -1) >= 0 ? ("numeric" as const) : ("decimal" as const) } : {})}
        {...(!numeric && max != null ? { maxLength: max } : {})}
        {...(type === "DATE_TIME" ? { placeholder: "2030-01-31T12:00:00Z" } : {})}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
      {unit !== "" && <span className="shrink-0 text-ink-2">{unit}</span>}
    </span>
  );
}
