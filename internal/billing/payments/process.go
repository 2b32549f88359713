package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
)

// ProcessPayment is the job that looks a payment up at its provider, and brings the books to what the provider says.
type ProcessPayment struct {
	Tenant  uuid.UUID `json:"tenant"`
	Payment uuid.UUID `json:"payment"`
}

// Kind names the job.
func (ProcessPayment) Kind() string { return "process_payment" }

const automatic = "AUTO_TOP_UP"

// record is a payment as it is stored.
type record struct {
	ID, TenantID, NetworkID, WalletID, DriverID, AccountID uuid.UUID
	MethodID                                               *uuid.UUID
	Provider                                               payment.Provider
	Purpose                                                string
	Amount                                                 int64
	Currency, WalletCurrency                               string
	Live                                                   bool
	Status                                                 payment.Status
	Ref, ChargeRef, CheckoutURL, ReturnURL                 string
	Captured, Refunded, Disputed, Credited, Returned       int64
	RefundedElsewhere                                      int64
	CapturedCurrency                                       string
	Fee                                                    *int64
	Failure                                                string
	Flags                                                  []string
	Uncertain                                              bool
	ExpiresAt, CreatedAt                                   time.Time
	LookedUpAt, SettledAt                                  *time.Time
}

const recordColumns = `p.id, p.tenant_id, p.network_id, p.wallet_id, p.driver_id, p.account_id, p.method_id, p.provider, p.purpose, p.amount, p.currency, w.currency as wallet_currency, p.live,
	p.status, p.ref, p.charge_ref, p.checkout_url, p.return_url, p.captured, p.refunded, p.disputed, p.credited, p.returned, p.refunded_elsewhere, p.captured_currency, p.fee, p.failure,
	coalesce(p.flags, '[]') as flags, p.uncertain, p.expires_at, p.created_at, p.looked_up_at, p.settled_at`

const recordFrom = " from payments p join wallets w on w.tenant_id = p.tenant_id and w.id = p.wallet_id "

// querier is the database, or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func loadRecord(ctx context.Context, q querier, where string, args ...any) (*record, error) {
	rows, err := q.Query(ctx, "select "+recordColumns+recordFrom+where, args...)
	if err != nil {
		return nil, fmt.Errorf("load the payment: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[record])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("payment")
	}
	if err != nil {
		return nil, fmt.Errorf("load the payment: %w", err)
	}
	return r, nil
}

func (s *Service) load(ctx context.Context, id uuid.UUID) (*record, error) {
	return loadRecord(ctx, s.db, "where p.id = $1", id)
}

// Process looks a payment up at its provider and brings the books to what the provider says. Done twice, it is done once. Where the
// provider gives no answer, payment.ErrUncertain is returned, and it has to be done again.
func (s *Service) Process(ctx context.Context, id uuid.UUID) error {
	_, err := s.process(ctx, id)
	if errors.Is(err, payment.ErrUnknown) {
		// Asking again helps nobody: it is an issue, and upkeep looks again in a while.
		s.logger.Warn("a payment provider doesn't know a payment that it knew before", "payment", id, "error", err)
		return nil
	}
	return err
}

// looks are how often a payment is looked up again at once because something changed meanwhile.
const looks = 3

// looked is a payment before it was looked up, what the provider said, and the payment after that was booked.
type looked struct {
	before, after *record
	said          payment.State
}

