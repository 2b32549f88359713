import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { problemOf, problemText } from "@/app/errors";
import type { StationDetailFragment } from "@/gql/graphql";
import { ActionFields, type RunningSession } from "./action-fields";
import { CommandDialog } from "./command-dialog";
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

  const ready =
    (!action.fields.includes("token") || values.token.trim() !== "") &&
    (!action.fields.includes("session") || values.sessionId !== "") &&
    (!action.fields.includes("setting") || values.setting.trim() !== "");

  const ask = async () => {
    const answer = await send(client, action.key, station.id, values);
    if (answer.command != null) return { command: answer.command };
    return { failure: answer.error == null ? t("problem.other") : problemText(t, problemOf(answer.error)) };
  };

  return (
    <CommandDialog
      wide={action.key === "getConfiguration"}
      danger={action.drastic === true}
      title={t(`action.${action.key}.name`)}
      description={t(`action.${action.key}.does`, { station: station.name })}
      run={t(`action.${action.key}.run`)}
      ready={ready}
      onAsk={ask}
      onClose={onClose}
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
    </CommandDialog>
  );
}
