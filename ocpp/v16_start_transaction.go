package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// startTransaction16 records that a session has begun, and gives it its id (OCPP 1.6 §4.8).
func startTransaction16(x *exchange, r *v16.StartTransactionRequest) (schema.Message, error) {
	x.after = x.c.payOff
	_, err := x.c.link.StartSession(x.c.ctx, charging.StartReport{
		ConnectorNo: int(r.ConnectorID), IDTag: r.IDTag, MeterWh: r.MeterStart, ReservationID: optional(r.ReservationID), At: x.said(&r.Timestamp), RawAt: r.Timestamp.Raw,
		MessageID: x.frame.ID, ReceivedAt: x.at,
	}, inTransaction(x, func(a charging.StartAnswer) schema.Message {
		return &v16.StartTransactionResponse{TransactionID: a.TransactionID, IDTagInfo: idTagInfo16(a.Token)}
	}))
	return nil, err
}
