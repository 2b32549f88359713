import { useTranslation } from "react-i18next";
import { Field, Input, Select } from "@/components/field";
import { ActionFields } from "@/features/commands/action-fields";
import { FirmwareField } from "@/features/firmware/firmware-field";
import type { LocalListUpdate, LogType, StationDetailFragment } from "@/gql/graphql";
import type { BulkField, BulkValues } from "./catalogue";

type Props = { fields: readonly BulkField[]; values: BulkValues; connectors: StationDetailFragment["connectors"]; onChange: (change: Partial<BulkValues>) => void };

/** The fields of a bulk command: those of an action for one station, and some more. */
export function BulkFields({ fields, values, connectors, onChange }: Props) {
  const { t } = useTranslation();
  return fields.map((field) => {
    switch (field) {
      case "component":
        return (
          <Field key={field} label={t("variables.component")} optional={t("common.optional")} hint={t("bulk.componentHint")}>
            {(ids) => (
              <Input
                {...ids}
                className="font-mono"
                spellCheck={false}
                value={values.component}
                onChange={(event) => {
                  onChange({ component: event.target.value });
                }}
              />
            )}
          </Field>
        );
      case "listType":
        return (
          <Field key={field} label={t("bulk.listType")}>
            {(ids) => (
              <Select
                {...ids}
                value={values.listType}
                onChange={(event) => {
                  onChange({ listType: event.target.value as LocalListUpdate });
                }}
              >
                <option value="DIFFERENTIAL">{t("localList.send.DIFFERENTIAL")}</option>
                <option value="FULL">{t("localList.send.FULL")}</option>
              </Select>
            )}
          </Field>
        );
      case "logType":
        return (
          <Field key={field} label={t("logs.type")}>
            {(ids) => (
              <Select
                {...ids}
                value={values.logType}
                onChange={(event) => {
                  onChange({ logType: event.target.value as LogType });
                }}
              >
                <option value="DIAGNOSTICS">{t("logs.kind.DIAGNOSTICS")}</option>
                <option value="SECURITY">{t("logs.kind.SECURITY")}</option>
              </Select>
            )}
          </Field>
        );
      case "firmware":
        return (
          <FirmwareField
            key={field}
            chosen={values.firmware}
            onChange={(change) => {
              onChange({ firmware: { ...values.firmware, ...change } });
            }}
          />
        );
      default:
        return <ActionFields key={field} fields={[field]} values={values} station={{ connectors }} running={[]} onChange={onChange} />;
    }
  });
}
