import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Field, Input } from "@/components/field";
import { ActionFields } from "@/features/commands/action-fields";
import { CommandDialog } from "@/features/commands/command-dialog";
import { startValues } from "@/features/commands/start-values";
import { ReserveNowDocument, type StationDetailFragment } from "@/gql/graphql";
import { instant, local } from "@/lib/local-time";

const hour = 3_600_000;

/** Holds a connector for a token, and shows what the station says to it. */
export default function ReserveDialog({ station, onClose }: { station: StationDetailFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const [reserve] = useChange(ReserveNowDocument);
  const [values, setValues] = useState(() => startValues(station));
  const [until, setUntil] = useState(() => local(new Date(Date.now() + hour).toISOString()));
  const [group, setGroup] = useState("");
  const expiresAt = instant(until);
  const [opened] = useState(() => Date.now());
  const past = expiresAt == null || new Date(expiresAt).getTime() <= opened;

  const ask = async () => {
    if (expiresAt == null) return undefined;
    const { data, problem } = await reserve({
      input: { stationId: station.id, idTag: values.token.trim(), expiresAt, ...(values.evseNo === 0 ? {} : { evseNo: values.evseNo }), ...(group.trim() === "" ? {} : { groupId: group.trim() }) },
    });
    return problem == null ? { command: data.reserveNow } : { failure: problem.text };
  };

  return (
    <CommandDialog
      title={t("reservations.reserve")}
      description={t("reservations.reserveText", { station: station.name })}
      run={t("reservations.reserve")}
      ready={values.token.trim() !== "" && !past}
      onAsk={ask}
      onClose={onClose}
    >
      <ActionFields
        fields={["target", "token"]}
        values={values}
        station={station}
        version={station.connection.version ?? station.ocppVersion}
        running={[]}
        wholeStation={t("reservations.any")}
        onChange={(change) => {
          setValues((old) => ({ ...old, ...change }));
        }}
      />
      <Field label={t("reservations.until")} hint={Intl.DateTimeFormat().resolvedOptions().timeZone} error={past ? t("reservations.untilPast") : undefined}>
        {(ids) => (
          <Input
            {...ids}
            type="datetime-local"
            value={until}
            onChange={(event) => {
              setUntil(event.target.value);
            }}
          />
        )}
      </Field>
      <Field label={t("reservations.group")} optional={t("common.optional")} hint={t("reservations.groupHint")}>
        {(ids) => (
          <Input
            {...ids}
            className="font-mono"
            maxLength={36}
            spellCheck={false}
            value={group}
            onChange={(event) => {
              setGroup(event.target.value);
            }}
          />
        )}
      </Field>
    </CommandDialog>
  );
}
