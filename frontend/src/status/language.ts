import type { ParseKeys } from "i18next";
import type { Tone } from "@/components/badge";
import type { CommandStatus, ConnectorStatus, OnboardingStepState, RegistrationStatus, SessionStatus, StationOnboarding } from "@/gql/graphql";

/** The shapes that stand beside a colour, so that colour never speaks alone. */
export type Shape = "circle" | "half" | "flow" | "pause" | "open" | "bookmark" | "dash" | "triangle" | "hollow" | "clock" | "check" | "cross";

/** What a state looks like and what it is called. */
export type State = { tone: Tone; shape: Shape; word: ParseKeys; sentence: ParseKeys };

// The one table of states: nothing else in the portal chooses a colour, a shape or a word for one.
export const connectorStates: Record<ConnectorStatus, State> = {
  AVAILABLE: { tone: "ok", shape: "circle", word: "state.connector.AVAILABLE.word", sentence: "state.connector.AVAILABLE.sentence" },
  PREPARING: { tone: "busy", shape: "half", word: "state.connector.PREPARING.word", sentence: "state.connector.PREPARING.sentence" },
  OCCUPIED: { tone: "busy", shape: "half", word: "state.connector.OCCUPIED.word", sentence: "state.connector.OCCUPIED.sentence" },
  CHARGING: { tone: "busy", shape: "flow", word: "state.connector.CHARGING.word", sentence: "state.connector.CHARGING.sentence" },
  SUSPENDED_EV: { tone: "warn", shape: "pause", word: "state.connector.SUSPENDED_EV.word", sentence: "state.connector.SUSPENDED_EV.sentence" },
  SUSPENDED_EVSE: { tone: "warn", shape: "pause", word: "state.connector.SUSPENDED_EVSE.word", sentence: "state.connector.SUSPENDED_EVSE.sentence" },
  FINISHING: { tone: "busy", shape: "open", word: "state.connector.FINISHING.word", sentence: "state.connector.FINISHING.sentence" },
  RESERVED: { tone: "hold", shape: "bookmark", word: "state.connector.RESERVED.word", sentence: "state.connector.RESERVED.sentence" },
  UNAVAILABLE: { tone: "idle", shape: "dash", word: "state.connector.UNAVAILABLE.word", sentence: "state.connector.UNAVAILABLE.sentence" },
  FAULTED: { tone: "bad", shape: "triangle", word: "state.connector.FAULTED.word", sentence: "state.connector.FAULTED.sentence" },
};

const unknown: State = { tone: "idle", shape: "hollow", word: "state.connector.unknown.word", sentence: "state.connector.unknown.sentence" };

const offline: State = { tone: "idle", shape: "hollow", word: "state.connection.offline.word", sentence: "state.connection.offline.sentence" };
const online: State = { tone: "ok", shape: "circle", word: "state.connection.online.word", sentence: "state.connection.online.sentence" };
const neverSeen: State = { tone: "idle", shape: "hollow", word: "state.connection.never.word", sentence: "state.connection.never.sentence" };

export const onboardingStates: Record<StationOnboarding, State> = {
  PENDING: { tone: "warn", shape: "clock", word: "state.onboarding.PENDING.word", sentence: "state.onboarding.PENDING.sentence" },
  ONBOARDED: { tone: "ok", shape: "check", word: "state.onboarding.ONBOARDED.word", sentence: "state.onboarding.ONBOARDED.sentence" },
};

export const registrationStates: Record<RegistrationStatus, State> = {
  ACCEPTED: { tone: "ok", shape: "check", word: "state.registration.ACCEPTED.word", sentence: "state.registration.ACCEPTED.sentence" },
  PENDING: { tone: "warn", shape: "clock", word: "state.registration.PENDING.word", sentence: "state.registration.PENDING.sentence" },
  REJECTED: { tone: "bad", shape: "cross", word: "state.registration.REJECTED.word", sentence: "state.registration.REJECTED.sentence" },
};

export const stepStates: Record<OnboardingStepState, State> = {
  PASSED: { tone: "ok", shape: "check", word: "state.step.PASSED.word", sentence: "state.step.PASSED.sentence" },
  FAILED: { tone: "bad", shape: "cross", word: "state.step.FAILED.word", sentence: "state.step.FAILED.sentence" },
  WAITING: { tone: "idle", shape: "open", word: "state.step.WAITING.word", sentence: "state.step.WAITING.sentence" },
};

export const commandStates: Record<CommandStatus, State> = {
  PENDING: { tone: "warn", shape: "clock", word: "state.command.PENDING.word", sentence: "state.command.PENDING.sentence" },
  SENT: { tone: "busy", shape: "half", word: "state.command.SENT.word", sentence: "state.command.SENT.sentence" },
  ACCEPTED: { tone: "ok", shape: "check", word: "state.command.ACCEPTED.word", sentence: "state.command.ACCEPTED.sentence" },
  REJECTED: { tone: "bad", shape: "cross", word: "state.command.REJECTED.word", sentence: "state.command.REJECTED.sentence" },
  FAILED: { tone: "bad", shape: "triangle", word: "state.command.FAILED.word", sentence: "state.command.FAILED.sentence" },
  TIMEOUT: { tone: "warn", shape: "clock", word: "state.command.TIMEOUT.word", sentence: "state.command.TIMEOUT.sentence" },
};

export const sessionStates: Record<SessionStatus, State> = {
  PENDING: { tone: "warn", shape: "clock", word: "state.session.PENDING.word", sentence: "state.session.PENDING.sentence" },
  RUNNING: { tone: "busy", shape: "flow", word: "state.session.RUNNING.word", sentence: "state.session.RUNNING.sentence" },
  STOPPED: { tone: "idle", shape: "open", word: "state.session.STOPPED.word", sentence: "state.session.STOPPED.sentence" },
  COMPLETED: { tone: "ok", shape: "check", word: "state.session.COMPLETED.word", sentence: "state.session.COMPLETED.sentence" },
  BILLING_FAILED: { tone: "bad", shape: "triangle", word: "state.session.BILLING_FAILED.word", sentence: "state.session.BILLING_FAILED.sentence" },
  NEEDS_REVIEW: { tone: "warn", shape: "pause", word: "state.session.NEEDS_REVIEW.word", sentence: "state.session.NEEDS_REVIEW.sentence" },
  CANCELLED: { tone: "idle", shape: "dash", word: "state.session.CANCELLED.word", sentence: "state.session.CANCELLED.sentence" },
};

type Reach = { online: boolean; lastSeenAt?: string | null | undefined };

/** The state of a connector as an operator should read it: what is offline says nothing true about now. */
export function connectorState(status: ConnectorStatus | null | undefined, station: Reach): State {
  if (!station.online) return connectionState(station);
  return status == null ? unknown : connectorStates[status];
}

/** The state of a station's connection. */
export function connectionState(station: Reach): State {
  if (station.online) return online;
  return station.lastSeenAt == null ? neverSeen : offline;
}
