package drivers

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// booked is a wallet as the books know it.
func booked(w *ent.Wallet) wallet.Wallet {
	return wallet.Wallet{ID: w.ID, Network: w.NetworkID, Currency: w.Currency}
}

// Funds are what is in a wallet, in minor units of its currency.
type Funds struct {
	// Balance is what the account says. What is held for sessions that run has left it.
	Balance int64
	Held    int64
	// Available is what may still be spent: the balance and the credit limit.
	Available int64
}

// Funds tells what is in wallets that the viewer sees, in one look for all of them.
func (s *Service) Funds(ctx context.Context, wallets ...uuid.UUID) (map[uuid.UUID]Funds, error) {
	rows, err := s.db.Query(ctx, `select w.id, coalesce(b.balance, 0), greatest(coalesce(b.balance - b.floor, 0), 0), coalesce(held.total, 0)::bigint
		from wallets w
		left join ledger_accounts a on a.tenant_id = w.tenant_id and a.network_id = w.network_id and a.kind = $2 and a.currency = w.currency and a.owner_id = w.id
		left join ledger_balances b on b.account_id = a.id
		left join lateral (
			select sum(hb.balance) as total from charging_sessions c
			join ledger_accounts h on h.tenant_id = w.tenant_id and h.network_id = w.network_id and h.kind = $3 and h.currency = w.currency and h.owner_id = c.id
			join ledger_balances hb on hb.account_id = h.id
			where c.driver_id = w.driver_id and c.wallet_id = w.id) held on true
		where w.id = any ($1)`, wallets, ledger.Wallet, ledger.Hold)
	if err != nil {
		return nil, fmt.Errorf("read what is in the wallets: %w", err)
	}
	found := make(map[uuid.UUID]Funds, len(wallets))
	var id uuid.UUID
	var f Funds
	_, err = pgx.ForEachRow(rows, []any{&id, &f.Balance, &f.Available, &f.Held}, func() error {
		found[id] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is in the wallets: %w", err)
	}
	return found, nil
}

// Amount is money as somebody wrote it.
type Amount struct{ Value, Currency string }

// minor reads the amount in a wallet's currency.
func (a Amount) minor(field string, w *ent.Wallet) (int64, error) {
	if a.Currency != w.Currency {
		return 0, fault.In(field+".currency", "The wallet is in %s, and so are its amounts.", w.Currency)
	}
	minor, err := money.Parse(field, a.Value, a.Currency)
	if err == nil && (minor > mostAtOnce || minor < -mostAtOnce) {
		err = fault.In(field+".amount", "%s %s is more than a wallet can be given at once.", money.Format(minor, a.Currency), a.Currency)
	}
	return minor, err
}

const (
	// mostAtOnce keeps a balance of many adjustments far from what a bigint holds.
	mostAtOnce    = 1_000_000_000_000
	longestReason = 500
	longestKey    = 100
)

// Adjustment is what staff give to a wallet, or with a negative amount take from it.
type Adjustment struct {
	Wallet uuid.UUID
	Amount Amount
	Reason string
	// Key makes it happen once: the same again changes nothing, and another adjustment with it is refused.
	Key string
}

// Adjust gives to a wallet at the cost of promotions, or takes from it as a write-off.
func (s *Service) Adjust(ctx context.Context, a Adjustment) (adjusted *ent.Wallet, err error) {
	err = s.inWallet(ctx, a.Wallet, func(ctx context.Context, tx *db.Tx, w *ent.Wallet) error {
		adjusted = w
		amount, err := a.Amount.minor("amount", w)
		if err != nil {
			return err
		}
		a.Reason = strings.TrimSpace(a.Reason)
		switch {
		case a.Reason == "" || utf8.RuneCountInString(a.Reason) > longestReason || strings.ContainsFunc(a.Reason, control):
			return fault.In("reason", "Say why, in 1 to %d printable characters: the driver reads it on the statement.", longestReason)
		case a.Key == "" || len(a.Key) > longestKey || strings.ContainsFunc(a.Key, control):
			return fault.In("idempotencyKey", "A key has 1 to %d printable characters; take a fresh one for each adjustment.", longestKey)
		}
		fresh, err := wallet.Adjust(ctx, tx, booked(w), wallet.Adjustment{Key: a.Key, Amount: amount, Reason: a.Reason})
		if err != nil || !fresh {
			return err
		}
		if err := collect(ctx, tx, w.ID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "wallet.adjust", Network: w.NetworkID, SubjectType: "wallet", SubjectID: w.ID.String(),
			Details: map[string]any{"amount": money.Format(amount, w.Currency), "currency": w.Currency, "reason": a.Reason, "key": a.Key},
		})
	})
	return adjusted, err
}

