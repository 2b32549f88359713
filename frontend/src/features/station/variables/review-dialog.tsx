import { ArrowRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Notice } from "@/components/notice";
import { SetVariablesDocument, type StationDetailFragment } from "@/gql/graphql";
import { cn } from "@/lib/cn";
import { stepStates } from "@/status/language";
import { StateShape } from "@/status/mark";
import { componentName, identityOf, isTaken, outcomesOf, reference, variableName, type Variable, type VariableOutcome } from "./variable";
import { outcomeKey } from "./words";

export type Draft = { variable: Variable; value: string };

type Props = {
  station: StationDetailFragment;
  drafts: readonly Draft[];
  onTaken: (ids: readonly string[]) => void;
  onReset: (() => void) | undefined;
  onClose: () => void;
};

/** What is about to change, and after it was sent, what became of each change. */
export default function ReviewDialog({ station, drafts: given, onTaken, onReset, onClose }: Props) {
  const { t } = useTranslation();
  // What was sent stays on view when it has ceased to be a draft.
  const [drafts] = useState(given);
  const [send, busy] = useChange(SetVariablesDocument);
  const [outcomes, setOutcomes] = useState<Map<string, VariableOutcome>>();
  const [failure, setFailure] = useState<string>();
  const rebooting = drafts.some(({ variable }) => outcomes?.get(identityOf(variable))?.status === "RebootRequired");

  const run = async () => {
    setFailure(undefined);
    const { data, problem } = await send({ input: { stationId: station.id, variables: drafts.map(({ variable, value }) => ({ ...reference(variable), value })) } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    const became = outcomesOf(data.setVariables.result);
    if (became.size > 0) setOutcomes(became);
    else if (data.setVariables.status !== "ACCEPTED") setFailure(data.setVariables.error ?? t("variables.noOutcome"));
    onTaken(drafts.filter(({ variable }) => isTaken(became.get(identityOf(variable))?.status ?? "")).map(({ variable }) => variable.id));
  };

  return (
    <Dialog
      wide
      open
      onOpenChange={onClose}
      title={t("variables.reviewTitle", { station: station.name })}
      description={outcomes == null ? t("variables.reviewText") : t("variables.reviewDone")}
      footer={
        <>
          <Button onClick={onClose}>{t(outcomes == null ? "common.cancel" : "common.done")}</Button>
          {outcomes == null && (
            <Button variant="primary" busy={busy} onClick={() => void run()}>
              {busy ? t("action.waiting") : t("variables.send", { count: drafts.length })}
            </Button>
          )}
          {rebooting && onReset != null && (
            <Button variant="primary" onClick={onReset}>
              {t("variables.restart")}
            </Button>
          )}
        </>
      }
    >
      <div aria-live="polite" className="flex flex-col gap-3">
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        {rebooting && <Notice tone="warn">{t("variables.rebootAfter")}</Notice>}
        <ul className="divide-y rounded-md border">
          {drafts.map(({ variable, value }) => (
            <Change key={variable.id} variable={variable} value={value} outcome={outcomes?.get(identityOf(variable))} sent={outcomes != null} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function Change({ variable, value, outcome, sent }: Draft & { outcome: VariableOutcome | undefined; sent: boolean }) {
  const { t } = useTranslation();
  const component = componentName(variable);
  const taken = outcome != null && isTaken(outcome.status);
  const words = outcome == null ? undefined : outcomeKey(outcome.status);
  return (
    <li className="flex gap-2 px-3 py-2 text-sm" data-outcome={outcome?.status}>
      {sent && <StateShape state={taken ? stepStates.PASSED : stepStates.FAILED} className="mt-0.5" />}
      <div className="min-w-0 flex-1">
        <p className="code font-medium break-all">
          {component !== "" && <span className="font-normal text-ink-2">{component}.</span>}
          {variableName(variable)}
          {variable.evseNo > 0 && <span className="ml-2 font-sans text-xs font-normal text-ink-2">{t("variables.evseNo", { no: variable.evseNo })}</span>}
        </p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2">
          <span className="code break-all text-ink-2 line-through">{variable.value === "" ? "–" : variable.value}</span>
          <ArrowRight aria-hidden className="size-3.5 text-ink-3" />
          <span className="sr-only">{t("variables.becomes")}</span>
          <span className="code break-all">{value === "" ? "–" : value}</span>
          {variable.unit !== "" && <span className="text-ink-2">{variable.unit}</span>}
        </p>
        {sent && (
          <p className={cn("mt-0.5", taken ? "text-ink-2" : "text-bad")}>
            {outcome == null ? t("variables.noOutcome") : words == null ? outcome.status : t(words)}
            {outcome?.info != null && outcome.info !== "" && ` ${outcome.info}`}
          </p>
        )}
      </div>
    </li>
  );
}
