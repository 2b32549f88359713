import { RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { mutate } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Select, Field } from "@/components/field";
import { toast } from "@/components/toast";
import { ResetStationDocument, type ResetType, type StationRowFragment } from "@/gql/graphql";

/** What can be done to all selected stations at once. */
export default function BulkBar({ stations, onDone }: { stations: readonly StationRowFragment[]; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [open, setOpen] = useState(false);
  const [type, setType] = useState<ResetType>("SOFT");
  const [busy, setBusy] = useState(false);
  const reachable = stations.filter(({ online }) => online);

  const run = async () => {
    setBusy(true);
    const results = await Promise.all(
      reachable.map(({ id }) => mutate(client, ResetStationDocument, { input: { stationId: id, type }, wait: 10 })),
    );
    setBusy(false);
    setOpen(false);
    const accepted = results.filter(({ data }) => data?.resetStation.status === "ACCEPTED").length;
    toast(t("bulk.done", { accepted, count: results.length }), accepted === results.length ? "ok" : "bad");
    onDone();
  };

  return (
    <div role="region" aria-label={t("bulk.label")} className="sticky bottom-4 z-20 mx-auto mt-auto flex animate-rise items-center gap-2 rounded-lg bg-ink py-1.5 pr-1.5 pl-4 text-sm text-bg shadow-pop">
      <span className="tabular mr-2">{t("bulk.selected", { count: stations.length })}</span>
      <Button
        size="sm"
        onClick={() => {
          setOpen(true);
        }}
      >
        <RotateCcw aria-hidden />
        {t("bulk.reset")}
      </Button>
      <Button variant="quiet" size="icon-sm" aria-label={t("bulk.clear")} onClick={onDone} className="text-bg! hover:bg-bg/20! hover:text-bg!">
        <X aria-hidden />
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={t("bulk.resetTitle", { count: stations.length })}
        description={t(type === "SOFT" ? "action.reset.soft" : "action.reset.hard")}
        footer={
          <>
            <Button
              onClick={() => {
                setOpen(false);
              }}
            >
              {t("common.cancel")}
            </Button>
            <Button variant="danger" busy={busy} disabled={reachable.length === 0} onClick={() => void run()}>
              {t("bulk.resetRun", { count: reachable.length })}
            </Button>
          </>
        }
      >
        <Field label={t("action.reset.type")}>
          {(ids) => (
            <Select
              {...ids}
              value={type}
              onChange={(event) => {
                setType(event.target.value === "HARD" ? "HARD" : "SOFT");
              }}
            >
              <option value="SOFT">{t("action.reset.softName")}</option>
              <option value="HARD">{t("action.reset.hardName")}</option>
            </Select>
          )}
        </Field>
        {reachable.length < stations.length && <p className="mt-3 text-sm text-ink-2">{t("bulk.offline", { count: stations.length - reachable.length })}</p>}
      </Dialog>
    </div>
  );
}
