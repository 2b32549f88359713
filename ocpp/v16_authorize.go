package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// authorize16 answers whether a token may charge (OCPP 1.6 §4.1).
func authorize16(x *exchange, r *v16.AuthorizeRequest) (schema.Message, error) {
	_, err := x.c.link.Authorize(x.c.ctx, r.IDTag, inTransaction(x, func(t charging.TokenInfo) schema.Message {
		return &v16.AuthorizeResponse{IDTagInfo: idTagInfo16(t)}
	}))
	return nil, err
}

func idTagInfo16(t charging.TokenInfo) v16.IDTagInfo {
	status := t.Status
	if status == charging.TokenNoCredit {
		status = charging.TokenBlocked // OCPP 1.6 has no word for an empty wallet
	}
	info := v16.IDTagInfo{Status: v16.AuthorizationStatus(status), ParentIDTag: t.GroupID}
	if !t.Expiry.IsZero() {
		info.ExpiryDate = schema.At(t.Expiry)
	}
	return info
}
