import { Link } from "@tanstack/react-router";
import { EllipsisVertical } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { onIntent } from "@/components/on-intent";
import { Panel } from "@/components/panel";
import { Time, useNow } from "@/components/time";
import { actions, type Action } from "@/features/commands/actions";
import type { Values } from "@/features/commands/send";
import { connectorTypeName } from "@/features/stations/connector-types";
import type { ConnectorStateFragment, SessionRowFragment, StationDetailFragment } from "@/gql/graphql";
import { withWords } from "@/i18n";
import { cn } from "@/lib/cn";
import { duration, energy, percent, power } from "@/lib/format";
import { connectorState } from "@/status/language";
import { StateShape } from "@/status/mark";
import { errorCodes, isFault, lookUp } from "@/status/words";
import { useLocale } from "@/lib/locale";

const ActionChoices = onIntent(() => import("@/features/commands/action-choices"));
const CostSoFar = lazy(withWords(() => import("@/features/charges/cost-so-far"), "more", "billing"));
const ActionDialog = lazy(() => import("@/features/commands/action-dialog"));

const edges = { ok: "border-t-ok", busy: "border-t-busy", warn: "border-t-warn", hold: "border-t-hold", bad: "border-t-bad", idle: "border-t-line-strong" };
const inks = { ok: "text-ok", busy: "text-busy", warn: "text-warn", hold: "text-hold", bad: "text-bad", idle: "text-idle" };

type Props = { station: StationDetailFragment; running: readonly SessionRowFragment[] };

export function ConnectorTiles({ station, running }: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<{ action: Action; given: Partial<Values> }>();
  const connectors = [...(station.connectors ?? [])].filter(({ evseNo }) => evseNo > 0).sort((a, b) => a.evseNo - b.evseNo || a.connectorNo - b.connectorNo);
  const fault = station.status === "FAULTED" || isFault(station.errorCode);
  return (
    <>
      {fault && <Fault code={station.errorCode} info={station.info} vendor={station.vendorErrorCode} whole />}
      {connectors.length === 0 ? (
        <Panel title={t("stations.connectors")}>
          <p className="text-sm text-ink-2">{t(station.onboarding === "PENDING" ? "station.connectorsLater" : "station.noConnectors")}</p>
        </Panel>
      ) : (
        <ul aria-label={t("stations.connectors")} className="grid gap-4 sm:grid-cols-2 2xl:grid-cols-3">
          {connectors.map((connector) => (
            <Tile
              key={connector.id}
              connector={connector}
              station={station}
              session={running.find((session) => session.evseNo === connector.evseNo && session.connectorNo === connector.connectorNo)}
              onAction={(action, given) => {
                setChosen({ action, given });
              }}
            />
          ))}
        </ul>
      )}
      {chosen != null && (
        <Suspense>
          <ActionDialog
            action={chosen.action}
            station={station}
            running={running}
            given={chosen.given}
            onClose={() => {
              setChosen(undefined);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

type TileProps = {
  connector: ConnectorStateFragment;
  station: StationDetailFragment;
  session: SessionRowFragment | undefined;
  onAction: (action: Action, given: Partial<Values>) => void;
};

const offered = actions.filter(({ key }) => ["remoteStart", "remoteStop", "unlock", "availability"].includes(key));

function Tile({ connector, station, session, onAction }: TileProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { tenant } = useHere();
  const may = useMay();
  const now = useNow();
  const state = connectorState(connector.status, station, session?.chargingState);
  const kind = connectorTypeName(connector.type);
  return (
    <li className={cn("flex min-w-0 flex-col rounded-lg border border-t-2 bg-surface", edges[state.tone])} data-status={connector.status}>
      <div className="flex items-start gap-2 px-4 pt-3">
        <div className="min-w-0 flex-1">
          <p className="text-xs text-ink-2">
            {t("station.connectorNo", { no: connector.evseNo })}
            {connector.connectorNo > 1 && `.${String(connector.connectorNo)}`}
            {kind != null && ` · ${kind}`}
            {connector.maxPowerW != null && ` · ${power(locale, connector.maxPowerW) ?? ""}`}
          </p>
          <p className={cn("mt-1 flex items-center gap-2 text-lg font-semibold", inks[state.tone])}>
            <StateShape state={state} className="size-5!" />
            {t(state.word)}
          </p>
        </div>
        <ActionChoices
          offered={offered}
          station={station}
          running={session == null ? 0 : 1}
          onChoose={(action) => {
            onAction(action, { evseNo: connector.evseNo, ...(session == null ? {} : { sessionId: session.id }), operative: connector.status === "UNAVAILABLE" });
          }}
          trigger={
            <Button variant="quiet" size="icon-sm" aria-label={t("station.connectorActions", { no: connector.evseNo })} className="-mt-1 -mr-2">
              <EllipsisVertical aria-hidden />
            </Button>
          }
        />
      </div>
      <div className="flex flex-1 flex-col gap-3 px-4 pt-1 pb-4">
        <p className="text-sm text-ink-2">{t(state.sentence)}</p>
        {station.online && (connector.status === "FAULTED" || isFault(connector.errorCode)) && <Fault code={connector.errorCode} info={connector.info} vendor={connector.vendorErrorCode} />}
        {session != null && (
          <dl className="grid grid-cols-3 gap-2 rounded-md bg-sunken p-3 text-sm">
            <Figure label={t("session.power")} value={power(locale, session.powerW)} />
            <Figure label={t("session.energy")} value={energy(locale, session.energyWh)} />
            <Figure label={session.soc == null ? t("session.duration") : t("session.soc")} value={session.soc == null ? duration(locale, session.startedAt, null, now) : percent(locale, session.soc)} />
            {may("charge:read") && (
              <Suspense>
                <CostSoFar sessionId={session.id} moved={session.energyWh} />
              </Suspense>
            )}
          </dl>
        )}
        <p className="mt-auto flex items-center gap-3 text-xs text-ink-2">
          {connector.statusAt != null && (
            <span>
              {t("station.stateSince")} <Time at={connector.statusAt} />
            </span>
          )}
          {session != null && (
            <Link to="/t/$tenant/sessions/$sessionId" params={{ tenant: tenant.slug, sessionId: session.id }} className="ml-auto truncate font-medium text-accent hover:underline">
              {session.token?.label || session.idTag || t("station.openSession")}
            </Link>
          )}
        </p>
      </div>
    </li>
  );
}

function Figure({ label, value }: { label: string; value: string | undefined }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-xs text-ink-2">{label}</dt>
      <dd className="tabular font-semibold whitespace-nowrap">{value ?? "–"}</dd>
    </div>
  );
}

/** A fault in words, with the station's own beside them. */
function Fault({ code, info, vendor, whole }: { code: string; info: string; vendor: string; whole?: boolean }) {
  const { t } = useTranslation();
  const words = lookUp(errorCodes, code);
  return (
    <div className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
      {whole && <p className="font-medium">{t("station.faultWhole")}</p>}
      <p>{words == null ? t("station.faultUnknown") : t(words)}</p>
      <p className="code mt-0.5 break-all">{[isFault(code) ? code : "", info, vendor].filter(Boolean).join(" · ")}</p>
    </div>
  );
}
