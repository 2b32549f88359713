// Package payments owns what comes in over payment providers: accounts with them, top-ups, what their webhooks say, refunds, saved ways
// to pay, automatic top-ups, and whether the books say what the provider says.
//
//	StartTopUp ─> row, committed ─> provider ─> its page, stored             no answer: uncertain, Process looks it up
//	StartTopUp for an app ─> order ─> checkout in the app ─> ConfirmCheckout: its signature ─> Process
//	webhook ─> signature, age, account, mode ─> event stored once + job ─> 2xx
//	job, upkeep, Reconcile ─> Process ─> Lookup ─> Advance ─> book: the books say what the provider says
//	Refund ─> out of the wallet, committed ─> provider ─> done, or back into the wallet
//	wallet below its line ─> TopUpByItself ─> saved way to pay ─> book
//
// Nothing is believed but what a provider answers when it is asked, and no answer moves money twice: each step has a key, and stands
// behind a lock on the payment's row. The row is committed before the provider is called, with the id that is the provider's idempotency
// key; so whatever happens in between, somebody looks it up.
package payments

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/secrets"
	"github.com/busbar-ev/busbar/tenancy"
)

// Config tunes the service.
type Config struct {
	// PublicURL is where webhooks and drivers find the server.
	PublicURL string
	// Secret seals the secrets of accounts; Older are those that sealed before. Each has 32 bytes at least.
	Secret []byte
	Older  [][]byte
	// URL is where an account's provider is; empty is the provider itself. Only the demo and tests say otherwise.
	URL func(a payment.Account) string
	// HTTPClient calls the providers; nil makes one.
	HTTPClient *http.Client
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Service moves money over payment providers.
type Service struct {
	db       *db.DB
	issues   *issues.Service
	logger   *slog.Logger
	public   string
	box      *secrets.Box
	gateways *gateways
	forged   *brake
	now      func() time.Time
	// tenants are those of accounts that webhooks named, and arriving are events that are being stored.
	tenants  sync.Map
	arriving singleflight.Group
}

// New makes the service.
func New(database *db.DB, i *issues.Service, logger *slog.Logger, c Config) (*Service, error) {
	box, err := secrets.New("payment providers", c.Secret, c.Older...)
	if err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: payment.Patience}
	}
	if c.URL == nil {
		c.URL = func(payment.Account) string { return "" }
	}
	return &Service{
		db: database, issues: i, logger: logger, public: strings.TrimSuffix(c.PublicURL, "/"), box: box, now: c.Now,
		gateways: &gateways{url: c.URL, client: c.HTTPClient, made: map[uuid.UUID]made{}}, forged: newBrake(c.Now),
	}, nil
}

// viewer is who is acting, who must hold the permission for objects of the network. A viewer who doesn't even see the network is told
// that the object isn't there.
func viewer(ctx context.Context, p tenancy.Permission, network uuid.UUID, what string) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	switch {
	case err != nil:
		return v, err
	case !v.Sees(network):
		return v, fault.Missing(what)
	case !v.Can(p, network):
		return v, fault.Lacking(p)
	}
	return v, nil
}

// forDriver is the system in the name of a driver, as narrow as the driver's network. What the driver owns is looked at before, as the
// driver.
func forDriver(ctx context.Context, v tenancy.Viewer) context.Context {
	acting := tenancy.Billing(v.Tenant)
	acting.Name, acting.Narrowed, acting.Remote, acting.RequestID = "driver "+v.Name, v.Narrowed, v.Remote, v.RequestID
	return tenancy.NewContext(ctx, acting)
}

// detached goes on although whoever asked is gone: what a provider has begun to do is waited for and stored. A refund takes two calls.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 2*payment.Patience+storing)
}

// storing is how long what a provider answered may take to be stored.
const storing = 10 * time.Second

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func orNil(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}
