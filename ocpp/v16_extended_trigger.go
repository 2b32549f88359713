package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// extendedTriggers16 are the messages that the security whitepaper lets a CSMS ask for (ExtendedTriggerMessage).
var extendedTriggers16 = map[string]v16.ExtendedMessageTrigger{
	"BOOT_NOTIFICATION":                 v16.ExtendedMessageTriggerBootNotification,
	"FIRMWARE_STATUS_NOTIFICATION":      v16.ExtendedMessageTriggerFirmwareStatusNotification,
	"HEARTBEAT":                         v16.ExtendedMessageTriggerHeartbeat,
	"LOG_STATUS_NOTIFICATION":           v16.ExtendedMessageTriggerLogStatusNotification,
	"METER_VALUES":                      v16.ExtendedMessageTriggerMeterValues,
	"SIGN_CHARGING_STATION_CERTIFICATE": v16.ExtendedMessageTriggerSignChargePointCertificate,
	"STATUS_NOTIFICATION":               v16.ExtendedMessageTriggerStatusNotification,
}

// extended16 reports whether a message is asked for with the call of the security extension: because only that knows it, or
// because it is wanted.
func extended16(o charging.TriggerOrder) bool {
	_, plain := triggers16[o.Message]
	_, extended := extendedTriggers16[o.Message]
	return o.Extended || extended && !plain
}

// extendedTriggerMessage16 asks a station with the security extension to send a message now.
var extendedTriggerMessage16 = orderAs(func(o charging.TriggerOrder) (*v16.ExtendedTriggerMessageRequest, error) {
	if !extended16(o) {
		return nil, nil
	}
	message, ok := extendedTriggers16[o.Message]
	if !ok {
		return nil, fault.In("message", "The security extension of OCPP 1.6 can't trigger %s.", o.Message)
	}
	connector, err := connector16(o.EvseNo, o.ConnectorNo)
	if err != nil {
		return nil, err
	}
	r := &v16.ExtendedTriggerMessageRequest{RequestedMessage: message}
	if connector > 0 {
		r.ConnectorID = schema.Some(connector)
	}
	return r, nil
}, func(_ *v16.ExtendedTriggerMessageRequest, r *v16.ExtendedTriggerMessageResponse) charging.Outcome {
	why := ""
	if r.Status == v16.TriggerMessageStatusNotImplemented {
		why = "It can't send this message on request."
	}
	return accepted16(r.Status == v16.TriggerMessageStatusAccepted, string(r.Status), why)
})
