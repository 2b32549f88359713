import { Download } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "@/app/data";
import { Button } from "@/components/button";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Facts, Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { useWatch } from "@/features/bulk/use-watch";
import { useCommandRefusal } from "@/features/commands/refused";
import { StationUpdatesDocument, type StationDetailFragment, type StationUpdatesQuery, type UpdateRowFragment } from "@/gql/graphql";
import { nameOf } from "@/features/firmware/choice";
import { nodes } from "@/lib/nodes";
import { updateStates } from "@/status/progress";
import { useStationChanges } from "../use-changes";
import { fileOf } from "./progress";
import { ProgressItem } from "./progress-item";

const UpdateDialog = lazy(() => import("./update-dialog"));

const none: NonNullable<StationUpdatesQuery["station"]>["firmwareUpdates"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** The updates that the station was given, newest first. */
export function Updates({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const refused = useCommandRefusal(station, "station:configure");
  const [updating, setUpdating] = useState(false);
  const list = usePages(StationUpdatesDocument, { id: station.id, first: 20 }, (data) => data.station?.firmwareUpdates ?? none);
  const rows = nodes(list.data?.station?.firmwareUpdates);
  useStationChanges(station.id, list.refetch);
  useWatch(
    rows.some(({ ended }) => !ended),
    list.refetch,
  );
  return (
    <Panel
      flush
      title={t("firmware.updates")}
      note={station.firmwareVersion === "" ? undefined : t("firmware.runs", { version: station.firmwareVersion })}
      action={
        <>
          {refused != null && <p className="text-sm text-ink-2">{t(refused)}</p>}
          <Button
            size="sm"
            disabled={refused != null}
            onClick={() => {
              setUpdating(true);
            }}
          >
            <Download aria-hidden />
            {t("firmware.update")}
          </Button>
        </>
      }
    >
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : rows.length}
        empty={<Empty icon={<Download />} title={t("firmware.none")} text={t("firmware.noneText")} />}
      >
        <ul aria-label={t("firmware.updates")} className="divide-y">
          {rows.map((update) => (
            <UpdateItem key={update.id} update={update} />
          ))}
        </ul>
        <More shown={rows.length} total={list.data?.station?.firmwareUpdates.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      <Suspense>
        {updating && (
          <UpdateDialog
            station={station}
            onClose={() => {
              setUpdating(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
    </Panel>
  );
}

function UpdateItem({ update }: { update: UpdateRowFragment }) {
  const { t } = useTranslation();
  const kept = update.firmware;
  return (
    <ProgressItem item={update} states={updateStates} title={kept == null ? fileOf(update.location) : nameOf(kept)} note={update.signed ? t("firmware.signed") : undefined}>
      <Facts
        columns={3}
        facts={[
          // What is kept here goes over a link that is the station's alone.
          ...(kept == null ? [{ label: t("firmware.location"), value: <span className="code break-all">{update.location}</span> }] : []),
          { label: t("firmware.before"), value: update.fromVersion },
          { label: t("firmware.retrieveAt"), value: <Time at={update.retrieveAt} style="minute" /> },
          { label: t("firmware.installAt"), value: update.installAt == null ? undefined : <Time at={update.installAt} style="minute" /> },
        ]}
      />
    </ProgressItem>
  );
}
