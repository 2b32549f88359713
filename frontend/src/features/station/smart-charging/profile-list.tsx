import type { ParseKeys } from "i18next";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { useCommandFailure } from "@/features/commands/refused";
import { ClearChargingProfileDocument, type ProfileRowFragment, type StationDetailFragment } from "@/gql/graphql";
import { useLocale } from "@/lib/locale";
import { profileStates } from "@/status/language";
import { StateMark } from "@/status/mark";
import { usePurposeName } from "./purposes";
import { profileOf } from "./schedule";

type Props = { station: StationDetailFragment; rows: readonly ProfileRowFragment[]; refused: ParseKeys | undefined; onChanged: () => void };

/** Every profile that was asked for or reported, with who set it and what became of it. */
export function ProfileList({ station, rows, refused, onChanged }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const purposeName = usePurposeName();
  const [clear, clearing] = useChange(ClearChargingProfileDocument);
  const failure = useCommandFailure();
  const [gone, setGone] = useState<ProfileRowFragment>();
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

  const where = (evseNo: number) => (evseNo === 0 ? t("action.field.station") : t("station.connectorNo", { no: evseNo }));
  const limits = (row: ProfileRowFragment): string => {
    const [schedule] = profileOf(row).schedules;
    const values = (schedule?.periods ?? []).flatMap(({ limit }) => (limit == null ? [] : [limit]));
    if (schedule == null || values.length === 0) return "–";
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `${low === high ? number.format(low) : `${number.format(low)}–${number.format(high)}`} ${schedule.unit}`;
  };
  const columns: Column<ProfileRowFragment>[] = [
    {
      id: "purpose",
      header: t("charging.purposeTitle"),
      cell: ({ purpose, profileId, evseNo }) => (
        <div>
          <span className="font-medium">{purposeName(purpose)}</span> <span className="tabular text-xs text-ink-2">#{profileId}</span>
          <p className="text-xs text-ink-2 sm:hidden">{where(evseNo)}</p>
        </div>
      ),
    },
    { id: "where", header: t("charging.where"), className: "hidden sm:table-cell", cell: ({ evseNo }) => where(evseNo) },
    { id: "status", header: t("stations.status"), cell: ({ status }) => <StateMark state={profileStates[status]} /> },
    { id: "level", header: t("charging.level"), end: true, className: "hidden sm:table-cell", cell: ({ stackLevel }) => stackLevel },
    { id: "kind", header: t("charging.kindTitle"), className: "hidden md:table-cell", cell: ({ kind, recurrency }) => (recurrency === "DAILY" || recurrency === "WEEKLY" ? t(`charging.recurrency.${recurrency}`) : t(`charging.kind.${kind}`)) },
    { id: "limits", header: t("charging.limits"), end: true, cell: (row) => <span className="whitespace-nowrap">{limits(row)}</span> },
    { id: "source", header: t("charging.source"), className: "hidden lg:table-cell", cell: ({ source }) => (source === "CSO" ? t("charging.byUs") : source) },
    { id: "at", header: t("charging.changed"), className: "hidden lg:table-cell", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
    {
      id: "clear",
      header: t("common.actions"),
      end: true,
      cell: (row) =>
        (row.status === "INSTALLED" || row.status === "REQUESTED") && (
          <Button
            variant="quiet"
            size="icon-sm"
            disabled={refused != null}
            aria-label={t("charging.clearOne", { name: `${purposeName(row.purpose)} #${String(row.profileId)}` })}
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
      <DataTable label={t("charging.profiles")} columns={columns} rows={rows} rowId={({ id }) => id} />
      <Confirm
        danger
        open={gone != null}
        onOpenChange={() => {
          setGone(undefined);
        }}
        title={t("charging.clearTitle")}
        text={gone == null ? "" : t("charging.clearText", { name: `${purposeName(gone.purpose)} #${String(gone.profileId)}`, station: station.name })}
        action={t("charging.clear")}
        busy={clearing}
        onConfirm={async () => {
          const { data, problem } = await clear({ input: { stationId: station.id, profileNo: gone?.profileId ?? 0 } });
          onChanged();
          const error = failure(data?.clearChargingProfile, problem);
          if (error == null) toast(t("charging.cleared"));
          return error;
        }}
      />
    </>
  );
}
