package charges

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
)

// beginning is a session as billing finds it at its start.
type beginning struct {
	Network, Station    uuid.UUID
	EvseNo, ConnectorNo int
	Version             *uuid.UUID
	Free, Known         bool
	Running             bool
	Driver, Wallet      *uuid.UUID
	Currency            *string
}

// Begin settles what a session is priced by and who pays, and sets aside what it will cost. It runs in the transaction that stores the
// start, once more when a token comes later, and changes nothing that was settled. At is the moment whose price holds. NoCredit says
// that the wallet doesn't cover a session here.
func (s *Service) Begin(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) (noCredit bool, err error) {
	var b beginning
	err = tx.QueryRow(ctx, `
		select c.network_id, c.station_id, c.evse_no, c.connector_no, c.tariff_version_id, c.free,
			c.tariff_version_id is not null or c.free or coalesce(c.flags @> to_jsonb($2::text), false), c.status in ('PENDING', 'RUNNING'), d.id, w.id, w.currency
		from charging_sessions c left join tokens t on t.id = c.token_id left join drivers d on d.id = t.driver_id and d.network_id = c.network_id
			left join wallets w on w.driver_id = d.id and w.network_id = c.network_id
		where c.id = $1`, id, FlagNoTariff).Scan(
		&b.Network, &b.Station, &b.EvseNo, &b.ConnectorNo, &b.Version, &b.Free, &b.Known, &b.Running, &b.Driver, &b.Wallet, &b.Currency)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, fault.Missing("session")
	}
	if err != nil {
		return false, fmt.Errorf("load the session that begins: %w", err)
	}
	price, err := s.priceOf(ctx, tx, id, &b, at)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `update charging_sessions set driver_id = coalesce(driver_id, $2), wallet_id = coalesce(wallet_id, $3), tariff_version_id = coalesce(tariff_version_id, $4),
		free = free or $5 where id = $1`, id, b.Driver, b.Wallet, db.OrNull(price.Version), price.Free); err != nil {
		return false, fmt.Errorf("settle who pays the session: %w", err)
	}
	if b.Wallet == nil || price.Definition == nil || !b.Running {
		return false, nil
	}
	amount, err := price.Holds(at)
	if err != nil {
		return false, err
	}
	err = tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
		return wallet.HoldTo(ctx, tx, wallet.Wallet{ID: *b.Wallet, Network: b.Network, Currency: *b.Currency}, id, amount)
	})
	if errors.Is(err, ledger.ErrInsufficient) {
		return true, flag(ctx, tx, id, FlagNoCredit)
	}
	return false, err
}

// priceOf finds the price at a session's start, and notes where there is none.
func (s *Service) priceOf(ctx context.Context, tx *db.Tx, id uuid.UUID, b *beginning, at time.Time) (price pricing.Price, err error) {
	if b.Free {
		return price, nil
	}
	price, err = pricing.Resolve(ctx, tx, b.Station, b.EvseNo, b.ConnectorNo, at)
	switch {
	case b.Known && b.Version == nil:
		return pricing.Price{}, nil
	case errors.Is(err, pricing.ErrNone):
		if err := s.pricing.Missing(ctx, tx, price.Place); err != nil {
			return price, err
		}
		return pricing.Price{}, flag(ctx, tx, id, FlagNoTariff)
	}
	return price, err
}

// Available is what a wallet can still spend: its balance and its credit, without what is held for sessions.
func Available(ctx context.Context, q querier, id uuid.UUID) (int64, error) {
	rows, err := q.Query(ctx, `select b.balance - b.floor from ledger_accounts a join ledger_balances b on b.account_id = a.id
		where a.tenant_id = busbar_tenant() and a.owner_id = $1 and a.kind = 'WALLET'`, id)
	if err != nil {
		return 0, fmt.Errorf("look what is in the wallet: %w", err)
	}
	available, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look what is in the wallet: %w", err)
	}
	return available, nil
}

// HasCredit reports whether a wallet may begin a session in its network: there is something in it, or charging is free there.
func HasCredit(ctx context.Context, q querier, wallet, network uuid.UUID) (bool, error) {
	available, err := Available(ctx, q, wallet)
	if err != nil || available > 0 {
		return available > 0, err
	}
	rows, err := q.Query(ctx, "select free from networks where id = $1", network)
	if err != nil {
		return false, fmt.Errorf("look whether the network is free: %w", err)
	}
	free, err := pgx.CollectOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("look whether the network is free: %w", err)
	}
	return free, nil
}

// MayStart refuses a start from afar where nothing says what it costs, or where the wallet doesn't cover it. A nil wallet is one that
// is billed outside.
func (s *Service) MayStart(ctx context.Context, station uuid.UUID, evseNo, connectorNo int, wallet uuid.UUID) error {
	price, err := pricing.Resolve(ctx, s.db, station, evseNo, connectorNo, s.now())
	if errors.Is(err, pricing.ErrNone) {
		if err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.pricing.Missing(ctx, tx, price.Place) }); err != nil {
			return err
		}
		return pricing.ErrNone
	}
	if err != nil || price.Free || wallet == uuid.Nil {
		return err
	}
	needed, err := price.Holds(s.now())
	if err != nil {
		return err
	}
	available, err := Available(ctx, s.db, wallet)
	if err != nil {
		return err
	}
	if available < needed || available <= 0 {
		return fault.New(fault.Conflict, "The driver's wallet can spend %s %s, and %s %s is set aside for a session here: top it up, or raise its credit limit.",
			money.Format(max(0, available), price.Currency), price.Currency, money.Format(needed, price.Currency), price.Currency)
	}
	return nil
}
