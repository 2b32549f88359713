import { useTranslation } from "react-i18next";
import { useData } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Checkbox, Field, Input, Select } from "@/components/field";
import { TokenChoicesDocument, type StationDetailFragment, type TriggerableMessage } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import type { FieldKey } from "./actions";
import { tagLength, triggersFor } from "./versions";
import type { Values } from "./send";

export type RunningSession = { id: string; evseNo: number; idTag: string };

type Props = {
  fields: readonly FieldKey[];
  values: Values;
  station: Pick<StationDetailFragment, "connectors">;
  running: readonly RunningSession[];
  /** What the station speaks; left out, what stations of every version can be asked for is offered. */
  version?: string;
  /** What choosing no connector is called. */
  wholeStation?: string;
  onChange: (change: Partial<Values>) => void;
};

export function ActionFields({ fields, values, station, running, version, wholeStation, onChange }: Props) {
  const { t } = useTranslation();
  const numbers = [...new Set((station.connectors ?? []).map(({ evseNo }) => evseNo).filter((no) => no > 0))].sort((a, b) => a - b);
  const connectors = numbers.length === 0 ? [1] : numbers;
  return fields.map((field) => {
    switch (field) {
      case "connector":
      case "target":
        return (
          <Field key={field} label={t("action.field.connector")}>
            {(ids) => (
              <Select
                {...ids}
                value={values.evseNo}
                onChange={(event) => {
                  onChange({ evseNo: Number(event.target.value) });
                }}
              >
                {field === "target" && <option value={0}>{wholeStation ?? t("action.field.station")}</option>}
                {connectors.map((no) => (
                  <option key={no} value={no}>
                    {t("station.connectorNo", { no })}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        );
      case "token":
        return <TokenField key={field} value={values.token} length={tagLength(version)} onChange={onChange} />;
      case "session":
        return (
          <Field key={field} label={t("action.field.session")}>
            {(ids) => (
              <Select
                {...ids}
                value={values.sessionId}
                onChange={(event) => {
                  onChange({ sessionId: event.target.value });
                }}
              >
                {running.map(({ id, evseNo, idTag }) => (
                  <option key={id} value={id}>
                    {t("station.connectorNo", { no: evseNo })} · {idTag}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        );
      case "resetType":
        return (
          <Field key={field} label={t("action.reset.type")} hint={t(values.resetType === "HARD" ? "action.reset.hard" : "action.reset.soft")}>
            {(ids) => (
              <Select
                {...ids}
                value={values.resetType}
                onChange={(event) => {
                  onChange({ resetType: event.target.value === "HARD" ? "HARD" : "SOFT" });
                }}
              >
                <option value="SOFT">{t("action.reset.softName")}</option>
                <option value="HARD">{t("action.reset.hardName")}</option>
              </Select>
            )}
          </Field>
        );
      case "operative":
        return (
          <Checkbox
            key={field}
            label={t("action.field.operative")}
            hint={t("action.field.operativeHint")}
            checked={values.operative}
            onChange={(event) => {
              onChange({ operative: event.target.checked });
            }}
          />
        );
      case "message":
        return (
          <Field key={field} label={t("action.field.message")}>
            {(ids) => (
              <Select
                {...ids}
                value={values.message}
                onChange={(event) => {
                  onChange({ message: event.target.value as TriggerableMessage });
                }}
              >
                {triggersFor(version).map((message) => (
                  <option key={message} value={message}>
                    {t(`trigger.${message}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        );
      case "keys":
        return (
          <Field key={field} label={t("action.field.keys")} optional={t("common.optional")} hint={t("action.field.keysHint")}>
            {(ids) => (
              <Input
                {...ids}
                value={values.keys}
                spellCheck={false}
                className="font-mono"
                onChange={(event) => {
                  onChange({ keys: event.target.value });
                }}
              />
            )}
          </Field>
        );
      case "setting":
        return (
          <Field key={field} label={t("action.field.setting")}>
            {(ids) => (
              <Input
                {...ids}
                value={values.setting}
                spellCheck={false}
                className="font-mono"
                onChange={(event) => {
                  onChange({ setting: event.target.value });
                }}
              />
            )}
          </Field>
        );
      case "value":
        return (
          <Field key={field} label={t("action.field.value")}>
            {(ids) => (
              <Input
                {...ids}
                value={values.value}
                spellCheck={false}
                className="font-mono"
                onChange={(event) => {
                  onChange({ value: event.target.value });
                }}
              />
            )}
          </Field>
        );
    }
  });
}

/** A registered token by its label, or any idTag typed in. */
function TokenField({ value, length, onChange }: { value: string; length: number; onChange: (change: Partial<Values>) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const tokens = useData(TokenChoicesDocument, { search: value.trim() }, !may("token:read"));
  return (
    <Field label={t("action.field.token")} hint={t("action.field.tokenHint", { count: length })}>
      {(ids) => (
        <>
          <Input
            {...ids}
            value={value}
            maxLength={length}
            list="token-choices"
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
            onChange={(event) => {
              onChange({ token: event.target.value });
            }}
          />
          <datalist id="token-choices">
            {nodes(tokens.data?.tokens).map(({ id, idTag, label }) => (
              <option key={id} value={idTag}>
                {label}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
