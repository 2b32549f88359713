package ocpp

import (
	"strconv"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// remoteStop16 asks a station to end a session (OCPP 1.6 §5.12).
var remoteStop16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.RemoteStopOrder)
		if !ok {
			return nil, nil
		}
		id, err := strconv.ParseInt(o.TransactionID, 10, 64)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The session's transaction id %q is no number, as OCPP 1.6 needs.", o.TransactionID).Because(err)
		}
		return &v16.RemoteStopTransactionRequest{TransactionID: id}, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.RemoteStopTransactionResponse).Status
		return accepted16(status == v16.RemoteStartStopStatusAccepted, string(status),
			"It may know the session under another id: end it at the station.")
	},
}
