import type { ComponentProps } from "react";
import { useController, type Control, type FieldPathByValue } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input } from "@/components/field";
import type { TariffValues } from "./form";

type Props = Pick<ComponentProps<"input">, "type" | "inputMode" | "maxLength" | "placeholder" | "autoFocus" | "disabled"> & {
  control: Control<TariffValues>;
  name: FieldPathByValue<TariffValues, string>;
  label: string;
  hint?: string;
  className?: string;
  inputClassName?: string;
};

/** A field of the builder: what is wrong with it is said in our words, or in the server's. */
export function TextField({ control, name, label, hint, className, inputClassName, ...rest }: Props) {
  const { t } = useTranslation();
  const { field, fieldState } = useController({ control, name });
  const message = fieldState.error?.message;
  const words: Readonly<Record<string, string>> = { missing: t("tariffs.fault.missing"), long: t("add.tooLong"), amount: t("tariffs.fault.amount"), whole: t("tariffs.fault.whole"), currency: t("tariffs.fault.currency") };
  return (
    <Field label={label} hint={hint} error={message == null ? undefined : (words[message] ?? message)} {...(className == null ? {} : { className })}>
      {(ids) => <Input {...ids} {...rest} {...field} value={field.value} {...(inputClassName == null ? {} : { className: inputClassName })} autoComplete="off" />}
    </Field>
  );
}
