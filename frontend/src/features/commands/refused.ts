import type { ParseKeys } from "i18next";
import { useMay } from "@/app/viewer";
import type { StationDetailFragment } from "@/gql/graphql";
import { whyNot } from "./actions";

/** Why a station can't be asked now for what takes this permission; undefined when it can. */
export function useCommandRefusal(station: StationDetailFragment, permission: "station:command" | "station:configure"): ParseKeys | undefined {
  return whyNot(permission, station, useMay());
}
