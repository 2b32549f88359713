package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/tenancy"
)

// AutoTopUp is the job that tops a wallet up by itself, if it is still below its line.
type AutoTopUp struct {
	Tenant uuid.UUID `json:"tenant"`
	Wallet uuid.UUID `json:"wallet"`
}

// Kind names the job.
func (AutoTopUp) Kind() string { return "auto_top_up" }

// Line is below what a wallet is topped up by itself, with how much, and from what.
type Line struct {
	Wallet        uuid.UUID
	Below, Amount Amount
	Method        uuid.UUID
	// Off ends it; nothing else counts then.
	Off bool
}

// SetLine sets below what a wallet is topped up by itself.
func (s *Service) SetLine(ctx context.Context, l Line) (changed *ent.Wallet, err error) {
	p, ctx, err := s.purse(ctx, l.Wallet)
	if err != nil {
		return nil, err
	}
	var below, amount int64
	if !l.Off {
		if l.Method == uuid.Nil {
			return nil, fault.In("paymentMethodId", "Say what the wallet is topped up from, or switch it off.")
		}
		// What isn't there for the viewer is told before anything else.
		rows, err := s.db.Query(ctx, "select status from payment_methods where id = $1 and driver_id = $2", l.Method, p.DriverID)
		if err != nil {
			return nil, fmt.Errorf("load the way to pay: %w", err)
		}
		status, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, fault.Missing("payment method")
		}
		if err != nil {
			return nil, fmt.Errorf("load the way to pay: %w", err)
		}
		if below, amount, err = l.check(p.Currency); err != nil {
			return nil, err
		}
		if status != "ACTIVE" {
			return nil, fault.In("paymentMethodId", "This way to pay can't be used: it isn't complete, or was removed.")
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		update := tx.Ent.Wallet.UpdateOneID(p.ID)
		details := map[string]any{"off": l.Off}
		if l.Off {
			update.ClearAutoTopUpBelow().ClearAutoTopUpAmount()
		} else {
			update.SetAutoTopUpBelow(below).SetAutoTopUpAmount(amount).SetPaymentMethodID(l.Method)
			details["below"], details["amount"], details["currency"] = money.Format(below, p.Currency), money.Format(amount, p.Currency), p.Currency
			if err := tx.Enqueue(ctx, AutoTopUp{Tenant: p.TenantID, Wallet: p.ID}, nil); err != nil {
				return err
			}
		}
		if changed, err = update.Save(ctx); err != nil {
			return fmt.Errorf("change the wallet: %w", err)
		}
		if err := s.issues.Settle(ctx, tx, p.NetworkID, issues.AutoTopUpFailed, p.ID.String()); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "wallet.auto_top_up", Network: p.NetworkID, SubjectType: "wallet", SubjectID: p.ID.String(), Details: details})
	})
	return changed, err
}

func (l Line) check(currency string) (below, amount int64, err error) {
	switch (Amount{}) {
	case l.Below:
		return 0, 0, fault.In("below", "Say below what the wallet is topped up, or switch it off.")
	case l.Amount:
		return 0, 0, fault.In("amount", "Say with how much the wallet is topped up, or switch it off.")
	}
	if l.Below.Currency != currency {
		return 0, 0, fault.In("below.currency", "The wallet is in %s, and so are its amounts.", currency)
	}
	if below, err = money.Parse("below", l.Below.Value, currency); err != nil {
		return 0, 0, err
	}
	if amount, err = bounded("amount", l.Amount, currency); err != nil {
		return 0, 0, err
	}
	if below < 0 || below > amount {
		return 0, 0, fault.In("below.amount", "The line is from 0 to what is topped up, so that one top-up lifts the wallet above it.")
	}
	return below, amount, nil
}

// Low lists the wallets that are below their line and aren't being topped up. Periodic work calls it for each tenant, so that no wallet
// is forgotten, whatever brought it there.
func (s *Service) Low(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := s.db.Query(ctx, `select w.id from wallets w `+balanceOf+`
		where w.auto_top_up_below is not null and coalesce(b.balance, 0) < w.auto_top_up_below
			and not exists (select from payments p where p.wallet_id = w.id and p.purpose = 'AUTO_TOP_UP' and p.status = 'PENDING') order by w.id limit 500`)
	if err != nil {
		return nil, fmt.Errorf("look for wallets below their line: %w", err)
	}
	low, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for wallets below their line: %w", err)
	}
	return low, nil
}

// balanceOf joins what is in a wallet w.
const balanceOf = `left join ledger_accounts a on a.tenant_id = w.tenant_id and a.network_id = w.network_id and a.kind = 'WALLET' and a.currency = w.currency and a.owner_id = w.id
	left join ledger_balances b on b.account_id = a.id`

// resting is how long after an automatic top-up that failed without being declined the next one waits.
const resting = time.Hour

