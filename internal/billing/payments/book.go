package payments

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/issues"
)

// What looks odd about a payment.
const (
	amountDiffers   = "AMOUNT_DIFFERS"
	currencyDiffers = "CURRENCY_DIFFERS"
)

// book brings the books to what a provider says of a payment. It only ever goes forward: what was said earlier and comes later changes
// nothing. Failed is what of our own refunds had failed before the provider was asked; Again says that this changed meanwhile, so that it
// has to be asked once more.
func (s *Service) book(ctx context.Context, tx *db.Tx, id uuid.UUID, said payment.State, failed int64) (r *record, again bool, err error) {
	if r, err = loadRecord(ctx, tx, "where p.id = $1 for update of p", id); err != nil {
		return nil, false, err
	}
	if said.Payment != uuid.Nil && said.Payment != id || said.Live != r.Live {
		return nil, false, fmt.Errorf("what the provider shows for payment %s is another one: payment %s, live %t", id, said.Payment, said.Live)
	}
	known, booked, err := r.state(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	b := booking{s: s, tx: tx, r: r, next: known.Advance(said), disputes: booked}
	if err := b.differs(ctx); err != nil {
		return nil, false, err
	}
	b.w = wallet.Wallet{ID: r.WalletID, Network: r.NetworkID, Currency: b.next.Currency}
	if b.next.Captured > 0 {
		if err := b.money(ctx, said); err != nil {
			return nil, false, err
		}
		nowFailed, err := failedRefunds(ctx, tx, id)
		if err != nil {
			return nil, false, err
		}
		if again = nowFailed != failed; !again {
			if err := b.elsewhere(ctx, said); err != nil {
				return nil, false, err
			}
		}
	}
	return r, again, b.store(ctx)
}

// state is how a payment stood when the provider was last asked, and what of its disputes is in the books.
func (r *record) state(ctx context.Context, tx *db.Tx) (payment.State, map[string]objection, error) {
	state := payment.State{
		Payment: r.ID, Ref: r.Ref, Charge: r.ChargeRef, Status: r.Status, Captured: r.Captured, Refunded: r.Refunded, Currency: r.Currency, Live: r.Live, Failure: r.Failure,
	}
	if r.CapturedCurrency != "" {
		state.Currency = r.CapturedCurrency
	}
	rows, err := tx.Query(ctx, "select ref, amount, taken, fee, reason, outcome, booked, moves from payment_disputes where payment_id = $1 order by ref", r.ID)
	if err != nil {
		return state, nil, fmt.Errorf("load the payment's disputes: %w", err)
	}
	known := map[string]objection{}
	var o objection
	_, err = pgx.ForEachRow(rows, []any{&o.Ref, &o.Amount, &o.Taken, &o.Fee, &o.Reason, &o.Outcome, &o.booked, &o.moves}, func() error {
		known[o.Ref], state.Disputes = o, append(state.Disputes, o.Dispute)
		return nil
	})
	if err != nil {
		return state, nil, fmt.Errorf("load the payment's disputes: %w", err)
	}
	return state, known, nil
}

// objection is a dispute with what of it is in the books.
type objection struct {
	payment.Dispute
	booked int64
	moves  int
}

// booking is one payment on its way into the books.
type booking struct {
	s        *Service
	tx       *db.Tx
	r        *record
	next     payment.State
	w        wallet.Wallet
	disputes map[string]objection
}

// differs flags what came otherwise than it was asked for. What came is credited either way.
func (b *booking) differs(ctx context.Context) error {
	how := b.next.Differs(b.r.Amount, b.r.Currency)
	if how == "" {
		return nil
	}
	flag := amountDiffers
	if b.next.Currency != b.r.Currency {
		flag = currencyDiffers
	}
	if slices.Contains(b.r.Flags, flag) {
		return nil
	}
	b.r.Flags = append(b.r.Flags, flag)
	return b.s.issues.Raise(ctx, b.tx, issues.Issue{
		Kind: issues.PaymentDiffers, Severity: issues.Warning, Cause: b.r.ID.String(), Network: b.r.NetworkID, Payment: b.r.ID,
		Details: map[string]string{"asked": shown(b.r.Amount, b.r.Currency), "amount": shown(b.next.Captured, b.next.Currency)},
	})
}

// money books what came in, what was kept of it and what the payer's bank took back.
func (b *booking) money(ctx context.Context, said payment.State) error {
	if b.next.Currency != b.r.WalletCurrency {
		// What came in another currency is the driver's too: it stands on an account of the wallet's own, without credit.
		if err := wallet.Open(ctx, b.tx, b.w, 0); err != nil {
			return err
		}
	}
	if more := b.next.Captured - b.r.Credited; more > 0 {
		if err := b.credit(ctx, more); err != nil {
			return err
		}
	}
	if err := b.fee(ctx, said); err != nil {
		return err
	}
	for _, d := range b.next.Disputes {
		if err := b.dispute(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// credit puts what came in into the wallet, and has whatever the wallet owes collected.
func (b *booking) credit(ctx context.Context, more int64) error {
	var err error
	if b.r.Credited == 0 {
		err = wallet.TopUp(ctx, b.tx, b.w, b.r.ID, b.r.AccountID, more)
	} else {
		err = b.move(ctx, "TOP_UP", fmt.Sprintf("payment %s beyond %d", b.r.ID, b.r.Credited), "", more)
	}
	if err != nil {
		return err
	}
	b.r.Credited += more
	return b.tx.Enqueue(ctx, charges.RetryWallet{Tenant: b.r.TenantID, Wallet: b.r.WalletID}, nil)
}

func (b *booking) move(ctx context.Context, kind, key, memo string, amount int64) error {
	return wallet.Move(ctx, b.tx, b.w, wallet.Movement{
		Payment: b.r.ID, Provider: b.r.AccountID, Kind: kind, Key: key, Memo: memo, Amount: amount, Gone: amount < 0,
	})
}

// fee books what the provider keeps: of the payment, and for the trouble that disputes are.
func (b *booking) fee(ctx context.Context, said payment.State) error {
	var kept, booked int64
	for _, d := range b.next.Disputes {
		kept += d.Fee
	}
	if said.Fee == nil && kept == 0 {
		return nil // it doesn't say yet
	}
	if said.Fee != nil {
		kept += *said.Fee
	}
	if b.r.Fee != nil {
		booked = *b.r.Fee
	}
	if more := kept - booked; more > 0 {
		err := wallet.Fee(ctx, b.tx, b.w, wallet.Movement{
			Payment: b.r.ID, Provider: b.r.AccountID, Kind: "FEE", Key: fmt.Sprintf("fee %s beyond %d", b.r.ID, booked), Amount: more,
		})
		if err != nil {
			return err
		}
		booked = kept
	}
	b.r.Fee = &booked
	return nil
}

// dispute takes from the wallet what the payer's bank took, or gives it back once it is won.
func (b *booking) dispute(ctx context.Context, d payment.Dispute) error {
	o := b.disputes[d.Ref]
	fresh := o.Ref == "" || o.Outcome != d.Outcome
	if more := d.Taken - o.booked; more != 0 {
		kind := "DISPUTE"
		if more < 0 {
			kind = "DISPUTE_WON"
		}
		if err := b.move(ctx, kind, fmt.Sprintf("dispute %s %s %d", b.r.ID, d.Ref, o.moves), d.Reason, -more); err != nil {
			return err
		}
		b.r.Returned += more
		o.booked, o.moves = d.Taken, o.moves+1
	}
	_, err := b.tx.Exec(ctx, `insert into payment_disputes (payment_id, ref, tenant_id, network_id, amount, taken, fee, reason, outcome, booked, moves)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (payment_id, ref) do update set amount = excluded.amount, taken = excluded.taken, fee = excluded.fee, reason = excluded.reason, outcome = excluded.outcome,
			booked = excluded.booked, moves = excluded.moves, updated_at = now()`,
		b.r.ID, d.Ref, b.r.TenantID, b.r.NetworkID, d.Amount, d.Taken, d.Fee, d.Reason, d.Outcome, o.booked, o.moves)
	if err != nil {
		return fmt.Errorf("store the dispute: %w", err)
	}
	cause := b.r.ID.String() + " " + d.Ref
	switch {
	case !fresh:
		return nil
	case d.Outcome == payment.Won || d.Outcome == payment.Lost:
		return b.s.issues.Settle(ctx, b.tx, b.r.NetworkID, issues.PaymentDisputed, cause)
	}
	return b.s.issues.Raise(ctx, b.tx, issues.Issue{
		Kind: issues.PaymentDisputed, Severity: issues.Critical, Cause: cause, Network: b.r.NetworkID, Payment: b.r.ID,
		Details: map[string]string{"amount": shown(d.Amount, b.next.Currency), "reason": d.Reason},
	})
}

// elsewhere takes from the wallet what was given back at the provider, behind our back. Our own refunds left the wallet before the
// provider was asked for them; one that it doesn't count yet hides as much of the others until it does.
func (b *booking) elsewhere(ctx context.Context, said payment.State) error {
	var ours int64
	err := b.tx.QueryRow(ctx, "select coalesce(sum(amount), 0)::bigint from payment_refunds where payment_id = $1 and status <> 'FAILED'", b.r.ID).Scan(&ours)
	if err != nil {
		return fmt.Errorf("add up the refunds: %w", err)
	}
	more := said.Refunded - ours - b.r.RefundedElsewhere
	if more <= 0 {
		return nil
	}
	key := fmt.Sprintf("refund elsewhere %s beyond %d", b.r.ID, b.r.RefundedElsewhere)
	if err := b.move(ctx, "REFUND", key, "Refunded at the payment provider", -more); err != nil {
		return err
	}
	b.r.RefundedElsewhere += more
	b.r.Returned += more
	return nil
}

// store keeps how the payment stands now.
func (b *booking) store(ctx context.Context) error {
	r, now := b.r, b.s.now()
	r.Status, r.Captured, r.Refunded, r.Disputed = b.next.Status, b.next.Captured, b.next.Refunded, b.next.Taken()
	r.ChargeRef, r.Uncertain, r.LookedUpAt, r.Failure = b.next.Charge, false, &now, b.next.Failure
	if r.Ref == "" {
		r.Ref = b.next.Ref
	}
	if r.Captured > 0 {
		r.CapturedCurrency = b.next.Currency
	}
	// A page can be paid after a try that failed. What is taken without the payer is final at once.
	final := r.Captured > 0 || r.Status == payment.Expired || r.Status == payment.Failed && r.Purpose == automatic
	first := final && r.SettledAt == nil
	if first {
		r.SettledAt = &now
	}
	var flags []string
	if len(r.Flags) > 0 {
		flags = r.Flags
	}
	_, err := b.tx.Exec(ctx, `update payments set status = $2, ref = $3, charge_ref = $4, captured = $5, refunded = $6, disputed = $7, credited = $8, returned = $9, refunded_elsewhere = $10,
		captured_currency = $11, fee = $12, failure = $13, flags = $14, uncertain = false, looked_up_at = $15, settled_at = $16 where id = $1`,
		r.ID, r.Status, r.Ref, r.ChargeRef, r.Captured, r.Refunded, r.Disputed, r.Credited, r.Returned, r.RefundedElsewhere, r.CapturedCurrency, r.Fee, r.Failure, flags,
		r.LookedUpAt, r.SettledAt)
	if err != nil {
		return fmt.Errorf("store the payment: %w", err)
	}
	if err := b.s.issues.Settle(ctx, b.tx, r.NetworkID, issues.PaymentUncertain, r.ID.String()); err != nil {
		return err
	}
	if r.Purpose == automatic && first {
		return b.s.ended(ctx, b.tx, r, b.next.Failure)
	}
	return nil
}
