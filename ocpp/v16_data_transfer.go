package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// dataTransfer16 keeps a maker's own message in the log. Nobody here acts on it, and the answer says so (OCPP 1.6 §4.3).
func dataTransfer16(*exchange, *v16.DataTransferRequest) (schema.Message, error) {
	return &v16.DataTransferResponse{Status: v16.DataTransferStatusUnknownVendorID}, nil
}

// sendDataTransfer16 sends a maker's own message (OCPP 1.6 §5.6).
var sendDataTransfer16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.DataTransferOrder)
		if !ok {
			return nil, nil
		}
		return &v16.DataTransferRequest{VendorID: o.VendorID, MessageID: o.MessageID, Data: o.Data}, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.DataTransferResponse).Status
		return accepted16(status == v16.DataTransferStatusAccepted, string(status), "")
	},
}
