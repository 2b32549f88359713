package charges_test

import (
	"slices"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// A session is billed where it stops, exactly: from the hold and the wallet, to revenue and tax.
func TestStop_BillsTheSession(t *testing.T) {
	t.Parallel()
	s := newShop(t, `{"currency":"EUR","tax_included":"NO","elements":[{"price_components":[{"type":"ENERGY","price":0.50,"vat":20,"step_size":1}]}]}`, 5000)
	transaction, status := s.start(1, s.tag, 1000, time.Hour)
	if balance, held := s.balance(); status != "Accepted" || balance != 4400 || held != 600 {
		t.Fatalf("at the start the token is %s, the wallet has %d and %d is held; 10 kWh cost 6.00", status, balance, held)
	}
	s.stop(transaction, 9500, 0)
	session := s.newest()
	c := s.charge(session)
	if c.Status != "PAID" || c.Net != 425 || c.Tax != 85 || c.Gross != 510 || session.Status != "COMPLETED" {
		t.Errorf("8.5 kWh at 0.50 and 20 %% are %d + %d = %d, %s, and the session is %s", c.Net, c.Tax, c.Gross, c.Status, session.Status)
	}
	if balance, held := s.balance(); balance != 4490 || held != 0 || s.account("REVENUE") != 425 || s.account("TAX") != 85 {
		t.Errorf("the wallet has %d, %d is held, revenue is %d and tax %d", balance, held, s.account("REVENUE"), s.account("TAX"))
	}
	s.addsUp()
}

// The sums that the product's description promises.
func TestStop_SumsThatWerePromised(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wh    int64
		price string
		gross int64
	}{{8500, "10", 8500}, {18500, "12", 22200}} {
		s := newShop(t, perKWh(c.price), 100_000)
		if got := s.charge(s.session(c.wh)); got.Gross != c.gross || got.Status != "PAID" {
			t.Errorf("%d Wh at %s are %d, %s", c.wh, c.price, got.Gross, got.Status)
		}
	}
}

// A stop that comes again, or a start, makes no second charge.
func TestSec035_RepeatedStopsChargeOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 5000)
	start := map[string]any{"connectorId": 1, "idTag": s.tag, "meterStart": 0, "timestamp": at(time.Hour)}
	first := worldtest.Do[struct{ TransactionID int64 }](s.charger, "StartTransaction", start)
	again := worldtest.Do[struct{ TransactionID int64 }](s.charger, "StartTransaction", start)
	stop := map[string]any{"transactionId": first.TransactionID, "meterStop": 8000, "timestamp": at(0)}
	for range 3 {
		worldtest.Do[any](s.charger, "StopTransaction", stop)
	}
	last := worldtest.Do[struct{ TransactionID int64 }](s.charger, "StartTransaction", start)
	charges := worldtest.OwnerValue[int](s.World, "select count(*) from charges")
	balance, held := s.balance()
	if again != first || last != first || charges != 1 || balance != 4600 || held != 0 {
		t.Errorf("the transactions are %v, %v and %v; there are %d charges, the wallet has %d and %d is held", first, again, last, charges, balance, held)
	}
	s.addsUp()
}

// A stop with somebody else's card is kept and flagged, and whoever started pays.
func TestSec034_WhoeverStartedPays(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 5000)
	_, err := s.Charging.CreateToken(s.ctx, charging.TokenSpec{IDTag: "OTHER", Network: s.A.Main})
	s.must(err)
	transaction, _ := s.start(1, s.tag, 0, time.Hour)
	worldtest.Do[any](s.charger, "StopTransaction", map[string]any{"transactionId": transaction, "idTag": "OTHER", "meterStop": 8000, "timestamp": at(0)})
	session := s.newest()
	if c := s.charge(session); c.DriverID == nil || *c.DriverID != s.driver.ID || c.Status != "PAID" || !slices.Contains(session.Flags, "STOPPED_BY_ANOTHER_TOKEN") {
		t.Errorf("the charge is %+v, and the session is flagged %v", c, session.Flags)
	}
}

// What can't have been measured is held for review, and nothing is taken for it.
func TestSec036_DoubtfulMetersAreHeldForReview(t *testing.T) {
	t.Parallel()
	for what, stop := range map[string]int64{"below the start": 500, "more than any car takes": 9_000_000_000, "kWh for Wh": 4} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, perKWh("0.50"), 5000)
			transaction, _ := s.start(1, s.tag, 1000, time.Hour)
			s.stop(transaction, stop, 0)
			session := s.newest()
			c := s.charge(session)
			balance, held := s.balance()
			if c.Status != "NEEDS_REVIEW" || session.Status != "NEEDS_REVIEW" || balance+held != 5000 || c.Failure == "" {
				t.Errorf("the charge is %s (%s), the session %s; the wallet has %d and %d is held", c.Status, c.Failure, session.Status, balance, held)
			}
			if got := s.issues(); !slices.Contains(got, "CHARGE_NEEDS_REVIEW") {
				t.Errorf("the issues are %v", got)
			}
		})
	}
}

