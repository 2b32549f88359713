import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { problemOf, problemText } from "@/app/errors";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Notice } from "@/components/notice";
import type { CommandRowFragment, StationDetailFragment } from "@/gql/graphql";
import { ActionFields, type RunningSession } from "./action-fields";
import { CommandOutcome } from "./command-outcome";
import type { Action } from "./actions";
import { send, type Values } from "./send";
import { startValues } from "./start-values";

type Props = {
  action: Action;
  station: StationDetailFragment;
  running: readonly RunningSession[];
  /** What to start with, such as the connector whose tile was pressed. */
  given?: Partial<Values>;
  onClose: () => void;
};

/** Says what an action will do, takes what it needs, runs it, and shows what the station answered. */
export default function ActionDialog({ action, station, running, given, onClose }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const start = startValues(station);
  const [values, setValues] = useState<Values>({ ...start, evseNo: action.fields.includes("connector") ? start.evseNo : 0, sessionId: running[0]?.id ?? "", ...given });
  const [busy, setBusy] = useState(false);
  const [command, setCommand] = useState<CommandRowFragment>();
  const [failure, setFailure] = useState<string>();

  const ready =
    (!action.fields.includes("token") || values.token.trim() !== "") &&
    (!action.fields.includes("session") || values.sessionId !== "") &&
    (!action.fields.includes("setting") || values.setting.trim() !== "");

  const run = async () => {
    setBusy(true);
    setFailure(undefined);
    setCommand(undefined);
    const answer = await send(client, action.key, station.id, values);
    setBusy(false);
    if (answer.command != null) setCommand(answer.command);
    else setFailure(answer.error == null ? t("problem.other") : problemText(t, problemOf(answer.error)));
  };

  return (
    <Dialog
      open
      wide={action.key === "getConfiguration"}
      onOpenChange={onClose}
      title={t(`action.${action.key}.name`)}
      description={t(`action.${action.key}.does`, { station: station.name })}
      footer={
        <>
          <Button onClick={onClose}>{command == null ? t("common.cancel") : t("common.close")}</Button>
          <Button type="submit" form="action" variant={action.drastic ? "danger" : "primary"} busy={busy} disabled={!ready}>
            {busy ? t("action.waiting") : command == null ? t(`action.${action.key}.run`) : t("action.again")}
          </Button>
        </>
      }
    >
      <form
        id="action"
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <ActionFields
          fields={action.fields}
          values={values}
          station={station}
          version={station.connection.version ?? station.ocppVersion}
          running={running}
          onChange={(change) => {
            setValues((old) => ({ ...old, ...change }));
          }}
        />
        <div aria-live="polite" className="flex flex-col gap-4 empty:hidden">
          {failure != null && <Notice tone="bad">{failure}</Notice>}
          {command != null && <CommandOutcome command={command} />}
        </div>
      </form>
    </Dialog>
  );
}
