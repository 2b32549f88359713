import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAll, useChange, usePages } from "@/app/data";
import { Checkbox, Field, Input, Select } from "@/components/field";
import { CommandDialog } from "@/features/commands/command-dialog";
import { MonitorableVariablesDocument, SetMonitorDocument, type MonitorableVariablesQuery, type MonitorType, type StationDetailFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { componentName, variableName } from "../variables/variable";
import { severities, severityOf, typesFor, type Severity } from "./monitor";

const none: NonNullable<MonitorableVariablesQuery["station"]>["watchable"] = { pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** Has the station watch one of its variables. */
export default function MonitorDialog({ station, version, onClose }: { station: StationDetailFragment; version: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [set] = useChange(SetMonitorDocument);
  const loaded = usePages(MonitorableVariablesDocument, { id: station.id, first: 200 }, (data) => data.station?.watchable ?? none);
  useAll(loaded);
  const variables = nodes(loaded.data?.station?.watchable);
  const [id, setId] = useState("");
  const [wanted, setType] = useState<MonitorType>("UPPER_THRESHOLD");
  const [value, setValue] = useState("");
  const [severity, setSeverity] = useState<Severity>(5);
  const [transaction, setTransaction] = useState(false);
  const variable = variables.find((item) => item.id === id);
  const types = typesFor(version, variable?.dataType);
  const type = types.includes(wanted) ? wanted : (types[0] ?? wanted);
  const number = value.trim() === "" ? Number.NaN : Number(value);
  const periodic = type === "PERIODIC" || type === "PERIODIC_CLOCK_ALIGNED";

  const ask = async () => {
    if (variable == null) return undefined;
    const { component, componentInstance, evseNo, connectorNo, instance } = variable;
    const monitor = {
      component,
      variable: variable.variable,
      ...(componentInstance === "" ? {} : { componentInstance }),
      ...(evseNo === 0 ? {} : { evseNo }),
      ...(connectorNo === 0 ? {} : { connectorNo }),
      ...(instance === "" ? {} : { instance }),
      type,
      value: number,
      severity,
      transaction,
    };
    const { data, problem } = await set({ input: { stationId: station.id, monitors: [monitor] } });
    return problem == null ? { command: data.setVariableMonitoring } : { failure: problem.text };
  };

  return (
    <CommandDialog
      title={t("monitoring.add")}
      description={t("monitoring.addText", { station: station.name })}
      run={t("monitoring.addRun")}
      ready={variable != null && !Number.isNaN(number)}
      onAsk={ask}
      onClose={onClose}
    >
      <Field label={t("monitoring.variable")} hint={loaded.data != null && variables.length === 0 ? t("monitoring.noVariables") : undefined}>
        {(ids) => (
          <Select
            {...ids}
            value={id}
            onChange={(event) => {
              setId(event.target.value);
            }}
          >
            <option value="">{t("common.choose")}</option>
            {variables.map((item) => (
              <option key={item.id} value={item.id}>
                {componentName(item)}.{variableName(item)}
                {item.evseNo > 0 ? ` · ${t("variables.evseNo", { no: item.evseNo })}` : ""}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("monitoring.when")}>
          {(ids) => (
            <Select
              {...ids}
              value={type}
              onChange={(event) => {
                setType(event.target.value as MonitorType);
              }}
            >
              {types.map((item) => (
                <option key={item} value={item}>
                  {t(`monitoring.type.${item}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("monitoring.value")} optional={periodic ? "s" : variable?.unit}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              value={value}
              onChange={(event) => {
                setValue(event.target.value);
              }}
            />
          )}
        </Field>
      </div>
      <Field label={t("monitoring.severityTitle")} hint={t("monitoring.severityHint")}>
        {(ids) => (
          <Select
            {...ids}
            value={severity}
            onChange={(event) => {
              setSeverity(severityOf(Number(event.target.value)) ?? 9);
            }}
          >
            {severities.map((item) => (
              <option key={item} value={item}>
                {item} {t(`monitoring.severity.${item}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Checkbox
        label={t("monitoring.transaction")}
        checked={transaction}
        onChange={(event) => {
          setTransaction(event.target.checked);
        }}
      />
    </CommandDialog>
  );
}
