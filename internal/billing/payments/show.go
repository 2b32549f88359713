package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Figures are amounts of a payment that its row doesn't tell by itself.
type Figures struct {
	// Currency is what came in, or else what was asked for.
	Currency string
	// Returned is what has left the wallet again: refunds, and what banks took.
	Returned int64
	Disputes []Objection
}

// Objection is a payer's objection at their bank.
type Objection struct {
	payment.Dispute
	CreatedAt time.Time
}

// Figures tells of a payment that the viewer sees.
func (s *Service) Figures(ctx context.Context, id uuid.UUID) (f Figures, err error) {
	rows, err := s.db.Query(ctx, "select coalesce(nullif(captured_currency, ''), currency), returned from payments where id = $1", id)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, row.Scan(&f.Currency, &f.Returned) })
	}
	if err != nil {
		return f, fmt.Errorf("load the payment's amounts: %w", err)
	}
	rows, err = s.db.Query(ctx, "select ref, amount, taken, fee, reason, outcome, created_at from payment_disputes where payment_id = $1 order by created_at, ref", id)
	if err != nil {
		return f, fmt.Errorf("load the payment's disputes: %w", err)
	}
	var o Objection
	_, err = pgx.ForEachRow(rows, []any{&o.Ref, &o.Amount, &o.Taken, &o.Fee, &o.Reason, &o.Outcome, &o.CreatedAt}, func() error {
		f.Disputes = append(f.Disputes, o)
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("load the payment's disputes: %w", err)
	}
	return f, nil
}

// Booking is what a payment moved on one account of the books.
type Booking struct {
	Transaction uuid.UUID
	Position    int
	At          time.Time
	Kind, Memo  string
	Account     ledger.Kind
	Currency    string
	Amount      int64
}

// Bookings are what a payment moved in the books, in that order.
func (s *Service) Bookings(ctx context.Context, id uuid.UUID) ([]Booking, error) {
	rows, err := s.db.Query(ctx, `select t.id as transaction, e.position, t.at, t.kind, t.memo, a.kind as account, e.currency, e.amount
		from ledger_transactions t join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id
		where t.tenant_id = (select tenant_id from payments where id = $1) and t.subject = 'payment ' || $1::uuid::text order by t.at, t.id, e.position`, id)
	if err != nil {
		return nil, fmt.Errorf("read the payment's bookings: %w", err)
	}
	booked, err := pgx.CollectRows(rows, pgx.RowToStructByName[Booking])
	if err != nil {
		return nil, fmt.Errorf("read the payment's bookings: %w", err)
	}
	return booked, nil
}
