import { Plus, Trash2 } from "lucide-react";
import { useController, useFieldArray, useWatch, type Control } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Field, Select } from "@/components/field";
import { cn } from "@/lib/cn";
import { useLocale } from "@/lib/locale";
import { dimensions, weekdays, type Weekday } from "./definition";
import { restrictionsOf, type TariffValues } from "./form";
import { TextField } from "./text-field";
import { dayName, restrictionWords } from "./words";

type Props = { control: Control<TariffValues>; index: number; count: number; onRemove: () => void; onMove: (to: number) => void };

/** One element: what it prices, and when. The first element that holds counts. */
export function ElementEditor({ control, index, count, onRemove, onMove }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { fields, append, remove } = useFieldArray({ control, name: `elements.${index}.components` });
  const [components, restrictions, taxes, currency] = useWatch({ control, name: [`elements.${index}.components`, `elements.${index}.restrictions`, "taxes", "currency"] });
  const used = components.map(({ type }) => type);
  const free = dimensions.filter((dimension) => !used.includes(dimension));
  const when = restrictionWords(t, locale, restrictionsOf(restrictions));
  const no = index + 1;
  return (
    <fieldset className="rounded-lg border bg-surface">
      <legend className="sr-only">{t("bill.element", { no })}</legend>
      <div className="flex flex-wrap items-center gap-2 border-b px-4 py-1.5">
        <p aria-hidden className="text-sm font-semibold">
          {t("bill.element", { no })}
        </p>
        <p className="min-w-0 flex-1 basis-40 truncate text-sm text-ink-2">{when === "" ? t("tariffs.always") : when}</p>
        {count > 1 && (
          <>
            <Button
              size="sm"
              variant="quiet"
              disabled={index === 0}
              aria-label={t("tariffs.moveUp", { no })}
              onClick={() => {
                onMove(index - 1);
              }}
            >
              ↑
            </Button>
            <Button size="icon-sm" variant="quiet" aria-label={t("tariffs.removeElement", { no })} onClick={onRemove}>
              <Trash2 aria-hidden />
            </Button>
          </>
        )}
      </div>
      <div className="flex flex-col gap-4 p-4">
        {fields.map((field, at) => {
          const type = components[at]?.type ?? "ENERGY";
          const path = `elements.${index}.components.${at}` as const;
          return (
            <div key={field.id} className={cn("grid grid-cols-2 items-start gap-3", taxes === "NOT_APPLIED" ? "sm:grid-cols-[1.4fr_1fr_1fr_auto]" : "sm:grid-cols-[1.4fr_1fr_0.7fr_1fr_auto]")}>
              <DimensionField control={control} name={`${path}.type`} taken={used} />
              <TextField control={control} name={`${path}.price`} label={t(`tariffs.unit.${type}`, { currency })} inputMode="decimal" />
              {taxes !== "NOT_APPLIED" && <TextField control={control} name={`${path}.tax`} label={t("tariffs.taxPercent")} inputMode="decimal" />}
              {type === "FLAT" ? <span className="hidden sm:block" /> : <TextField control={control} name={`${path}.step`} label={t(type === "ENERGY" ? "tariffs.step.energy" : "tariffs.step.time")} inputMode="numeric" />}
              <Button
                variant="quiet"
                size="icon"
                className="self-end justify-self-end"
                disabled={fields.length === 1}
                aria-label={t("tariffs.removeComponent", { what: t(`bill.dimension.${type}`), no })}
                onClick={() => {
                  remove(at);
                }}
              >
                <Trash2 aria-hidden />
              </Button>
            </div>
          );
        })}
        {free[0] != null && (
          <Button
            size="sm"
            className="self-start"
            onClick={() => {
              append({ type: free[0] ?? "FLAT", price: "", tax: components[0]?.tax ?? "", step: "1" });
            }}
          >
            <Plus aria-hidden />
            {t("tariffs.addComponent")}
          </Button>
        )}
        <details className="group rounded-md border">
          <summary className="cursor-pointer rounded-md px-3 py-2 text-sm font-medium select-none hover:bg-hover">{t("tariffs.when")}</summary>
          <RestrictionFields control={control} index={index} />
        </details>
      </div>
    </fieldset>
  );
}

