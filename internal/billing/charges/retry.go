package charges

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// Retry is the job that tries a charge again that its wallet didn't cover.
type Retry struct {
	Tenant uuid.UUID `json:"tenant"`
	Charge uuid.UUID `json:"charge"`
}

// Kind names the job.
func (Retry) Kind() string { return "retry_charge" }

// RetryWallet is the job that tries everything again that a wallet owes, because something came in.
type RetryWallet struct {
	Tenant uuid.UUID `json:"tenant"`
	Wallet uuid.UUID `json:"wallet"`
}

// Kind names the job.
func (RetryWallet) Kind() string { return "retry_wallet" }

// SettleLater is the job that bills a session whose billing went wrong when it ended.
type SettleLater struct {
	Tenant  uuid.UUID `json:"tenant"`
	Session uuid.UUID `json:"session"`
}

// Kind names the job.
func (SettleLater) Kind() string { return "settle_session" }

// Collect tries a charge again. Again reports that it has to be tried once more in a while. Done twice, it is collected once.
func (s *Service) Collect(ctx context.Context, id uuid.UUID) (again bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := locked(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.Status == BillingFailed || c.Status == NeedsReview && c.FailureCode == codeExhausted {
			if err := s.collect(ctx, tx, c); err != nil {
				return err
			}
		}
		again = c.Status == BillingFailed
		return nil
	})
	return again, err
}

// CollectWallet tries everything again that a wallet owes, the oldest first.
func (s *Service) CollectWallet(ctx context.Context, wallet uuid.UUID) error {
	rows, err := s.db.Query(ctx, `select id from charges where wallet_id = $1 and (status = 'BILLING_FAILED' or status = 'NEEDS_REVIEW' and failure_code = $2) order by id`,
		wallet, codeExhausted)
	if err != nil {
		return fmt.Errorf("look what the wallet owes: %w", err)
	}
	owed, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("look what the wallet owes: %w", err)
	}
	for _, id := range owed {
		if _, err := s.Collect(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// SettleAgain bills a session whose billing went wrong. An error means that it still does.
func (s *Service) SettleAgain(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var network uuid.UUID
		var status string
		err := tx.QueryRow(ctx, "select network_id, status from charging_sessions where id = $1 for update", id).Scan(&network, &status)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Missing("session")
		}
		if err != nil {
			return fmt.Errorf("load the session: %w", err)
		}
		if status == BillingFailed || status == stopped {
			if err := setStatus(ctx, tx, id, "COMPLETED"); err != nil {
				return err
			}
			if err := s.settle(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.issues.Settle(ctx, tx, network, issues.BillingBroken, id.String())
	})
}

func viewer(ctx context.Context) (tenancy.Viewer, error) { return tenancy.FromContext(ctx) }

// WriteReceipt is the job that writes the receipt of a charge that was paid, or of what a correction changed of it.
type WriteReceipt struct {
	Tenant     uuid.UUID `json:"tenant"`
	Charge     uuid.UUID `json:"charge"`
	Correction uuid.UUID `json:"correction,omitzero"`
}

// Kind names the job.
func (WriteReceipt) Kind() string { return "write_receipt" }

// receipt has a receipt written: by a job, so that its number doesn't make other stops wait.
func (s *Service) receipt(ctx context.Context, tx *db.Tx, c *charge, correction uuid.UUID) error {
	v, err := viewer(ctx)
	if err != nil {
		return err
	}
	if c.Gross == 0 && correction == uuid.Nil {
		return nil
	}
	return tx.Enqueue(ctx, WriteReceipt{Tenant: v.Tenant, Charge: c.ID, Correction: correction}, nil)
}

// Retry tries at once to collect a charge, for somebody who asks. The charge says what came of it.
func (s *Service) Retry(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.owned(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.Status != BillingFailed && (c.Status != NeedsReview || c.FailureCode != codeExhausted) {
			return fault.New(fault.Conflict, "There is nothing to collect: the charge is paid, written off, or waits for somebody to look at its meter values.")
		}
		if err := s.collect(ctx, tx, c); err != nil {
			return err
		}
		return s.audit(ctx, tx, c, "charge.retry", map[string]any{"status": c.Status})
	})
}
