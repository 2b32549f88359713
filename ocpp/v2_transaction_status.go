package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// getTransactionStatus2 asks whether a session still goes on, and whether messages about it wait to be sent (E14).
var getTransactionStatus2 = orderAs(func(o charging.TransactionStatusOrder) (*v21.GetTransactionStatusRequest, error) {
	return &v21.GetTransactionStatusRequest{TransactionID: o.TransactionID}, nil
}, func(_ *v21.GetTransactionStatusRequest, r *v21.GetTransactionStatusResponse) charging.Outcome {
	status := charging.TransactionStatus{Queued: r.MessagesInQueue}
	if r.OngoingIndicator.Set {
		status.Ongoing = &r.OngoingIndicator.Value
	}
	return charging.Outcome{Accepted: true, Results: []any{charging.Single{Value: status}}}
})
