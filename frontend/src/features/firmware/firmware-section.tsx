import { HardDriveDownload, Trash2, Upload } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { SectionHead } from "@/features/settings/section-head";
import { DeleteFirmwareDocument, FirmwaresDocument, type FirmwareRowFragment } from "@/gql/graphql";
import { bytes } from "@/lib/format";
import { useLocale } from "@/lib/locale";
import { nodes } from "@/lib/nodes";
import { firmwareStates } from "@/status/progress";
import { StateMark } from "@/status/mark";
import { nameOf } from "./choice";

const UploadDialog = lazy(() => import("./upload-dialog"));

/** Firmware that is kept here for stations to fetch. */
export default function FirmwareSection() {
  const { t } = useTranslation();
  const locale = useLocale();
  const may = useMay();
  const writable = may("station:configure");
  const [uploading, setUploading] = useState(false);
  const [gone, setGone] = useState<FirmwareRowFragment>();
  const [remove, removing] = useChange(DeleteFirmwareDocument);
  const list = usePages(FirmwaresDocument, { first: 50 }, (data) => data.firmwares);
  const rows = nodes(list.data?.firmwares);
  const columns: Column<FirmwareRowFragment>[] = [
    {
      id: "version",
      header: t("firmware.version"),
      cell: ({ vendor, version, fileName, note }) => (
        <div className="min-w-0">
          <p className="font-medium">
            {vendor} {version}
          </p>
          <p className="max-w-72 truncate text-ink-2">
            <span className="code">{fileName}</span>
            {note !== "" && ` · ${note}`}
          </p>
        </div>
      ),
    },
    { id: "status", header: t("stations.status"), cell: ({ status }) => <StateMark state={firmwareStates[status]} /> },
    { id: "models", header: t("firmware.models"), className: "hidden md:table-cell", cell: ({ models }) => ((models ?? []).length === 0 ? t("firmware.allModels") : (models ?? []).join(", ")) },
    { id: "network", header: t("stations.network"), className: "hidden lg:table-cell", cell: ({ network }) => network?.name ?? t("scope.all") },
    { id: "size", header: t("firmware.size"), end: true, className: "hidden sm:table-cell", cell: ({ size }) => bytes(locale, size) ?? "–" },
    { id: "at", header: t("stations.added"), className: "hidden md:table-cell", cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: "delete",
      header: t("common.actions"),
      end: true,
      cell: (row) =>
        writable && (
          <Button
            variant="quiet"
            size="icon-sm"
            aria-label={t("firmware.deleteOne", { name: nameOf(row) })}
            onClick={() => {
              setGone(row);
            }}
          >
            <Trash2 aria-hidden />
          </Button>
        ),
    },
  ];
  return (
    <>
      <SectionHead
        text={t("firmware.text")}
        action={
          writable && (
            <Button
              variant="primary"
              onClick={() => {
                setUploading(true);
              }}
            >
              <Upload aria-hidden />
              {t("firmware.upload")}
            </Button>
          )
        }
      />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : rows.length}
        empty={<Empty icon={<HardDriveDownload />} title={t("firmware.noFiles")} text={t("firmware.noFilesText")} />}
      >
        <DataTable label={t("settings.firmware")} columns={columns} rows={rows} rowId={({ id }) => id} />
        <More shown={rows.length} total={list.data?.firmwares.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      <Suspense>
        {uploading && (
          <UploadDialog
            onClose={() => {
              setUploading(false);
              list.refetch();
            }}
          />
        )}
      </Suspense>
      <Confirm
        danger
        open={gone != null}
        onOpenChange={() => {
          setGone(undefined);
        }}
        title={t("firmware.deleteTitle")}
        text={t("firmware.deleteText", { name: gone == null ? "" : nameOf(gone) })}
        action={t("firmware.delete")}
        busy={removing}
        onConfirm={async () => {
          const { problem } = await remove({ input: { firmwareId: gone?.id ?? "" } });
          list.refetch();
          if (problem != null) return problem.text;
          toast(t("firmware.deleted"));
          return undefined;
        }}
      />
    </>
  );
}