function DimensionField({ control, name, taken }: { control: Control<TariffValues>; name: `elements.${number}.components.${number}.type`; taken: readonly string[] }) {
  const { t } = useTranslation();
  const { field, fieldState } = useController({ control, name });
  return (
    <Field label={t("tariffs.component")} error={fieldState.error?.message}>
      {(ids) => (
        <Select {...ids} {...field}>
          {dimensions.map((dimension) => (
            <option key={dimension} value={dimension} disabled={dimension !== field.value && taken.includes(dimension)}>
              {t(`bill.dimension.${dimension}`)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function RestrictionFields({ control, index }: { control: Control<TariffValues>; index: number }) {
  const { t } = useTranslation();
  const path = `elements.${index}.restrictions` as const;
  const reservation = useController({ control, name: `${path}.reservation` });
  return (
    <div className="flex flex-col gap-4 border-t p-3">
      <Days control={control} name={`${path}.days`} />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <TextField control={control} name={`${path}.startTime`} label={t("tariffs.restrict.startTime")} type="time" />
        <TextField control={control} name={`${path}.endTime`} label={t("tariffs.restrict.endTime")} type="time" />
        <TextField control={control} name={`${path}.startDate`} label={t("tariffs.restrict.startDate")} type="date" />
        <TextField control={control} name={`${path}.endDate`} label={t("tariffs.restrict.endDate")} type="date" />
        <TextField control={control} name={`${path}.minKwh`} label={t("tariffs.restrict.minKwh")} inputMode="decimal" />
        <TextField control={control} name={`${path}.maxKwh`} label={t("tariffs.restrict.maxKwh")} inputMode="decimal" />
        <TextField control={control} name={`${path}.minMinutes`} label={t("tariffs.restrict.minMinutes")} inputMode="decimal" />
        <TextField control={control} name={`${path}.maxMinutes`} label={t("tariffs.restrict.maxMinutes")} inputMode="decimal" />
        <TextField control={control} name={`${path}.minPower`} label={t("tariffs.restrict.minPower")} inputMode="decimal" />
        <TextField control={control} name={`${path}.maxPower`} label={t("tariffs.restrict.maxPower")} inputMode="decimal" />
        <TextField control={control} name={`${path}.minCurrent`} label={t("tariffs.restrict.minCurrent")} inputMode="decimal" />
        <TextField control={control} name={`${path}.maxCurrent`} label={t("tariffs.restrict.maxCurrent")} inputMode="decimal" />
      </div>
      <Field label={t("tariffs.restrict.reservation")} error={reservation.fieldState.error?.message}>
        {(ids) => (
          <Select {...ids} {...reservation.field}>
            <option value="">{t("tariffs.reservation.none")}</option>
            <option value="RESERVATION">{t("tariffs.reservation.RESERVATION")}</option>
            <option value="RESERVATION_EXPIRES">{t("tariffs.reservation.RESERVATION_EXPIRES")}</option>
          </Select>
        )}
      </Field>
    </div>
  );
}

function Days({ control, name }: { control: Control<TariffValues>; name: `elements.${number}.restrictions.days` }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { field, fieldState } = useController({ control, name });
  const toggle = (day: Weekday) => {
    field.onChange(field.value.includes(day) ? field.value.filter((item) => item !== day) : [...field.value, day]);
  };
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{t("tariffs.restrict.days")}</legend>
      <div className="flex flex-wrap gap-1.5">
        {weekdays.map((day) => {
          const on = field.value.includes(day);
          return (
            <button
              key={day}
              type="button"
              aria-pressed={on}
              aria-label={dayName(locale, day)}
              className={cn("h-8 min-w-11 rounded-md border px-2 text-sm", on ? "border-transparent bg-ink font-medium text-bg" : "border-field text-ink-2 hover:text-ink")}
              onClick={() => {
                toggle(day);
              }}
            >
              {dayName(locale, day, "short")}
            </button>
          );
        })}
      </div>
      {fieldState.error?.message != null && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {fieldState.error.message}
        </p>
      )}
    </fieldset>
  );
}
