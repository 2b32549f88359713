package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// reserveNow16 holds a connector for a token (OCPP 1.6 §5.13).
var reserveNow16 = orderAs(func(o charging.ReserveOrder) (*v16.ReserveNowRequest, error) {
	if o.ConnectorType != "" {
		return nil, fault.In("connectorType", "OCPP 1.6 reserves a connector by its number, not by its type.")
	}
	connector, err := connector16(o.EvseNo, o.ConnectorNo)
	if err != nil {
		return nil, err
	}
	return &v16.ReserveNowRequest{
		ConnectorID: connector, ExpiryDate: schema.At(o.Until), IDTag: o.IDTag, ParentIDTag: o.GroupID, ReservationID: o.ID,
	}, nil
}, func(_ *v16.ReserveNowRequest, r *v16.ReserveNowResponse) charging.Outcome {
	return accepted16(r.Status == v16.ReservationStatusAccepted, string(r.Status), reservationReasons[string(r.Status)])
})

// cancelReservation16 gives a reservation up (OCPP 1.6 §5.2).
var cancelReservation16 = orderAs(func(o charging.CancelReservationOrder) (*v16.CancelReservationRequest, error) {
	return &v16.CancelReservationRequest{ReservationID: o.ID}, nil
}, func(_ *v16.CancelReservationRequest, r *v16.CancelReservationResponse) charging.Outcome {
	return accepted16(r.Status == v16.CancelReservationStatusAccepted, string(r.Status), "It doesn't know the reservation: it may have ended.")
})

// reservationReasons say why a station holds nothing; all versions name the reasons alike.
var reservationReasons = map[string]string{
	"Faulted":     "The connector has a fault.",
	"Occupied":    "The connector is taken.",
	"Rejected":    "It isn't set up for reservations, or not for the station as a whole.",
	"Unavailable": "The connector is out of service.",
}
