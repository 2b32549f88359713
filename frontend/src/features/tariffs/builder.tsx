import { zodResolver } from "@hookform/resolvers/zod";
import { ChevronRight, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useController, useFieldArray, useForm, useWatch, type Control, type Path, type Resolver } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/app/errors";
import { useHere } from "@/app/viewer";
import { Button } from "@/components/button";
import { Checkbox, Field, Select } from "@/components/field";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { ElementEditor } from "./element-editor";
import { emptyElement, fieldOf, lostInPlain, perKwhOf, tariffForm, type TariffValues } from "./form";
import { PriceExample } from "./price-example";
import { TextField } from "./text-field";

type Props = {
  initial: TariffValues;
  /** A tariff that exists stays in its currency and its network. */
  exists: boolean;
  submit: string;
  note?: string;
  onSubmit: (values: TariffValues) => Promise<(Problem & { text: string }) | undefined>;
};

/** Writes a tariff, with what a session would cost by it beside it. */
export function TariffBuilder({ initial, exists, submit, note, onSubmit }: Props) {
  const { t } = useTranslation();
  const { control, handleSubmit, setError, clearErrors, formState, setValue, getValues } = useForm<TariffValues>({
    // The form's own types say the same; the two libraries can't see it.
    resolver: zodResolver(tariffForm) as unknown as Resolver<TariffValues>,
    defaultValues: initial,
  });
  const mode = useWatch({ control, name: "mode" });
  const [losing, setLosing] = useState<ReturnType<typeof lostInPlain>>();

  /** Shows what the server found at the field that it names; false where it names none that is seen. */
  const place = (problem: Problem | undefined, focus = false): boolean => {
    const field = fieldOf(problem?.field, getValues("mode"));
    if (problem == null || field == null) return false;
    setError(field as Path<TariffValues>, { type: "server", message: problem.message }, { shouldFocus: focus });
    return true;
  };
  const send = handleSubmit(async (values) => {
    const problem = await onSubmit({ ...values, mode: getValues("mode") });
    if (problem != null && !place(problem, true)) setError("root", { message: problem.text });
  });
  const setMode = (next: TariffValues["mode"]) => {
    clearErrors();
    // What was typed in the plain mode is where the detailed one begins.
    if (next === "full" && getValues("elements.0.components.0.price") === "") setValue("elements.0.components.0.price", getValues("perKwh"));
    if (next === "plain") setValue("perKwh", perKwhOf(getValues()));
    setValue("mode", next);
  };
  const toggle = () => {
    if (mode === "plain") setMode("full");
    else {
      const lost = lostInPlain(getValues());
      if (lost.length === 0) setMode("plain");
      else setLosing(lost);
    }
  };

  return (
    <form noValidate onSubmit={(event) => void send(event)} className="grid items-start gap-4 px-4 pb-10 sm:px-6 xl:grid-cols-[minmax(0,1fr)_28rem]">
      <div className="flex min-w-0 flex-col gap-4">
        <Panel>
          <div className="flex flex-col gap-4">
            <Basics control={control} exists={exists} />
            {mode === "plain" && <PlainPrice control={control} />}
            <button
              type="button"
              className="flex items-center gap-1 self-start rounded-sm text-sm font-medium text-accent hover:underline"
              aria-expanded={mode === "full"}
              onClick={toggle}
            >
              <ChevronRight aria-hidden className={mode === "full" ? "size-4 rotate-90" : "size-4"} />
              {t(mode === "plain" ? "tariffs.toFull" : "tariffs.toPlain")}
            </button>
          </div>
        </Panel>
        {mode === "full" && <Full control={control} />}
        {formState.errors.root?.message != null && <Notice tone="bad">{formState.errors.root.message}</Notice>}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" busy={formState.isSubmitting}>
            {submit}
          </Button>
          {note != null && <p className="min-w-0 flex-1 basis-60 text-sm text-ink-2">{note}</p>}
        </div>
      </div>
      <LazyConfirm
        open={losing != null}
        onOpenChange={() => {
          setLosing(undefined);
        }}
        title={t("tariffs.plainTitle")}
        text={t("tariffs.plainText")}
        action={t("tariffs.plainDo")}
        danger
        onConfirm={() => {
          setMode("plain");
          return Promise.resolve(undefined);
        }}
      >
        <ul className="list-disc pl-5 text-sm">
          {losing?.map((detail) => (
            <li key={detail}>{t(`tariffs.lost.${detail}`)}</li>
          ))}
        </ul>
      </LazyConfirm>
      <div className="min-w-0 xl:sticky xl:top-4">
        <PriceExample
          control={control}
          onProblem={(problem) => {
            clearServer(formState.errors, clearErrors);
            return place(problem);
          }}
        />
      </div>
    </form>
  );
}

/** Takes away what an earlier answer of the server said about fields. */
function clearServer(errors: object, clear: (name: Path<TariffValues>) => void) {
  const walk = (node: unknown, path: string) => {
    if (node == null || typeof node !== "object" || node instanceof Element) return;
    if ("type" in node && node.type === "server") clear(path as Path<TariffValues>);
    else if (!("type" in node && typeof node.type === "string")) for (const [key, inner] of Object.entries(node)) if (key !== "ref") walk(inner, path === "" ? key : `${path}.${key}`);
  };
  walk(errors, "");
}