// TopUpByItself tops a wallet up that is below its line, unless that is under way. A decline is no error: it is an issue, and ends
// automatic top-ups of the wallet until somebody sets its line again.
func (s *Service) TopUpByItself(ctx context.Context, id uuid.UUID) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	var begun uuid.UUID
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var l struct {
			network, driver, account, method uuid.UUID
			amount                           int64
			currency, provider               string
			live                             bool
		}
		// Locked by a statement of its own: the next one sees what whoever had it before has done.
		if _, err := tx.Exec(ctx, "select from wallets where id = $1 for update", id); err != nil {
			return fmt.Errorf("lock the wallet: %w", err)
		}
		err := tx.QueryRow(ctx, `select w.network_id, w.driver_id, w.currency, w.auto_top_up_amount, m.id, c.id, c.provider, c.live from wallets w
			join payment_methods m on m.tenant_id = w.tenant_id and m.id = w.payment_method_id and m.status = 'ACTIVE'
			join payment_accounts c on c.tenant_id = m.tenant_id and c.id = m.account_id and c.enabled `+balanceOf+`
			where w.id = $1 and coalesce(b.balance, 0) < w.auto_top_up_below`, id).
			Scan(&l.network, &l.driver, &l.currency, &l.amount, &l.method, &l.account, &l.provider, &l.live)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // it isn't wanted any more
		}
		if err != nil {
			return fmt.Errorf("load the wallet: %w", err)
		}
		fresh := newID()
		// Whether one is under way and what is in the wallet are seen at one moment: one that is booked in between would be missed by both.
		tag, err := tx.Exec(ctx, `insert into payments (id, tenant_id, network_id, wallet_id, driver_id, account_id, method_id, provider, purpose, amount, currency, live, uncertain, asked_by, expires_at, created_at)
			select $1, $2, $3, $4, $5, $6, $7, $8, 'AUTO_TOP_UP', $9, $10, $11, true, $12, $13, $14
			where not exists (select from payments where wallet_id = $4 and purpose = 'AUTO_TOP_UP' and created_at > $15 and (status = 'FAILED' or status = 'PENDING'))
				and exists (select from wallets w `+balanceOf+` where w.id = $4 and coalesce(b.balance, 0) < w.auto_top_up_below)
			on conflict (wallet_id) where purpose = 'AUTO_TOP_UP' and status = 'PENDING' do nothing`,
			fresh, v.Tenant, l.network, id, l.driver, l.account, l.method, l.provider, l.amount, l.currency, l.live, v.Name, s.now().Add(payable), s.now(), s.now().Add(-resting))
		if err != nil {
			return fmt.Errorf("store the payment: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // one is under way, or has just failed
		}
		begun = fresh
		return tx.Enqueue(ctx, ProcessPayment{Tenant: v.Tenant, Payment: fresh}, &river.InsertOpts{ScheduledAt: s.now().Add(lookAfter)})
	})
	if err != nil || begun == uuid.Nil {
		return err
	}
	err = s.Process(ctx, begun)
	if errors.Is(err, payment.ErrUncertain) {
		s.logger.Warn("a payment provider gave no answer: the automatic top-up is looked up", "payment", begun, "error", err)
		return nil // by the job that is enqueued
	}
	return err
}

// take finds an automatic top-up at the provider, or asks for it. Nothing is taken twice: the provider knows it by its id, and one that it
// may have forgotten is looked for first.
func (s *Service) take(ctx context.Context, gateway payment.Gateway, r *record) (payment.State, error) {
	saver, ok := gateway.(payment.Saver)
	if !ok {
		return payment.State{}, fmt.Errorf("payment account %s keeps no ways to pay", r.AccountID)
	}
	var customer, method, status string
	rows, err := s.db.Query(ctx, "select customer_ref, ref, status from payment_methods where id = $1", orNil(r.MethodID))
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (struct{}, error) {
			return struct{}{}, row.Scan(&customer, &method, &status)
		})
	}
	if err != nil {
		return payment.State{}, fmt.Errorf("load the way to pay: %w", err)
	}
	charge := payment.SavedCharge{ID: r.ID, Customer: customer, Method: method, Amount: r.Amount, Currency: r.Currency, Description: description}
	if r.LookedUpAt != nil || s.now().Sub(r.CreatedAt) > lookAfter/2 {
		state, err := saver.FindCharge(ctx, charge)
		if !errors.Is(err, payment.ErrUnknown) || s.now().After(r.ExpiresAt) || status != "ACTIVE" {
			return state, err
		}
	}
	state, err := saver.Charge(ctx, charge)
	var refused *payment.Refusal
	if errors.As(err, &refused) { // the provider can't use the way to pay at all
		return payment.State{Payment: r.ID, Status: payment.Failed, Failure: refused.Reason, Currency: r.Currency, Live: r.Live}, nil
	}
	return state, err
}

// ended follows an automatic top-up to its end: one that failed ends automatic top-ups of the wallet until somebody sets its line again.
func (s *Service) ended(ctx context.Context, tx *db.Tx, r *record, failure string) error {
	if r.Captured > 0 {
		return s.issues.Settle(ctx, tx, r.NetworkID, issues.AutoTopUpFailed, r.WalletID.String())
	}
	if _, err := tx.Exec(ctx, "update wallets set auto_top_up_below = null, auto_top_up_amount = null where id = $1", r.WalletID); err != nil {
		return fmt.Errorf("end automatic top-ups: %w", err)
	}
	return s.issues.Raise(ctx, tx, issues.Issue{
		Kind: issues.AutoTopUpFailed, Severity: issues.Warning, Cause: r.WalletID.String(), Network: r.NetworkID, Payment: r.ID,
		Details: map[string]string{"amount": shown(r.Amount, r.Currency), "reason": failure},
	})
}
