package main

import "strings"

// flavour is what the schemas of a version do not say.
type flavour struct {
	version         string // as people write it
	pkg             string
	constant        string // schema.Version constant
	inlineNames     map[string]string
	definitionNames map[string]string
	directions      map[string]direction
}

type direction string

const (
	fromStation direction = "FromStation"
	fromCSMS    direction = "FromCSMS"
	fromBoth    direction = "FromBoth"
)

var flavours = map[string]*flavour{
	"1.6": {
		version: "1.6", pkg: "v16", constant: "V16",
		inlineNames: inlineNames16, definitionNames: definitionNames16,
		directions: directions(station16, csms16),
	},
	"2.0.1": {
		version: "2.0.1", pkg: "v201", constant: "V201",
		directions: directions(station201, csms201),
	},
	"2.1": {
		version: "2.1", pkg: "v21", constant: "V21",
		directions: directions(station201+station21, csms201+csms21),
	},
}

func directions(station, csms string) map[string]direction {
	out := map[string]direction{"DataTransfer": fromBoth}
	for _, name := range strings.Fields(station) {
		out[name] = fromStation
	}
	for _, name := range strings.Fields(csms) {
		out[name] = fromCSMS
	}
	return out
}

// The senders of each call: OCPP 1.6 §4 and §5, the security whitepaper (edition 3) §4 and §5, OCPP 2.0.1
// and 2.1 Part 2 §1.
const (
	station16 = `Authorize BootNotification DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
		LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
		StartTransaction StatusNotification StopTransaction `
	csms16 = `CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile
		DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics
		GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction
		RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
		UnlockConnector UpdateFirmware `

	station201 = `Authorize BootNotification ClearedChargingLimit FirmwareStatusNotification Get15118EVCertificate
		GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
		NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport
		PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate SecurityEventNotification
		SignCertificate StatusNotification TransactionEvent `
	csms201 = `CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage
		ClearVariableMonitoring CostUpdated CustomerInformation DeleteCertificate GetBaseReport GetChargingProfiles
		GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds GetLocalListVersion GetLog GetMonitoringReport
		GetReport GetTransactionStatus GetVariables InstallCertificate PublishFirmware RequestStartTransaction
		RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SetDisplayMessage SetMonitoringBase
		SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables TriggerMessage UnlockConnector
		UnpublishFirmware UpdateFirmware `

	station21 = `BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop
		NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream
		PullDynamicScheduleUpdate ReportDERControl VatNumberValidation `
	csms21 = `AdjustPeriodicEventStream AFRRSignal ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl
		GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap
		SetDefaultTariff SetDERControl UpdateDynamicSchedule UsePriorityCharging `
)
