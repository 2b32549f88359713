package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

const (
	// payable is how long a page can be paid on.
	payable = 2 * time.Hour
	// lookAfter is when somebody looks at what nobody has finished: longer than a call to a provider takes.
	lookAfter = time.Minute
	// description is what a driver reads on the provider's page. It is the same whenever the provider is asked.
	description = "Wallet top-up"
)

// Amount is money as somebody wrote it.
type Amount struct{ Value, Currency string }

// TopUp is a payment that somebody wants to make into a wallet.
type TopUp struct {
	Wallet uuid.UUID
	Amount Amount
	// Provider is needed where the network has accounts with several.
	Provider payment.Provider
	// ReturnPath is where in the portal the driver comes back to; empty is the driver's wallet.
	ReturnPath string
	// InApp is set where an app pays in the provider's checkout inside it, instead of on a page.
	InApp bool
}

// Started is a payment that has begun.
type Started struct {
	Payment *ent.Payment
	// CheckoutURL is where it is paid, or Checkout what an app pays it with. Without either, Message says what happens next.
	CheckoutURL, Message string
	Checkout             *Checkout
}

// purse is a wallet with its driver, as payments need it.
type purse struct {
	ID, TenantID, NetworkID, DriverID uuid.UUID
	Currency                          string
	// TenantSlug and NetworkSlug are where the driver's own pages are.
	TenantSlug, NetworkSlug string
	// Operator is whom the driver pays.
	Operator string
}

// pages is where drivers of a network find their wallet.
func (s *Service) pages(tenant, network string) string {
	return s.public + "/drive/" + tenant + "/" + network + "/wallet"
}

// purse finds a wallet that the viewer may pay into: a driver into their own, others with the permission. What follows is done in the
// context that it gives.
func (s *Service) purse(ctx context.Context, id uuid.UUID) (*purse, context.Context, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, ctx, err
	}
	rows, err := s.db.Query(ctx, `select w.id, w.tenant_id, w.network_id, w.driver_id, w.currency, t.slug as tenant_slug, n.slug as network_slug, t.name as operator
		from wallets w join tenants t on t.id = w.tenant_id join networks n on n.tenant_id = w.tenant_id and n.id = w.network_id where w.id = $1`, id)
	if err != nil {
		return nil, ctx, fmt.Errorf("load the wallet: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[purse])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ctx, fault.Missing("wallet")
	}
	if err != nil {
		return nil, ctx, fmt.Errorf("load the wallet: %w", err)
	}
	if v.Kind == tenancy.KindDriver {
		return p, forDriver(ctx, v), nil
	}
	_, err = viewer(ctx, tenancy.PaymentWrite, p.NetworkID, "wallet")
	return p, ctx, err
}

