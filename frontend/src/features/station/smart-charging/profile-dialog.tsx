import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Field, Input, Select } from "@/components/field";
import { Skeleton } from "@/components/skeleton";
import type { RunningSession } from "@/features/commands/action-fields";
import { CommandDialog } from "@/features/commands/command-dialog";
import { SetChargingProfileDocument, type ChargingProfileKind, type ChargingProfilePurpose, type StationDetailFragment } from "@/gql/graphql";
import { draftFault, inputOf, previewOf, type ProfileDraft } from "./draft";
import { PeriodsEditor } from "./periods-editor";
import { purposesFor, usePurposeName } from "./purposes";
import { pictureOf } from "./schedule";

const ScheduleChart = lazy(() => import("./schedule-chart"));

type Props = { station: StationDetailFragment; running: readonly RunningSession[]; version: string; evseNo: number; onClose: () => void };

const hour = 3_600_000;
const kinds: readonly ChargingProfileKind[] = ["ABSOLUTE", "RECURRING", "RELATIVE"];

/** Sets a limit over time; the picture shows it while it is typed. */
export default function ProfileDialog({ station, running, version, evseNo, onClose }: Props) {
  const { t } = useTranslation();
  const purposeName = usePurposeName();
  const [set] = useChange(SetChargingProfileDocument);
  const [opened] = useState(() => Date.now());
  const [draft, setDraft] = useState<ProfileDraft>({
    evseNo,
    sessionId: (running.find((session) => session.evseNo === evseNo) ?? running[0])?.id ?? "",
    purpose: "TX_DEFAULT_PROFILE",
    kind: "ABSOLUTE",
    recurrency: "DAILY",
    stackLevel: "1",
    unit: "A",
    startAt: "",
    hours: "",
    periods: [{ minutes: "0", limit: "16", phases: "" }],
  });
  const change = (part: Partial<ProfileDraft>) => {
    setDraft((old) => ({ ...old, ...part }));
  };
  const fault = draftFault(draft);
  const purposes = purposesFor(version).filter((purpose) => purpose !== "TX_PROFILE" || running.length > 0);
  const numbers = [...new Set((station.connectors ?? []).map((connector) => connector.evseNo).filter((no) => no > 0))].sort((a, b) => a - b);
  const picture = useMemo(() => {
    const preview = previewOf(draft, opened);
    return preview == null ? undefined : pictureOf([preview], undefined, { from: opened - hour, to: opened + 23 * hour }, draft.unit);
  }, [draft, opened]);
  const named = useMemo(() => [{ id: "draft", name: purposeName(draft.purpose), purpose: draft.purpose }], [purposeName, draft.purpose]);

  const ask = async () => {
    const { data, problem } = await set({
      input: { stationId: station.id, evseNo: draft.evseNo, ...(draft.purpose === "TX_PROFILE" ? { sessionId: draft.sessionId } : {}), profile: inputOf(draft) },
    });
    return problem == null ? { command: data.setChargingProfile } : { failure: problem.text };
  };

  return (
    <CommandDialog
      wide
      noValidate
      title={t("charging.set")}
      description={t("charging.setText", { station: station.name })}
      run={t("charging.setRun")}
      ready={fault == null}
      onAsk={ask}
      onClose={onClose}
    >
      <div className="sticky -top-3 z-10 -mx-1 min-h-36 bg-surface px-1 pb-1">
        {picture == null ? (
          <p className="flex h-36 items-center justify-center rounded-md border border-dashed text-sm text-ink-2">{t("charging.noPreview")}</p>
        ) : (
          <Suspense fallback={<Skeleton className="h-36" />}>
            <ScheduleChart picture={picture} profiles={named} unit={draft.unit} label={t("charging.preview")} height={140} legend={false} />
          </Suspense>
        )}
      </div>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={t("charging.purposeTitle")} hint={t(`charging.purposeHint.${draft.purpose}`)}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.purpose}
              onChange={(event) => {
                const purpose = event.target.value as ChargingProfilePurpose;
                if (purpose === "CHARGING_STATION_MAX_PROFILE") change({ purpose, evseNo: 0, kind: draft.kind === "RELATIVE" ? "ABSOLUTE" : draft.kind });
                else change({ purpose, evseNo: purpose === "TX_PROFILE" ? (running.find(({ id }) => id === draft.sessionId)?.evseNo ?? draft.evseNo) : draft.evseNo });
              }}
            >
              {purposes.map((purpose) => (
                <option key={purpose} value={purpose}>
                  {purposeName(purpose)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("charging.where")}>
          {(ids) => (
            <Select
              {...ids}
              disabled={draft.purpose === "CHARGING_STATION_MAX_PROFILE" || draft.purpose === "TX_PROFILE"}
              value={draft.evseNo}
              onChange={(event) => {
                change({ evseNo: Number(event.target.value) });
              }}
            >
              <option value={0}>{t("action.field.station")}</option>
              {numbers.map((no) => (
                <option key={no} value={no}>
                  {t("station.connectorNo", { no })}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {draft.purpose === "TX_PROFILE" && (
          <Field label={t("action.field.session")}>
            {(ids) => (
              <Select
                {...ids}
                value={draft.sessionId}
                onChange={(event) => {
                  const session = running.find(({ id }) => id === event.target.value);
                  change({ sessionId: event.target.value, ...(session == null ? {} : { evseNo: session.evseNo }) });
                }}
              >
                {running.map((session) => (
                  <option key={session.id} value={session.id}>
                    {t("station.connectorNo", { no: session.evseNo })} · {session.idTag}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        <Field label={t("charging.kindTitle")}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.kind === "RECURRING" ? draft.recurrency : draft.kind}
              onChange={(event) => {
                const chosen = event.target.value;
                if (chosen === "DAILY" || chosen === "WEEKLY") change({ kind: "RECURRING", recurrency: chosen });
                else change({ kind: chosen as ChargingProfileKind });
              }}
            >
              {kinds.flatMap((kind) =>
                kind === "RECURRING"
                  ? (["DAILY", "WEEKLY"] as const).map((recurrency) => (
                      <option key={recurrency} value={recurrency}>
                        {t(`charging.recurrency.${recurrency}`)}
                      </option>
                    ))
                  : kind === "RELATIVE" && draft.purpose === "CHARGING_STATION_MAX_PROFILE"
                    ? []
                    : [
                        <option key={kind} value={kind}>
                          {t(`charging.kind.${kind}`)}
                        </option>,
                      ],
              )}
            </Select>
          )}
        </Field>
        <Field label={t("charging.level")} hint={t("charging.levelHint")} error={fault === "level" ? t("charging.fault.level") : undefined}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="numeric"
              value={draft.stackLevel}
              onChange={(event) => {
                change({ stackLevel: event.target.value.trim() });
              }}
            />
          )}
        </Field>
        {draft.kind !== "RELATIVE" && (
          <Field label={t("charging.start")} optional={t("common.optional")} hint={t("charging.startHint")}>
            {(ids) => (
              <Input
                {...ids}
                type="datetime-local"
                value={draft.startAt}
                onChange={(event) => {
                  change({ startAt: event.target.value });
                }}
              />
            )}
          </Field>
        )}
        <Field label={t("charging.hours")} optional={t("common.optional")} hint={t("charging.hoursHint")} error={fault === "hours" ? t("charging.fault.hours") : undefined}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              value={draft.hours}
              onChange={(event) => {
                change({ hours: event.target.value.trim() });
              }}
            />
          )}
        </Field>
        <Field label={t("charging.unit")}>
          {(ids) => (
            <Select
              {...ids}
              value={draft.unit}
              onChange={(event) => {
                change({ unit: event.target.value === "W" ? "W" : "A" });
              }}
            >
              <option value="A">{t("charging.ampere")}</option>
              <option value="W">{t("charging.watt")}</option>
            </Select>
          )}
        </Field>
      </div>
      <PeriodsEditor
        periods={draft.periods}
        unit={draft.unit}
        onChange={(periods) => {
          change({ periods });
        }}
      />
      {fault != null && fault !== "level" && fault !== "hours" && <p className="text-sm text-bad">{t(`charging.fault.${fault}`)}</p>}
    </CommandDialog>
  );
}
