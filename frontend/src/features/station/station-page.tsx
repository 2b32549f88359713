import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useData, useLive, usePages } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { PageHead } from "@/components/panel";
import { SkeletonRows } from "@/components/skeleton";
import { Failure, NoPermission } from "@/components/states";
import { LinkTabs } from "@/components/tabs";
import { Time } from "@/components/time";
import { ActionMenu } from "@/features/commands/action-menu";
import { SessionsDocument, SessionsLiveDocument, StationDocument, StationUpdatedDocument, type StationDetailFragment } from "@/gql/graphql";
import { withWords } from "@/i18n";
import { nodes } from "@/lib/nodes";
import { connectionState, onboardingStates, registrationStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { OverviewTab } from "./overview-tab";

const CommandsTab = lazy(() => import("@/features/commands/commands-tab"));
const MessagesTab = lazy(() => import("@/features/messages/messages-tab"));
const SessionsTab = lazy(() => import("@/features/sessions/sessions-tab"));
const AttemptsTab = lazy(withWords(() => import("./attempts-tab"), "remarks"));
const FirmwareTab = lazy(withWords(() => import("./firmware/firmware-tab")));
const LocalListTab = lazy(withWords(() => import("./local-list/local-list-tab")));
const MonitoringTab = lazy(withWords(() => import("./monitoring/monitoring-tab")));
const ReservationsTab = lazy(withWords(() => import("./reservations/reservations-tab")));
const SettingsTab = lazy(withWords(() => import("./settings-tab")));
const SmartChargingTab = lazy(withWords(() => import("./smart-charging/smart-charging-tab")));
const SecurityTab = lazy(withWords(() => import("./security/security-tab"), "more", "security", "remarks"));
const VariablesTab = lazy(withWords(() => import("./variables/variables-tab")));

const route = "/t/$tenant/stations/$stationId";

export default function StationPage() {
  const { t } = useTranslation();
  const { stationId } = useParams({ from: route });
  const may = useMay();
  const station = useData(StationDocument, { id: stationId });
  useLive(StationUpdatedDocument, { id: stationId }, ({ stationUpdated }) => {
    if (stationUpdated.missed) station.refetch();
  });
  const running = usePages(SessionsDocument, { first: 50, where: { stationId, status: "RUNNING" } }, (data) => data.chargingSessions, !may("session:read"));
  useLive(
    SessionsLiveDocument,
    { stationIds: [stationId] },
    ({ sessions: event }) => {
      const known = nodes(running.data?.chargingSessions).some(({ id }) => id === event.session?.id);
      if (event.missed || (event.session != null && known !== (event.session.status === "RUNNING"))) running.refetch();
    },
    !may("session:read"),
  );

  const found = station.data?.station;
  if (found == null) {
    if (station.problem?.code === "FORBIDDEN") return <NoPermission />;
    if (station.problem?.code === "NOT_FOUND" || station.data != null) return <Failure message={t("station.gone")} />;
    if (station.problem != null) return <Failure message={problemText(t, station.problem)} onRetry={station.refetch} />;
    return <SkeletonRows rows={6} />;
  }
  return <StationView station={found} running={nodes(running.data?.chargingSessions).filter(({ status }) => status === "RUNNING")} />;
}

type Running = React.ComponentProps<typeof OverviewTab>["running"];

function StationView({ station, running }: { station: StationDetailFragment; running: Running }) {
  const { t } = useTranslation();
  const search = useSearch({ from: route });
  const navigate = useNavigate({ from: route });
  const { tenant, network } = useHere();
  const may = useMay();
  const params = { tenant: tenant.slug, stationId: station.id };
  const pending = station.onboarding === "PENDING";
  const tab = search.tab ?? "overview";
  const tabs = [
    { key: "overview", label: t("station.overview"), needs: "station:read" },
    { key: "sessions", label: t("station.sessions"), needs: "session:read" },
    { key: "messages", label: t("station.messages"), needs: "message:read" },
    { key: "variables", label: t("station.variables"), needs: "station:read" },
    { key: "charging", label: t("station.charging"), needs: "station:read" },
    { key: "reservations", label: t("station.reservations"), needs: "station:read" },
    { key: "local-list", label: t("station.localList"), needs: "token:read" },
    { key: "monitoring", label: t("station.monitoring"), needs: "station:read" },
    { key: "firmware", label: t("station.firmwareLogs"), needs: "station:read" },
    { key: "security", label: t("station.security"), needs: "certificate:read" },
    { key: "attempts", label: t("station.attempts"), needs: "attempt:read" },
    { key: "commands", label: t("station.commands"), needs: "command:read" },
    { key: "settings", label: t("station.settings"), needs: "station:write" },
  ] as const;

  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/stations" params={{ tenant: tenant.slug }} search={pending ? { tab: "pending" } : {}} className="hover:underline">
            {t("stations.title")}
          </Link>
        }
        title={station.name}
        mark={
          <>
            <StateMark pill state={connectionState(station)} detail={station.connection.since == null ? undefined : <Time at={station.connection.since} />} />
            {pending && <StateMark pill state={onboardingStates.PENDING} />}
            {station.registrationStatus === "REJECTED" && <StateMark pill state={registrationStates.REJECTED} />}
          </>
        }
        sub={
          <span className="flex flex-wrap gap-x-3">
            {station.identity !== station.name && <span className="code">{station.identity}</span>}
            <span>{[station.vendor, station.model].filter(Boolean).join(" ")}</span>
            {station.location != null && (
              <Link to="/t/$tenant/locations/$locationId" params={{ tenant: tenant.slug, locationId: station.location.id }} className="hover:underline">
                {station.location.name}
              </Link>
            )}
          </span>
        }
        actions={<ActionMenu station={station} running={running} />}
      />
      <LinkTabs
        label={t("station.tabs")}
        active={tab}
        tabs={tabs
          .filter(({ needs }) => may(needs))
          .map(({ key, label }) => ({ key, label, link: { to: route, params, search: { tab: key === "overview" ? undefined : key, network: network ?? undefined } } }))}
      />
      {tab === "overview" && <OverviewTab station={station} running={running} />}
      <Suspense fallback={<SkeletonRows />}>
        {tab === "sessions" && <SessionsTab stationId={station.id} />}
        {tab === "messages" && (
          <MessagesTab
            station={station}
            search={search}
            onSearch={(change) => {
              void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
            }}
          />
        )}
        {tab === "variables" && (
          <VariablesTab
            station={station}
            search={search}
            onSearch={(change) => {
              void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
            }}
          />
        )}
        {tab === "charging" && <SmartChargingTab station={station} running={running} />}
        {tab === "reservations" && <ReservationsTab station={station} />}
        {tab === "local-list" && (may("token:read") ? <LocalListTab station={station} /> : <NoPermission />)}
        {tab === "monitoring" && (
          <MonitoringTab
            station={station}
            search={search}
            onSearch={(change) => {
              void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
            }}
          />
        )}
        {tab === "firmware" && <FirmwareTab station={station} />}
        {tab === "security" && <SecurityTab station={station} />}
        {tab === "attempts" && <AttemptsTab stationId={station.id} />}
        {tab === "commands" && <CommandsTab stationId={station.id} />}
        {tab === "settings" && <SettingsTab station={station} />}
      </Suspense>
    </>
  );
}
