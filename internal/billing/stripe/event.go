package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	stripe "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

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
	// Only events of connected accounts carry an account ("Event.account").
	if event.Account != "" && event.Account != g.account.Merchant {
		return payment.Event{}, payment.ErrOtherAccount
	}
	if event.Livemode != g.account.Live {
		return payment.Event{}, payment.ErrOtherMode
	}
	e := payment.Event{ID: event.ID, Kind: string(event.Type), Live: event.Livemode, At: time.Unix(event.Created, 0)}
	if event.Data != nil {
		about(&e, event.Data.Raw)
	}
	return e, nil
}

// about reads what an event is about. Of a dispute, only the charge is known.
func about(e *payment.Event, raw json.RawMessage) {
	var object struct {
		ID           string            `json:"id"`
		Object       string            `json:"object"`
		Metadata     map[string]string `json:"metadata"`
		Charge       stripe.Charge     `json:"charge"` // an id, or all of it
		LatestCharge stripe.Charge     `json:"latest_charge"`
		Mode         string            `json:"mode"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return // an object of another kind than ours
	}
	e.Payment, _ = uuid.Parse(object.Metadata[metadataPayment])
	e.Refund, _ = uuid.Parse(object.Metadata[metadataRefund])
	e.Setup, _ = uuid.Parse(object.Metadata[metadataSetup])
	switch object.Object {
	case "checkout.session":
		e.Ref = object.ID
	case "payment_intent":
		e.Charge = object.LatestCharge.ID
	case "charge":
		e.Charge = object.ID
	case "refund", "dispute":
		e.Charge = object.Charge.ID
	}
}

// Trace asks whose payment a charge is.
func (g *Gateway) Trace(ctx context.Context, e payment.Event) (payment.Event, error) {
	if e.Payment != uuid.Nil {
		return e, nil
	}
	if e.Charge == "" {
		return e, payment.ErrUnknown
	}
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.ChargeParams{}
	params.Context = ctx
	params.AddExpand("payment_intent")
	charge, err := g.api.Charges.Get(e.Charge, params)
	if err != nil {
		return e, explain(err)
	}
	id, err := uuid.Parse(charge.Metadata[metadataPayment])
	if err != nil && charge.PaymentIntent != nil {
		id, err = uuid.Parse(charge.PaymentIntent.Metadata[metadataPayment])
	}
	if err != nil {
		return e, payment.ErrUnknown
	}
	e.Payment = id
	return e, nil
}

// signedAt is when a signature says that it was made. It counts only if it is said once: of several, the library verifies the last, so
// that a fresh time could be put before an old one.
func signedAt(header string) time.Time {
	var at time.Time
	for part := range strings.SplitSeq(header, ",") {
		text, ok := strings.CutPrefix(part, "t=")
		if !ok {
			continue
		}
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !at.IsZero() {
			return time.Time{}
		}
		at = time.Unix(seconds, 0)
	}
	return at
}
