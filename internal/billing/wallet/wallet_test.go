package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// purse is a wallet as a test uses it.
type purse struct {
	t        testing.TB
	w        *worldtest.World
	ctx      context.Context
	provider uuid.UUID
	wallet.Wallet
}

func newPurse(t testing.TB, credit, amount int64) *purse {
	t.Helper()
	w := worldtest.New(t)
	p := &purse{
		t: t, w: w, ctx: tenancy.NewContext(context.Background(), tenancy.Maintenance(w.A.ID)), provider: uuid.New(),
		Wallet: wallet.Wallet{ID: uuid.New(), Network: w.A.Main, Currency: "INR"},
	}
	p.must(p.do(func(ctx context.Context, tx *db.Tx) error { return wallet.Open(ctx, tx, p.Wallet, credit) }))
	if amount > 0 {
		p.must(p.topUp(uuid.New(), amount))
	}
	return p
}

func (p *purse) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *purse) do(what func(ctx context.Context, tx *db.Tx) error) error {
	return p.w.DB.InTx(p.ctx, what)
}

func (p *purse) topUp(payment uuid.UUID, amount int64) error {
	return p.do(func(ctx context.Context, tx *db.Tx) error {
		return wallet.TopUp(ctx, tx, p.Wallet, payment, p.provider, amount)
	})
}

func (p *purse) hold(session uuid.UUID, amount int64) error {
	return p.do(func(ctx context.Context, tx *db.Tx) error {
		return wallet.HoldTo(ctx, tx, p.Wallet, session, amount)
	})
}

func (p *purse) charge(b wallet.Bill) error {
	return p.do(func(ctx context.Context, tx *db.Tx) error { return wallet.Charge(ctx, tx, p.Wallet, b) })
}

func (p *purse) release(session uuid.UUID, reason string) error {
	return p.do(func(ctx context.Context, tx *db.Tx) error {
		return wallet.Release(ctx, tx, p.Wallet, session, reason)
	})
}

// books are the balances by kind of account, as one line.
func (p *purse) books() string {
	p.t.Helper()
	report, err := ledger.Verify(p.ctx, p.w.DB)
	p.must(err)
	if len(report.Findings) > 0 {
		p.t.Errorf("the books show %+v", report.Findings)
	}
	return worldtest.OwnerValue[string](p.w, `select string_agg(kind || ' ' || total, ', ' order by kind) from (
		select a.kind, sum(e.amount) as total from ledger_entries e join ledger_accounts a on a.id = e.account_id group by a.kind having sum(e.amount) <> 0) t`)
}

// Money goes in, is held, is topped up while a session outgrows it, is taken once, and what is left goes back.
func TestWallet_FromTheTopUpToTheCharge(t *testing.T) {
	t.Parallel()
	p := newPurse(t, 0, 50000)
	session, bill := uuid.New(), wallet.Bill{Charge: uuid.New(), Net: 7203, Tax: 1297}
	bill.Session = session
	for _, step := range []struct {
		what string
		do   func() error
		want string
	}{
		{"the start", func() error { return p.hold(session, 5000) }, "CLEARING -50000, HOLD 5000, WALLET 45000"},
		{"the start again", func() error { return p.hold(session, 5000) }, "CLEARING -50000, HOLD 5000, WALLET 45000"},
		{"outgrowing it", func() error { return p.hold(session, 10000) }, "CLEARING -50000, HOLD 10000, WALLET 40000"},
		{"a late, lower word", func() error { return p.hold(session, 7000) }, "CLEARING -50000, HOLD 10000, WALLET 40000"},
		{"the stop", func() error { return p.charge(bill) }, "CLEARING -50000, REVENUE 7203, TAX 1297, WALLET 41500"},
		{"the stop again", func() error { return p.charge(bill) }, "CLEARING -50000, REVENUE 7203, TAX 1297, WALLET 41500"},
		{"a release after it", func() error { return p.release(session, "ended") }, "CLEARING -50000, REVENUE 7203, TAX 1297, WALLET 41500"},
	} {
		p.must(step.do())
		if got := p.books(); got != step.want {
			t.Errorf("after %s the books show %s, want %s", step.what, got, step.want)
		}
	}
	other := uuid.New()
	p.must(p.hold(other, 1500))
	p.must(p.charge(wallet.Bill{Charge: uuid.New(), Session: other}))
	if got := p.books(); got != "CLEARING -50000, REVENUE 7203, TAX 1297, WALLET 41500" {
		t.Errorf("after a session that costs nothing the books show %s", got)
	}
	payment := uuid.New()
	for range 2 {
		p.must(p.topUp(payment, 100))
	}
	if got := p.books(); got != "CLEARING -50100, REVENUE 7203, TAX 1297, WALLET 41600" {
		t.Errorf("after a payment that was told of twice the books show %s", got)
	}
}

