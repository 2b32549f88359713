import { Link, useParams } from "@tanstack/react-router";
import { CircleStop } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, useData, useLive } from "@/app/data";
import { problemText } from "@/app/errors";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { LazyConfirm } from "@/components/lazy-confirm";
import { Facts, PageHead, Panel } from "@/components/panel";
import { Skeleton, SkeletonRows } from "@/components/skeleton";
import { Failure, NoPermission } from "@/components/states";
import { Time, useNow } from "@/components/time";
import { toast } from "@/components/toast";
import { RemoteStopDocument, SessionDocument, SessionSamplesDocument, SessionUpdatedDocument, type SessionDetailFragment } from "@/gql/graphql";
import { withWords } from "@/i18n";
import { duration, energy, percent, power, reading } from "@/lib/format";
import { commandStates, sessionStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { lookUp, sessionFlags, stopReasons } from "@/status/words";
import { seriesOf } from "./series";
import { SessionMessages } from "./session-messages";
import { useLocale } from "@/lib/locale";

const SessionChart = lazy(() => import("./session-chart"));
const SessionCost = lazy(withWords(() => import("@/features/charges/session-cost"), "more", "billing"));

export default function SessionPage() {
  const { t } = useTranslation();
  const { sessionId } = useParams({ from: "/t/$tenant/sessions/$sessionId" });
  const session = useData(SessionDocument, { id: sessionId });
  const samples = useData(SessionSamplesDocument, { id: sessionId });
  useLive(SessionUpdatedDocument, { id: sessionId }, ({ sessionUpdated: event }) => {
    if (event.missed) session.refetch();
    if (event.session?.lastSampleAt !== session.data?.chargingSession?.lastSampleAt) samples.refetch();
  });
  const found = session.data?.chargingSession;
  if (found == null) {
    if (session.problem?.code === "FORBIDDEN") return <NoPermission />;
    if (session.problem?.code === "NOT_FOUND" || session.data != null) return <Failure message={t("session.gone")} />;
    if (session.problem != null) return <Failure message={problemText(t, session.problem)} onRetry={session.refetch} />;
    return <SkeletonRows rows={6} />;
  }
  return <SessionView session={found} samples={samples.data?.chargingSession ?? undefined} loading={samples.loading} />;
}

type Samples = Parameters<typeof seriesOf>[0];

function SessionView({ session, samples, loading }: { session: SessionDetailFragment; samples: Samples | undefined; loading: boolean }) {
  const { t } = useTranslation();
  const { tenant } = useHere();
  const may = useMay();
  const zone = session.location?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const series = useMemo(() => (samples == null ? undefined : seriesOf(samples, session.meterStartWh)), [samples, session.meterStartWh]);
  const running = session.status === "RUNNING";
  return (
    <>
      <PageHead
        crumb={
          <Link to="/t/$tenant/sessions" params={{ tenant: tenant.slug }} search={{}} className="hover:underline">
            {t("sessions.title")}
          </Link>
        }
        title={t("session.title", { station: session.station.name, no: session.evseNo })}
        mark={<StateMark pill state={sessionStates[session.status]} />}
        sub={t(sessionStates[session.status].sentence)}
        actions={running && may("station:command") && <StopButton session={session} />}
      />
      <div className="grid items-start gap-4 px-4 pb-10 sm:px-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Figures session={session} />
          <Panel title={t("session.chartTitle")}>
            {series != null && series.at.length > 1 ? (
              <Suspense fallback={<Skeleton className="h-[19rem]!" />}>
                <SessionChart series={series} zone={zone} />
              </Suspense>
            ) : loading ? (
              <Skeleton className="h-[19rem]!" />
            ) : (
              <p className="py-10 text-center text-sm text-ink-2">{t("session.noSamples")}</p>
            )}
          </Panel>
          {may("charge:read") && (
            <Suspense fallback={<Skeleton className="h-24!" />}>
              <SessionCost sessionId={session.id} running={running} moved={`${session.status} ${session.lastSampleAt ?? ""}`} zone={zone} />
            </Suspense>
          )}
          {may("message:read") && (
            <Panel title={t("session.messages")} flush>
              <SessionMessages session={session} />
            </Panel>
          )}
        </div>
        <Panel title={t("session.facts")}>
          <SessionFacts session={session} zone={zone} />
        </Panel>
      </div>
    </>
  );
}

function Figures({ session }: { session: SessionDetailFragment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow();
  const figures = [
    { label: t("session.energy"), value: energy(locale, session.energyWh) },
    session.status === "RUNNING" ? { label: t("session.power"), value: power(locale, session.powerW) } : undefined,
    { label: t("session.duration"), value: duration(locale, session.startedAt, session.stoppedAt, now) },
    session.soc == null ? undefined : { label: t("session.soc"), value: percent(locale, session.soc) },
  ].filter((figure) => figure != null);
  return (
    <dl className="flex flex-wrap gap-x-10 gap-y-3 rounded-lg border bg-surface px-4 py-3">
      {figures.map(({ label, value }) => (
        <div key={label}>
          <dt className="text-xs text-ink-2">{label}</dt>
          <dd className="tabular text-xl font-semibold tracking-tight">{value ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

function SessionFacts({ session, zone }: { session: SessionDetailFragment; zone: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const reason = lookUp(stopReasons, session.stopReason);
  const flags = session.flags ?? [];
  return (
    <Facts
      columns={1}
      facts={[
        {
          label: t("session.station"),
          value: (
            <Link to="/t/$tenant/stations/$stationId" params={{ tenant: tenant.slug, stationId: session.station.id }} search={{}} className="font-medium text-accent hover:underline">
              {session.station.name}
            </Link>
          ),
        },
        { label: t("session.location"), value: session.location?.name },
        { label: t("session.who"), value: session.token?.label ? `${session.token.label} (${session.idTag})` : <span className="code">{session.idTag}</span> },
        { label: t("session.started"), value: <Time at={session.startedAt} style="minute" zone={zone} /> },
        { label: t("session.stopped"), value: session.stoppedAt && <Time at={session.stoppedAt} style="minute" zone={zone} /> },
        {
          label: t("session.stopReason"),
          value: session.stopReason !== "" && (
            <>
              {reason != null && <span className="block">{t(reason)}</span>}
              <span className="code text-ink-2">{session.stopReason}</span>
            </>
          ),
        },
        { label: t("session.meterStart"), value: reading(locale, session.meterStartWh) },
        { label: t("session.meterStop"), value: reading(locale, session.meterStopWh) },
        { label: t("session.transaction"), value: <span className="code">{session.ocppTransactionId}</span> },
        {
          label: t("session.command"),
          value: session.command && <StateMark state={commandStates[session.command.status]} detail={session.command.requestedBy} />,
        },
        {
          label: t("session.flags"),
          value: flags.length > 0 && (
            <span className="flex flex-col gap-1">
              {flags.map((flag) => {
                const words = lookUp(sessionFlags, flag);
                return <span key={flag}>{words == null ? flag : t(words)}</span>;
              })}
            </span>
          ),
        },
      ].map((fact) => ({ ...fact, value: fact.value === false ? null : fact.value }))}
    />
  );
}

function StopButton({ session }: { session: SessionDetailFragment }) {
  const { t } = useTranslation();
  const [stop, busy] = useChange(RemoteStopDocument);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="primary"
        onClick={() => {
          setAsking(true);
        }}
      >
        <CircleStop aria-hidden />
        {t("action.remoteStop.run")}
      </Button>
      <LazyConfirm
        danger
        open={asking}
        onOpenChange={setAsking}
        title={t("action.remoteStop.name")}
        text={t("action.remoteStop.does", { station: session.station.name })}
        action={t("action.remoteStop.run")}
        busy={busy}
        onConfirm={async () => {
          const { data, problem } = await stop({ input: { sessionId: session.id } });
          if (problem != null) return problem.text;
          const { status, error } = data.remoteStop;
          if (status !== "ACCEPTED") return error ?? t(commandStates[status].sentence);
          toast(t("session.stopAccepted"));
          return undefined;
        }}
      />
    </>
  );
}
