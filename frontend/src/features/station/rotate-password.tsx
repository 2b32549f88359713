import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { Dialog } from "@/components/dialog";
import { Credentials } from "@/features/stations/credentials";
import { RotateStationPasswordDocument, type StationDetailFragment } from "@/gql/graphql";

/** A new password for a station, shown once; the old one is good until the new one is seen. */
export function RotatePassword({ station }: { station: StationDetailFragment }) {
  const { t } = useTranslation();
  const [rotate, busy] = useChange(RotateStationPasswordDocument);
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState<string>();
  return (
    <>
      <Button
        onClick={() => {
          setAsking(true);
        }}
      >
        {t("stationSettings.rotateRun")}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("stationSettings.rotateTitle", { station: station.name })}
        text={t("stationSettings.rotateText")}
        action={t("stationSettings.rotateRun")}
        busy={busy}
        onConfirm={async () => {
          const { data, problem } = await rotate({ input: { id: station.id } });
          if (problem != null) return problem.text;
          setPassword(data.rotateStationPassword.password ?? "");
          return undefined;
        }}
      />
      <Dialog
        wide
        open={password != null}
        onOpenChange={() => {
          setPassword(undefined);
        }}
        title={t("stationSettings.rotated")}
        footer={
          <Button
            variant="primary"
            onClick={() => {
              setPassword(undefined);
            }}
          >
            {t("common.done")}
          </Button>
        }
      >
        <Credentials identity={station.identity} urls={station.connectionURLs} password={password} />
      </Dialog>
    </>
  );
}
