// Package stripe speaks to Stripe: Checkout Sessions for top-ups, saved methods, refunds, disputes, and webhooks. No card number ever
// reaches us: drivers pay on Stripe's own page, or in its elements inside an app.
//
//	Start ─> Checkout Session, with our id as reference, metadata and idempotency key
//	MakeOrder ─> PaymentIntent with its client secret ─> Stripe's elements in an app
//	StartSetup ─> Checkout Session without money ─> PaymentMethod ─> Charge: PaymentIntent, confirmed while nobody is there
//	Lookup ─> the session or PaymentIntent, its newest Charge, what Stripe kept of it, and its disputes
//	Event ─> signature over the raw body, its age, account, mode ─> our id
//
// What is said here of Stripe is in its API reference, version 2023-10-16, which the library pins.
package stripe

import (
	"errors"
	"fmt"
	"net/http"

	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Where our ids are kept at Stripe. The metadata of a PaymentIntent is copied to its charges.
const (
	metadataPayment  = "busbar_payment"
	metadataRefund   = "busbar_refund"
	metadataSetup    = "busbar_setup"
	metadataCustomer = "busbar_customer"
)

// Gateway is one account with Stripe.
type Gateway struct {
	api     *client.API
	account payment.Account
}

// Options tune a gateway; zero values mean Stripe itself.
type Options struct {
	// URL is where the interface is; HTTPClient makes the calls.
	URL        string
	HTTPClient *http.Client
}

// New makes the gateway of an account. An account without a webhook secret can't be used: nobody could tell its events from forged
// ones.
func New(a payment.Account, o Options) (*Gateway, error) {
	if a.Secret == "" || a.WebhookSecret == "" {
		return nil, errors.New("an account with Stripe needs its secret key and the secret of its webhook")
	}
	if !a.ModeMatches(a.Secret, "sk_live_", "sk_test_") {
		return nil, payment.ErrKeyMode
	}
	retries := int64(2) // with the same idempotency key, and only where Stripe says that it helps
	config := &stripe.BackendConfig{
		HTTPClient: o.HTTPClient, MaxNetworkRetries: &retries, EnableTelemetry: stripe.Bool(false), LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if config.HTTPClient == nil {
		config.HTTPClient = &http.Client{Timeout: payment.Patience}
	}
	if o.URL != "" {
		config.URL = stripe.String(o.URL)
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	return &Gateway{api: client.New(a.Secret, &stripe.Backends{API: backend, Connect: backend, Uploads: backend}), account: a}, nil
}

// explain sorts what went wrong: Stripe's refusal, something that it doesn't know, or nobody knows what.
func explain(err error) error {
	var s *stripe.Error
	switch {
	case !errors.As(err, &s):
		return fmt.Errorf("%w: %w", payment.ErrUncertain, err)
	case s.HTTPStatusCode == http.StatusNotFound, s.Code == stripe.ErrorCodeResourceMissing:
		return fmt.Errorf("%w: %s", payment.ErrUnknown, s.Msg)
	// 409 is a call with the same key that isn't through yet.
	case s.HTTPStatusCode >= 500, s.HTTPStatusCode == http.StatusConflict, s.HTTPStatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s", payment.ErrUncertain, s.Msg)
	case s.Type == stripe.ErrorTypeIdempotency:
		return fmt.Errorf("%w: %s", payment.ErrKeyReused, s.Msg)
	}
	return &payment.Refusal{Reason: s.Msg}
}

var (
	_ payment.Gateway      = (*Gateway)(nil)
	_ payment.OrderMaker   = (*Gateway)(nil)
	_ payment.Saver        = (*Gateway)(nil)
	_ payment.RefundFinder = (*Gateway)(nil)
	_ payment.Tracer       = (*Gateway)(nil)
)
