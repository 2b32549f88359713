import type { StationDetailFragment } from "@/gql/graphql";
import type { Values } from "./send";

/** What an action's fields begin with: the station's first connector, and nothing that interrupts. */
export function startValues(station: Pick<StationDetailFragment, "connectors">): Values {
  return {
    evseNo: station.connectors?.find(({ evseNo }) => evseNo > 0)?.evseNo ?? 1,
    token: "",
    sessionId: "",
    resetType: "SOFT",
    operative: false,
    message: "STATUS_NOTIFICATION",
    keys: "",
    setting: "",
    value: "",
  };
}
