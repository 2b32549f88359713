import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select } from "@/components/field";
import { Notice } from "@/components/notice";
import { startValues } from "@/features/commands/start-values";
import { nothingChosen } from "@/features/firmware/choice";
import { StartBulkCommandDocument, type StationDetailFragment } from "@/gql/graphql";
import { BulkFields } from "./bulk-fields";
import { bulkActions, fastest, isReady, minutesFor, slowest, type BulkKey, type BulkValues } from "./catalogue";

type Props = { stationIds: readonly string[]; connectors: StationDetailFragment["connectors"]; first?: BulkKey; onStarted: () => void; onClose: () => void };

/** Gives a command to many stations, one after the other. */
export default function StartDialog({ stationIds, connectors, first = "reset", onStarted, onClose }: Props) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  const navigate = useNavigate();
  const [start, busy] = useChange(StartBulkCommandDocument);
  const offered = bulkActions.filter(({ permission }) => may(permission));
  const [key, setKey] = useState<BulkKey>(first);
  const [values, setValues] = useState<BulkValues>(() => ({ ...startValues({ connectors }), evseNo: 0, component: "", listType: "DIFFERENTIAL", logType: "DIAGNOSTICS", firmware: nothingChosen }));
  const [name, setName] = useState("");
  const [rate, setRate] = useState("60");
  const [failure, setFailure] = useState<string>();
  const action = offered.find((item) => item.key === key) ?? offered[0];
  const perMinute = /^\d+$/.test(rate.trim()) ? Number(rate) : Number.NaN;
  const rateGood = perMinute >= slowest && perMinute <= fastest;
  const count = stationIds.length;
  if (action == null) return null;

  const given = { ...values, evseNo: action.fields.includes("connector") && values.evseNo === 0 ? 1 : values.evseNo };
  const run = async () => {
    setFailure(undefined);
    const { data, problem } = await start({ input: { ...action.command(given), stationIds: [...stationIds], perMinute, name: name.trim() === "" ? t(`bulk.action.${action.key}`) : name.trim() } });
    if (problem != null) {
      setFailure(problem.text);
      return;
    }
    onStarted();
    void navigate({ to: "/t/$tenant/bulk/$bulkId", params: { tenant: tenant.slug, bulkId: data.startBulkCommand.bulkCommand.id } });
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("bulk.title", { count })}
      description={t(`bulk.does.${action.key}`)}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" form="bulk" variant={action.drastic === true ? "danger" : "primary"} busy={busy} disabled={!rateGood || !isReady(action, given)}>
            {t("bulk.run", { count })}
          </Button>
        </>
      }
    >
      <form
        id="bulk"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label={t("commands.action")}>
          {(ids) => (
            <Select
              {...ids}
              value={action.key}
              onChange={(event) => {
                setFailure(undefined);
                setKey(event.target.value as BulkKey);
              }}
            >
              {offered.map((item) => (
                <option key={item.key} value={item.key}>
                  {t(`bulk.action.${item.key}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <BulkFields
          fields={action.fields}
          values={given}
          connectors={connectors}
          onChange={(change) => {
            setValues((old) => ({ ...old, ...change }));
          }}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("bulk.name")} optional={t("common.optional")}>
            {(ids) => (
              <Input
                {...ids}
                maxLength={100}
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                }}
              />
            )}
          </Field>
          <Field
            label={t("bulk.rate")}
            hint={rateGood ? t("bulk.takes", { count: minutesFor(count, perMinute) }) : undefined}
            error={rateGood ? undefined : t("bulk.rateFault", { min: slowest, max: fastest })}
          >
            {(ids) => (
              <Input
                {...ids}
                inputMode="numeric"
                value={rate}
                onChange={(event) => {
                  setRate(event.target.value);
                }}
              />
            )}
          </Field>
        </div>
        <p className="text-sm text-ink-2">{t("bulk.offline")}</p>
        {failure != null && <Notice tone="bad">{failure}</Notice>}
      </form>
    </Dialog>
  );
}
