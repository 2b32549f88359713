package razorpay

import (
	"context"
	"errors"

	"github.com/razorpay/razorpay-go/requests"
	"github.com/razorpay/razorpay-go/resources"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// refunded is a refund as Razorpay shows it.
type refunded struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Receipt string `json:"receipt"`
	Amount  int64  `json:"amount"`
}

func (r refunded) state() payment.RefundState {
	state := payment.RefundState{Ref: r.ID, Amount: r.Amount, Done: r.Status == "processed"}
	if r.Status == "failed" {
		state.Failed = "failed"
	}
	return state
}

// Refund gives a part of a payment back. Our id is the idempotency key, which must be of ten characters at least and come with the same
// body ("Create a Normal Refund (Idempotent Request)"), and the receipt, by which the refund is found again. For how long Razorpay
// remembers a key isn't said, so an earlier refund is always looked for first.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	if !known(r.Charge) {
		return payment.RefundState{}, payment.ErrUnknown
	}
	if err := whole(r.Amount, r.Currency); err != nil {
		return payment.RefundState{}, err
	}
	if state, err := g.LookupRefund(ctx, r); !errors.Is(err, payment.ErrUnknown) {
		return payment.SameRefund(r, state, err)
	}
	var made refunded
	err := g.call(ctx, &made, func(request *requests.Request) (map[string]any, error) {
		return (&resources.Payment{Request: request}).Refund(r.Charge, int(r.Amount), map[string]any{
			"receipt": r.ID.String(), "notes": map[string]any{"busbar_refund": r.ID.String(), "reason": r.Reason},
		}, map[string]string{"X-Refund-Idempotency": r.ID.String()})
	})
	if err != nil {
		return payment.RefundState{}, err
	}
	return made.state(), nil
}

// LookupRefund implements payment.RefundFinder.
func (g *Gateway) LookupRefund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	if !known(r.Charge) {
		return payment.RefundState{}, payment.ErrUnknown
	}
	for made, err := range pages(ctx, g, func(made refunded) string { return made.ID }, func(request *requests.Request, by map[string]any) (map[string]any, error) {
		return (&resources.Payment{Request: request}).FetchMultipleRefund(r.Charge, by, nil)
	}) {
		if err != nil {
			return payment.RefundState{}, err
		}
		if made.Receipt == r.ID.String() {
			return made.state(), nil
		}
	}
	return payment.RefundState{}, payment.ErrUnknown
}
