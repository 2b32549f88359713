package stripe

import (
	"cmp"
	"context"
	"errors"
	"strings"

	stripe "github.com/stripe/stripe-go/v76"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Refund gives a part of a charge back. For one so old that Stripe may have forgotten it, an earlier one is looked for first.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	if r.ID.Version() == 7 && payment.Forgotten(r.ID) {
		if state, err := g.LookupRefund(ctx, r); !errors.Is(err, payment.ErrUnknown) {
			return payment.SameRefund(r, state, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	amount, err := toStripe(r.Amount, r.Currency)
	if err != nil {
		return payment.RefundState{}, err
	}
	params := &stripe.RefundParams{Charge: stripe.String(r.Charge), Amount: stripe.Int64(amount)}
	params.Metadata = map[string]string{metadataRefund: r.ID.String(), "reason": r.Reason}
	params.Context = ctx
	params.SetIdempotencyKey("refund " + r.ID.String())
	refund, err := g.api.Refunds.New(params)
	if err != nil {
		return payment.RefundState{}, explain(err)
	}
	return ofRefund(refund), nil
}

// LookupRefund implements payment.RefundFinder.
func (g *Gateway) LookupRefund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.RefundListParams{Charge: stripe.String(r.Charge)}
	params.Limit = stripe.Int64(100)
	params.Context = ctx
	list := g.api.Refunds.List(params)
	for list.Next() {
		if list.Refund().Metadata[metadataRefund] == r.ID.String() {
			return ofRefund(list.Refund()), nil
		}
	}
	if err := list.Err(); err != nil {
		return payment.RefundState{}, explain(err)
	}
	return payment.RefundState{}, payment.ErrUnknown
}

// ofRefund is how a refund stands. One that succeeded can still fail, when the bank sends it back ("Refund.status").
func ofRefund(refund *stripe.Refund) payment.RefundState {
	state := payment.RefundState{Ref: refund.ID, Amount: fromStripe(refund.Amount, strings.ToUpper(string(refund.Currency))), Done: refund.Status == stripe.RefundStatusSucceeded}
	if refund.Status == stripe.RefundStatusFailed || refund.Status == stripe.RefundStatusCanceled {
		state.Failed = cmp.Or(string(refund.FailureReason), string(refund.Status))
	}
	return state
}
