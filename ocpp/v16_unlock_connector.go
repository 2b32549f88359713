package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// unlockConnector16 frees a cable that is stuck (OCPP 1.6 §5.18). A running session is ended first.
var unlockConnector16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.UnlockOrder)
		if !ok {
			return nil, nil
		}
		connector, err := connector16(o.EvseNo, o.ConnectorNo)
		if err != nil {
			return nil, err
		}
		return &v16.UnlockConnectorRequest{ConnectorID: connector}, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.UnlockConnectorResponse).Status
		why := ""
		switch status {
		case v16.UnlockStatusUnlockFailed:
			why = "The lock didn't open: somebody has to look at it."
		case v16.UnlockStatusNotSupported:
			why = "The connector has no lock that can be opened from afar, or doesn't exist."
		}
		return accepted16(status == v16.UnlockStatusUnlocked, string(status), why)
	},
}
