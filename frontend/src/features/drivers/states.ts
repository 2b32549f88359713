import type { DriverStatus } from "@/gql/drivers/graphql";
import type { State } from "@/status/language";

// The states of drivers: a part of the one table of states that is fetched with their pages.

export const driverStates: Record<DriverStatus, State> = {
  ACTIVE: { tone: "ok", shape: "check", word: "drivers.status.ACTIVE.word", sentence: "drivers.status.ACTIVE.sentence" },
  BLOCKED: { tone: "bad", shape: "cross", word: "drivers.status.BLOCKED.word", sentence: "drivers.status.BLOCKED.sentence" },
};
