import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { Shape, State } from "./language";

const tones = { ok: "text-ok", busy: "text-busy", warn: "text-warn", hold: "text-hold", bad: "text-bad", idle: "text-idle" };
const softs = { ok: "bg-ok-soft", busy: "bg-busy-soft", warn: "bg-warn-soft", hold: "bg-hold-soft", bad: "bg-bad-soft", idle: "bg-idle-soft" };

const line = { fill: "none", stroke: "currentColor", strokeWidth: 1.75, strokeLinecap: "round", strokeLinejoin: "round" } as const;

const drawings: Record<Shape, React.ReactNode> = {
  circle: <circle cx="8" cy="8" r="4.5" fill="currentColor" />,
  half: (
    <>
      <circle cx="8" cy="8" r="4.75" {...line} />
      <path d="M8 3.25a4.75 4.75 0 0 1 0 9.5z" fill="currentColor" />
    </>
  ),
  flow: <path d="M9 1.75 3.75 9H7.5L7 14.25 12.25 7H8.5z" fill="currentColor" />,
  pause: <path d="M5.5 3.75v8.5M10.5 3.75v8.5" {...line} strokeWidth={2.5} />,
  open: <circle cx="8" cy="8" r="4.75" {...line} />,
  bookmark: <path d="M4.5 2.75h7v10.5L8 10.5l-3.5 2.75z" fill="currentColor" />,
  dash: <path d="M3.5 8h9" {...line} strokeWidth={2.5} />,
  triangle: (
    <>
      <path d="M8 1.9 14.6 13.5H1.4z" fill="currentColor" />
      <path d="M8 6.2v3.2M8 11.4v.2" stroke="var(--surface)" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  hollow: <circle cx="8" cy="8" r="4.75" {...line} strokeDasharray="2.2 2.2" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5.5" {...line} />
      <path d="M8 5v3.2l2 1.3" {...line} strokeWidth={1.5} />
    </>
  ),
  check: <path d="m3.25 8.5 3.25 3.25 6.25-7.25" {...line} strokeWidth={2} />,
  cross: <path d="m4 4 8 8M12 4l-8 8" {...line} strokeWidth={2} />,
};

/** The shape of a state in its colour; decoration beside a word. */
export function StateShape({ state, className }: { state: State; className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 16 16" className={cn("size-4 shrink-0", tones[state.tone], className)}>
      {drawings[state.shape]}
      {state.shape === "flow" && (
        <circle cx="8" cy="8" r="7.1" fill="none" stroke="currentColor" strokeWidth="1.2" strokeDasharray="6 4" className="animate-flow" />
      )}
    </svg>
  );
}

/** Shape and word; the sentence on hover and focus. */
export function StateMark({ state, detail, pill, className }: { state: State; detail?: React.ReactNode; pill?: boolean; className?: string }) {
  const { t } = useTranslation();
  return (
    <span
      data-tip={t(state.sentence)}
        className={cn(
          "inline-flex max-w-full items-center gap-1.5 align-middle text-sm whitespace-nowrap",
          tones[state.tone],
          pill && "rounded-md py-0.5 pr-2 pl-1.5",
          pill && softs[state.tone],
          className,
        )}
      >
        <StateShape state={state} />
        <span className="truncate font-medium">{t(state.word)}</span>
        {detail != null && <span className="truncate text-ink-2">{detail}</span>}
    </span>
  );
}
