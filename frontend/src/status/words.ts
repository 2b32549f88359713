import type { ParseKeys } from "i18next";

/** OCPP names that come with a sentence; what a station makes up itself is shown as it was sent. */
export type Vocabulary = Readonly<Record<string, ParseKeys>>;

/** Why a transaction ended (OCPP 1.6 §7.36, and the reasons that stations add). */
export const stopReasons: Vocabulary = {
  DeAuthorized: "reason.DeAuthorized",
  EmergencyStop: "reason.EmergencyStop",
  EVDisconnected: "reason.EVDisconnected",
  HardReset: "reason.HardReset",
  Local: "reason.Local",
  Other: "reason.Other",
  PowerLoss: "reason.PowerLoss",
  Reboot: "reason.Reboot",
  Remote: "reason.Remote",
  ReservationExpired: "reason.ReservationExpired",
  SoftReset: "reason.SoftReset",
  UnlockCommand: "reason.UnlockCommand",
  EnergyLimitReached: "reason.EnergyLimitReached",
  GroundFault: "reason.GroundFault",
  ImmediateReset: "reason.ImmediateReset",
  LocalOutOfCredit: "reason.LocalOutOfCredit",
  MasterPass: "reason.MasterPass",
  OvercurrentFault: "reason.OvercurrentFault",
  PowerQuality: "reason.PowerQuality",
  SOCLimitReached: "reason.SOCLimitReached",
  StoppedByEV: "reason.StoppedByEV",
  TimeLimitReached: "reason.TimeLimitReached",
  Timeout: "reason.Timeout",
};

/** What was repaired in a session, or looked odd. */
export const sessionFlags: Vocabulary = {
  UNAUTHORIZED_TOKEN: "flag.UNAUTHORIZED_TOKEN",
  INFERRED_STOP: "flag.INFERRED_STOP",
  LATE_STOP: "flag.LATE_STOP",
  STOP_WITHOUT_START: "flag.STOP_WITHOUT_START",
  MATCHED_WITHOUT_TRANSACTION_ID: "flag.MATCHED_WITHOUT_TRANSACTION_ID",
  STOPPED_BY_ANOTHER_TOKEN: "flag.STOPPED_BY_ANOTHER_TOKEN",
  METER_RAN_BACKWARDS: "flag.METER_RAN_BACKWARDS",
  METER_IMPLAUSIBLE: "flag.METER_IMPLAUSIBLE",
  METER_MISSING: "flag.METER_MISSING",
  STOPPED_BEFORE_START: "flag.STOPPED_BEFORE_START",
  STATION_CLOCK_NOT_BELIEVED: "flag.STATION_CLOCK_NOT_BELIEVED",
  REPORTED_LATE: "flag.REPORTED_LATE",
  EVENTS_MISSING: "flag.EVENTS_MISSING",
  COST_SETTING_MISSING: "flag.COST_SETTING_MISSING",
  WALLET_EMPTY: "flag.WALLET_EMPTY",
  BILL_IN_REVIEW: "flag.BILL_IN_REVIEW",
  BILL_CORRECTED: "flag.BILL_CORRECTED",
};

/** What a connector reports as its fault (OCPP 1.6 §7.6). */
export const errorCodes: Vocabulary = {
  ConnectorLockFailure: "fault.ConnectorLockFailure",
  EVCommunicationError: "fault.EVCommunicationError",
  GroundFailure: "fault.GroundFailure",
  HighTemperature: "fault.HighTemperature",
  InternalError: "fault.InternalError",
  LocalListConflict: "fault.LocalListConflict",
  OtherError: "fault.OtherError",
  OverCurrentFailure: "fault.OverCurrentFailure",
  OverVoltage: "fault.OverVoltage",
  PowerMeterFailure: "fault.PowerMeterFailure",
  PowerSwitchFailure: "fault.PowerSwitchFailure",
  ReaderFailure: "fault.ReaderFailure",
  ResetFailure: "fault.ResetFailure",
  UnderVoltage: "fault.UnderVoltage",
  WeakSignal: "fault.WeakSignal",
};

/** Why a message was answered with an error (OCPP-J 1.6 §4.2.3, with the spelling of 2.0.1). */
export const callErrors: Vocabulary = {
  NotImplemented: "callError.NotImplemented",
  NotSupported: "callError.NotSupported",
  InternalError: "callError.InternalError",
  ProtocolError: "callError.ProtocolError",
  SecurityError: "callError.SecurityError",
  FormationViolation: "callError.FormationViolation",
  FormatViolation: "callError.FormationViolation",
  PropertyConstraintViolation: "callError.PropertyConstraintViolation",
  OccurenceConstraintViolation: "callError.OccurrenceConstraintViolation",
  OccurrenceConstraintViolation: "callError.OccurrenceConstraintViolation",
  TypeConstraintViolation: "callError.TypeConstraintViolation",
  GenericError: "callError.GenericError",
  RpcFrameworkError: "callError.RpcFrameworkError",
  MessageTypeNotSupported: "callError.MessageTypeNotSupported",
};

/** Looks a word up whatever its capitals: stations differ in them. */
export function lookUp(vocabulary: Vocabulary, word: string): ParseKeys | undefined {
  const exact = vocabulary[word];
  if (exact != null) return exact;
  const wanted = word.toLowerCase();
  return Object.entries(vocabulary).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** Whether an error code says that there is a fault at all. */
export function isFault(code: string): boolean {
  return code !== "" && code.toLowerCase() !== "noerror";
}