// collect has what the wallet owes tried again: there is more in it now, or it may go further down.
func collect(ctx context.Context, tx *db.Tx, wallet uuid.UUID) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	return tx.Enqueue(ctx, charges.RetryWallet{Tenant: v.Tenant, Wallet: wallet}, nil)
}

// WalletChange is what staff may change of a wallet; nil leaves a thing as it is.
type WalletChange struct {
	// CreditLimit is how far the wallet may go below nothing.
	CreditLimit *Amount
}

// UpdateWallet changes a wallet.
func (s *Service) UpdateWallet(ctx context.Context, id uuid.UUID, c WalletChange) (changed *ent.Wallet, err error) {
	err = s.inWallet(ctx, id, func(ctx context.Context, tx *db.Tx, w *ent.Wallet) error {
		changed = w
		if c.CreditLimit == nil {
			return nil
		}
		limit, err := c.CreditLimit.minor("creditLimit", w)
		if err != nil {
			return err
		}
		if limit < 0 {
			return fault.In("creditLimit.amount", "A credit limit is 0 or more.")
		}
		if err := wallet.SetCreditLimit(ctx, tx, booked(w), limit); err != nil {
			return err
		}
		if changed, err = tx.Ent.Wallet.UpdateOne(w).SetCreditLimit(limit).Save(ctx); err != nil {
			return fmt.Errorf("change the credit limit: %w", err)
		}
		if err := collect(ctx, tx, id); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "wallet.update", Network: w.NetworkID, SubjectType: "wallet", SubjectID: id.String(),
			Details: map[string]any{"creditLimit": money.Format(limit, w.Currency), "before": money.Format(w.CreditLimit, w.Currency), "currency": w.Currency},
		})
	})
	return changed, err
}

// inWallet runs what somebody who may change a wallet does with it.
func (s *Service) inWallet(ctx context.Context, id uuid.UUID, do func(context.Context, *db.Tx, *ent.Wallet) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		w, err := tx.Ent.Wallet.Get(ctx, id)
		if ent.IsNotFound(err) {
			return fault.Missing("wallet")
		}
		if err != nil {
			return fmt.Errorf("load the wallet: %w", err)
		}
		if _, err := viewer(ctx, tenancy.WalletWrite, w.NetworkID, "wallet"); err != nil {
			return err
		}
		return do(ctx, tx, w)
	})
}

// WalletEvents is the subject of changes of a wallet.
func WalletEvents(tenant, wallet uuid.UUID) bus.Subject {
	return bus.MustSubject("tenant", tenant.String(), "wallet", wallet.String())
}

// tell sends the change of a wallet to those who follow it. An event that is lost costs a refetch, never data.
func (s *Service) tell(ctx context.Context, c db.Change) {
	if c.Kind != wallet.Kind {
		return
	}
	payload, err := json.Marshal(charging.Event{Network: c.Network, Object: c.ID, At: s.now()})
	if err == nil {
		err = s.bus.Publish(ctx, WalletEvents(c.Tenant, c.ID), payload)
	}
	if err != nil {
		s.logger.Warn("a live event was lost: subscribers see the change when they fetch again", "kind", c.Kind, "error", err)
	}
}