// StartTopUp begins a payment into a wallet. The row is committed before the provider is called. Where the provider gives no answer, the
// payment is uncertain: it says so, and is looked up in a minute.
func (s *Service) StartTopUp(ctx context.Context, t TopUp) (*Started, error) {
	p, ctx, err := s.purse(ctx, t.Wallet)
	if err != nil {
		return nil, err
	}
	amount, err := bounded("amount", t.Amount, p.Currency)
	if err != nil {
		return nil, err
	}
	a, err := s.accountFor(ctx, p.NetworkID, t.Provider)
	if err != nil {
		return nil, err
	}
	gateway, err := s.gatewayOf(a)
	if err != nil {
		return nil, err
	}
	id := newID()
	back := s.pages(p.TenantSlug, p.NetworkSlug)
	if t.ReturnPath != "" {
		back = s.public + "/" + strings.TrimPrefix(t.ReturnPath, "/")
	}
	back += "?payment=" + id.String()
	if t.InApp {
		if _, ok := gateway.(payment.OrderMaker); !ok {
			return nil, fault.In("provider", "%s has no checkout inside apps: pay on its page.", a.Provider)
		}
		back = inApp
	}
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into payments (id, tenant_id, network_id, wallet_id, driver_id, account_id, provider, amount, currency, live, return_url, uncertain, asked_by, expires_at, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true, $12, $13, $14)`,
			id, p.TenantID, p.NetworkID, p.ID, p.DriverID, a.ID, a.Provider, amount, p.Currency, a.Live, back, v.Name, s.now().Add(payable).Truncate(time.Second), s.now())
		if err != nil {
			return fmt.Errorf("store the payment: %w", err)
		}
		if err := tx.Enqueue(ctx, ProcessPayment{Tenant: p.TenantID, Payment: id}, &river.InsertOpts{ScheduledAt: s.now().Add(lookAfter)}); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "payment.start", Network: p.NetworkID, SubjectType: "payment", SubjectID: id.String(),
			Details: map[string]any{"wallet": p.ID, "amount": money.Format(amount, p.Currency), "currency": p.Currency, "provider": a.Provider},
		})
	})
	if err != nil {
		return nil, err
	}
	return s.start(ctx, gateway, id, p.Operator)
}

// start opens the page or makes the order of a payment that is stored, and stores where it is.
func (s *Service) start(ctx context.Context, gateway payment.Gateway, id uuid.UUID, operator string) (*Started, error) {
	ctx, cancel := detached(ctx)
	defer cancel()
	r, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	page, checkout, err := open(ctx, gateway, r, operator)
	var refused *payment.Refusal
	switch {
	case err == nil:
		err = s.opened(ctx, id, page)
	case errors.As(err, &refused):
		if err := s.never(ctx, id, refused.Reason); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Conflict, "The payment provider refused the top-up, and nothing was charged: %s", refused.Reason)
	case errors.Is(err, payment.ErrUncertain):
		s.logger.Warn("a payment provider gave no answer: the payment is looked up", "payment", id, "error", err)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	started := &Started{CheckoutURL: page.URL, Checkout: checkout}
	if page.Ref == "" {
		started.Message = "The payment provider didn't answer. Nothing was charged. The payment is looked up in a minute, and can be paid then if the provider has it; otherwise start it again."
	}
	if started.Payment, err = s.db.Ent().Payment.Get(ctx, id); err != nil {
		return nil, fmt.Errorf("load the payment: %w", err)
	}
	return started, nil
}

// topUp is the payment as the provider is asked for it, in the same words each time.
func (r *record) topUp() payment.TopUp {
	return payment.TopUp{ID: r.ID, Amount: r.Amount, Currency: r.Currency, Description: description, ReturnURL: r.ReturnURL, Expires: r.ExpiresAt}
}

// opened stores the page of a payment.
func (s *Service) opened(ctx context.Context, id uuid.UUID, page payment.Page) error {
	_, err := s.db.Exec(ctx, "update payments set ref = $2, checkout_url = $3, uncertain = false where id = $1 and ref in ('', $2)", id, page.Ref, page.URL)
	if err != nil {
		return fmt.Errorf("store the payment's page: %w", err)
	}
	return nil
}

// never ends a payment that the provider hasn't got, and won't have.
func (s *Service) never(ctx context.Context, id uuid.UUID, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.Exec(ctx, `update payments set status = 'FAILED', failure = $2, uncertain = false, settled_at = $3, looked_up_at = $3
			where id = $1 and status in ('PENDING', 'FAILED') and ref = '' and (settled_at is null or uncertain)`, id, reason, s.now())
		if err != nil {
			return fmt.Errorf("end the payment: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		r, err := loadRecord(ctx, tx, "where p.id = $1", id)
		if err != nil {
			return err
		}
		if err := s.issues.Settle(ctx, tx, r.NetworkID, issues.PaymentUncertain, id.String()); err != nil || r.Purpose != automatic {
			return err
		}
		return s.ended(ctx, tx, r, reason)
	})
}

// accountFor is the account that takes a payment in a network: the network's own, or else the tenant's.
func (s *Service) accountFor(ctx context.Context, network uuid.UUID, provider payment.Provider) (*account, error) {
	rows, err := s.db.Query(ctx, "select "+accountColumns+` from payment_accounts where enabled and (network_id = $1 or network_id is null) and ($2 = '' or provider = $2)
		order by network_id is null, id`, network, provider)
	if err != nil {
		return nil, fmt.Errorf("look for a payment account: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[account])
	if err != nil {
		return nil, fmt.Errorf("look for a payment account: %w", err)
	}
	var near []*account
	for _, a := range found {
		if a.NetworkID != nil || found[0].NetworkID == nil {
			near = append(near, a)
		}
	}
	switch {
	case len(near) == 0 && provider != "":
		return nil, fault.In("provider", "There is no account with %s here: add one under payment accounts, or choose another provider.", provider)
	case len(near) == 0:
		return nil, fault.New(fault.Conflict, "Nobody can pay here yet: add an account with a payment provider, and switch it on.")
	case len(near) > 1:
		return nil, fault.In("provider", "There are accounts with several providers here: say which one takes the payment.")
	}
	return near[0], nil
}

// limits of what can be paid at once, in major units, for currencies whose unit is worth little or much; others have those of others.
var (
	others = [2]int64{1, 10_000}
	limits = map[string][2]int64{
		"INR": {10, 500_000}, "JPY": {100, 1_000_000}, "KRW": {1_000, 10_000_000}, "IDR": {10_000, 100_000_000}, "VND": {10_000, 100_000_000}, "HUF": {300, 3_000_000},
		"CLP": {500, 5_000_000}, "COP": {2_000, 20_000_000}, "ISK": {100, 1_000_000}, "PKR": {100, 1_000_000}, "LKR": {100, 1_000_000}, "NGN": {500, 5_000_000},
		"UGX": {2_000, 20_000_000}, "TZS": {1_000, 10_000_000}, "KES": {50, 1_000_000}, "PHP": {20, 500_000}, "THB": {20, 300_000}, "TWD": {15, 300_000}, "CZK": {15, 250_000},
		"RUB": {50, 1_000_000}, "BHD": {1, 4_000}, "KWD": {1, 3_000}, "OMR": {1, 4_000}, "JOD": {1, 7_000},
	}
)

// bounded reads an amount that somebody can pay at once.
func bounded(field string, a Amount, currency string) (int64, error) {
	if a.Currency != currency {
		return 0, fault.In(field+".currency", "The wallet is in %s, and so are its amounts.", currency)
	}
	minor, err := money.Positive(field, a.Value, currency)
	if err != nil {
		return 0, err
	}
	digits, err := money.Digits(field+".currency", currency)
	if err != nil {
		return 0, err
	}
	limit, known := limits[currency]
	if !known {
		limit = others
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	if minor < limit[0]*unit || minor > limit[1]*unit {
		return 0, fault.In(field+".amount", "A payment is from %s to %s %s.", money.Format(limit[0]*unit, currency), money.Format(limit[1]*unit, currency), currency)
	}
	return minor, nil
}
