package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// remoteStart16 asks for a session (OCPP 1.6 §5.11).
var remoteStart16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.RemoteStartOrder)
		if !ok {
			return nil, nil
		}
		connector, err := connector16(o.EvseNo, o.ConnectorNo)
		if err != nil {
			return nil, err
		}
		r := &v16.RemoteStartTransactionRequest{IDTag: o.IDTag}
		if connector > 0 {
			r.ConnectorID = schema.Some(connector)
		}
		if o.Profile != nil && !o.ProfileLater {
			if r.ChargingProfile, err = profile16(o.Profile, ""); err != nil {
				return nil, err
			}
		}
		return r, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.RemoteStartTransactionResponse).Status
		return accepted16(status == v16.RemoteStartStopStatusAccepted, string(status),
			"Usually the connector isn't free: a cable from the last session may still be in.")
	},
}
