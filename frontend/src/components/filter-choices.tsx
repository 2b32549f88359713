import { Check } from "lucide-react";
import { useState, type ReactElement } from "react";
import { cn } from "@/lib/cn";
import type { Choice } from "./filters";
import { Popover } from "./popover";

type Props = { trigger: ReactElement; label: string; choices: readonly Choice[]; chosen: readonly string[]; onChange: (chosen: string[]) => void; single: boolean };

/** What a filter offers. */
export default function FilterChoices({ trigger, label, choices, chosen, onChange, single }: Props) {
  const [open, setOpen] = useState(true);
  return (
    <Popover trigger={trigger} label={label} open={open} onOpenChange={setOpen} className="max-h-80 w-60 p-1">
      {(close) => (
        <div role="listbox" aria-label={label} aria-multiselectable={!single}>
          {choices.map(({ value, label: name, mark }) => {
            const selected = chosen.includes(value);
            return (
              <button
                key={value}
                type="button"
                role="option"
                aria-selected={selected}
                className="flex w-full items-center gap-2 rounded-sm px-2 py-1.5 text-left text-sm hover:bg-hover"
                onClick={() => {
                  if (single) {
                    onChange(selected ? [] : [value]);
                    close();
                  } else onChange(selected ? chosen.filter((item) => item !== value) : [...chosen, value]);
                }}
              >
                <Check aria-hidden className={cn("size-4 shrink-0", !selected && "opacity-0")} />
                {mark}
                <span className="min-w-0 truncate">{name}</span>
              </button>
            );
          })}
        </div>
      )}
    </Popover>
  );
}
