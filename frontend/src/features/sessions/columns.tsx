import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { Column } from "@/components/data-table";
import { Time, useNow } from "@/components/time";
import type { SessionRowFragment } from "@/gql/graphql";
import { duration, energy, power } from "@/lib/format";
import { sessionStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { lookUp, stopReasons } from "@/status/words";

function Duration({ session, locale }: { session: SessionRowFragment; locale: string }) {
  const now = useNow();
  return <>{duration(locale, session.startedAt, session.stoppedAt, now)}</>;
}

/** The list's columns; a station's own list does without the station's. */
export function sessionColumns(t: TFunction, locale: string, tenant: string, withStation: boolean): Column<SessionRowFragment>[] {
  const columns: (Column<SessionRowFragment> | false)[] = [
    {
      id: "started",
      header: t("session.started"),
      cell: (session) => (
        <Link to="/t/$tenant/sessions/$sessionId" params={{ tenant, sessionId: session.id }} className="font-medium hover:underline">
          <Time at={session.startedAt} style="minute" />
        </Link>
      ),
    },
    withStation && {
      id: "station",
      header: t("session.station"),
      cell: ({ station, evseNo }) => (
        <span className="block max-w-56 truncate">
          <Link to="/t/$tenant/stations/$stationId" params={{ tenant, stationId: station.id }} search={{}} className="hover:underline">
            {station.name}
          </Link>
          <span className="text-ink-2"> · {evseNo}</span>
        </span>
      ),
    },
    !withStation && { id: "connector", header: t("session.connector"), className: "hidden sm:table-cell", cell: ({ evseNo }) => evseNo },
    { id: "status", header: t("session.status"), cell: ({ status }) => <StateMark state={sessionStates[status]} /> },
    {
      id: "who",
      header: t("session.who"),
      className: "hidden md:table-cell",
      cell: ({ token, idTag }) => <span className="block max-w-44 truncate">{token?.label || <span className="code">{idTag || "–"}</span>}</span>,
    },
    { id: "energy", header: t("session.energy"), end: true, cell: ({ energyWh }) => energy(locale, energyWh) ?? "–" },
    { id: "power", header: t("session.power"), end: true, className: "hidden lg:table-cell", cell: ({ powerW, status }) => (status === "RUNNING" ? (power(locale, powerW) ?? "–") : "–") },
    { id: "duration", header: t("session.duration"), end: true, className: "hidden sm:table-cell", cell: (session) => <Duration session={session} locale={locale} /> },
    {
      id: "reason",
      header: t("session.stopReason"),
      className: "hidden xl:table-cell",
      cell: ({ stopReason }) => {
        const words = lookUp(stopReasons, stopReason);
        return <span className="block max-w-80 truncate text-ink-2" title={words == null ? undefined : t(words)}>{stopReason === "" ? "–" : words == null ? stopReason : t(words)}</span>;
      },
    },
  ];
  return columns.filter((column) => column !== false);
}
