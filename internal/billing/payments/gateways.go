package payments

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/razorpay"
	"github.com/busbar-ev/busbar/internal/billing/stripe"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/secrets"
)

// account is an account as it is stored. Its secrets are sealed.
type account struct {
	ID            uuid.UUID
	TenantID      uuid.UUID
	NetworkID     *uuid.UUID
	Provider      payment.Provider
	Name          string
	Live          bool
	Key           string
	Secret        []byte
	WebhookSecret []byte
	Enabled       bool
}

const accountColumns = "id, tenant_id, network_id, provider, name, live, key, secret, webhook_secret, enabled"

// place is where a secret of the account lies.
func (a *account) place(column string) secrets.Place {
	return secrets.Place{Tenant: a.TenantID, Table: "payment_accounts", Column: column, Record: a.ID}
}

// gateways keeps one gateway for each account, and makes it again once the account has changed.
type gateways struct {
	url    func(payment.Account) string
	client *http.Client

	mu   sync.Mutex
	made map[uuid.UUID]made
}

// made is a gateway with a digest of what it was made from.
type made struct {
	from    [sha256.Size]byte
	gateway payment.Gateway
}

// connect makes the gateway of an account. What is wrong with its keys is a fault of the field.
func (g *gateways) connect(a payment.Account) (gateway payment.Gateway, err error) {
	if a.WebhookSecret == "" {
		return nil, fault.In("webhookSecret", "An account can't be used without the secret of its webhook: anybody could say then that somebody has paid.")
	}
	switch a.Provider {
	case payment.Stripe:
		gateway, err = stripe.New(a, stripe.Options{URL: g.url(a), HTTPClient: g.client})
	case payment.Razorpay:
		gateway, err = razorpay.New(a, razorpay.Options{URL: g.url(a), HTTPClient: g.client})
	default:
		return nil, fault.In("provider", "There is no such payment provider.")
	}
	switch {
	case errors.Is(err, payment.ErrKeyMode) && a.Provider == payment.Razorpay:
		return nil, fault.In("key", "This is %s", keyMode(a.Live))
	case errors.Is(err, payment.ErrKeyMode):
		return nil, fault.In("secret", "This is %s", keyMode(a.Live))
	case err != nil && a.Secret == "":
		return nil, fault.In("secret", "Give the secret key of the account, as the provider's dashboard shows it.")
	case err != nil:
		return nil, fault.In("key", "Give the key id of the account, as the provider's dashboard shows it.")
	}
	return gateway, nil
}

func keyMode(live bool) string {
	if live {
		return "a test key, and the account is live: give its live key, or make a test account."
	}
	return "a live key, and the account is for tests: give its test key, or make a live account."
}

// gateway is the one of an account that the viewer sees.
func (s *Service) gateway(ctx context.Context, id uuid.UUID) (payment.Gateway, *account, error) {
	a, err := s.account(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	gateway, err := s.gatewayOf(a)
	return gateway, a, err
}

func (s *Service) account(ctx context.Context, id uuid.UUID) (*account, error) {
	rows, err := s.db.Query(ctx, "select "+accountColumns+" from payment_accounts where id = $1", id)
	if err != nil {
		return nil, fmt.Errorf("load the payment account: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[account])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("payment account")
	}
	if err != nil {
		return nil, fmt.Errorf("load the payment account: %w", err)
	}
	return a, nil
}

func (s *Service) gatewayOf(a *account) (payment.Gateway, error) {
	from := sha256.Sum256(fmt.Appendf(nil, "%s %t %q %x %x", a.Provider, a.Live, a.Key, a.Secret, a.WebhookSecret))
	s.gateways.mu.Lock()
	defer s.gateways.mu.Unlock()
	if known := s.gateways.made[a.ID]; known.gateway != nil && known.from == from {
		return known.gateway, nil
	}
	secret, err := s.box.Open(a.place("secret"), a.Secret)
	if err != nil {
		return nil, fmt.Errorf("open the secret key of payment account %s: %w", a.ID, err)
	}
	hook, err := s.box.Open(a.place("webhook_secret"), a.WebhookSecret)
	if err != nil {
		return nil, fmt.Errorf("open the webhook secret of payment account %s: %w", a.ID, err)
	}
	gateway, err := s.gateways.connect(payment.Account{
		ID: a.ID, Provider: a.Provider, Live: a.Live, Key: a.Key, Secret: string(secret), WebhookSecret: string(hook),
	})
	if err != nil {
		return nil, fmt.Errorf("use payment account %s: %w", a.ID, err)
	}
	s.gateways.made[a.ID] = made{from, gateway}
	return gateway, nil
}
