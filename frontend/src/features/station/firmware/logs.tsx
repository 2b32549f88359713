import { Download, FileText } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { fetchOnce, usePages } from "@/app/data";
import { problemOf, problemText } from "@/app/errors";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Panel } from "@/components/panel";
import { Empty } from "@/components/states";
import { toast } from "@/components/toast";
import { useWatch } from "@/features/bulk/use-watch";
import { useCommandRefusal } from "@/features/commands/refused";
import { LogLinkDocument, StationUploadsDocument, type StationDetailFragment, type StationUploadsQuery, type UploadRowFragment } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { uploadStates } from "@/status/progress";
import { useStationChanges } from "../use-changes";
import { ProgressItem } from "./progress-item";

const LogDialog = lazy(() => import("./log-dialog"));

const none: NonNullable<StationUploadsQuery["station"]>["logUploads"] = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

/** The logs that the station was asked for, newest first. */
export function Logs({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const refused = useCommandRefusal(station, "station:configure");
  const [asking, setAsking] = useState(false);
  const list = usePages(StationUploadsDocument, { id: station.id, first: 20 }, (data) => data.station?.logUploads ?? none);
  const rows = nodes(list.data?.station?.logUploads);
  useStationChanges(station.id, list.refetch);
  useWatch(
    rows.some(({ ended }) => !ended),
    list.refetch,
  );
  return (
    <Panel
      flush
      title={t("logs.title")}
      action={
        <>
          {refused != null && <p className="text-sm text-ink-2">{t(refused)}</p>}
          <Button
            size="sm"
            disabled={refused != null}
            onClick={() => {
              setAsking(true);
            }}
          >
            <FileText aria-hidden />
            {t("logs.ask")}
          </Button>
        </>
      }
    >
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : rows.length}
        empty={<Empty icon={<FileText />} title={t("logs.none")} text={t("logs.noneText")} />}
      >
        <ul aria-label={t("logs.title")} className="divide-y">
          {rows.map((upload) => (
            <LogItem key={upload.id} stationId={station.id} upload={upload} />
          ))}
        </ul>
        <More shown={rows.length} total={list.data?.station?.logUploads.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      <Suspense>
        {asking && (
          <LogDialog
            station={station}
            onClose={() => {
              setAsking(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
    </Panel>
  );
}

function LogItem({ stationId, upload }: { stationId: string; upload: UploadRowFragment }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const here = upload.fileName !== "" && upload.status === "Uploaded";

  // The link is good for minutes and its making is on record: it is asked for when somebody wants the file.
  const download = async () => {
    setBusy(true);
    const { data, error } = await fetchOnce(client, LogLinkDocument, { station: stationId, id: upload.id });
    setBusy(false);
    const link = nodes(data?.station?.linked)[0]?.url;
    if (link == null) toast(error == null ? t("logs.gone") : problemText(t, problemOf(error)), "bad");
    else window.location.assign(link);
  };
  return (
    <ProgressItem
      item={upload}
      states={uploadStates}
      title={t(`logs.kind.${upload.type}`)}
      note={upload.fileName === "" ? undefined : <span className="code">{upload.fileName}</span>}
      action={
        here &&
        may("station:configure") && (
          <Button size="sm" busy={busy} aria-label={t("logs.downloadOne", { name: upload.fileName })} onClick={() => void download()}>
            <Download aria-hidden />
            {t("logs.download")}
          </Button>
        )
      }
    />
  );
}
