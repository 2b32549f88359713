// Package wallet owns what drivers have with an operator, in the terms of the ledger: what is in a wallet, what of it is held for
// sessions that run, and what is taken for a charge.
//
//	TopUp ─────> wallet +, clearing −
//	HoldTo ────> wallet −, hold of the session +      at the start, and while the session outgrows it
//	Charge ────> hold −, wallet ± the rest, revenue +, tax +
//	Release ───> hold −, wallet +
//	Adjust ────> wallet + from promotions, or wallet − to write-offs
//
// Each is one posting inside the caller's transaction, with a key of what it is for: done twice, it happened once. A wallet never goes
// below minus its credit limit; what is held has left it, so that two sessions can't both count on it.
package wallet

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Wallet is a driver's in one network and currency.
type Wallet struct {
	ID, Network uuid.UUID
	Currency    string
}

// Open opens the wallet's account, with a credit limit in minor units; 0 is none.
func Open(ctx context.Context, tx *db.Tx, w Wallet, creditLimit int64) error {
	if creditLimit < 0 {
		return fault.In("creditLimit", "A credit limit is 0 or more.")
	}
	floor := -creditLimit
	_, err := ledger.Open(ctx, tx, ledger.AccountSpec{Kind: ledger.Wallet, Currency: w.Currency, Network: w.Network, Owner: w.ID, Floor: &floor})
	return err
}

// SetCreditLimit changes how far the wallet may go below zero. What is owed beyond it stays owed, and no more is added.
func SetCreditLimit(ctx context.Context, tx *db.Tx, w Wallet, limit int64) error {
	if limit < 0 {
		return fault.In("creditLimit", "A credit limit is 0 or more.")
	}
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	if err := ledger.SetFloor(ctx, tx, account, -limit); err != nil {
		return err
	}
	return w.changed(ctx, tx)
}

// Kind is what a change of a wallet is called to those who follow it live.
const Kind = "wallet"

// changed tells those who follow the wallet, once the transaction is committed.
func (w Wallet) changed(ctx context.Context, tx *db.Tx) error {
	v, err := tenancy.FromContext(ctx)
	if err == nil {
		tx.Changed(ctx, db.Change{Kind: Kind, Tenant: v.Tenant, Network: w.Network, ID: w.ID})
	}
	return err
}

// post records whatever moves the wallet, or what is held of it. Everything does so here, so that those who follow it learn of it.
func (w Wallet) post(ctx context.Context, tx *db.Tx, p ledger.Posting) (ledger.Posted, error) {
	p.Network = w.Network
	posted, err := ledger.Post(ctx, tx, p)
	if err == nil && posted.Fresh {
		err = w.changed(ctx, tx)
	}
	return posted, err
}

func (w Wallet) account(ctx context.Context, tx *db.Tx) (uuid.UUID, error) {
	return ledger.Open(ctx, tx, ledger.AccountSpec{Kind: ledger.Wallet, Currency: w.Currency, Network: w.Network, Owner: w.ID})
}

// books is an account of the books themselves.
func (w Wallet) books(ctx context.Context, tx *db.Tx, kind ledger.Kind, owner uuid.UUID) (uuid.UUID, error) {
	return ledger.Open(ctx, tx, ledger.AccountSpec{Kind: kind, Currency: w.Currency, Network: w.Network, Owner: owner})
}

// hold is what is held for a session, on an account of its own.
type hold struct {
	account uuid.UUID
	amount  int64
	// moves are how often it was moved before, which tells one move from the next.
	moves int
}

// hold finds what is held for a session, and keeps it from others until the transaction ends.
func (w Wallet) hold(ctx context.Context, tx *db.Tx, session uuid.UUID) (h hold, err error) {
	none := int64(0)
	if h.account, err = ledger.Open(ctx, tx, ledger.AccountSpec{Kind: ledger.Hold, Currency: w.Currency, Network: w.Network, Owner: session, Floor: &none}); err != nil {
		return h, err
	}
	if err = tx.QueryRow(ctx, "select balance from ledger_balances where account_id = $1 for update", h.account).Scan(&h.amount); err == nil {
		err = tx.QueryRow(ctx, "select count(*) from ledger_entries where account_id = $1", h.account).Scan(&h.moves)
	}
	if err != nil {
		return h, fmt.Errorf("look what is held for session %s: %w", session, err)
	}
	return h, nil
}

