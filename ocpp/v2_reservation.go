package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Reservations (OCPP 2.0.1 Part 2, functional block H).

// reserveNow2 holds an EVSE, or any with a type of plug, for a token (H01).
var reserveNow2 = orderAs(func(o charging.ReserveOrder) (*v21.ReserveNowRequest, error) {
	r := &v21.ReserveNowRequest{ID: o.ID, ExpiryDateTime: schema.At(o.Until), ConnectorType: o.ConnectorType, IDToken: idToken2(o.IDTag, o.TokenType)}
	if o.EvseNo > 0 {
		r.EVSEID = schema.Some(int64(o.EvseNo))
	}
	if o.GroupID != "" {
		group := idToken2(o.GroupID, "RFID")
		r.GroupIDToken = &group
	}
	return r, nil
}, func(_ *v21.ReserveNowRequest, r *v21.ReserveNowResponse) charging.Outcome {
	return outcome2(r.Status == v21.ReserveNowStatusAccepted, string(r.Status), r.StatusInfo, reservationReasons[string(r.Status)])
})

// cancelReservation2 gives a reservation up (H02).
var cancelReservation2 = orderAs(func(o charging.CancelReservationOrder) (*v21.CancelReservationRequest, error) {
	return &v21.CancelReservationRequest{ReservationID: o.ID}, nil
}, func(_ *v21.CancelReservationRequest, r *v21.CancelReservationResponse) charging.Outcome {
	return outcome2(r.Status == v21.CancelReservationStatusAccepted, string(r.Status), r.StatusInfo, "It doesn't know the reservation: it may have ended.")
})
