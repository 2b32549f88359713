import { Columns2, ListChecks, ShieldCheck, X } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import type { StationRowFragment } from "@/gql/graphql";
import { withWords } from "@/i18n";
import { cn } from "@/lib/cn";

const StartDialog = lazy(() => import("@/features/bulk/start-dialog"));
const UpgradeDialog = lazy(withWords(() => import("@/features/security/upgrade-dialog"), "more", "security", "remarks"));
const ComparePanel = lazy(() => import("@/features/compare/compare-panel"));

type Props = {
  /** The selected stations, in the list or beyond it. */
  ids: readonly string[];
  /** Those of them that are in the list. */
  stations: readonly StationRowFragment[];
  /** How many match the filters, to select them all. */
  total: number;
  onAll: () => Promise<void>;
  onDone: () => void;
};

const plain = "text-bg! hover:bg-bg/20! hover:text-bg!";

/** What can be done with all selected stations at once. */
export default function BulkBar({ ids, stations, total, onAll, onDone }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"command" | "compare" | "security">();
  const may = useMay();
  const [gathering, setGathering] = useState(false);
  const close = () => {
    setOpen(undefined);
  };
  return (
    <>
      <div
        role="region"
        aria-label={t("bulk.label")}
        className="sticky bottom-4 z-20 mx-auto mt-auto flex max-w-[calc(100%-2rem)] animate-rise flex-wrap items-center gap-2 rounded-lg bg-ink py-1.5 pr-1.5 pl-4 text-sm text-bg shadow-pop"
      >
        <span aria-live="polite" className="tabular mr-2">
          {t("bulk.selected", { count: ids.length })}
        </span>
        {total > ids.length && (
          <Button
            variant="quiet"
            size="sm"
            className={plain}
            busy={gathering}
            onClick={() => {
              setGathering(true);
              void onAll().then(() => {
                setGathering(false);
              });
            }}
          >
            {t("bulk.selectAll", { count: total })}
          </Button>
        )}
        <Button variant="quiet" size="icon-sm" aria-label={t("bulk.clear")} onClick={onDone} className={cn(plain, "ml-auto sm:order-last sm:ml-0")}>
          <X aria-hidden />
        </Button>
        <Button
          size="sm"
          onClick={() => {
            setOpen("command");
          }}
        >
          <ListChecks aria-hidden />
          {t("bulk.command")}
        </Button>
        {may("station:credential") && may("certificate:read") && (
          <Button
            size="sm"
            onClick={() => {
              setOpen("security");
            }}
          >
            <ShieldCheck aria-hidden />
            {t("bulk.security")}
          </Button>
        )}
        <Button
          size="sm"
          onClick={() => {
            setOpen("compare");
          }}
        >
          <Columns2 aria-hidden />
          {t("compare.open")}
        </Button>
      </div>
      <Suspense>
        {open === "command" && <StartDialog stationIds={ids} connectors={stations.flatMap(({ connectors }) => connectors ?? [])} onStarted={onDone} onClose={close} />}
        {open === "security" && <UpgradeDialog stationIds={ids} onClose={close} />}
        {open === "compare" && <ComparePanel stationIds={ids} onClose={close} />}
      </Suspense>
    </>
  );
}
