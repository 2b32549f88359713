import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { jsonLines, type Repair } from "@/lib/json-lines";
import { CopyButton } from "./copy";

/** JSON as it was sent; what was repaired is set off, with what was done to it. */
export function Json({ value, repairs = [] }: { value: unknown; repairs?: readonly Repair[] }) {
  const { t } = useTranslation();
  const lines = useMemo(() => jsonLines(value), [value]);
  const seen = new Set<string>();
  return (
    <div className="relative">
      <pre tabIndex={0} role="region" aria-label={t("json.label")} className="code max-h-96 overflow-auto rounded-md bg-sunken py-2 pr-10 text-ink-2">
        {lines.map(({ depth, key, text, pointer }, index) => {
          const repair = pointer === "" || seen.has(pointer) ? undefined : repairs.find((item) => item.pointer === pointer);
          if (repair != null) seen.add(pointer);
          return (
            <span key={index} className={cn("block px-3", repair != null && "bg-warn-soft text-ink")}>
              {"  ".repeat(depth)}
              {key != null && <span className="text-ink">{JSON.stringify(key)}: </span>}
              {text}
              {repair != null && <mark className="ml-3 bg-transparent font-sans text-xs text-warn">{repair.what}</mark>}
            </span>
          );
        })}
      </pre>
      <CopyButton text={JSON.stringify(value, null, 2)} label={t("json.copy")} className="absolute top-1 right-1" />
    </div>
  );
}
