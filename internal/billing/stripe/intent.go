package stripe

import (
	"context"
	"errors"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// metadataCheckout marks the PaymentIntents that an app pays: a bank that wants their payer gets them.
const metadataCheckout = "busbar_checkout"

// MakeOrder makes a PaymentIntent, which Stripe's elements inside an app pay with its client secret. For a top-up so old that Stripe may
// have forgotten it, an earlier one is looked for first.
func (g *Gateway) MakeOrder(ctx context.Context, t payment.TopUp) (payment.Order, error) {
	if t.ID.Version() == 7 && payment.Forgotten(t.ID) {
		if found, err := g.FindOrder(ctx, t); !errors.Is(err, payment.ErrUnknown) {
			return found, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	amount, err := toStripe(t.Amount, t.Currency)
	if err != nil {
		return payment.Order{}, err
	}
	params := &stripe.PaymentIntentParams{
		Amount: stripe.Int64(amount), Currency: stripe.String(strings.ToLower(t.Currency)), Description: stripe.String(t.Description),
		AutomaticPaymentMethods: &stripe.PaymentIntentAutomaticPaymentMethodsParams{Enabled: stripe.Bool(true)},
	}
	params.Metadata = map[string]string{metadataPayment: t.ID.String(), metadataCheckout: "app"}
	params.Context = ctx
	params.SetIdempotencyKey("checkout " + t.ID.String())
	intent, err := g.api.PaymentIntents.New(params)
	if err != nil {
		return payment.Order{}, explain(err)
	}
	return g.ofOrder(intent), nil
}

// FindOrder looks through the PaymentIntents of the moment at which a top-up was made. It is asked for at once, and so made then or never.
func (g *Gateway) FindOrder(ctx context.Context, t payment.TopUp) (payment.Order, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.PaymentIntentListParams{}
	params.Limit = stripe.Int64(100)
	params.Context = ctx
	if t.ID.Version() == 7 {
		made := payment.Made(t.ID)
		params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: made.Add(-early).Unix(), LesserThanOrEqual: made.Add(early).Unix()}
	}
	list := g.api.PaymentIntents.List(params)
	for list.Next() {
		if i := list.PaymentIntent(); i.Metadata[metadataPayment] == t.ID.String() && i.Metadata[metadataCheckout] != "" {
			return g.ofOrder(i), nil
		}
	}
	if err := list.Err(); err != nil {
		return payment.Order{}, explain(err)
	}
	return payment.Order{}, payment.ErrUnknown
}

func (g *Gateway) ofOrder(i *stripe.PaymentIntent) payment.Order {
	key := g.account.Key
	if !strings.HasPrefix(key, "pk_") || !g.account.ModeMatches(key, "pk_live_", "pk_test_") {
		key = "" // whatever else was written down as the account's key isn't an app's to see
	}
	return payment.Order{Ref: i.ID, Key: key, ClientSecret: i.ClientSecret, Amount: i.Amount, Currency: strings.ToUpper(string(i.Currency))}
}

// CheckoutSignature reports whether an app names the PaymentIntent that it was given. Stripe signs nothing for apps: that it is paid is
// known by asking alone.
func (g *Gateway) CheckoutSignature(orderID, paymentID, _ string) bool {
	return orderID != "" && orderID == paymentID
}
