package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// ProcessRefund is the job that finds out what became of a refund.
type ProcessRefund struct {
	Tenant uuid.UUID `json:"tenant"`
	Refund uuid.UUID `json:"refund"`
}

// Kind names the job.
func (ProcessRefund) Kind() string { return "process_refund" }

const (
	longestReason = 500
	longestKey    = 100
)

// Refund gives a part of a payment back.
type Refund struct {
	Payment uuid.UUID
	Amount  Amount
	Reason  string
	// Key makes it happen once: the same again changes nothing, and another refund with it is refused.
	Key string
}

// Refunded is a refund that was asked for. Message says what happens next where it isn't done yet.
type Refunded struct {
	Refund  *ent.PaymentRefund
	Message string
}

// errOtherRefund refuses a key that was used for another refund.
var errOtherRefund = &fault.Error{Code: fault.Conflict, Field: "idempotencyKey", Message: "This key belongs to another refund: take a fresh one for each."}

// Refund gives a part of a payment back: what is left of the payment, as far as it is still in the wallet. The money leaves the wallet
// before the provider is asked, and comes back if the provider can't do it.
func (s *Service) Refund(ctx context.Context, f Refund) (*Refunded, error) {
	var id uuid.UUID
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := loadRecord(ctx, tx, "where p.id = $1 for update of p", f.Payment)
		if err != nil {
			return err
		}
		v, err := viewer(ctx, tenancy.PaymentWrite, r.NetworkID, "payment")
		if err != nil {
			return err
		}
		id, err = s.reserve(ctx, tx, r, v, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	err = s.settleRefund(ctx, id, true)
	done := &Refunded{}
	if errors.Is(err, payment.ErrUncertain) {
		s.logger.Warn("a payment provider gave no answer: the refund is looked up", "refund", id, "error", err)
		done.Message, err = "The payment provider didn't answer. The amount has left the wallet. The refund is looked up in a minute, and made then if the provider doesn't have it.", nil
	}
	if err != nil {
		return nil, err
	}
	if done.Refund, err = s.db.Ent().PaymentRefund.Get(ctx, id); err != nil {
		return nil, fmt.Errorf("load the refund: %w", err)
	}
	if done.Refund.Failure != "" {
		done.Message = "The payment provider refused, and the amount is back in the wallet: " + done.Refund.Failure
	}
	return done, nil
}

// reserve takes a refund out of the wallet, or finds the one that the key has made before.
func (s *Service) reserve(ctx context.Context, tx *db.Tx, r *record, v tenancy.Viewer, f Refund) (id uuid.UUID, err error) {
	currency := r.Currency
	if r.CapturedCurrency != "" {
		currency = r.CapturedCurrency
	}
	f.Reason = strings.TrimSpace(f.Reason)
	control := func(c rune) bool { return c < ' ' || c == 0x7f }
	switch {
	case f.Amount.Currency != currency:
		return id, fault.In("amount.currency", "The payment was in %s, and so are its refunds.", currency)
	case f.Reason == "" || utf8.RuneCountInString(f.Reason) > longestReason || strings.ContainsFunc(f.Reason, control):
		return id, fault.In("reason", "Say why, in 1 to %d printable characters.", longestReason)
	case f.Key == "" || len(f.Key) > longestKey || strings.ContainsFunc(f.Key, control):
		return id, fault.In("idempotencyKey", "A key has 1 to %d printable characters; take a fresh one for each refund.", longestKey)
	}
	amount, err := money.Positive("amount", f.Amount.Value, currency)
	if err != nil {
		return id, err
	}
	var before int64
	var reason string
	err = tx.QueryRow(ctx, "select id, amount, reason from payment_refunds where payment_id = $1 and key = $2", r.ID, f.Key).Scan(&id, &before, &reason)
	switch {
	case err == nil && (before != amount || reason != f.Reason):
		return id, errOtherRefund
	case err == nil:
		return id, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return id, fmt.Errorf("look for the refund: %w", err)
	}
	w := wallet.Wallet{ID: r.WalletID, Network: r.NetworkID, Currency: currency}
	if left := r.Credited - r.Returned; amount > left {
		if left <= 0 {
			return id, fault.New(fault.Conflict, "There is nothing left of the payment to give back.")
		}
		return id, fault.In("amount.amount", "Only %s is left of the payment.", shown(left, currency))
	}
	there, err := wallet.Spendable(ctx, tx, w)
	if err != nil {
		return id, err
	}
	if amount > there {
		return id, fault.In("amount.amount", "Only %s is in the wallet: what was spent, or is held for a session, can't be given back.", shown(max(there, 0), currency))
	}
	id = newID()
	_, err = tx.Exec(ctx, `insert into payment_refunds (id, tenant_id, network_id, payment_id, driver_id, amount, currency, reason, key, asked_by, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, id, r.TenantID, r.NetworkID, r.ID, r.DriverID, amount, currency, f.Reason, f.Key, v.Name, s.now())
	if err != nil {
		return id, fmt.Errorf("store the refund: %w", err)
	}
	err = wallet.Move(ctx, tx, w, wallet.Movement{Payment: r.ID, Provider: r.AccountID, Kind: "REFUND", Key: "refund " + id.String(), Memo: f.Reason, Amount: -amount})
	if err != nil {
		return id, err
	}
	if _, err := tx.Exec(ctx, "update payments set returned = returned + $2 where id = $1", r.ID, amount); err != nil {
		return id, fmt.Errorf("note what leaves the payment: %w", err)
	}
	if err := tx.Enqueue(ctx, ProcessRefund{Tenant: r.TenantID, Refund: id}, &river.InsertOpts{ScheduledAt: s.now().Add(lookAfter)}); err != nil {
		return id, err
	}
	return id, audit.Write(ctx, tx, audit.Event{
		Action: "payment.refund", Network: r.NetworkID, SubjectType: "payment", SubjectID: r.ID.String(),
		Details: map[string]any{"refund": id, "amount": money.Format(amount, currency), "currency": currency, "reason": f.Reason, "key": f.Key},
	})
}

// refundRecord is a refund as it is stored, with what the provider calls the money of its payment.
type refundRecord struct {
	ID, PaymentID, AccountID, NetworkID, WalletID uuid.UUID
	Amount                                        int64
	Currency, Status, Ref, Reason, ChargeRef      string
}

func loadRefund(ctx context.Context, q querier, where string, id uuid.UUID) (*refundRecord, error) {
	rows, err := q.Query(ctx, `select f.id, f.payment_id, p.account_id, f.network_id, p.wallet_id, f.amount, f.currency, f.status, f.ref, f.reason, p.charge_ref
		from payment_refunds f join payments p on p.tenant_id = f.tenant_id and p.id = f.payment_id `+where, id)
	if err != nil {
		return nil, fmt.Errorf("load the refund: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[refundRecord])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("refund")
	}
	if err != nil {
		return nil, fmt.Errorf("load the refund: %w", err)
	}
	return r, nil
}

// SettleRefund finds out what became of a refund, and asks for it again where the provider doesn't have it. Pending says that the
// provider hasn't decided yet. Done twice, it is done once.
func (s *Service) SettleRefund(ctx context.Context, id uuid.UUID) (pending bool, err error) {
	if err := s.settleRefund(ctx, id, false); err != nil {
		return true, err
	}
	r, err := loadRefund(ctx, s.db, "where f.id = $1", id)
	return err == nil && r.Status == "PENDING", err
}

// settleRefund asks the provider for a refund, or what became of it. Fresh is one that nobody has asked for before.
func (s *Service) settleRefund(ctx context.Context, id uuid.UUID, fresh bool) error {
	r, err := loadRefund(ctx, s.db, "where f.id = $1", id)
	if err != nil {
		return err
	}
	gateway, _, err := s.gateway(ctx, r.AccountID)
	if err != nil {
		return err
	}
	asked := payment.Refund{ID: r.ID, Charge: r.ChargeRef, Amount: r.Amount, Currency: r.Currency, Reason: r.Reason}
	finder, finds := gateway.(payment.RefundFinder)
	var state payment.RefundState
	err = payment.ErrUnknown
	if !fresh && finds {
		state, err = finder.LookupRefund(ctx, asked)
	}
	switch {
	case errors.Is(err, payment.ErrUnknown) && r.Status == "PENDING":
		state, err = gateway.Refund(ctx, asked)
	case errors.Is(err, payment.ErrUnknown):
		return nil // it has ended, and the provider never had it
	}
	var refused *payment.Refusal
	switch {
	case errors.As(err, &refused):
		state = payment.RefundState{Failed: refused.Reason}
	case errors.Is(err, payment.ErrUnknown):
		state = payment.RefundState{Failed: "The payment provider doesn't know the payment."}
	case err != nil:
		return fmt.Errorf("refund %s: %w", id, err)
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.storeRefund(ctx, tx, id, state) })
}

// storeRefund stores what a provider says of a refund. One that failed goes back into the wallet, also where it had been done before: a
// bank may send money back.
func (s *Service) storeRefund(ctx context.Context, tx *db.Tx, id uuid.UUID, state payment.RefundState) error {
	// The payment's row is locked first, as everywhere.
	if _, err := tx.Exec(ctx, "select from payments where id = (select payment_id from payment_refunds where id = $1) for update", id); err != nil {
		return fmt.Errorf("lock the refund's payment: %w", err)
	}
	r, err := loadRefund(ctx, tx, "where f.id = $1 for update of f", id)
	if err != nil {
		return err
	}
	status := r.Status
	switch {
	case r.Status == "FAILED":
		return nil // for good
	case state.Failed != "":
		status = "FAILED"
	case state.Done:
		status = "DONE"
	}
	var settled *time.Time
	if status != "PENDING" {
		now := s.now()
		settled = &now
	}
	_, err = tx.Exec(ctx, "update payment_refunds set status = $2, ref = case when $3 = '' then ref else $3 end, failure = $4, settled_at = $5 where id = $1",
		id, status, state.Ref, state.Failed, settled)
	if err != nil {
		return fmt.Errorf("store the refund: %w", err)
	}
	if status != "FAILED" {
		return nil
	}
	w := wallet.Wallet{ID: r.WalletID, Network: r.NetworkID, Currency: r.Currency}
	err = wallet.Move(ctx, tx, w, wallet.Movement{
		Payment: r.PaymentID, Provider: r.AccountID, Kind: "REFUND_FAILED", Key: "refund " + id.String() + " failed", Memo: state.Failed, Amount: r.Amount,
	})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "update payments set returned = returned - $2 where id = $1", r.PaymentID, r.Amount); err != nil {
		return fmt.Errorf("note what comes back to the payment: %w", err)
	}
	return nil
}
