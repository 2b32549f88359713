package ocpp

// v2Actions are the calls that stations of OCPP 2.x make. One that a version doesn't have is unknown there.
var v2Actions = map[string]v2Action{
	"Authorize":                         on2(authorize2),
	"BatterySwap":                       on2(batterySwap2),
	"BootNotification":                  on2(bootNotification2),
	"ClearedChargingLimit":              on2(clearedChargingLimit2),
	"DataTransfer":                      on2(dataTransfer2),
	"FirmwareStatusNotification":        on2(firmwareStatusNotification2),
	"Heartbeat":                         on2(heartbeat2),
	"LogStatusNotification":             on2(logStatusNotification2),
	"MeterValues":                       on2(meterValues2),
	"NotifyChargingLimit":               on2(notifyChargingLimit2),
	"NotifyDERAlarm":                    on2(notifyDERAlarm2),
	"NotifyDERStartStop":                on2(notifyDERStartStop2),
	"NotifyEVChargingNeeds":             on2(notifyEVChargingNeeds2),
	"NotifyEVChargingSchedule":          on2(notifyEVChargingSchedule2),
	"NotifyEvent":                       on2(notifyEvent2),
	"NotifyPeriodicEventStream":         on2(notifyPeriodicEventStream2),
	"NotifyPriorityCharging":            on2(notifyPriorityCharging2),
	"NotifyReport":                      on2(notifyReport2),
	"NotifySettlement":                  on2(notifySettlement2),
	"PublishFirmwareStatusNotification": on2(publishFirmwareStatusNotification2),
	"ReservationStatusUpdate":           on2(reservationStatusUpdate2),
	"SecurityEventNotification":         on2(securityEventNotification2),
	"SignCertificate":                   on2(signCertificate2),
	"StatusNotification":                on2(statusNotification2),
	"TransactionEvent":                  on2(transactionEvent2),
}

// v2Orders are the calls to stations of OCPP 2.x.
var v2Orders = map[string]v2Order{
	"ChangeAvailability":      changeAvailability2,
	"ClearCache":              clearCache2,
	"DataTransfer":            sendDataTransfer2,
	"GetBaseReport":           getBaseReport2,
	"GetVariables":            getVariables2,
	"RequestStartTransaction": requestStartTransaction2,
	"RequestStopTransaction":  requestStopTransaction2,
	"Reset":                   reset2,
	"SetVariables":            setVariables2,
	"TriggerMessage":          triggerMessage2,
	"UnlockConnector":         unlockConnector2,
}
