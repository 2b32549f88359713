import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/copy";
import { Time } from "@/components/time";
import type { LadderFragment } from "@/gql/graphql";
import { cn } from "@/lib/cn";
import { stepStates } from "@/status/language";
import { StateShape } from "@/status/mark";

type Step = LadderFragment["onboardingSteps"][number];

/** From the first packet to Onboarded: what has happened, what hasn't, and what to change. */
export function Ladder({ steps }: { steps: readonly Step[] }) {
  const { t } = useTranslation();
  const at = steps.findIndex(({ state }) => state !== "PASSED");
  return (
    <ol aria-label={t("ladder.title")} className="flex flex-col">
      {steps.map((step, index) => (
        <Rung key={step.key} step={step} current={index === at} last={index === steps.length - 1} />
      ))}
    </ol>
  );
}

function Rung({ step, current, last }: { step: Step; current: boolean; last: boolean }) {
  const { t } = useTranslation();
  const state = stepStates[step.state];
  const open = step.state === "FAILED" || current;
  return (
    <li aria-current={current ? "step" : undefined} data-step={step.key} data-state={step.state} className="relative flex gap-3 pb-4 last:pb-0">
      {!last && <span aria-hidden className={cn("absolute top-6 bottom-0 left-[0.6875rem] w-px", step.state === "PASSED" ? "bg-ok" : "bg-line-strong")} />}
      <span
        className={cn(
          "relative flex size-6 shrink-0 items-center justify-center rounded-full",
          step.state === "PASSED" && "bg-ok-soft",
          step.state === "FAILED" && "bg-bad-soft",
          step.state === "WAITING" && "bg-idle-soft",
          current && step.state === "WAITING" && "animate-pulse",
        )}
      >
        <StateShape state={state} className="size-3.5!" />
      </span>
      <div className="min-w-0 flex-1 pt-0.5">
        <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
          <span className={cn("font-medium", step.state === "WAITING" && !current && "text-ink-2")}>{t(`ladder.${step.key}`)}</span>
          <span className={cn("text-xs", step.state === "PASSED" ? "text-ok" : step.state === "FAILED" ? "text-bad" : "text-ink-2")}>{t(state.word)}</span>
          {step.at != null && (
            <span className="ml-auto text-xs text-ink-2">
              <Time at={step.at} />
            </span>
          )}
        </p>
        {step.evidence != null && step.evidence !== "" && <p className="mt-0.5 text-sm break-words text-ink-2">{step.evidence}</p>}
        {open && step.fix != null && step.fix !== "" && (
          <div className={cn("mt-2 flex items-start gap-2 rounded-md py-2 pr-1.5 pl-3 text-sm", step.state === "FAILED" ? "bg-bad-soft" : "bg-sunken")}>
            <p className="min-w-0 flex-1 break-words">
              <span className="font-medium">{t("ladder.fix")} </span>
              {step.fix}
            </p>
            <CopyButton text={step.fix} label={t("ladder.copyFix")} className="-my-1" />
          </div>
        )}
      </div>
    </li>
  );
}
