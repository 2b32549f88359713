// Package stripe speaks to Stripe: Checkout Sessions for top-ups, refunds, and webhooks. No card number ever reaches us: drivers pay on
// Stripe's own page.
//
//	Start ─> Checkout Session, with our id as reference, metadata and idempotency key
//	Lookup ─> the session, its PaymentIntent, the newest Charge, and what Stripe kept of it
//	Event ─> signature over the raw body, its age, mode ─> our id
package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// metadataPayment is where our id of a payment is kept at Stripe.
const metadataPayment = "busbar_payment"

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

// The bounds that Stripe sets to how long a page can be paid on.
const (
	shortest = 31 * time.Minute
	longest  = 24*time.Hour - time.Minute
)

// Start opens a Checkout Session.
func (g *Gateway) Start(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	id := map[string]string{metadataPayment: t.ID.String()}
	open := min(max(time.Until(t.Expires), shortest), longest)
	params := &stripe.CheckoutSessionParams{
		Mode:              stripe.String(string(stripe.CheckoutSessionModePayment)),
		ClientReferenceID: stripe.String(t.ID.String()),
		SuccessURL:        stripe.String(t.ReturnURL),
		CancelURL:         stripe.String(t.ReturnURL),
		ExpiresAt:         stripe.Int64(time.Now().Add(open).Unix()),
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: id, Description: stripe.String(t.Description)},
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String(strings.ToLower(t.Currency)), UnitAmount: stripe.Int64(t.Amount),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String(t.Description)},
			},
		}},
	}
	params.Metadata = id
	if t.Email != "" {
		params.CustomerEmail = stripe.String(t.Email)
	}
	params.Context = ctx
	params.SetIdempotencyKey("top-up " + t.ID.String())
	session, err := g.api.CheckoutSessions.New(params)
	if err != nil {
		return payment.Page{}, explain(err)
	}
	return payment.Page{Ref: session.ID, URL: session.URL}, nil
}

// Lookup asks how the payment of a session stands.
func (g *Gateway) Lookup(ctx context.Context, ref string) (payment.State, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.CheckoutSessionParams{}
	params.Context = ctx
	params.AddExpand("payment_intent.latest_charge.balance_transaction")
	session, err := g.api.CheckoutSessions.Get(ref, params)
	if err != nil {
		return payment.State{}, explain(err)
	}
	state := payment.State{Ref: session.ID, Status: payment.Pending, Currency: strings.ToUpper(string(session.Currency)), Live: session.Livemode}
	state.Payment, _ = uuid.Parse(session.Metadata[metadataPayment])
	if session.Status == stripe.CheckoutSessionStatusExpired {
		state.Status = payment.Expired
	}
	intent := session.PaymentIntent
	if intent == nil {
		return state, nil
	}
	if last := intent.LastPaymentError; last != nil && state.Status == payment.Pending {
		state.Status, state.Failure = payment.Failed, last.Msg
	}
	charge := intent.LatestCharge
	if charge == nil || !charge.Paid || !charge.Captured {
		return state, nil
	}
	state.Status, state.Charge, state.Failure = payment.Captured, charge.ID, ""
	state.Captured, state.Refunded = charge.AmountCaptured, charge.AmountRefunded
	if t := charge.BalanceTransaction; t != nil && t.Currency == session.Currency {
		fee := t.Fee
		state.Fee = &fee
	}
	switch {
	case charge.Disputed:
		state.Status = payment.Disputed
	case charge.AmountRefunded > 0:
		state.Status = payment.Refunded
	}
	return state, nil
}

// keyTime is how long Stripe remembers an idempotency key; a little is left for clocks.
const keyTime = 23 * time.Hour

