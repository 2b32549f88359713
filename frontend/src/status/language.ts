import type { ParseKeys } from "i18next";
import type { Tone } from "@/components/badge";
import type { BulkCommandStatus, BulkTargetStatus, ChargingProfileStatus, CommandStatus, ConnectorStatus, OnboardingStepState, RegistrationStatus, ReservationStatus, SessionStatus, StationOnboarding } from "@/gql/graphql";

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

export const offline: State = { tone: "idle", shape: "hollow", word: "state.connection.offline.word", sentence: "state.connection.offline.sentence" };
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

export const reservationStates: Record<ReservationStatus, State> = {
  REQUESTED: { tone: "warn", shape: "clock", word: "state.reservation.REQUESTED.word", sentence: "state.reservation.REQUESTED.sentence" },
  ACTIVE: { tone: "hold", shape: "bookmark", word: "state.reservation.ACTIVE.word", sentence: "state.reservation.ACTIVE.sentence" },
  REFUSED: { tone: "bad", shape: "cross", word: "state.reservation.REFUSED.word", sentence: "state.reservation.REFUSED.sentence" },
  USED: { tone: "ok", shape: "check", word: "state.reservation.USED.word", sentence: "state.reservation.USED.sentence" },
  CANCELLED: { tone: "idle", shape: "dash", word: "state.reservation.CANCELLED.word", sentence: "state.reservation.CANCELLED.sentence" },
  EXPIRED: { tone: "idle", shape: "open", word: "state.reservation.EXPIRED.word", sentence: "state.reservation.EXPIRED.sentence" },
  REMOVED: { tone: "idle", shape: "hollow", word: "state.reservation.REMOVED.word", sentence: "state.reservation.REMOVED.sentence" },
};

export const profileStates: Record<ChargingProfileStatus, State> = {
  REQUESTED: { tone: "warn", shape: "clock", word: "state.profile.REQUESTED.word", sentence: "state.profile.REQUESTED.sentence" },
  INSTALLED: { tone: "ok", shape: "check", word: "state.profile.INSTALLED.word", sentence: "state.profile.INSTALLED.sentence" },
  REFUSED: { tone: "bad", shape: "cross", word: "state.profile.REFUSED.word", sentence: "state.profile.REFUSED.sentence" },
  CLEARED: { tone: "idle", shape: "dash", word: "state.profile.CLEARED.word", sentence: "state.profile.CLEARED.sentence" },
};

export const bulkStates: Record<BulkCommandStatus, State> = {
  RUNNING: { tone: "busy", shape: "half", word: "state.bulk.RUNNING.word", sentence: "state.bulk.RUNNING.sentence" },
  COMPLETED: { tone: "ok", shape: "check", word: "state.bulk.COMPLETED.word", sentence: "state.bulk.COMPLETED.sentence" },
  CANCELLED: { tone: "idle", shape: "dash", word: "state.bulk.CANCELLED.word", sentence: "state.bulk.CANCELLED.sentence" },
};

export const targetStates: Record<BulkTargetStatus, State> = {
  WAITING: { tone: "idle", shape: "open", word: "state.target.WAITING.word", sentence: "state.target.WAITING.sentence" },
  STARTED: { tone: "busy", shape: "half", word: "state.target.STARTED.word", sentence: "state.target.STARTED.sentence" },
  ACCEPTED: { tone: "ok", shape: "check", word: "state.target.ACCEPTED.word", sentence: "state.target.ACCEPTED.sentence" },
  REJECTED: { tone: "bad", shape: "cross", word: "state.target.REJECTED.word", sentence: "state.target.REJECTED.sentence" },
  FAILED: { tone: "warn", shape: "triangle", word: "state.target.FAILED.word", sentence: "state.target.FAILED.sentence" },
  TIMEOUT: { tone: "warn", shape: "clock", word: "state.target.TIMEOUT.word", sentence: "state.target.TIMEOUT.sentence" },
  SKIPPED: { tone: "idle", shape: "dash", word: "state.target.SKIPPED.word", sentence: "state.target.SKIPPED.sentence" },
};

type Reach = { online: boolean; lastSeenAt?: string | null | undefined };

/** What a session says of an occupied connector: OCPP 2.x tells the rest there (ChargingStateEnumType), 1.6 in the status itself. */
const sessionSays: Readonly<Record<string, ConnectorStatus>> = { EVConnected: "PREPARING", Charging: "CHARGING", SuspendedEV: "SUSPENDED_EV", SuspendedEVSE: "SUSPENDED_EVSE" };

/** The state of a connector as an operator should read it: what is offline says nothing true about now. */
export function connectorState(status: ConnectorStatus | null | undefined, station: Reach, chargingState = ""): State {
  if (!station.online) return connectionState(station);
  if (status == null) return unknown;
  return connectorStates[status === "OCCUPIED" ? (sessionSays[chargingState] ?? status) : status];
}

/** The state of a station's connection. */
export function connectionState(station: Reach): State {
  if (station.online) return online;
  return station.lastSeenAt == null ? neverSeen : offline;
}
