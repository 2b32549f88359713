import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { CopyField } from "@/components/copy";
import { Facts, Panel } from "@/components/panel";
import { Time } from "@/components/time";
import type { SessionRowFragment, StationDetailFragment } from "@/gql/graphql";
import { StationAttemptDocument } from "@/gql/graphql";
import { withWords } from "@/i18n";
import { ConnectorTiles } from "./connector-tiles";
import { Ladder } from "./ladder";

const StationIssues = lazy(withWords(() => import("@/features/issues/station-issues"), "more", "billing", "remarks"));

/** What the station is and does now; while it is Pending, why. */
export function OverviewTab({ station, running }: { station: StationDetailFragment; running: readonly SessionRowFragment[] }) {
  const { t } = useTranslation();
  const { viewer } = useHere();
  const may = useMay();
  const pending = station.onboarding === "PENDING";
  // Each handshake may turn a rung; the station's own event brings the rungs.
  useLive(StationAttemptDocument, { id: station.id }, undefined, !pending);
  const { connection } = station;
  const known = !pending || station.vendor !== "";
  return (
    <div className="grid items-start gap-4 p-4 sm:p-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="flex min-w-0 flex-col gap-4">
        {may("issue:read") && (
          <Suspense>
            <StationIssues stationId={station.id} />
          </Suspense>
        )}
        {pending && (
          <Panel title={t("ladder.why")}>
            <div aria-live="polite">
              <Ladder steps={station.onboardingSteps} />
            </div>
          </Panel>
        )}
        <ConnectorTiles station={station} running={running} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        {pending && (
          <Panel title={t("credentials.title")}>
            <div className="flex flex-col gap-3">
              {station.connectionURLs.map(({ url, note }, index) => (
                <CopyField key={url} label={t(index === 0 ? "credentials.url" : "credentials.otherUrl")} value={url} hint={note} />
              ))}
              <CopyField label={t("credentials.identity")} value={station.identity} />
              <p className="text-sm text-ink-2">{t("credentials.lost")}</p>
            </div>
          </Panel>
        )}
        <Panel title={t("station.connectionTitle")}>
          <Facts
            facts={[
              { label: t("station.since"), value: connection.since && <Time at={connection.since} style="minute" /> },
              { label: t("station.lastSeen"), value: connection.lastSeenAt && <Time at={connection.lastSeenAt} /> },
              { label: t("station.version"), value: connection.version ?? station.ocppVersion },
              { label: t("station.profile"), value: connection.securityProfile ?? station.securityProfile },
              { label: t("station.address"), value: connection.remoteAddress && <span className="code">{connection.remoteAddress}</span> },
              { label: t("station.booted"), value: station.bootedAt && <Time at={station.bootedAt} /> },
            ]}
          />
        </Panel>
        {known && (
        <Panel title={t("station.device")}>
          <Facts
            facts={[
              { label: t("station.vendor"), value: station.vendor },
              { label: t("station.model"), value: station.model },
              { label: t("station.serial"), value: station.serialNumber && <span className="code break-all">{station.serialNumber}</span> },
              { label: t("station.firmware"), value: station.firmwareVersion && <span className="code break-all">{station.firmwareVersion}</span> },
              { label: t("station.meter"), value: [station.meterType, station.meterSerialNumber].filter(Boolean).join(" ") },
              { label: t("station.sim"), value: station.iccid && <span className="code break-all">{station.iccid}</span> },
              ...(viewer.networks.length > 1 ? [{ label: t("stations.network"), value: station.network.name }] : []),
              { label: t("station.onboardedAt"), value: station.onboardedAt && <Time at={station.onboardedAt} style="date" /> },
            ]}
          />
        </Panel>
        )}
      </div>
    </div>
  );
}
