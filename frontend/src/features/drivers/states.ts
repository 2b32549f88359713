import type { DriverStatus, PaymentMethodStatus } from "@/gql/drivers/graphql";
import type { State } from "@/status/language";

// The states of drivers and of their ways to pay: a part of the one table of states that is fetched with their pages.

export const driverStates: Record<DriverStatus, State> = {
  ACTIVE: { tone: "ok", shape: "check", word: "drivers.status.ACTIVE.word", sentence: "drivers.status.ACTIVE.sentence" },
  BLOCKED: { tone: "bad", shape: "cross", word: "drivers.status.BLOCKED.word", sentence: "drivers.status.BLOCKED.sentence" },
};

export const methodStates: Record<PaymentMethodStatus, State> = {
  PENDING: { tone: "busy", shape: "open", word: "drivers.method.PENDING.word", sentence: "drivers.method.PENDING.sentence" },
  ACTIVE: { tone: "ok", shape: "check", word: "drivers.method.ACTIVE.word", sentence: "drivers.method.ACTIVE.sentence" },
  FAILED: { tone: "bad", shape: "cross", word: "drivers.method.FAILED.word", sentence: "drivers.method.FAILED.sentence" },
  REMOVED: { tone: "idle", shape: "dash", word: "drivers.method.REMOVED.word", sentence: "drivers.method.REMOVED.sentence" },
};
