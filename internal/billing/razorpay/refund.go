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
}

func (r refunded) state() payment.RefundState {
	state := payment.RefundState{Ref: r.ID, Done: r.Status == "processed"}
	if r.Status == "failed" {
		state.Failed = "failed"
	}
	return state
}

// Refund gives a part of a payment back. Our id is the idempotency key, which must be of ten characters at least and come with the same
// body ("Create a Normal Refund (Idempotent Request)"), and the receipt, by which the refund is found again. For
// one so old that Razorpay may have forgotten the key, an earlier one is looked for first.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	if !known(r.Charge) {
		return payment.RefundState{}, payment.ErrUnknown
	}
	if err := whole(r.Amount, r.Currency); err != nil {
		return payment.RefundState{}, err
	}
	if r.ID.Version() == 7 && payment.Forgotten(r.ID) {
		if state, err := g.LookupRefund(ctx, r); !errors.Is(err, payment.ErrUnknown) {
			return state, err
		}
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
	for skip := 0; ; skip += page {
		var listed struct {
			Items []refunded `json:"items"`
		}
		err := g.call(ctx, &listed, func(request *requests.Request) (map[string]any, error) {
			return (&resources.Payment{Request: request}).FetchMultipleRefund(r.Charge, map[string]any{"count": page, "skip": skip}, nil)
		})
		if err != nil {
			return payment.RefundState{}, err
		}
		for _, made := range listed.Items {
			if made.Receipt == r.ID.String() {
				return made.state(), nil
			}
		}
		if len(listed.Items) < page {
			return payment.RefundState{}, payment.ErrUnknown
		}
	}
}