// A price that changes while a session runs doesn't change what it costs.
func TestSec097_ThePriceAtTheStartHolds(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 5000)
	transaction, _ := s.start(1, s.tag, 0, time.Minute)
	dearer, err := tariff.Parse([]byte(perKWh("5.00")))
	s.must(err)
	_, err = s.Pricing.Update(s.ctx, s.tariff.ID, pricing.Change{Definition: dearer})
	s.must(err)
	other, err := s.Pricing.Create(s.ctx, pricing.Spec{Name: "Other", Definition: dearer})
	s.must(err)
	_, err = s.Pricing.Assign(s.ctx, other.ID, pricing.Target{Level: pricing.OnStation, ID: s.station.ID})
	s.must(err)
	s.stop(transaction, 100, 0)
	if c := s.charge(s.newest()); c.Gross != 5 {
		t.Errorf("it cost %d; 0.1 kWh at 0.50 are 5", c.Gross)
	}
	transaction, _ = s.start(1, s.tag, 100, time.Minute)
	s.stop(transaction, 200, 0)
	if c := s.charge(s.newest()); c.Gross != 50 {
		t.Errorf("the next one cost %d; 0.1 kWh at 5.00 are 50", c.Gross)
	}
}

// Of two sessions that want the same money the second is refused.
func TestSec091_TwoStartsOnOneBalance(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 700)
	if _, status := s.start(1, s.tag, 0, 0); status != "Accepted" {
		t.Fatalf("the first start was answered %s", status)
	}
	card, err := s.Charging.CreateToken(s.ctx, charging.TokenSpec{IDTag: "SECOND", Network: s.A.Main, Driver: s.driver.ID})
	s.must(err)
	transaction, status := s.start(2, card.IDTag, 0, 0)
	balance, held := s.balance()
	if status != "Blocked" || balance != 200 || held != 500 {
		t.Errorf("the second start was answered %s; the wallet has %d and %d is held", status, balance, held)
	}
	again := s.newest()
	if !slices.Contains(again.Flags, "WALLET_EMPTY") {
		t.Errorf("the second session is flagged %v", again.Flags)
	}
	s.stop(transaction, 100, 0)
	if c := s.charge(s.newest()); c.Status != "PAID" || c.Gross != 5 {
		t.Errorf("what it took all the same is %d, %s", c.Gross, c.Status)
	}
}

// A session without energy costs nothing, unless the tariff says so.
func TestStop_NothingForNothing(t *testing.T) {
	t.Parallel()
	fee := `{"currency":"EUR","tax_included":"N/A"%s,"elements":[{"price_components":[{"type":"FLAT","price":1.00,"step_size":1},{"type":"ENERGY","price":0.50,"step_size":1}]}]}`
	for extra, want := range map[string]int64{"": 0, `,"bill_zero_energy":true`: 100} {
		s := newShop(t, replace(fee, extra), 5000)
		if c := s.charge(s.session(0)); c.Gross != want || c.Status != "PAID" {
			t.Errorf("with %q it cost %d, %s", extra, c.Gross, c.Status)
		}
		if balance, held := s.balance(); balance != 5000-want || held != 0 {
			t.Errorf("with %q the wallet has %d and %d is held", extra, balance, held)
		}
	}
}

// A card that belongs to no driver is billed outside.
func TestStop_WithoutDriverIsBilledOutside(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 0)
	_, err := s.Charging.CreateToken(s.ctx, charging.TokenSpec{IDTag: "FLEET", Network: s.A.Main})
	s.must(err)
	transaction, status := s.start(1, "FLEET", 0, time.Hour)
	s.stop(transaction, 8000, 0)
	session := s.newest()
	if c := s.charge(session); status != "Accepted" || c.Status != "RECEIVABLE" || session.Status != "COMPLETED" || s.account("RECEIVABLE") != -400 || s.account("REVENUE") != 400 {
		t.Errorf("it was answered %s; the charge is %s, %d is owed and %d earned", status, c.Status, s.account("RECEIVABLE"), s.account("REVENUE"))
	}
	s.addsUp()
}

// Where nothing says what charging costs, a start from afar is refused and the issue is raised; once something does, it is gone.
func TestStart_WithoutTariff(t *testing.T) {
	t.Parallel()
	s := newShop(t, "", 5000)
	remote := func() error {
		_, err := s.Charging.RemoteStart(s.ctx, s.station.ID, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, IDTag: s.tag}, 0)
		return err
	}
	if err := remote(); !fault.Is(err, fault.Conflict) {
		t.Errorf("without a tariff a start from afar was answered %v", err)
	}
	if got := s.issues(); !slices.Equal(got, []string{"COST_SETTING_MISSING"}) {
		t.Errorf("the issues are %v", got)
	}
	session := s.session(8000)
	if session.Status != "NEEDS_REVIEW" || !slices.Contains(session.Flags, "COST_SETTING_MISSING") {
		t.Errorf("a session that began all the same is %s, flagged %v", session.Status, session.Flags)
	}
	s.sell(perKWh("0.50"))
	if got := s.issues(); len(got) != 0 {
		t.Errorf("with a tariff the issues are %v", got)
	}
	if err := remote(); err != nil {
		t.Errorf("with a tariff a start from afar was answered %v", err)
	}
}

// A wallet that doesn't cover a session refuses a start from afar, in words with both amounts; a free network asks nothing.
func TestStart_FromAfarNeedsMoney(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 499)
	_, err := s.Charging.RemoteStart(s.ctx, s.station.ID, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, IDTag: s.tag}, 0)
	if f := fault.Of(err); f == nil || f.Code != fault.Conflict || !contains(f.Message, "4.99 EUR", "5.00 EUR") {
		t.Errorf("with too little it was answered %v", err)
	}
	_, err = s.Pricing.Unassign(s.ctx, pricing.Target{Level: pricing.OnNetwork, ID: s.A.Main})
	s.must(err)
	s.Owner("update networks set free = true")
	if _, err = s.Charging.RemoteStart(s.ctx, s.station.ID, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, IDTag: s.tag}, 0); err != nil {
		t.Errorf("where charging is free it was answered %v", err)
	}
}