// TopUp adds what a payment brought. Provider is the payment account that owes it to us.
func TopUp(ctx context.Context, tx *db.Tx, w Wallet, payment, provider uuid.UUID, amount int64) error {
	if amount <= 0 {
		return fault.In("amount", "A top-up is more than nothing.")
	}
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	clearing, err := w.books(ctx, tx, ledger.Clearing, provider)
	if err != nil {
		return err
	}
	_, err = w.post(ctx, tx, ledger.Posting{
		Kind: "TOP_UP", Key: "payment " + payment.String(), Subject: "payment " + payment.String(),
		Entries: []ledger.Entry{{Account: account, Amount: amount}, {Account: clearing, Amount: -amount}},
	})
	return err
}

// HoldTo brings what is held for a session to an amount. It never lowers a hold: Release does.
func HoldTo(ctx context.Context, tx *db.Tx, w Wallet, session uuid.UUID, amount int64) error {
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	h, err := w.hold(ctx, tx, session)
	if err != nil || amount <= h.amount {
		return err
	}
	_, err = w.post(ctx, tx, ledger.Posting{
		Kind: "HOLD", Key: fmt.Sprintf("hold %s %d", session, h.moves), Subject: "session " + session.String(),
		Entries: []ledger.Entry{{Account: account, Amount: h.amount - amount}, {Account: h.account, Amount: amount - h.amount}},
	})
	return err
}

// HoldRest sets aside for a session whatever the wallet can still spend.
func HoldRest(ctx context.Context, tx *db.Tx, w Wallet, session uuid.UUID) error {
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	h, err := w.hold(ctx, tx, session)
	if err != nil {
		return err
	}
	var rest int64
	if err := tx.QueryRow(ctx, "select balance - floor from ledger_balances where account_id = $1 for update", account).Scan(&rest); err != nil {
		return fmt.Errorf("look what is left in the wallet: %w", err)
	}
	if rest <= 0 {
		return nil
	}
	return HoldTo(ctx, tx, w, session, h.amount+rest)
}

// Release gives back what is held for a session.
func Release(ctx context.Context, tx *db.Tx, w Wallet, session uuid.UUID, reason string) error {
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	h, err := w.hold(ctx, tx, session)
	if err != nil || h.amount == 0 {
		return err
	}
	_, err = w.post(ctx, tx, ledger.Posting{
		Kind: "RELEASE", Key: fmt.Sprintf("hold %s %d", session, h.moves), Subject: "session " + session.String(), Memo: reason,
		Entries: []ledger.Entry{{Account: account, Amount: h.amount}, {Account: h.account, Amount: -h.amount}},
	})
	return err
}

// Correction changes what a session cost after it was paid: positive amounts take more, negative ones give back.
type Correction struct {
	ID, Session uuid.UUID
	Net, Tax    int64
	Memo        string
}

// Correct books a correction, once for its id. Where the wallet doesn't cover more, ErrInsufficient of the ledger is returned.
func Correct(ctx context.Context, tx *db.Tx, w Wallet, c Correction) error {
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	var entries []ledger.Entry
	if c.Net+c.Tax != 0 {
		entries = append(entries, ledger.Entry{Account: account, Amount: -c.Net - c.Tax})
	}
	for kind, amount := range map[ledger.Kind]int64{ledger.Revenue: c.Net, ledger.Tax: c.Tax} {
		if amount == 0 {
			continue
		}
		to, err := w.books(ctx, tx, kind, uuid.Nil)
		if err != nil {
			return err
		}
		entries = append(entries, ledger.Entry{Account: to, Amount: amount})
	}
	if len(entries) == 0 {
		return nil
	}
	_, err = w.post(ctx, tx, ledger.Posting{Kind: "CORRECTION", Key: "correction " + c.ID.String(), Subject: "session " + c.Session.String(), Memo: c.Memo, Entries: entries})
	return err
}

