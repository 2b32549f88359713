package charges_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargecorrection"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

const taxed = `{"currency":"EUR","tax_included":"NO","elements":[{"price_components":[{"type":"ENERGY","price":0.50,"vat":20,"step_size":1}]}]}`

func (s *shop) billing() context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Billing(s.A.ID))
}

func (s *shop) again(c *ent.Charge) *ent.Charge {
	s.t.Helper()
	found, err := s.DB.Ent().Charge.Get(s.ctx, c.ID)
	s.must(err)
	return found
}

// What a wallet doesn't cover is tried again, and collected once as soon as something comes in, however many try at once.
func TestRetry_CollectsOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 500)
	session := s.session(20_000)
	c := s.charge(session)
	if balance, held := s.balance(); c.Status != "BILLING_FAILED" || session.Status != "BILLING_FAILED" || c.NextAttemptAt == nil || balance != 0 || held != 500 {
		t.Fatalf("10.00 of 5.00 is %s, the session %s, next at %v; the wallet has %d and %d is held", c.Status, session.Status, c.NextAttemptAt, balance, held)
	}
	if wait := time.Until(*c.NextAttemptAt); wait < 29*time.Minute || wait > 30*time.Minute {
		t.Errorf("it is tried again in %s", wait)
	}
	if again, err := s.Charges.Collect(s.billing(), c.ID); err != nil || !again {
		t.Errorf("without anything coming in it was answered %v, %v", again, err)
	}
	s.topUp(600)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.Charges.CollectWallet(s.billing(), s.wallet.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	balance, held := s.balance()
	if c = s.again(c); c.Status != "PAID" || c.Failure != "" || balance != 100 || held != 0 || s.account("REVENUE") != 1000 || s.newest().Status != "COMPLETED" {
		t.Errorf("afterwards the charge is %s (%s), the session %s; the wallet has %d, %d is held, revenue is %d", c.Status, c.Failure, s.newest().Status, balance, held, s.account("REVENUE"))
	}
	s.addsUp()
}

// After a day nobody tries any more: somebody has to look. A top-up still pays it.
func TestRetry_EndsAfterADay(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 500)
	c := s.charge(s.session(20_000))
	s.Owner("update charges set failed_at = now() - interval '23 hours 45 minutes'")
	if again, err := s.Charges.Collect(s.billing(), c.ID); err != nil || again {
		t.Fatalf("after a day it was answered %v, %v", again, err)
	}
	if c = s.again(c); c.Status != "NEEDS_REVIEW" || s.newest().Status != "NEEDS_REVIEW" || !slices.Contains(s.issues(), "BILLING_EXHAUSTED") {
		t.Errorf("after a day the charge is %s and the issues are %v", c.Status, s.issues())
	}
	s.topUp(600)
	s.must(s.Charges.CollectWallet(s.billing(), s.wallet.ID))
	if c = s.again(c); c.Status != "PAID" || len(s.issues()) != 0 {
		t.Errorf("after a top-up the charge is %s and the issues are %v", c.Status, s.issues())
	}
	s.addsUp()
}

// Money is given back once for each key, never more than was paid, and its tax with it.
func TestRefund_GivesBackOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, taxed, 5000)
	c := s.charge(s.session(10_000)) // 5.00 + 1.00
	some := int64(200)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.Charges.Refund(s.ctx, c.ID, &some, "The cable was short.", "one"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if balance, _ := s.balance(); balance != 4600 || s.account("REVENUE") != 333 || s.account("TAX") != 67 {
		t.Errorf("after 2.00 back the wallet has %d, revenue is %d and tax %d", balance, s.account("REVENUE"), s.account("TAX"))
	}
	other, much := int64(100), int64(401)
	if err := s.Charges.Refund(s.ctx, c.ID, &other, "Again.", "one"); !fault.Is(err, fault.Conflict) {
		t.Errorf("the key with another amount was answered %v", err)
	}
	if err := s.Charges.Refund(s.ctx, c.ID, &much, "Too much.", "two"); !fault.Is(err, fault.Invalid) {
		t.Errorf("more than is left was answered %v", err)
	}
	s.must(s.Charges.Refund(s.ctx, c.ID, nil, "The rest.", "three"))
	if balance, _ := s.balance(); balance != 5000 || s.account("REVENUE") != 0 || s.account("TAX") != 0 {
		t.Errorf("after everything back the wallet has %d, revenue is %d and tax %d", balance, s.account("REVENUE"), s.account("TAX"))
	}
	if back := s.again(c); back.Gross != 600 {
		t.Errorf("the charge itself says %d now", back.Gross)
	}
	s.addsUp()
}

