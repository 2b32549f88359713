package main

// definitionNames16 tells the security extension's types from those of the core profile that share
// a name but not the values.
var definitionNames16 = map[string]string{
	"FirmwareStatusEnumType": "SignedFirmwareStatus",
	"MessageTriggerEnumType": "ExtendedMessageTrigger",
}

// inlineNames16 names the types that the 1.6 schemas write inline, with the names of OCPP 1.6 §7.
// A key is a message with the member's path, or a member anywhere.
var inlineNames16 = map[string]string{
	"errorCode":              "ChargePointErrorCode",
	"chargingProfileKind":    "ChargingProfileKind",
	"chargingProfilePurpose": "ChargingProfilePurpose",
	"chargingRateUnit":       "ChargingRateUnit",
	"context":                "ReadingContext",
	"format":                 "ValueFormat",
	"location":               "Location",
	"measurand":              "Measurand",
	"phase":                  "Phase",
	"reason":                 "Reason",
	"recurrencyKind":         "RecurrencyKind",
	"requestedMessage":       "MessageTrigger",
	"unit":                   "UnitOfMeasure",
	"updateType":             "UpdateType",

	"chargingProfile":        "ChargingProfile",
	"chargingSchedule":       "ChargingSchedule",
	"chargingSchedulePeriod": "ChargingSchedulePeriod",
	"configurationKey":       "ConfigurationKey",
	"csChargingProfiles":     "ChargingProfile",
	"idTagInfo":              "IDTagInfo",
	"localAuthorizationList": "AuthorizationData",
	"meterValue":             "MeterValue",
	"sampledValue":           "SampledValue",
	"transactionData":        "MeterValue",

	"ChangeAvailability.req/type": "AvailabilityType",
	"Reset.req/type":              "ResetType",

	"Authorize.conf/idTagInfo/status":                           "AuthorizationStatus",
	"StartTransaction.conf/idTagInfo/status":                    "AuthorizationStatus",
	"StopTransaction.conf/idTagInfo/status":                     "AuthorizationStatus",
	"SendLocalList.req/localAuthorizationList/idTagInfo/status": "AuthorizationStatus",

	"BootNotification.conf/status":             "RegistrationStatus",
	"CancelReservation.conf/status":            "CancelReservationStatus",
	"ChangeAvailability.conf/status":           "AvailabilityStatus",
	"ChangeConfiguration.conf/status":          "ConfigurationStatus",
	"ClearCache.conf/status":                   "ClearCacheStatus",
	"ClearChargingProfile.conf/status":         "ClearChargingProfileStatus",
	"DataTransfer.conf/status":                 "DataTransferStatus",
	"DiagnosticsStatusNotification.req/status": "DiagnosticsStatus",
	"FirmwareStatusNotification.req/status":    "FirmwareStatus",
	"GetCompositeSchedule.conf/status":         "GetCompositeScheduleStatus",
	"RemoteStartTransaction.conf/status":       "RemoteStartStopStatus",
	"RemoteStopTransaction.conf/status":        "RemoteStartStopStatus",
	"ReserveNow.conf/status":                   "ReservationStatus",
	"Reset.conf/status":                        "ResetStatus",
	"SendLocalList.conf/status":                "UpdateStatus",
	"SetChargingProfile.conf/status":           "ChargingProfileStatus",
	"StatusNotification.req/status":            "ChargePointStatus",
	"TriggerMessage.conf/status":               "TriggerMessageStatus",
	"UnlockConnector.conf/status":              "UnlockStatus",
}