// Adjustment is what somebody gives to a wallet, or takes from it, outside of payments and sessions.
type Adjustment struct {
	// Key makes it happen once in the wallet's network.
	Key string
	// Amount is given where it is positive, at the cost of promotions, and taken where it is negative, as a write-off.
	Amount int64
	Reason string
}

// ErrOtherAdjustment refuses a key that was used for another adjustment.
var ErrOtherAdjustment = &fault.Error{
	Code: fault.Conflict, Field: "idempotencyKey", Message: "This key belongs to another adjustment: take a fresh one for each.",
}

// Adjust books an adjustment, and reports whether it is the first time that it is asked for. What the wallet has not, it can't be
// taken from it: that is refused as ErrInsufficient of the ledger.
func Adjust(ctx context.Context, tx *db.Tx, w Wallet, a Adjustment) (fresh bool, err error) {
	kind := ledger.Promotion
	switch {
	case a.Amount == 0:
		return false, fault.In("amount", "An adjustment of nothing changes nothing.")
	case a.Amount < 0:
		kind = ledger.WriteOff
	}
	account, err := w.account(ctx, tx)
	if err != nil {
		return false, err
	}
	from, err := w.books(ctx, tx, kind, uuid.Nil)
	if err != nil {
		return false, err
	}
	posted, err := w.post(ctx, tx, ledger.Posting{
		Kind: "ADJUSTMENT", Key: "adjust " + w.Network.String() + " " + a.Key, Subject: "wallet " + w.ID.String(), Memo: a.Reason,
		Entries: []ledger.Entry{{Account: account, Amount: a.Amount}, {Account: from, Amount: -a.Amount}},
	})
	if errors.Is(err, ledger.ErrOtherPosting) {
		return false, ErrOtherAdjustment
	}
	if err != nil || posted.Fresh {
		return posted.Fresh, err
	}
	var memo string
	if err := tx.QueryRow(ctx, "select memo from ledger_transactions where id = $1", posted.ID).Scan(&memo); err != nil {
		return false, fmt.Errorf("look for what was adjusted before: %w", err)
	}
	if memo != a.Reason {
		return false, ErrOtherAdjustment
	}
	return false, nil
}

// Bill is what a session cost.
type Bill struct {
	// Charge is the one charge of the session.
	Charge, Session uuid.UUID
	Net, Tax        int64
}

// Charge takes a bill from the wallet: from what is held for the session first. What was held beyond it goes back. Where the wallet
// doesn't cover it, ErrInsufficient of the ledger is returned and what is held stays held.
func Charge(ctx context.Context, tx *db.Tx, w Wallet, b Bill) error {
	switch {
	case b.Net < 0 || b.Tax < 0:
		return fault.In("amount", "A bill is nothing or more: what is given back is a refund.")
	case b.Net == 0 && b.Tax == 0:
		return Release(ctx, tx, w, b.Session, "nothing to pay")
	}
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	h, err := w.hold(ctx, tx, b.Session)
	if err != nil {
		return err
	}
	key := "charge " + b.Charge.String()
	var done bool
	// Behind the lock on what is held, which is gone once the charge is booked: a second time it would look like another posting.
	if err := tx.QueryRow(ctx, "select exists (select from ledger_transactions where idempotency_key = $1)", key).Scan(&done); err != nil || done {
		return err
	}
	entries := []ledger.Entry{{Account: h.account, Amount: -h.amount}, {Account: account, Amount: h.amount - b.Net - b.Tax}}
	for kind, amount := range map[ledger.Kind]int64{ledger.Revenue: b.Net, ledger.Tax: b.Tax} {
		to, err := w.books(ctx, tx, kind, uuid.Nil)
		if err != nil {
			return err
		}
		entries = append(entries, ledger.Entry{Account: to, Amount: amount})
	}
	moved := entries[:0]
	for _, e := range entries {
		if e.Amount != 0 {
			moved = append(moved, e)
		}
	}
	_, err = w.post(ctx, tx, ledger.Posting{Kind: "CHARGE", Key: key, Subject: "session " + b.Session.String(), Entries: moved})
	return err
}
