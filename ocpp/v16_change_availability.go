package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// changeAvailability16 takes a connector, or as connector 0 the station, into or out of service (OCPP 1.6 §5.2).
var changeAvailability16 = order{
	prepare: func(order charging.Order) (schema.Message, error) {
		o, ok := order.(charging.AvailabilityOrder)
		if !ok {
			return nil, nil
		}
		connector, err := connector16(o.EvseNo, o.ConnectorNo)
		if err != nil {
			return nil, err
		}
		kind := v16.AvailabilityTypeInoperative
		if o.Operative {
			kind = v16.AvailabilityTypeOperative
		}
		return &v16.ChangeAvailabilityRequest{ConnectorID: connector, Type: kind}, nil
	},
	interpret: func(request, response schema.Message) charging.Outcome {
		status := response.(*v16.ChangeAvailabilityResponse).Status
		why := ""
		if request.(*v16.ChangeAvailabilityRequest).Type == v16.AvailabilityTypeOperative {
			why = "Some makes answer so when the connector is in service already."
		}
		// Scheduled is accepted: it takes effect when the running session ends.
		return accepted16(status == v16.AvailabilityStatusAccepted || status == v16.AvailabilityStatusScheduled, string(status), why)
	},
}
