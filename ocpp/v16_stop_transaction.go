package ocpp

import (
	"slices"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// stopTransaction16 records that a session has ended. It is always answered with a result (OCPP 1.6 §4.10).
func stopTransaction16(x *exchange, r *v16.StopTransactionRequest) (schema.Message, error) {
	_, err := x.c.link.StopSession(x.c.ctx, charging.StopReport{
		TransactionID: r.TransactionID, IDTag: r.IDTag, MeterWh: r.MeterStop, At: x.said(&r.Timestamp), RawAt: r.Timestamp.Raw,
		MeterMissing: supplied(x.repairs, "/meterStop"), Reason: string(r.Reason), Samples: samples16(x, r.TransactionData), ReceivedAt: x.at,
	}, inTransaction(x, func(a charging.StopAnswer) schema.Message {
		if a.Token == nil {
			return &v16.StopTransactionResponse{}
		}
		info := idTagInfo16(*a.Token)
		return &v16.StopTransactionResponse{IDTagInfo: &info}
	}))
	return nil, err
}

// supplied reports whether a member was absent and had to be made up.
func supplied(repairs []schema.Repair, path string) bool {
	return slices.ContainsFunc(repairs, func(r schema.Repair) bool { return r.Kind == schema.KindMissing && r.Path == path })
}