function Basics({ control, exists }: { control: Control<TariffValues>; exists: boolean }) {
  const { t } = useTranslation();
  const { viewer } = useHere();
  const { field } = useController({ control, name: "networkId" });
  const currency = useController({ control, name: "currency" });
  const networks = viewer.networks.filter(({ archivedAt }) => archivedAt == null);
  return (
    <div className="grid gap-4 sm:grid-cols-6">
      <TextField control={control} name="name" label={t("tariffs.name")} maxLength={100} autoFocus={!exists} className="sm:col-span-6" />
      {!exists && (
        <Field label={t("stations.network")} hint={t("tariffs.networkHint")} className="sm:col-span-4">
          {(ids) => (
            <Select
              {...ids}
              {...field}
              onChange={(event) => {
                field.onChange(event);
                const chosen = networks.find(({ id }) => id === event.target.value);
                if (chosen != null) currency.field.onChange(chosen.currency);
              }}
            >
              <option value="">{t("scope.all")}</option>
              {networks.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {!exists && <TextField control={control} name="currency" label={t("settings.currency")} maxLength={3} inputClassName="uppercase" className="sm:col-span-2" />}
    </div>
  );
}

function PlainPrice({ control }: { control: Control<TariffValues> }) {
  const { t } = useTranslation();
  const currency = useWatch({ control, name: "currency" });
  return <TextField control={control} name="perKwh" label={t("tariffs.unit.ENERGY", { currency: currency.toUpperCase() })} hint={t("tariffs.plainHint")} inputMode="decimal" placeholder="0.45" className="max-w-64" />;
}

function Full({ control }: { control: Control<TariffValues> }) {
  const { t } = useTranslation();
  const { fields, append, remove, move } = useFieldArray({ control, name: "elements" });
  const taxes = useController({ control, name: "taxes" });
  return (
    <>
      <Panel>
        <Field label={t("tariffs.taxes")} hint={t(`tariffs.taxHint.${taxes.field.value}`)} error={taxes.fieldState.error?.message} className="max-w-96">
          {(ids) => (
            <Select {...ids} {...taxes.field}>
              <option value="NOT_APPLIED">{t("tariffs.taxChoice.NOT_APPLIED")}</option>
              <option value="YES">{t("tariffs.taxChoice.YES")}</option>
              <option value="NO">{t("tariffs.taxChoice.NO")}</option>
            </Select>
          )}
        </Field>
      </Panel>
      <p className="text-sm text-ink-2">{t("tariffs.elementsText")}</p>
      {fields.map((field, index) => (
        <ElementEditor
          key={field.id}
          control={control}
          index={index}
          count={fields.length}
          onRemove={() => {
            remove(index);
          }}
          onMove={(to) => {
            move(index, to);
          }}
        />
      ))}
      <Button
        className="self-start"
        onClick={() => {
          append(emptyElement());
        }}
      >
        <Plus aria-hidden />
        {t("tariffs.addElement")}
      </Button>
      <Limits control={control} taxed={taxes.field.value !== "NOT_APPLIED"} />
      <Texts control={control} />
    </>
  );
}

function Limits({ control, taxed }: { control: Control<TariffValues>; taxed: boolean }) {
  const { t } = useTranslation();
  const zero = useController({ control, name: "billZeroEnergy" });
  return (
    <Panel title={t("tariffs.limits")}>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        {(["minPrice", "maxPrice", "idleCap"] as const).flatMap((name) => [
          <TextField key={name} control={control} name={`${name}.before`} label={taxed ? t("tariffs.before", { what: t(`tariffs.${name}`) }) : t(`tariffs.${name}`)} inputMode="decimal" className="sm:col-span-2" />,
          taxed && <TextField key={`${name}.after`} control={control} name={`${name}.after`} label={t("tariffs.after", { what: t(`tariffs.${name}`) })} inputMode="decimal" className="sm:col-span-2" />,
        ])}
        <TextField control={control} name="idleGraceMinutes" label={t("tariffs.grace")} hint={t("tariffs.graceHint")} inputMode="decimal" className="col-span-2" />
        <TextField control={control} name="validFrom" label={t("tariffs.validFrom")} type="datetime-local" className="col-span-2" />
        <TextField control={control} name="validTo" label={t("tariffs.validTo")} hint={t("tariffs.validHint")} type="datetime-local" className="col-span-2" />
        <Checkbox
          className="col-span-2 sm:col-span-4"
          label={t("tariffs.zero")}
          hint={t("tariffs.zeroHint")}
          checked={zero.field.value}
          onChange={(event) => {
            zero.field.onChange(event.target.checked);
          }}
        />
      </div>
    </Panel>
  );
}

function Texts({ control }: { control: Control<TariffValues> }) {
  const { t } = useTranslation();
  const { fields, append, remove } = useFieldArray({ control, name: "texts" });
  return (
    <Panel title={t("tariffs.texts")} note={t("tariffs.textsHint")}>
      <div className="flex flex-col gap-3">
        {fields.map((field, index) => (
          <div key={field.id} className="grid grid-cols-[6rem_1fr_auto] items-start gap-2">
            <TextField control={control} name={`texts.${index}.language`} label={t("tariffs.language")} placeholder="en" maxLength={20} />
            <TextField control={control} name={`texts.${index}.text`} label={t("tariffs.textIn")} maxLength={512} />
            <Button
              variant="quiet"
              size="icon"
              className="mt-6"
              aria-label={t("tariffs.removeText", { no: index + 1 })}
              onClick={() => {
                remove(index);
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
            append({ language: "", text: "" });
          }}
        >
          <Plus aria-hidden />
          {t("tariffs.addText")}
        </Button>
      </div>
    </Panel>
  );
}
