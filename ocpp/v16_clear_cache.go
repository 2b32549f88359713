package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// clearCache16 makes a station forget the tokens it remembers (OCPP 1.6 §5.4).
var clearCache16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		if _, ok := order.(charging.ClearCacheOrder); !ok {
			return nil, nil
		}
		return &v16.ClearCacheRequest{}, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.ClearCacheResponse).Status
		return accepted16(status == v16.ClearCacheStatusAccepted, string(status), "It may have no cache.")
	},
}
