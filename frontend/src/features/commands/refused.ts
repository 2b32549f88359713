import type { ParseKeys } from "i18next";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/app/viewer";
import type { CommandRowFragment, StationDetailFragment } from "@/gql/graphql";
import { commandStates } from "@/status/language";
import { whyNot } from "./actions";

/** Why a station can't be asked now for what takes this permission; undefined when it can. */
export function useCommandRefusal(station: StationDetailFragment, permission: "station:command" | "station:configure"): ParseKeys | undefined {
  return whyNot(permission, station, useMay());
}

/** Why a command came to nothing, whether it was sent or not; undefined when the station took it. */
export function useCommandFailure(): (command: CommandRowFragment | undefined, problem: { text: string } | undefined) => string | undefined {
  const { t } = useTranslation();
  return useCallback(
    (command, problem) => {
      if (problem != null) return problem.text;
      if (command == null) return t("problem.other");
      if (command.status === "ACCEPTED") return undefined;
      return command.error == null || command.error === "" ? t(commandStates[command.status].sentence) : command.error;
    },
    [t],
  );
}
