package charges_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// waits is a tariff that prices energy, a reservation that is used by the hour, and one that runs out.
const waits = `{"currency":"EUR","tax_included":"NO","elements":[
	{"price_components":[{"type":"FLAT","price":2,"vat":20,"step_size":1},{"type":"TIME","price":6,"vat":20,"step_size":60}],"restrictions":{"reservation":"RESERVATION_EXPIRES"}},
	{"price_components":[{"type":"TIME","price":3,"vat":20,"step_size":1}],"restrictions":{"reservation":"RESERVATION"}},
	{"price_components":[{"type":"ENERGY","price":0.5,"vat":20,"step_size":1}]}]}`

// reserve has a station hold a connector for the driver's token for half an hour, which ended so long ago.
func (s *shop) reserve(number int, status string, ago time.Duration) uuid.UUID {
	s.t.Helper()
	id := uuid.New()
	s.Owner(`insert into reservations (id, tenant_id, network_id, station_id, token_id, reservation_id, evse_no, connector_no, id_tag, expires_at, status, created_at)
		select $1, s.tenant_id, s.network_id, s.id, t.id, $3, 1, 1, $4, now() - $6::interval, $5, now() - $6::interval - interval '30 minutes' from stations s, tokens t where s.id = $2 and t.id_tag = $4`,
		id, s.station.ID, number, s.tag, status, ago)
	return id
}

// expire has the periodic work of a tenant end reservations.
func (s *shop) expire(tenant uuid.UUID) (ended int64) {
	s.t.Helper()
	ended, err := s.Charging.ExpireReservations(tenancy.NewContext(context.Background(), tenancy.Maintenance(tenant)))
	s.must(err)
	return ended
}

// A reservation that nobody used costs what the tariff has for that: once, with a receipt, from the wallet of whoever it was held for.
func TestReservation_ThatRunsOutIsBilledOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, waits, 10_000)
	id := s.reserve(1, "ACTIVE", time.Hour)
	s.reserve(2, "REQUESTED", time.Hour) // nobody knows whether the station held it
	s.reserve(3, "CANCELLED", time.Hour)
	s.reserve(4, "ACTIVE", -time.Hour) // still held
	if n := s.expire(s.B.ID); n != 0 {
		t.Errorf("another tenant's work ended %d", n)
	}
	if n := s.expire(s.A.ID); n != 2 {
		t.Errorf("%d reservations ended, want 2", n)
	}
	s.expire(s.A.ID)
	s.must(s.DB.InTx(s.ctx, func(ctx context.Context, tx *db.Tx) error { return s.Charges.ReservationExpired(ctx, tx, id) }))
	session := s.newest()
	if session.StopReason != charges.Expired || session.Status != "COMPLETED" || session.ReservationID == nil || *session.ReservationID != id || !session.StartedAt.Equal(*session.StoppedAt) {
		t.Errorf("the reservation became the session %+v", session)
	}
	// 2.00 and half an hour at 6.00, and 20 % tax.
	c := s.charge(session)
	if c.Net != 500 || c.Tax != 100 || c.Status != "PAID" {
		t.Errorf("it is charged %d and %d tax, %s", c.Net, c.Tax, c.Status)
	}
	var bill rating.Bill
	s.must(json.Unmarshal([]byte(c.Bill), &bill))
	if len(bill.Lines) != 2 {
		t.Errorf("the bill has %d lines", len(bill.Lines))
	}
	if n := worldtest.OwnerValue[int](s.World, "select count(*) from charges"); n != 1 {
		t.Errorf("there are %d charges", n)
	}
	if balance, held := s.balance(); balance != 9_400 || held != 0 {
		t.Errorf("the wallet has %d, and %d is held", balance, held)
	}
	s.addsUp()
}

// What ran out here while its station was offline, and was used, is given back; the session pays the price of a reservation that was used.
func TestReservation_ThatWasUsedAfterAllIsGivenBack(t *testing.T) {
	t.Parallel()
	s := newShop(t, waits, 10_000)
	s.reserve(7, "ACTIVE", 10*time.Minute)
	s.expire(s.A.ID)
	expired := s.newest()
	for range 2 {
		worldtest.Do[any](s.charger, "StartTransaction", map[string]any{"connectorId": 1, "idTag": s.tag, "meterStart": 0, "reservationId": 7, "timestamp": at(20 * time.Minute)})
	}
	session := s.newest()
	transaction := worldtest.OwnerValue[int64](s.World, "select ocpp_transaction_id::bigint from charging_sessions where id = $1", session.ID)
	s.stop(transaction, 10_000, 0)
	if balance, _ := s.balance(); balance != 10_000-600-120 {
		// 10 kWh at 0.50, and twenty minutes of the reservation at 3.00, with 20 % tax.
		t.Errorf("the wallet has %d", balance)
	}
	if again := s.charge(expired); again.QueryCorrections().CountX(s.ctx) != 1 {
		t.Error("what the reservation cost wasn't given back once")
	}
	if got := worldtest.OwnerValue[string](s.World, "select status from reservations"); got != "USED" {
		t.Errorf("the reservation is %s", got)
	}
	s.addsUp()
}

// Where the wallet doesn't cover it, it is tried again like any charge; where no price is asked for it, nothing is written.
func TestReservation_WithoutMoneyOrPrice(t *testing.T) {
	t.Parallel()
	s := newShop(t, waits, 0)
	s.reserve(1, "ACTIVE", time.Hour)
	s.expire(s.A.ID)
	if c := s.charge(s.newest()); c.Status != "BILLING_FAILED" {
		t.Errorf("a charge that the wallet doesn't cover is %s", c.Status)
	}
	for name, definition := range map[string]string{"no price for it": perKWh("0.5"), "no tariff": ""} {
		o := newShop(t, definition, 1000)
		o.reserve(1, "ACTIVE", time.Hour)
		if n := o.expire(o.A.ID); n != 1 {
			t.Errorf("%s: %d ended", name, n)
		}
		if n := worldtest.OwnerValue[int](o.World, "select count(*) from charging_sessions"); n != 0 {
			t.Errorf("%s: there are %d sessions", name, n)
		}
	}
}
