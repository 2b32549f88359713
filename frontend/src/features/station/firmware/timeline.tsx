import { useTranslation } from "react-i18next";
import { Time } from "@/components/time";
import type { State } from "@/status/language";
import { StateShape } from "@/status/mark";
import { strangeState } from "@/status/progress";
import type { Step } from "./progress";

/** What the station said of something that takes its time, step by step. */
export function Timeline({ steps, states }: { steps: readonly Step[]; states: Readonly<Record<string, State>> }) {
  const { t } = useTranslation();
  return (
    <ol className="flex flex-col">
      {steps.map(({ status, at }, index) => {
        const state = states[status] ?? strangeState;
        return (
          <li key={`${status} ${String(index)}`} data-step={status} className="relative flex gap-2.5 pb-2 text-sm last:pb-0">
            {index < steps.length - 1 && <span aria-hidden className="absolute top-5 bottom-0.5 left-[7.5px] w-px bg-line-strong" />}
            <StateShape state={state} className="mt-0.5" />
            <div className="min-w-0 flex-1">
              <span className="font-medium">{states[status] == null ? status : t(state.word)}</span> {index === steps.length - 1 && <span className="text-ink-2">{t(state.sentence)}</span>}
            </div>
            <span className="text-xs text-ink-2">
              <Time at={at} style="second" />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
