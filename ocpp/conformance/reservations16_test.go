package conformance_test

import (
	"context"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
)

// reservation is what a station was asked to hold.
type reservation struct {
	*csms
	number int64
}

// reserve16 reserves a connector and has the station answer so.
func reserve16(t *testing.T, connector int, answer string) reservation {
	t.Helper()
	c := open16(t)
	p := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.ReserveNow(ctx, c.station.ID, charging.ReservationRequest{EvseNo: connector, IDTag: valid, GroupID: group, Until: time.Now().Add(time.Hour)}, 30)
	})
	var asked struct {
		ConnectorID   int    `json:"connectorId"`
		IDTag         string `json:"idTag"`
		ParentIDTag   string `json:"parentIdTag"`
		ReservationID int64  `json:"reservationId"`
	}
	c.s.expect("ReserveNow", &asked).answer(status(answer))
	if asked.ConnectorID != connector || asked.IDTag != valid || asked.ParentIDTag != group {
		t.Errorf("the station was asked %+v", asked)
	}
	r := reservation{c, asked.ReservationID}
	if answer == "Accepted" {
		p.ends("ACCEPTED")
		r.is("ACTIVE")
	} else {
		p.ends("REJECTED")
		r.is("REFUSED")
	}
	return r
}

func (r reservation) is(status string) {
	r.t.Helper()
	found, err := r.DB.Ent().Reservation.Query().Only(r.ctx)
	r.must(err, "load the reservation")
	if string(found.Status) != status || int64(found.ReservationID) != r.number {
		r.t.Errorf("reservation %d is %s, want %d %s", found.ReservationID, found.Status, r.number, status)
	}
}

// use charges with the reservation.
func (r reservation) use(idTag string) {
	r.t.Helper()
	r.s.authorize(idTag, "Accepted")
	var answer started
	r.s.call("StartTransaction", object{"connectorId": 1, "idTag": idTag, "meterStart": 1000, "reservationId": r.number, "timestamp": stamp(time.Now())}, &answer)
	if answer.IDTagInfo.Status != "Accepted" || answer.TransactionID <= 0 {
		r.t.Errorf("the start was answered %+v", answer)
	}
	r.s.status(1, "Charging")
	r.shows(1, "CHARGING")
	r.showsSession("RUNNING", 0, "")
	r.is("USED")
}

func TestTC_046_CSMS_ReserveConnectorAndCharge(t *testing.T) {
	t.Parallel()
	r := reserve16(t, 1, "Accepted")
	r.s.status(1, "Reserved")
	r.shows(1, "RESERVED")
	r.use(valid)
}

func TestTC_047_CSMS_ReservationExpires(t *testing.T) {
	t.Parallel()
	r := reserve16(t, 1, "Accepted")
	r.s.status(1, "Reserved")
	r.shows(1, "RESERVED")
	r.s.status(1, "Available")
	r.shows(1, "AVAILABLE")
	r.Owner("update reservations set expires_at = now() - interval '1 hour'")
	if _, err := r.Charging.ExpireReservations(r.ctx); err != nil {
		t.Fatal(err)
	}
	r.is("EXPIRED")
}

func TestTC_048_1_CSMS_ReserveFaulted(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Faulted")
}

func TestTC_048_2_CSMS_ReserveOccupied(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Occupied")
}

func TestTC_048_3_CSMS_ReserveUnavailable(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Unavailable")
}

func TestTC_048_4_CSMS_ReserveRejected(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Rejected")
}

func TestTC_049_CSMS_ReserveStationAndCharge(t *testing.T) {
	t.Parallel()
	reserve16(t, 0, "Accepted").use(valid)
}

// cancel gives the reservation up and has the station answer so.
func (r reservation) cancel(answer, ends string) {
	r.t.Helper()
	found, err := r.DB.Ent().Reservation.Query().Only(r.ctx)
	r.must(err, "load the reservation")
	p := r.command(func(ctx context.Context) (*ent.Command, error) {
		return r.Charging.CancelReservation(ctx, found.ID, 30)
	})
	var asked struct {
		ReservationID int64 `json:"reservationId"`
	}
	r.s.expect("CancelReservation", &asked).answer(status(answer))
	p.ends(ends)
	if asked.ReservationID != r.number {
		r.t.Errorf("reservation %d was cancelled, not %d", asked.ReservationID, r.number)
	}
}

func TestTC_051_CSMS_CancelReservation(t *testing.T) {
	t.Parallel()
	r := reserve16(t, 1, "Accepted")
	r.s.status(1, "Reserved")
	r.cancel("Accepted", "ACCEPTED")
	r.is("CANCELLED")
	r.s.status(1, "Available")
	r.shows(1, "AVAILABLE")
}

func TestTC_052_CSMS_CancelReservationRejected(t *testing.T) {
	t.Parallel()
	r := reserve16(t, 1, "Accepted")
	r.cancel("Rejected", "REJECTED")
	r.is("ACTIVE")
}

func TestTC_053_CSMS_UseReservationOfTheGroup(t *testing.T) {
	t.Parallel()
	r := reserve16(t, 1, "Accepted")
	r.s.status(1, "Reserved")
	if got := r.s.authorize(relative, "Accepted"); got.IDTagInfo.ParentIDTag != group {
		t.Errorf("the group is told as %q", got.IDTagInfo.ParentIDTag)
	}
	r.use(relative)
}
