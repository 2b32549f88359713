import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { Field, Input } from "@/components/field";
import { ListStates } from "@/components/list";
import { Empty } from "@/components/states";
import { ComparableVariablesDocument } from "@/gql/graphql";
import { nameOf, offeredOf, type Offered } from "./compare";

/** Finds a variable among those that the first of the stations have. */
export function VariablePicker({ stationIds, onChoose }: { stationIds: readonly string[]; onChoose: (variable: Offered) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const where = wanted === "" ? {} : { or: [{ variableContainsFold: wanted }, { componentContainsFold: wanted }] };
  const loaded = useData(ComparableVariablesDocument, { ids: stationIds.slice(0, 8), where });
  const offered = offeredOf(loaded.data);
  return (
    <div className="flex flex-col gap-3">
      <Field label={t("compare.variable")}>
        {(ids) => (
          <Input
            {...ids}
            type="search"
            className="font-mono"
            spellCheck={false}
            autoComplete="off"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        )}
      </Field>
      <ListStates loading={loaded.loading} problem={loaded.problem} onRetry={loaded.refetch} count={loaded.data == null ? undefined : offered.length} empty={<Empty title={t("variables.noMatch")} text={t("compare.noneText")} />}>
        <ul aria-label={t("station.variables")} className="divide-y rounded-md border">
          {offered.slice(0, 100).map((variable) => (
            <li key={nameOf(variable) + String(variable.evseNo) + String(variable.connectorNo)}>
              <button
                type="button"
                className="flex w-full flex-wrap items-baseline gap-x-3 px-3 py-1.5 text-left text-sm hover:bg-hover"
                onClick={() => {
                  onChoose(variable);
                }}
              >
                <span className="code break-all">{nameOf(variable)}</span>
                {variable.evseNo > 0 && <span className="text-xs text-ink-2">{t("variables.evseNo", { no: variable.evseNo })}</span>}
                {variable.unit !== "" && <span className="text-xs text-ink-2">{variable.unit}</span>}
              </button>
            </li>
          ))}
        </ul>
      </ListStates>
    </div>
  );
}
