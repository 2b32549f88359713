package ocpp

import (
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Availability and remote control (OCPP 2.0.1 Part 2, functional blocks F and G).

var statuses2 = map[v21.ConnectorStatus]vocabulary.ConnectorStatus{
	v21.ConnectorStatusAvailable: vocabulary.Available, v21.ConnectorStatusOccupied: vocabulary.Occupied, v21.ConnectorStatusReserved: vocabulary.Reserved,
	v21.ConnectorStatusUnavailable: vocabulary.Unavailable, v21.ConnectorStatusFaulted: vocabulary.Faulted,
	// Stations that speak 2.0.1 with the words of 1.6.
	"Preparing": vocabulary.Preparing, "Charging": vocabulary.Charging, "SuspendedEV": vocabulary.SuspendedEV,
	"SuspendedEVSE": vocabulary.SuspendedEVSE, "Finishing": vocabulary.Finishing,
}

// statusNotification2 records the status of a connector (G01).
func statusNotification2(x *exchange, r *v21.StatusNotificationRequest) (schema.Message, error) {
	status, ok := statuses2[r.ConnectorStatus]
	if !ok {
		status = vocabulary.Unavailable
	}
	err := x.c.link.ReportStatus(x.c.ctx, &x.c.entry, charging.StatusReport{
		EvseNo: int(r.EVSEID), ConnectorNo: int(r.ConnectorID), Status: status, At: x.said(&r.Timestamp), ReceivedAt: x.at,
	})
	if err != nil {
		return nil, err
	}
	return &v21.StatusNotificationResponse{}, nil
}

// changeAvailability2 takes a station, an EVSE or a connector in or out of service (G03, G04).
var changeAvailability2 = orderAs(func(o charging.AvailabilityOrder) (*v21.ChangeAvailabilityRequest, error) {
	r := &v21.ChangeAvailabilityRequest{OperationalStatus: v21.OperationalStatusInoperative, EVSE: evse2(o.EvseNo, o.ConnectorNo)}
	if o.Operative {
		r.OperationalStatus = v21.OperationalStatusOperative
	}
	return r, nil
}, func(_ *v21.ChangeAvailabilityRequest, r *v21.ChangeAvailabilityResponse) charging.Outcome {
	accepted := r.Status == v21.ChangeAvailabilityStatusAccepted || r.Status == v21.ChangeAvailabilityStatusScheduled
	return outcome2(accepted, string(r.Status), r.StatusInfo, "")
})

// unlockConnector2 sets a cable free (F05).
var unlockConnector2 = orderAs(func(o charging.UnlockOrder) (*v21.UnlockConnectorRequest, error) {
	return &v21.UnlockConnectorRequest{EVSEID: int64(o.EvseNo), ConnectorID: int64(max(1, o.ConnectorNo))}, nil
}, func(_ *v21.UnlockConnectorRequest, r *v21.UnlockConnectorResponse) charging.Outcome {
	return outcome2(r.Status == v21.UnlockStatusUnlocked, string(r.Status), r.StatusInfo, "")
})

// triggers2 are the messages that OCPP 2.x lets a CSMS ask for (F06), by the names that Busbar has for them. What 2.1 added
// can't be said in 2.0.1.
var triggers2 = map[string]v21.MessageTrigger{
	"BOOT_NOTIFICATION": v21.MessageTriggerBootNotification, "DIAGNOSTICS_STATUS_NOTIFICATION": v21.MessageTriggerLogStatusNotification,
	"LOG_STATUS_NOTIFICATION": v21.MessageTriggerLogStatusNotification, "FIRMWARE_STATUS_NOTIFICATION": v21.MessageTriggerFirmwareStatusNotification,
	"HEARTBEAT": v21.MessageTriggerHeartbeat, "METER_VALUES": v21.MessageTriggerMeterValues, "STATUS_NOTIFICATION": v21.MessageTriggerStatusNotification,
	"SIGN_CHARGING_STATION_CERTIFICATE": v21.MessageTriggerSignChargingStationCertificate, "SIGN_V2G_CERTIFICATE": v21.MessageTriggerSignV2GCertificate,
	"SIGN_V2G20_CERTIFICATE": v21.MessageTriggerSignV2G20Certificate, "SIGN_COMBINED_CERTIFICATE": v21.MessageTriggerSignCombinedCertificate,
	"PUBLISH_FIRMWARE_STATUS_NOTIFICATION": v21.MessageTriggerPublishFirmwareStatusNotification, "TRANSACTION_EVENT": v21.MessageTriggerTransactionEvent,
	"CUSTOM": v21.MessageTriggerCustomTrigger,
}

// triggerMessage2 asks a station to send a message now (F06).
var triggerMessage2 = orderAs(func(o charging.TriggerOrder) (*v21.TriggerMessageRequest, error) {
	message, ok := triggers2[o.Message]
	if !ok {
		return nil, fault.In("message", "OCPP 2.x can't trigger %s.", o.Message)
	}
	if (o.Message == "CUSTOM") != (o.Custom != "") {
		return nil, fault.In("customTrigger", "A custom trigger is named by customTrigger, and only that one.")
	}
	r := &v21.TriggerMessageRequest{RequestedMessage: message, EVSE: evse2(o.EvseNo, o.ConnectorNo), CustomTrigger: o.Custom}
	if message == v21.MessageTriggerStatusNotification && r.EVSE != nil && !r.EVSE.ConnectorID.Set {
		r.EVSE.ConnectorID = schema.Some(int64(1)) // a status is one connector's (F06.FR.12)
	}
	return r, nil
}, func(_ *v21.TriggerMessageRequest, r *v21.TriggerMessageResponse) charging.Outcome {
	return outcome2(r.Status == v21.TriggerMessageStatusAccepted, string(r.Status), r.StatusInfo, "")
})
