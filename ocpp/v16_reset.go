package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// resetTypes16 are the resets of OCPP 1.6 (§7.40), with the nearest to what 2.x calls them.
var resetTypes16 = map[string]v16.ResetType{
	"HARD": v16.ResetTypeHard, "IMMEDIATE": v16.ResetTypeHard, "SOFT": v16.ResetTypeSoft, "ON_IDLE": v16.ResetTypeSoft,
}

// reset16 restarts a station (OCPP 1.6 §5.14).
var reset16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.ResetOrder)
		if !ok {
			return nil, nil
		}
		if o.EvseNo != 0 {
			return nil, fault.In("evseNo", "OCPP 1.6 resets whole stations only: leave the EVSE out.")
		}
		kind, ok := resetTypes16[o.Type]
		if !ok {
			return nil, fault.In("type", "In OCPP 1.6 a reset ends the sessions that run: take HARD or SOFT.")
		}
		return &v16.ResetRequest{Type: kind}, nil
	},
	interpret: func(_, response schema.Message) charging.Outcome {
		status := response.(*v16.ResetResponse).Status
		return accepted16(status == v16.ResetStatusAccepted, string(status), "")
	},
}