// What nobody will pay is a loss in the books, and what was held for it is free again.
func TestWriteOff(t *testing.T) {
	t.Parallel()
	s := newShop(t, taxed, 600)
	c := s.charge(s.session(20_000))
	s.must(s.Charges.WriteOff(s.ctx, c.ID, "The driver is gone."))
	s.must(s.Charges.WriteOff(s.ctx, c.ID, "The driver is gone."))
	balance, held := s.balance()
	if c = s.again(c); c.Status != "WRITTEN_OFF" || balance != 600 || held != 0 || s.account("WRITE_OFF") != -1200 || s.account("REVENUE") != 1000 || s.newest().Status != "COMPLETED" {
		t.Errorf("the charge is %s; the wallet has %d, %d is held, %d is lost and %d earned", c.Status, balance, held, s.account("WRITE_OFF"), s.account("REVENUE"))
	}
	if err := s.Charges.Refund(s.ctx, c.ID, nil, "Back.", "one"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a refund of what was written off was answered %v", err)
	}
	s.addsUp()
}

// Values that come after the bill change nothing by themselves: they open a correction, which somebody applies.
func TestLateValues_OpenACorrection(t *testing.T) {
	t.Parallel()
	nights := `{"currency":"EUR","tax_included":"N/A","elements":[{"price_components":[{"type":"ENERGY","price":0.50,"step_size":1}],"restrictions":{"max_duration":1800}},
		{"price_components":[{"type":"ENERGY","price":1.00,"step_size":1}]}]}`
	s := newShop(t, nights, 5000)
	transaction, _ := s.start(1, s.tag, 0, time.Hour)
	s.stop(transaction, 8000, 0)
	c := s.charge(s.newest())
	if c.Gross != 600 {
		t.Fatalf("8 kWh, half of them dear, are %d", c.Gross)
	}
	late := func() {
		worldtest.Do[any](s.charger, "MeterValues", map[string]any{"connectorId": 1, "transactionId": transaction, "meterValue": []any{map[string]any{
			"timestamp": at(30 * time.Minute), "sampledValue": []any{map[string]any{"value": "8000", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}}}}})
		s.Eventually("the late values are stored", func() bool {
			return worldtest.OwnerValue[int](s.World, "select count(*) from meter_values where received_at > (select created_at from charges)") > 0
		})
	}
	late()
	for range 2 { // as often as upkeep comes by
		if n, err := s.Charges.CompareLate(s.billing(), time.Now().Add(-time.Hour)); err != nil || n != 1 {
			t.Fatalf("looking for late values gave %d, %v", n, err)
		}
	}
	if balance, _ := s.balance(); s.again(c).Gross != 600 || balance != 4400 || !slices.Contains(s.issues(), "LATE_VALUES") {
		t.Errorf("the bill is %d, the wallet has %d, the issues are %v", s.again(c).Gross, balance, s.issues())
	}
	x := c.QueryCorrections().OnlyX(s.ctx)
	if x.Kind != chargecorrection.KindLATE_VALUES || x.Status != chargecorrection.StatusOPEN || x.Gross != -200 {
		t.Errorf("the correction is %s, %s, %d", x.Kind, x.Status, x.Gross)
	}
	s.must(s.Charges.Decide(s.ctx, x.ID, true, ""))
	if balance, _ := s.balance(); balance != 4600 || len(s.issues()) != 0 {
		t.Errorf("applied, the wallet has %d and the issues are %v", balance, s.issues())
	}
	if err := s.Charges.Decide(s.ctx, x.ID, false, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("deciding again was answered %v", err)
	}
	s.addsUp()
}