func (s *Service) process(ctx context.Context, id uuid.UUID) (l looked, err error) {
	for range looks {
		if l.before, err = s.load(ctx, id); err != nil {
			return l, err
		}
		gateway, _, err := s.gateway(ctx, l.before.AccountID)
		if err != nil {
			return l, err
		}
		failed, err := failedRefunds(ctx, s.db, id)
		if err != nil {
			return l, err
		}
		l.said, err = s.ask(ctx, gateway, l.before)
		if errors.Is(err, payment.ErrUnknown) {
			l.after, err = s.unknown(ctx, l.before, err)
			return l, err
		}
		if errors.Is(err, payment.ErrUncertain) {
			return l, errors.Join(err, s.unanswered(ctx, l.before, err))
		}
		if err != nil {
			return l, err
		}
		l.said = s.abandoned(l.before, l.said)
		again := false
		err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			l.after, again, err = s.book(ctx, tx, id, l.said, failed)
			return err
		})
		if err != nil || !again {
			return l, err
		}
	}
	return l, fmt.Errorf("payment %s changes faster than it can be looked up: it is tried again", id)
}

// ask asks the provider how a payment stands. One whose page isn't known yet is found first.
func (s *Service) ask(ctx context.Context, gateway payment.Gateway, r *record) (payment.State, error) {
	switch {
	case r.Ref != "":
		return gateway.Lookup(ctx, r.Ref)
	case r.Purpose == automatic:
		return s.take(ctx, gateway, r)
	}
	page, err := find(ctx, gateway, r)
	if err != nil {
		return payment.State{}, err
	}
	if err := s.opened(ctx, r.ID, page); err != nil {
		return payment.State{}, err
	}
	return gateway.Lookup(ctx, page.Ref)
}

// unknown ends a payment that the provider doesn't know. One that it knew before stays as it is: somebody has to look.
func (s *Service) unknown(ctx context.Context, r *record, cause error) (*record, error) {
	if r.Ref != "" {
		return nil, errors.Join(fmt.Errorf("payment %s: %w", r.ID, cause), s.unanswered(ctx, r, cause))
	}
	if err := s.never(ctx, r.ID, "The payment provider never received it. Nothing was charged."); err != nil {
		return nil, err
	}
	return s.load(ctx, r.ID)
}

// patience is how long a payment may be uncertain before somebody is told.
const patience = 10 * time.Minute

// unanswered notes that the provider didn't say how a payment stands.
func (s *Service) unanswered(ctx context.Context, r *record, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storing)
	defer cancel()
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "update payments set uncertain = true, looked_up_at = $2 where id = $1", r.ID, s.now()); err != nil {
			return fmt.Errorf("note that a payment is uncertain: %w", err)
		}
		if s.now().Sub(r.CreatedAt) < patience {
			return nil
		}
		return s.issues.Raise(ctx, tx, issues.Issue{
			Kind: issues.PaymentUncertain, Severity: issues.Warning, Cause: r.ID.String(), Network: r.NetworkID, Payment: r.ID,
			Details: map[string]string{"amount": shown(r.Amount, r.Currency), "reason": cause.Error()},
		})
	})
}

func shown(minor int64, currency string) string {
	return money.Format(minor, currency) + " " + currency
}

// failedRefunds is the sum of our refunds of a payment that failed: the provider doesn't count them any more.
func failedRefunds(ctx context.Context, q querier, payment uuid.UUID) (sum int64, err error) {
	rows, err := q.Query(ctx, "select coalesce(sum(amount), 0)::bigint from payment_refunds where payment_id = $1 and status = 'FAILED'", payment)
	if err == nil {
		sum, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	}
	if err != nil {
		return 0, fmt.Errorf("add up the refunds that failed: %w", err)
	}
	return sum, nil
}

// Open lists the payments that somebody has to look at: uncertain ones, and those that may still be paid or have ended without a word.
// Each comes up again after a while. Periodic work calls it for each tenant.
func (s *Service) Open(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := s.db.Query(ctx, `select id from payments
		where (status in ('PENDING', 'FAILED') and settled_at is null or uncertain) and created_at < $1 and coalesce(looked_up_at, '-infinity') < $2
		order by looked_up_at nulls first, created_at limit 200`, s.now().Add(-lookAfter), s.now().Add(-patience))
	if err != nil {
		return nil, fmt.Errorf("look for open payments: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for open payments: %w", err)
	}
	return open, nil
}
