import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { Badge } from "@/components/badge";
import type { Column } from "@/components/data-table";
import { Time } from "@/components/time";
import type { StationRowFragment } from "@/gql/graphql";
import { connectionState, connectorState, onboardingStates, registrationStates } from "@/status/language";
import { StateMark, StateShape } from "@/status/mark";

/** The name a person gave, with the id the station calls itself beside it. */
function NameCell({ station, tenant }: { station: StationRowFragment; tenant: string }) {
  return (
    <div className="min-w-0">
      <Link to="/t/$tenant/stations/$stationId" params={{ tenant, stationId: station.id }} search={{}} className="block max-w-60 truncate font-medium hover:underline">
        {station.name}
      </Link>
      <p className="code max-w-48 truncate text-ink-2">{station.identity === station.name ? [station.vendor, station.model].filter(Boolean).join(" ") : station.identity}</p>
    </div>
  );
}

/** Every connector's state at a glance; a word for the only one, counted shapes for many. */
function ConnectorsCell({ station, t }: { station: StationRowFragment; t: TFunction }) {
  if (station.onboarding === "PENDING") return <StateMark state={onboardingStates.PENDING} />;
  const connectors = (station.connectors ?? []).filter(({ evseNo }) => evseNo > 0);
  if (connectors.length === 0) return <span className="text-ink-3">–</span>;
  const only = connectors.length === 1 ? connectors[0] : undefined;
  if (only != null) return <StateMark state={connectorState(only.status, station)} />;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-0.5">
      {connectors.slice(0, 6).map((connector) => {
        const state = connectorState(connector.status, station);
        return (
          <li key={connector.id} className="inline-flex items-center gap-1 text-xs text-ink-2" title={t(state.word)}>
            <StateShape state={state} />
            <span className="tabular">{connector.evseNo}</span>
            <span className="sr-only">{t(state.word)}</span>
          </li>
        );
      })}
      {connectors.length > 6 && <li className="text-xs text-ink-2">+{connectors.length - 6}</li>}
    </ul>
  );
}

function ConnectionCell({ station }: { station: StationRowFragment }) {
  return <StateMark state={connectionState(station)} detail={station.online || station.lastSeenAt == null ? undefined : <Time at={station.lastSeenAt} />} />;
}

/** The list's columns; what a Pending station can't have yet is left out of its tab. */
export function stationColumns(t: TFunction, tenant: string, pending: boolean, manyNetworks: boolean): Column<StationRowFragment>[] {
  const columns: (Column<StationRowFragment> | false)[] = [
    { id: "name", header: t("stations.name"), sort: "name", cell: (station) => <NameCell station={station} tenant={tenant} /> },
    !pending && { id: "connectors", header: t("stations.connectors"), cell: (station) => <ConnectorsCell station={station} t={t} /> },
    { id: "connection", header: t("stations.connection"), sort: "seen", className: pending ? "" : "hidden sm:table-cell", cell: (station) => <ConnectionCell station={station} /> },
    pending && {
      id: "registration",
      header: t("stations.registration"),
      className: "hidden lg:table-cell",
      cell: (station) => (station.registrationStatus === "REJECTED" ? <StateMark state={registrationStates.REJECTED} /> : <span className="text-ink-3">–</span>),
    },
    {
      id: "model",
      header: t("stations.model"),
      sort: "model",
      className: "hidden lg:table-cell",
      cell: (station) => <span className="block max-w-52 truncate">{[station.vendor, station.model].filter(Boolean).join(" ") || <span className="text-ink-3">–</span>}</span>,
    },
    { id: "location", header: t("stations.location"), className: "hidden md:table-cell", cell: (station) => station.location?.name ?? <span className="text-ink-3">–</span> },
    manyNetworks && { id: "network", header: t("stations.network"), className: "hidden xl:table-cell", cell: (station) => station.network.name },
    { id: "version", header: t("stations.version"), className: "hidden xl:table-cell", cell: (station) => <Badge>{station.ocppVersion}</Badge> },
    !pending && { id: "firmware", header: t("stations.firmware"), className: "hidden 2xl:table-cell", cell: (station) => <span className="code">{station.firmwareVersion || "–"}</span> },
    pending && { id: "created", header: t("stations.added"), sort: "created", className: "hidden sm:table-cell", cell: (station) => <Time at={station.createdAt} /> },
  ];
  return columns.filter((column) => column !== false);
}
