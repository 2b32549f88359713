package stripe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// The bounds of how long a page can be paid on, from when our id was made. Stripe wants expires_at between 30 minutes and 24 hours
// after the session is made; half an hour is left for a call that is made late.
const (
	shortest = time.Hour
	longest  = 24*time.Hour - time.Minute
)

// until is when a page expires. It depends on the top-up alone: a call with the same key must say the same.
func until(t payment.TopUp) time.Time {
	from := time.Now()
	if t.ID.Version() == 7 {
		from = payment.Made(t.ID)
	}
	return from.Add(min(max(t.Expires.Sub(from), shortest), longest))
}

// Start opens a Checkout Session. For a top-up so old that Stripe may have forgotten it, an earlier one is looked for first.
func (g *Gateway) Start(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	if t.ID.Version() == 7 && payment.Forgotten(t.ID) {
		if page, err := g.search(ctx, t); !errors.Is(err, payment.ErrUnknown) {
			return page, err
		}
	}
	return g.open(ctx, t)
}

func (g *Gateway) open(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	amount, err := toStripe(t.Amount, t.Currency)
	if err != nil {
		return payment.Page{}, err
	}
	id := map[string]string{metadataPayment: t.ID.String()}
	params := &stripe.CheckoutSessionParams{
		Mode:              stripe.String(string(stripe.CheckoutSessionModePayment)),
		ClientReferenceID: stripe.String(t.ID.String()),
		SuccessURL:        stripe.String(t.ReturnURL),
		CancelURL:         stripe.String(t.ReturnURL),
		ExpiresAt:         stripe.Int64(until(t).Unix()),
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: id, Description: stripe.String(t.Description)},
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String(strings.ToLower(t.Currency)), UnitAmount: stripe.Int64(amount),
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

// Find asks for the session of a top-up whose answer was lost. While Stripe remembers the key, the same call gives the same session.
// Otherwise, and where Stripe remembers nothing but a failure, the session is looked for by our id.
func (g *Gateway) Find(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	if payment.Forgotten(t.ID) {
		return g.search(ctx, t)
	}
	if !t.Expires.After(time.Now()) {
		return g.list(ctx, t)
	}
	page, err := g.open(ctx, t)
	if err == nil {
		return page, nil
	}
	found, listErr := g.list(ctx, t)
	var refused *payment.Refusal
	switch {
	case listErr == nil:
		return found, nil
	case errors.Is(listErr, payment.ErrUnknown) && errors.As(err, &refused): // too late to make it now, and it wasn't made then
		return payment.Page{}, fmt.Errorf("%w: %s", payment.ErrUnknown, refused.Reason)
	}
	return page, err
}

// search looks for the payment of a top-up by our id. Only sessions that somebody tried to pay have one, and no other matters by then.
// The index is a minute behind at most, and accounts in India have none ("Search").
func (g *Gateway) search(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	bounded, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.PaymentIntentSearchParams{}
	params.Context = bounded
	params.Query = fmt.Sprintf("metadata[%q]:%q", metadataPayment, t.ID.String())
	intents := g.api.PaymentIntents.Search(params)
	if !intents.Next() {
		var refused *payment.Refusal
		switch err := explain(intents.Err()); {
		case intents.Err() == nil:
			return payment.Page{}, payment.ErrUnknown
		case errors.As(err, &refused):
			return g.list(ctx, t)
		default:
			return payment.Page{}, err
		}
	}
	list := &stripe.CheckoutSessionListParams{PaymentIntent: stripe.String(intents.PaymentIntent().ID)}
	list.Context = bounded
	sessions := g.api.CheckoutSessions.List(list)
	if !sessions.Next() {
		if err := sessions.Err(); err != nil {
			return payment.Page{}, explain(err)
		}
		return payment.Page{}, payment.ErrUnknown
	}
	return payment.Page{Ref: sessions.CheckoutSession().ID, URL: sessions.CheckoutSession().URL}, nil
}

// early is how much the clocks of Stripe and of whoever made an id may differ.
const early = 10 * time.Minute

// list looks through the sessions of the day on which a top-up was made.
func (g *Gateway) list(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.CheckoutSessionListParams{}
	params.Limit = stripe.Int64(100)
	params.Context = ctx
	if t.ID.Version() == 7 {
		from := payment.Made(t.ID)
		params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: from.Add(-early).Unix(), LesserThanOrEqual: from.Add(24*time.Hour + early).Unix()}
	}
	sessions := g.api.CheckoutSessions.List(params)
	for sessions.Next() {
		if s := sessions.CheckoutSession(); s.ClientReferenceID == t.ID.String() {
			return payment.Page{Ref: s.ID, URL: s.URL}, nil
		}
	}
	if err := sessions.Err(); err != nil {
		return payment.Page{}, explain(err)
	}
	return payment.Page{}, payment.ErrUnknown
}