// Find asks for the session of a top-up whose answer was lost. While Stripe remembers the key, the same call gives the same session;
// after that the payment is searched for by our id.
func (g *Gateway) Find(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	if made := time.Unix(t.ID.Time().UnixTime()); time.Since(made) < keyTime && t.Expires.After(time.Now()) {
		return g.Start(ctx, t)
	}
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	search := &stripe.PaymentIntentSearchParams{}
	search.Context = ctx
	search.Query = fmt.Sprintf("metadata[%q]:%q", metadataPayment, t.ID.String())
	intents := g.api.PaymentIntents.Search(search)
	if !intents.Next() {
		if err := intents.Err(); err != nil {
			return payment.Page{}, explain(err)
		}
		return payment.Page{}, payment.ErrUnknown
	}
	list := &stripe.CheckoutSessionListParams{PaymentIntent: stripe.String(intents.PaymentIntent().ID)}
	list.Context = ctx
	sessions := g.api.CheckoutSessions.List(list)
	if !sessions.Next() {
		if err := sessions.Err(); err != nil {
			return payment.Page{}, explain(err)
		}
		return payment.Page{}, payment.ErrUnknown
	}
	return payment.Page{Ref: sessions.CheckoutSession().ID, URL: sessions.CheckoutSession().URL}, nil
}

// Refund gives a part of a charge back.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.RefundParams{Charge: stripe.String(r.Charge), Amount: stripe.Int64(r.Amount)}
	params.Metadata = map[string]string{"busbar_refund": r.ID.String(), "reason": r.Reason}
	params.Context = ctx
	params.SetIdempotencyKey("refund " + r.ID.String())
	refund, err := g.api.Refunds.New(params)
	if err != nil {
		return payment.RefundState{}, explain(err)
	}
	state := payment.RefundState{Ref: refund.ID, Done: refund.Status == stripe.RefundStatusSucceeded}
	if refund.Status == stripe.RefundStatusFailed || refund.Status == stripe.RefundStatusCanceled {
		state.Failed = string(refund.FailureReason)
		if state.Failed == "" {
			state.Failed = string(refund.Status)
		}
	}
	return state, nil
}

// Event reads a webhook. The signature is over the body as it came.
func (g *Gateway) Event(header http.Header, body []byte, now time.Time) (payment.Event, error) {
	// The library looks at its own clock; the age is checked against ours below.
	event, err := webhook.ConstructEventWithOptions(body, header.Get("Stripe-Signature"), g.account.WebhookSecret,
		webhook.ConstructEventOptions{IgnoreTolerance: true, IgnoreAPIVersionMismatch: true})
	if err != nil {
		return payment.Event{}, fmt.Errorf("%w: %w", payment.ErrForged, err)
	}
	if signed := signedAt(header.Get("Stripe-Signature")); now.Sub(signed).Abs() > payment.Window {
		return payment.Event{}, fmt.Errorf("%w: it was signed at %s", payment.ErrForged, signed.UTC().Format(time.RFC3339))
	}
	if event.Livemode != g.account.Live {
		return payment.Event{}, payment.ErrOtherMode
	}
	e := payment.Event{ID: event.ID, Kind: string(event.Type), Live: event.Livemode, At: time.Unix(event.Created, 0)}
	var object struct {
		ID, Object string
		Metadata   map[string]string
	}
	if event.Data != nil && json.Unmarshal(event.Data.Raw, &object) == nil {
		e.Payment, _ = uuid.Parse(object.Metadata[metadataPayment])
		if object.Object == "checkout.session" {
			e.Ref = object.ID
		}
	}
	return e, nil
}

// signedAt is when a signature says that it was made; the signature covers it.
func signedAt(header string) time.Time {
	for part := range strings.SplitSeq(header, ",") {
		if at, ok := strings.CutPrefix(strings.TrimSpace(part), "t="); ok {
			var seconds int64
			if _, err := fmt.Sscan(at, &seconds); err == nil {
				return time.Unix(seconds, 0)
			}
		}
	}
	return time.Time{}
}

// explain sorts what went wrong: Stripe's refusal, something that it doesn't know, or nobody knows what.
func explain(err error) error {
	var s *stripe.Error
	switch {
	case !errors.As(err, &s):
		return fmt.Errorf("%w: %w", payment.ErrUncertain, err)
	case s.HTTPStatusCode == http.StatusNotFound:
		return fmt.Errorf("%w: %s", payment.ErrUnknown, s.Msg)
	case s.HTTPStatusCode >= 500, s.HTTPStatusCode == http.StatusConflict, s.HTTPStatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s", payment.ErrUncertain, s.Msg)
	}
	return &payment.Refusal{Reason: s.Msg}
}

var _ payment.Gateway = (*Gateway)(nil)
