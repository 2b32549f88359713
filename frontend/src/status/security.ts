import type { Vocabulary } from "./words";

/** Security events by their names (of the security whitepaper for OCPP 1.6, of Part 2's appendix 1 for 2.x); the last four are what 2.x calls others. */
export const securityEvents: Vocabulary = {
  FirmwareUpdated: "securityEvent.FirmwareUpdated",
  FailedToAuthenticateAtCentralSystem: "securityEvent.FailedToAuthenticateAtCentralSystem",
  CentralSystemFailedToAuthenticate: "securityEvent.CentralSystemFailedToAuthenticate",
  SettingSystemTime: "securityEvent.SettingSystemTime",
  StartupOfTheDevice: "securityEvent.StartupOfTheDevice",
  ResetOrReboot: "securityEvent.ResetOrReboot",
  SecurityLogWasCleared: "securityEvent.SecurityLogWasCleared",
  ReconfigurationOfSecurityParameters: "securityEvent.ReconfigurationOfSecurityParameters",
  MemoryExhaustion: "securityEvent.MemoryExhaustion",
  InvalidMessages: "securityEvent.InvalidMessages",
  AttemptedReplayAttacks: "securityEvent.AttemptedReplayAttacks",
  TamperDetectionActivated: "securityEvent.TamperDetectionActivated",
  InvalidFirmwareSignature: "securityEvent.InvalidFirmwareSignature",
  InvalidFirmwareSigningCertificate: "securityEvent.InvalidFirmwareSigningCertificate",
  InvalidCentralSystemCertificate: "securityEvent.InvalidCentralSystemCertificate",
  InvalidChargePointCertificate: "securityEvent.InvalidChargePointCertificate",
  InvalidTLSVersion: "securityEvent.InvalidTLSVersion",
  InvalidTLSCipherSuite: "securityEvent.InvalidTLSCipherSuite",
  MaintenanceLoginAccepted: "securityEvent.MaintenanceLoginAccepted",
  MaintenanceLoginFailed: "securityEvent.MaintenanceLoginFailed",
  FailedToAuthenticateAtCsms: "securityEvent.FailedToAuthenticateAtCentralSystem",
  CsmsFailedToAuthenticate: "securityEvent.CentralSystemFailedToAuthenticate",
  InvalidCsmsCertificate: "securityEvent.InvalidCentralSystemCertificate",
  InvalidChargingStationCertificate: "securityEvent.InvalidChargePointCertificate",
};
