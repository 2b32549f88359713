import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAll, useChange, usePages } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Checkbox, Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { CommandOutcome } from "@/features/commands/command-outcome";
import { MonitorableVariablesDocument, SetMonitorDocument, type CommandRowFragment, type MonitorableVariablesQuery, type MonitorType, type StationDetailFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { componentName, variableName } from "../variables/variable";
import { severities, severityOf, typesFor, type Severity } from "./monitor";

const none: NonNullable<MonitorableVariablesQuery["station"]>["watchable"] = { pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** Has the station watch one of its variables. */
export default function MonitorDialog({ station, version, onClose }: { station: StationDetailFragment; version: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [set, busy] = useChange(SetMonitorDocument);
  const loaded = usePages(MonitorableVariablesDocument, { id: station.id, first: 200 }, (data) => data.station?.watchable ?? none);
  useAll(loaded);
  const variables = nodes(loaded.data?.station?.watchable);
  const [id, setId] = useState("");
  const [wanted, setType] = useState<MonitorType>("UPPER_THRESHOLD");
  const [value, setValue] = useState("");
  const [severity, setSeverity] = useState<Severity>(5);
  const [transaction, setTransaction] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [command, setCommand] = useState<CommandRowFragment>();
  const variable = variables.find((item) => item.id === id);
  const types = typesFor(version, variable?.dataType);
  const type = types.includes(wanted) ? wanted : (types[0] ?? wanted);
  const number = value.trim() === "" ? Number.NaN : Number(value);
  const periodic = type === "PERIODIC" || type === "PERIODIC_CLOCK_ALIGNED";

  const run = async () => {
    if (variable == null) return;
    setFailure(undefined);
    setCommand(undefined);
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
    if (problem == null) setCommand(data.setVariableMonitoring);
    else setFailure(problem.text);
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("monitoring.add")}
      description={t("monitoring.addText", { station: station.name })}
      footer={
        <>
          <Button onClick={onClose}>{t(command == null ? "common.cancel" : "common.close")}</Button>
          <Button type="submit" form="monitor" variant="primary" busy={busy} disabled={variable == null || Number.isNaN(number)}>
            {busy ? t("action.waiting") : t(command == null ? "monitoring.addRun" : "action.again")}
          </Button>
        </>
      }
    >
      <form
        id="monitor"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
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
        <div aria-live="polite" className="flex flex-col gap-4 empty:hidden">
          {failure != null && <Notice tone="bad">{failure}</Notice>}
          {command != null && <CommandOutcome command={command} />}
        </div>
      </form>
    </Dialog>
  );
}