// A session is rated anew by any version: shown without being booked, and booked as a difference.
func TestRebill(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 5000)
	session := s.session(10_000)
	dearer, err := tariff.Parse([]byte(perKWh("0.75")))
	s.must(err)
	_, err = s.Pricing.Update(s.ctx, s.tariff.ID, pricing.Change{Definition: dearer})
	s.must(err)
	version := worldtest.OwnerValue[uuid.UUID](s.World, "select id from tariff_versions where number = 2")
	shown, err := s.Charges.Rebill(s.ctx, session.ID, version, false, "")
	if err != nil || shown.Before.GrossMinor != 500 || shown.After.GrossMinor != 750 || shown.Difference.GrossMinor != 250 || len(shown.Difference.Lines) != 1 {
		t.Fatalf("shown, it is %+v, %v", shown, err)
	}
	if balance, _ := s.balance(); balance != 4500 {
		t.Errorf("shown alone, the wallet has %d", balance)
	}
	_, err = s.Charges.Rebill(s.ctx, session.ID, version, true, "The wrong tariff was assigned.")
	s.must(err)
	if balance, _ := s.balance(); balance != 4250 || s.account("REVENUE") != 750 {
		t.Errorf("booked, the wallet has %d and revenue is %d", balance, s.account("REVENUE"))
	}
	s.addsUp()
}

// A charge that was held back is let through as it is, or with what was really taken.
func TestApprove(t *testing.T) {
	t.Parallel()
	real := decimal.MustNew(6000, 0)
	for energy, want := range map[*decimal.Decimal]int64{nil: 0, &real: 300} {
		s := newShop(t, perKWh("0.50"), 5000)
		transaction, _ := s.start(1, s.tag, 1000, time.Hour)
		s.stop(transaction, 500, 0)
		c := s.charge(s.newest())
		s.must(s.Charges.Approve(s.ctx, c.ID, energy, "The meter was swapped."))
		balance, held := s.balance()
		if c = s.again(c); c.Status != "PAID" || balance != 5000-want || held != 0 || len(s.issues()) != 0 {
			t.Errorf("approved with %v the charge is %s, the wallet has %d, %d is held, the issues are %v", energy, c.Status, balance, held, s.issues())
		}
		s.addsUp()
	}
}

// What is held keeps ahead of what a session costs, and takes what is left where that isn't enough.
func TestGrow_HoldsMoreWhileASessionCostsMore(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 1500)
	transaction, _ := s.start(1, s.tag, 0, time.Hour)
	for _, c := range []struct {
		register, held int64
		ago            time.Duration
	}{{4000, 500, 40 * time.Minute}, {16_000, 1000, 20 * time.Minute}, {26_000, 1500, time.Minute}} {
		worldtest.Do[any](s.charger, "MeterValues", map[string]any{"connectorId": 1, "transactionId": transaction, "meterValue": []any{map[string]any{
			"timestamp": at(c.ago), "sampledValue": []any{map[string]any{"value": decimal.MustNew(c.register, 0).String(), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}}}}})
		if _, err := s.Charges.Grow(s.billing()); err != nil {
			t.Fatal(err)
		}
		if _, held := s.balance(); held != c.held {
			t.Errorf("at %d Wh %d is held, want %d", c.register, held, c.held)
		}
	}
	if !slices.Contains(s.issues(), "WALLET_EXHAUSTED") {
		t.Errorf("the issues are %v", s.issues())
	}
	s.stop(transaction, 26_000, 0)
	if balance, held := s.balance(); balance != 200 || held != 0 {
		t.Errorf("after the stop the wallet has %d and %d is held", balance, held)
	}
	s.addsUp()
}

// Somebody of another tenant or network changes nothing, and learns nothing.
func TestSec053_ChargesAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t, perKWh("0.50"), 5000)
	session := s.session(10_000)
	c := s.charge(session)
	for who, ctx := range map[string]context.Context{"another tenant": s.B.As(tenancy.Owner), "another network": s.A.In(s.A.Sub, tenancy.Owner)} {
		for what, do := range map[string]func() error{
			"refund":    func() error { return s.Charges.Refund(ctx, c.ID, nil, "x", "k") },
			"write off": func() error { return s.Charges.WriteOff(ctx, c.ID, "x") },
			"approve":   func() error { return s.Charges.Approve(ctx, c.ID, nil, "x") },
			"retry":     func() error { return s.Charges.Retry(ctx, c.ID) },
			"collect":   func() error { _, err := s.Charges.Collect(ctx, c.ID); return err },
			"rebill":    func() error { _, err := s.Charges.Rebill(ctx, session.ID, uuid.Nil, true, "x"); return err },
			"cost":      func() error { _, err := s.Charges.CostOf(ctx, s.DB, session.ID); return err },
			"settle":    func() error { return s.Charges.SettleAgain(ctx, session.ID) },
		} {
			if err := do(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by %s was answered %v", what, who, err)
			}
		}
	}
	if err := s.Charges.Refund(s.A.As(tenancy.Operator), c.ID, nil, "x", "k"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a refund by an operator was answered %v", err)
	}
}
