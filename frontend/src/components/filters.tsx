import { Columns3, ListFilter, Search } from "lucide-react";
import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { Chip } from "./chip";
import { onIntent } from "./on-intent";

/** The line above a list: search, filters, columns. */
export function FilterBar({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-2 px-4 py-3 sm:px-6">{children}</div>;
}

/** A search that waits until the typing pauses. */
export function SearchBox({ value, onChange, label }: { value: string; onChange: (value: string) => void; label: string }) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  // Going back in the history changes the value from outside.
  if (value !== seen) {
    setSeen(value);
    setText(value);
  }
  const send = useEffectEvent(onChange);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => {
      send(text);
    }, 250);
    return () => {
      clearTimeout(timer);
    };
  }, [text, value]);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, []);
  return (
    <label className="relative block w-full sm:w-64">
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" />
      <input
        ref={input}
        type="search"
        value={text}
        placeholder={label}
        onChange={(event) => {
          setText(event.target.value);
        }}
        className="h-9 w-full rounded-md border border-field bg-surface pr-2 pl-8 text-base placeholder:text-ink-3 sm:h-8 md:text-sm"
      />
    </label>
  );
}

export type Choice = { value: string; label: string; mark?: ReactNode };

type ChipProps = {
  label: string;
  choices: readonly Choice[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** One at most. */
  single?: boolean;
};

const Choices = onIntent(() => import("./filter-choices"), "dialog");

/** A filter as a chip: says what it filters by, opens to choose, and is cleared with its cross. */
export function FilterChip({ label, choices, chosen, onChange, single = false }: ChipProps) {
  const { t } = useTranslation();
  const names = choices.filter(({ value }) => chosen.includes(value)).map((choice) => choice.label);
  return (
    <Chip
      label={label}
      value={names.length === 0 ? undefined : names.length > 2 ? t("filter.count", { count: names.length }) : names.join(", ")}
      icon={<ListFilter aria-hidden className="size-4 text-ink-3" />}
      onClear={() => {
        onChange([]);
      }}
      opens={(trigger) => <Choices trigger={trigger} label={label} choices={choices} chosen={chosen} onChange={onChange} single={single} />}
    />
  );
}

/** Which columns are shown, kept for this browser under the list's name. */
export function useHiddenColumns(list: string): [Record<string, boolean>, (id: string, hidden: boolean) => void] {
  const key = `busbar.columns.${list}`;
  const [hidden, setHidden] = useState<Record<string, boolean>>(() => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, boolean>;
    } catch {
      return {};
    }
  });
  const change = (id: string, off: boolean) => {
    const next = { ...hidden, [id]: off };
    setHidden(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // The choice holds for this page only.
    }
  };
  return [hidden, change];
}

const Columns = onIntent(() => import("./column-choices"));

type ColumnMenuProps = { columns: readonly { id: string; header: string }[]; hidden: Record<string, boolean>; onChange: (id: string, hidden: boolean) => void };

export function ColumnMenu(props: ColumnMenuProps) {
  const { t } = useTranslation();
  return (
    <Columns
      {...props}
      trigger={
        <Button variant="quiet" size="icon" aria-label={t("table.columns")} data-tip={t("table.columns")}>
          <Columns3 aria-hidden />
        </Button>
      }
    />
  );
}
