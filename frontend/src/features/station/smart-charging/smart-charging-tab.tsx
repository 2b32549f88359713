import { Plus, RefreshCw, Spline } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAll, useChange, usePages } from "@/app/data";
import { Button } from "@/components/button";
import { Select } from "@/components/field";
import { FilterBar } from "@/components/filters";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Notice } from "@/components/notice";
import { Panel } from "@/components/panel";
import { Skeleton } from "@/components/skeleton";
import { Empty } from "@/components/states";
import { useNow } from "@/components/time";
import { toast } from "@/components/toast";
import { useCommandFailure, useCommandRefusal } from "@/features/commands/refused";
import type { RunningSession } from "@/features/commands/action-fields";
import { GetChargingProfilesDocument, GetCompositeScheduleDocument, StationProfilesDocument, type ChargingRateUnit, type StationDetailFragment, type StationProfilesQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { useStationChanges } from "../use-changes";
import { EarlierProfiles } from "./earlier-profiles";
import { ProfileList } from "./profile-list";
import { usePurposeName } from "./purposes";
import { begunWith, compositeOf, countsAt, pictureOf, profileOf, type Schedule } from "./schedule";

const ScheduleChart = lazy(() => import("./schedule-chart"));
const ProfileDialog = lazy(() => import("./profile-dialog"));

type Props = { station: StationDetailFragment; running: readonly (RunningSession & { startedAt: string })[] };

const none: NonNullable<StationProfilesQuery["station"]>["chargingProfiles"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };
const hour = 3_600_000;
const spans = { day: 24 * hour, week: 7 * 24 * hour } as const;

/** What limits the station, over time: its profiles, what comes of them, and what the station says comes of them. */
export default function SmartChargingTab({ station, running }: Props) {
  const { t } = useTranslation();
  const purposeName = usePurposeName();
  const numbers = [...new Set((station.connectors ?? []).map(({ evseNo }) => evseNo).filter((no) => no > 0))].sort((a, b) => a - b);
  const [evseNo, setEvseNo] = useState(numbers[0] ?? 0);
  const [unit, setUnit] = useState<ChargingRateUnit>("A");
  const [length, setLength] = useState<keyof typeof spans>("day");
  const [told, setTold] = useState<{ evseNo: number; schedule: Schedule }>();
  const [failure, setFailure] = useState<string>();
  const [setting, setSetting] = useState(false);
  const [earlier, setEarlier] = useState(false);
  const list = usePages(StationProfilesDocument, { id: station.id, first: 100 }, (data) => data.station?.chargingProfiles ?? none);
  // The picture is of all of them.
  useAll(list);
  // What the station was asked to report comes later, in parts.
  useStationChanges(station.id, list.refetch);
  const [ask, asking] = useChange(GetCompositeScheduleDocument);
  const [read, reading] = useChange(GetChargingProfilesDocument);
  const refusalOf = useCommandFailure();
  const refused = useCommandRefusal(station, "station:command");
  const version = station.connection.version ?? station.ocppVersion;
  // To the minute: a picture that moves every few seconds can't be read.
  const present = Math.floor(useNow() / 60_000) * 60_000;

  const rows = useMemo(() => nodes(list.data?.station?.chargingProfiles), [list.data]);
  const held = useMemo(() => rows.filter((row) => countsAt(row, evseNo)), [rows, evseNo]);
  const past = list.data?.station?.past.totalCount ?? 0;
  const names = useMemo(() => held.map((row) => ({ id: row.id, purpose: row.purpose, name: `${purposeName(row.purpose)} · ${t("charging.levelNo", { level: row.stackLevel })}` })), [held, purposeName, t]);
  const composite = told?.evseNo === evseNo ? told.schedule : undefined;
  // Sessions change with every meter value; where they begin doesn't.
  const begins = JSON.stringify(running.map((session) => ({ evseNo: session.evseNo, startedAt: session.startedAt })));
  const picture = useMemo(
    () => pictureOf(held.map((row) => begunWith(profileOf(row), JSON.parse(begins) as { evseNo: number; startedAt: string }[], evseNo, present)), composite, { from: present - hour, to: present - hour + spans[length] }, unit),
    [held, composite, begins, evseNo, present, length, unit],
  );

  const askComposite = async () => {
    setFailure(undefined);
    const { data, problem } = await ask({ input: { stationId: station.id, evseNo, durationS: spans[length] / 1000, ...(version === "1.6" || unit === "A" ? { unit } : {}) } });
    const schedule = compositeOf(data?.getCompositeSchedule.result);
    if (schedule == null) setFailure(refusalOf(data?.getCompositeSchedule, problem) ?? t("charging.noComposite"));
    else setTold({ evseNo, schedule });
  };
  const readProfiles = async () => {
    const { data, problem } = await read({ input: { stationId: station.id } });
    const error = refusalOf(data?.getChargingProfiles, problem);
    toast(error ?? t("charging.asked"), error == null ? "ok" : "bad");
    list.refetch();
  };

  return (
    <>
      <FilterBar>
        <Select
          aria-label={t("charging.where")}
          className="min-w-0 flex-[1.4] sm:w-44 sm:flex-none"
          value={evseNo}
          onChange={(event) => {
            setEvseNo(Number(event.target.value));
          }}
        >
          <option value={0}>{t("action.field.station")}</option>
          {numbers.map((no) => (
            <option key={no} value={no}>
              {t("station.connectorNo", { no })}
            </option>
          ))}
        </Select>
        <Select
          aria-label={t("charging.span")}
          className="min-w-0 flex-1 sm:w-32 sm:flex-none"
          value={length}
          onChange={(event) => {
            setLength(event.target.value === "week" ? "week" : "day");
          }}
        >
          <option value="day">{t("filter.day")}</option>
          <option value="week">{t("filter.week")}</option>
        </Select>
        <Select
          aria-label={t("charging.unit")}
          className="min-w-0 flex-1 sm:w-36 sm:flex-none"
          value={unit}
          onChange={(event) => {
            setUnit(event.target.value === "W" ? "W" : "A");
          }}
        >
          <option value="A">{t("charging.ampere")}</option>
          <option value="W">{t("charging.watt")}</option>
        </Select>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {refused != null && <p className="text-sm text-ink-2">{t(refused)}</p>}
          {version !== "1.6" && (
            <Button disabled={refused != null} busy={reading} onClick={() => void readProfiles()}>
              <RefreshCw aria-hidden />
              {t("charging.read")}
            </Button>
          )}
          <Button disabled={refused != null} busy={asking} onClick={() => void askComposite()}>
            <Spline aria-hidden />
            {t("charging.askComposite")}
          </Button>
          <Button
            disabled={refused != null}
            onClick={() => {
              setSetting(true);
            }}
          >
            <Plus aria-hidden />
            {t("charging.set")}
          </Button>
        </div>
      </FilterBar>
      <div className="flex flex-col gap-4 px-4 pb-6 sm:px-6">
        {failure != null && <Notice tone="bad">{failure}</Notice>}
        <Panel title={t("charging.picture")} note={composite == null ? t("charging.pictureNote") : t("charging.compositeNote")}>
          {held.length === 0 && composite == null && list.data != null ? (
            <Empty icon={<Spline />} title={t("charging.noLimit")} text={t("charging.noLimitText")} />
          ) : (
            <Suspense fallback={<Skeleton className="h-80" />}>
              <ScheduleChart picture={picture} profiles={names} unit={unit} label={t("charging.pictureLabel")} />
            </Suspense>
          )}
        </Panel>
        <Panel
          flush
          title={t("charging.profiles")}
          action={
            past > 0 && (
              <Button
                size="sm"
                variant="quiet"
                aria-pressed={earlier}
                onClick={() => {
                  setEarlier(!earlier);
                }}
              >
                {t(earlier ? "charging.hideEarlier" : "charging.showEarlier", { count: past })}
              </Button>
            )
          }
        >
          <ListStates loading={list.loading} problem={list.problem} onRetry={list.refetch} count={list.data == null ? undefined : rows.length} empty={<Empty title={t(past === 0 ? "charging.none" : "charging.noneNow")} text={t("charging.noneText")} />}>
            <ProfileList station={station} rows={rows} refused={refused} onChanged={list.refetch} />
            <More shown={rows.length} total={list.data?.station?.chargingProfiles.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
          </ListStates>
        </Panel>
        {earlier && past > 0 && <EarlierProfiles station={station} past={past} />}
      </div>
      <Suspense>
        {setting && (
          <ProfileDialog
            station={station}
            running={running}
            version={version}
            evseNo={evseNo}
            onClose={() => {
              setSetting(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
    </>
  );
}
