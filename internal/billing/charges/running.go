package charges

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/issues"
)

// CostOf is what a session costs so far; nil where nothing says it.
func (s *Service) CostOf(ctx context.Context, q querier, id uuid.UUID) (*rating.Bill, error) {
	c, err := loadSession(ctx, q, id)
	if err != nil || c.Version == nil {
		return nil, err
	}
	t, err := c.tariff()
	if err != nil {
		return nil, err
	}
	bill, err := c.rate(ctx, q, t, s.now())
	if err != nil {
		return nil, fmt.Errorf("reckon what session %s costs so far: %w", id, err)
	}
	return &bill, nil
}

// Cost is what a station is told that a session costs so far, in major units; nil where nothing says it.
func (s *Service) Cost(ctx context.Context, tx *db.Tx, id uuid.UUID) (*decimal.Decimal, error) {
	bill, err := s.CostOf(ctx, tx, id)
	if err != nil || bill == nil {
		return nil, err
	}
	cost, err := decimal.New(bill.GrossMinor, bill.Digits)
	if err != nil {
		return nil, fmt.Errorf("write what session %s costs: %w", id, err)
	}
	return &cost, nil
}

// headroom is by how much of what a session costs so far its hold stays ahead.
const headroom = 4 // a quarter

// Grow keeps what is set aside for running sessions ahead of what they cost. A wallet that can't set aside that much is an issue; the
// session goes on. Periodic work calls it for each tenant.
func (s *Service) Grow(ctx context.Context) (int, error) {
	rows, err := s.db.Query(ctx, `select id from charging_sessions where tenant_id = busbar_tenant() and status in ('PENDING', 'RUNNING') and wallet_id is not null
		and tariff_version_id is not null order by id`)
	if err != nil {
		return 0, fmt.Errorf("look which sessions are running: %w", err)
	}
	running, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("look which sessions are running: %w", err)
	}
	var problems []error
	for _, id := range running {
		if err := s.grow(ctx, id); err != nil {
			problems = append(problems, fmt.Errorf("hold for session %s: %w", id, err))
		}
	}
	return len(running), errors.Join(problems...)
}

func (s *Service) grow(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var status string
		if err := tx.QueryRow(ctx, "select status from charging_sessions where id = $1 for update", id).Scan(&status); err != nil {
			return err
		}
		if status != "RUNNING" && status != "PENDING" {
			return nil
		}
		c, err := loadSession(ctx, tx, id)
		if err != nil {
			return err
		}
		bill, err := s.CostOf(ctx, tx, id)
		if err != nil || bill.GrossMinor == 0 {
			return err
		}
		w := wallet.Wallet{ID: *c.Wallet, Network: c.Network, Currency: bill.Currency}
		err = tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
			return wallet.HoldTo(ctx, tx, w, id, bill.GrossMinor+bill.GrossMinor/headroom)
		})
		if !errors.Is(err, ledger.ErrInsufficient) {
			if err != nil {
				return err
			}
			return s.issues.Settle(ctx, tx, c.Network, issues.WalletExhausted, id.String())
		}
		if err := wallet.HoldRest(ctx, tx, w, id); err != nil {
			return err
		}
		if err := flag(ctx, tx, id, FlagNoCredit); err != nil {
			return err
		}
		return s.issues.Raise(ctx, tx, issues.Issue{
			Kind: issues.WalletExhausted, Severity: issues.Notice, Cause: id.String(), Network: c.Network, Station: c.Station, Session: id,
			Details: map[string]string{"station": c.Identity, "amount": says(bill.GrossMinor, bill.Currency)},
		})
	})
}
