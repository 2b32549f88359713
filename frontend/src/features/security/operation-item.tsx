import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Time } from "@/components/time";
import { CancelOperationDocument, type OperationRowFragment } from "@/gql/security/graphql";
import { StateMark, StateShape } from "@/status/mark";
import { remarkText } from "@/status/remarks";
import { operationStates, stepStates } from "./states";
import { howFar, shownSteps, stepWords } from "./steps";

type Props = {
  operation: OperationRowFragment;
  /** On pages about several stations, it says which. */
  named?: boolean;
  open?: boolean;
  onChanged: () => void;
};

/** Something that is done to the security of a station: how it stands, step by step, and its end by hand. */
export function OperationItem({ operation, named = false, open = false, onChanged }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const { tenant } = useHere();
  const [cancel, busy] = useChange(CancelOperationDocument);
  const [asking, setAsking] = useState(false);
  const state = operationStates[operation.status];
  // What is said of the whole is what its last step said.
  const last = operation.steps.findLast((step) => step.explanation === operation.explanation);
  const explanation = remarkText(last?.remarks ?? [], operation.explanation);
  const ended = operation.completedAt != null;
  const { at, of } = howFar(operation);
  const steps = shownSteps(operation);
  const word = (key: string) => (stepWords[key] == null ? key : t(stepWords[key]));
  const title = operation.kind === "PROFILE" && operation.toProfile != null ? t("security.kindProfile", { profile: operation.toProfile }) : t(`security.kind.${operation.kind}`);
  return (
    <li data-status={operation.status} data-kind={operation.kind} className="flex flex-wrap items-start gap-x-3 px-4 py-1.5">
      <details open={open} className="group min-w-0 flex-1 basis-72">
        <summary className="flex cursor-pointer list-none items-start gap-3 rounded-md py-1.5 text-sm">
          <ChevronRight aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3 transition-transform group-open:rotate-90" />
          <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
            <span className="min-w-0 font-medium break-words">{named ? `${operation.station.name}: ${title}` : title}</span>
            <StateMark state={state} />
            {operation.status === "RUNNING" && <span className="tabular text-xs text-ink-2">{t("security.stepOf", { at: at + 1, of, step: word(operation.step) })}</span>}
          </span>
          <span className="mt-0.5 shrink-0 text-xs text-ink-2">
            <Time at={operation.createdAt} />
          </span>
        </summary>
        <div className="flex flex-col gap-2 pt-1 pb-3 pl-7">
          {operation.explanation !== "" && operation.explanation !== steps.at(-1)?.explanation && <p className="text-sm">{explanation}</p>}
          <ol aria-label={t("security.steps")} className="flex flex-col gap-1.5">
            {steps.map((step, index) => (
              <li key={`${step.key} ${String(index)}`} data-step={step.key} className="flex gap-2.5 text-sm">
                <StateShape state={stepStates[step.state]} className="mt-0.5" />
                <span className="min-w-0 flex-1">
                  <span className="font-medium">{word(step.key)}</span> <span className="sr-only">{t(stepStates[step.state].word)}</span>
                  {step.explanation !== "" && <span className="block break-words text-ink-2">{remarkText(step.remarks, step.explanation)}</span>}
                </span>
                {step.at != null && (
                  <span className="text-xs text-ink-2">
                    <Time at={step.at} style="second" />
                  </span>
                )}
              </li>
            ))}
          </ol>
          <p className="flex flex-wrap gap-x-4 text-xs text-ink-2">
            {operation.requestedBy !== "" && <span>{t("security.askedBy", { name: operation.requestedBy })}</span>}
            {!ended && operation.nextAt != null && (
              <span>
                {t("security.goesOn")} <Time at={operation.nextAt} style="minute" />
              </span>
            )}
            {!ended && operation.deadline != null && (
              <span>
                {t("security.givenUp")} <Time at={operation.deadline} style="minute" />
              </span>
            )}
            {named && (
              <Link to="/t/$tenant/stations/$stationId" params={{ tenant: tenant.slug, stationId: operation.station.id }} search={{ tab: "security" }} className="underline">
                {t("security.openStation")}
              </Link>
            )}
          </p>
        </div>
      </details>
      {!ended && may("station:credential") && (
        <Button
          size="sm"
          className="my-1"
          aria-label={t("security.cancelOf", { name: named ? `${operation.station.name}: ${title}` : title })}
          onClick={() => {
            setAsking(true);
          }}
        >
          {t("common.cancel")}
        </Button>
      )}
      {asking && (
        <Confirm
          open
          onOpenChange={setAsking}
          title={t("security.cancelTitle")}
          text={t("security.cancelText")}
          action={t("security.cancelRun")}
          danger
          busy={busy}
          onConfirm={async () => {
            const { problem } = await cancel({ input: { id: operation.id } });
            onChanged();
            return problem?.text;
          }}
        />
      )}
    </li>
  );
}
