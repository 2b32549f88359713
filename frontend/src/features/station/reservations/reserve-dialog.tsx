import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange } from "@/app/data";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/notice";
import { ActionFields } from "@/features/commands/action-fields";
import { CommandOutcome } from "@/features/commands/command-outcome";
import { startValues } from "@/features/commands/start-values";
import { ReserveNowDocument, type CommandRowFragment, type StationDetailFragment } from "@/gql/graphql";
import { instant, local } from "@/lib/local-time";

const hour = 3_600_000;

/** Holds a connector for a token, and shows what the station says to it. */
export default function ReserveDialog({ station, onClose }: { station: StationDetailFragment; onClose: () => void }) {
  const { t } = useTranslation();
  const [reserve, busy] = useChange(ReserveNowDocument);
  const [values, setValues] = useState(() => startValues(station));
  const [until, setUntil] = useState(() => local(new Date(Date.now() + hour).toISOString()));
  const [group, setGroup] = useState("");
  const [failure, setFailure] = useState<string>();
  const [command, setCommand] = useState<CommandRowFragment>();
  const expiresAt = instant(until);
  const [opened] = useState(() => Date.now());
  const past = expiresAt == null || new Date(expiresAt).getTime() <= opened;

  const run = async () => {
    if (expiresAt == null) return;
    setFailure(undefined);
    setCommand(undefined);
    const { data, problem } = await reserve({
      input: { stationId: station.id, idTag: values.token.trim(), expiresAt, ...(values.evseNo === 0 ? {} : { evseNo: values.evseNo }), ...(group.trim() === "" ? {} : { groupId: group.trim() }) },
    });
    if (problem == null) setCommand(data.reserveNow);
    else setFailure(problem.text);
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("reservations.reserve")}
      description={t("reservations.reserveText", { station: station.name })}
      footer={
        <>
          <Button onClick={onClose}>{t(command == null ? "common.cancel" : "common.close")}</Button>
          <Button type="submit" form="reserve" variant="primary" busy={busy} disabled={values.token.trim() === "" || past}>
            {busy ? t("action.waiting") : t(command == null ? "reservations.reserve" : "action.again")}
          </Button>
        </>
      }
    >
      <form
        id="reserve"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
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
        <div aria-live="polite" className="flex flex-col gap-4 empty:hidden">
          {failure != null && <Notice tone="bad">{failure}</Notice>}
          {command != null && <CommandOutcome command={command} />}
        </div>
      </form>
    </Dialog>
  );
}
