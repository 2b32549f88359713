import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Field, Input, Select } from "@/components/field";
import type { ChargingRateUnit } from "@/gql/graphql";
import type { PeriodDraft } from "./draft";

type Props = { periods: readonly PeriodDraft[]; unit: ChargingRateUnit; onChange: (periods: readonly PeriodDraft[]) => void };

/** The steps of a schedule; each holds until the next. */
export function PeriodsEditor({ periods, unit, onChange }: Props) {
  const { t } = useTranslation();
  const change = (index: number, part: Partial<PeriodDraft>) => {
    onChange(periods.map((period, position) => (position === index ? { ...period, ...part } : period)));
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{t("charging.periods")}</legend>
      {periods.map((period, index) => (
        <div key={index} className="grid grid-cols-[1fr_1fr_1fr_auto] items-end gap-2">
          <Field label={t("charging.minutes", { no: index + 1 })}>
            {(ids) => (
              <Input
                {...ids}
                inputMode="numeric"
                value={period.minutes}
                onChange={(event) => {
                  change(index, { minutes: event.target.value });
                }}
              />
            )}
          </Field>
          <Field label={t("charging.limit", { no: index + 1, unit })}>
            {(ids) => (
              <Input
                {...ids}
                inputMode="decimal"
                value={period.limit}
                onChange={(event) => {
                  change(index, { limit: event.target.value });
                }}
              />
            )}
          </Field>
          <Field label={t("charging.phases", { no: index + 1 })}>
            {(ids) => (
              <Select
                {...ids}
                value={period.phases}
                onChange={(event) => {
                  change(index, { phases: event.target.value });
                }}
              >
                <option value="">{t("charging.phasesAny")}</option>
                <option value="1">1</option>
                <option value="2">2</option>
                <option value="3">3</option>
              </Select>
            )}
          </Field>
          <Button
            variant="quiet"
            size="icon"
            disabled={periods.length === 1}
            aria-label={t("charging.removePeriod", { no: index + 1 })}
            onClick={() => {
              onChange(periods.filter((_, position) => position !== index));
            }}
          >
            <Trash2 aria-hidden />
          </Button>
        </div>
      ))}
      <Button
        size="sm"
        className="self-start"
        onClick={() => {
          const last = periods.at(-1);
          onChange([...periods, { minutes: String((Number(last?.minutes) || 0) + 60), limit: last?.limit ?? "", phases: last?.phases ?? "" }]);
        }}
      >
        <Plus aria-hidden />
        {t("charging.addPeriod")}
      </Button>
    </fieldset>
  );
}
