package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// triggers16 are the messages that OCPP 1.6 lets a CSMS ask for (§7.47).
var triggers16 = map[string]v16.MessageTrigger{
	"BOOT_NOTIFICATION":               v16.MessageTriggerBootNotification,
	"DIAGNOSTICS_STATUS_NOTIFICATION": v16.MessageTriggerDiagnosticsStatusNotification,
	"FIRMWARE_STATUS_NOTIFICATION":    v16.MessageTriggerFirmwareStatusNotification,
	"HEARTBEAT":                       v16.MessageTriggerHeartbeat,
	"METER_VALUES":                    v16.MessageTriggerMeterValues,
	"STATUS_NOTIFICATION":             v16.MessageTriggerStatusNotification,
}

// triggerMessage16 asks a station to send a message now (OCPP 1.6 §5.17).
var triggerMessage16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.TriggerOrder)
		if !ok {
			return nil, nil
		}
		if extended16(o) {
			return nil, nil
		}
		message, ok := triggers16[o.Message]
		if !ok {
			return nil, fault.In("message", "OCPP 1.6 can't trigger %s.", o.Message)
		}
		connector, err := connector16(o.EvseNo, o.ConnectorNo)
		if err != nil {
			return nil, err
		}
		r := &v16.TriggerMessageRequest{RequestedMessage: message}
		if connector > 0 {
			r.ConnectorID = schema.Some(connector)
		}
		return r, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.TriggerMessageResponse).Status
		why := ""
		if status == v16.TriggerMessageStatusNotImplemented {
			why = "It can't send this message on request."
		}
		return accepted16(status == v16.TriggerMessageStatusAccepted, string(status), why)
	},
}
