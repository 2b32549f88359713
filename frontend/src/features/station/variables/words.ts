import type { ParseKeys } from "i18next";
import { useTranslation } from "react-i18next";
import { useLocale } from "@/lib/locale";
import { traitsOf, type faultOf, type Variable } from "./variable";

/** Why a value doesn't do, in a sentence. */
export function useFaultText() {
  const { t } = useTranslation();
  const locale = useLocale();
  return ({ key, limit, item }: NonNullable<ReturnType<typeof faultOf>>) =>
    t(`variables.fault.${key}`, { limit: limit == null ? "" : new Intl.NumberFormat(locale).format(limit), item: item ?? "" });
}

/** What a number may be, where the station says. */
export function useRange() {
  const { t } = useTranslation();
  const locale = useLocale();
  return (variable: Variable): string | undefined => {
    const { type, min, max, unit } = traitsOf(variable);
    if (type !== "INTEGER" && type !== "DECIMAL") return undefined;
    const write = (value: number) => `${new Intl.NumberFormat(locale).format(value)}${unit === "" ? "" : ` ${unit}`}`;
    if (min != null && max != null) return t("variables.between", { min: write(min), max: write(max) });
    if (min != null) return t("variables.atLeast", { min: write(min) });
    if (max != null) return t("variables.atMost", { max: write(max) });
    return undefined;
  };
}

/** What stations say became of a change (OCPP 1.6 §7.22, 2.0.1 Part 2 §3.79). */
const outcomeWords: Readonly<Record<string, ParseKeys>> = {
  Accepted: "variables.outcome.Accepted",
  RebootRequired: "variables.outcome.RebootRequired",
  Rejected: "variables.outcome.Rejected",
  NotSupported: "variables.outcome.NotSupported",
  UnknownComponent: "variables.outcome.UnknownComponent",
  UnknownVariable: "variables.outcome.UnknownVariable",
  NotSupportedAttributeType: "variables.outcome.NotSupportedAttributeType",
};

export function outcomeKey(status: string): ParseKeys | undefined {
  return outcomeWords[status];
}