// A bill that the wallet doesn't cover changes nothing, what is held stays held, and a top-up makes it good. With credit it goes
// through at once.
func TestWallet_WhatItDoesNotCover(t *testing.T) {
	t.Parallel()
	p := newPurse(t, 0, 1000)
	session := uuid.New()
	bill := wallet.Bill{Charge: uuid.New(), Session: session, Net: 1000, Tax: 180}
	p.must(p.hold(session, 1000))
	if err := p.charge(bill); !errors.Is(err, ledger.ErrInsufficient) {
		t.Errorf("a bill of more than there is was answered %v", err)
	}
	if got := p.books(); got != "CLEARING -1000, HOLD 1000" {
		t.Errorf("afterwards the books show %s", got)
	}
	p.must(p.topUp(uuid.New(), 180))
	p.must(p.charge(bill))
	if got := p.books(); got != "CLEARING -1180, REVENUE 1000, TAX 180" {
		t.Errorf("after a top-up the books show %s", got)
	}
	p.must(p.do(func(ctx context.Context, tx *db.Tx) error { return wallet.SetCreditLimit(ctx, tx, p.Wallet, 500) }))
	p.must(p.charge(wallet.Bill{Charge: uuid.New(), Session: uuid.New(), Net: 500}))
	if err := p.charge(wallet.Bill{Charge: uuid.New(), Session: uuid.New(), Net: 1}); !errors.Is(err, ledger.ErrInsufficient) {
		t.Errorf("a bill beyond the credit was answered %v", err)
	}
}

// Sessions that start at once on one wallet can't both count on what is enough for one.
func TestSec091_TwoStartsOnOneBalance(t *testing.T) {
	t.Parallel()
	p := newPurse(t, 0, 1500)
	var held, refused atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			switch err := p.hold(uuid.New(), 1000); {
			case err == nil:
				held.Add(1)
			case errors.Is(err, ledger.ErrInsufficient):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := p.books(); held.Load() != 1 || refused.Load() != 19 || got != "CLEARING -1500, HOLD 1000, WALLET 500" {
		t.Errorf("%d sessions were held for, %d refused; the books show %s", held.Load(), refused.Load(), got)
	}
}

// One session's hold, charge and release at once end in one charge, whoever comes first.
func TestWallet_RacesOfOneSession(t *testing.T) {
	t.Parallel()
	p := newPurse(t, 0, 10000)
	session := uuid.New()
	bill := wallet.Bill{Charge: uuid.New(), Session: session, Net: 900, Tax: 100}
	p.must(p.hold(session, 800))
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				err = p.charge(bill)
			case 1:
				err = p.release(session, fmt.Sprint("given up ", i))
			case 2:
				err = p.hold(session, int64(100*i))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p.must(p.release(session, "the end"))
	if got := p.books(); got != "CLEARING -10000, REVENUE 900, TAX 100, WALLET 9000" {
		t.Errorf("the books show %s", got)
	}
}

// What makes no sense is said by name.
func TestWallet_RefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	p := newPurse(t, 0, 100)
	for what, c := range map[string]struct {
		err   error
		field string
	}{
		"a top-up of nothing": {p.topUp(uuid.New(), 0), "amount"},
		"a negative bill":     {p.charge(wallet.Bill{Charge: uuid.New(), Session: uuid.New(), Net: -1}), "amount"},
		"a negative credit":   {p.do(func(ctx context.Context, tx *db.Tx) error { return wallet.SetCreditLimit(ctx, tx, p.Wallet, -1) }), "creditLimit"},
	} {
		if f := fault.Of(c.err); f == nil || f.Field != c.field {
			t.Errorf("%s was answered %v", what, c.err)
		}
	}
}
