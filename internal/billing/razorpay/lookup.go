package razorpay

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/google/uuid"
	"github.com/razorpay/razorpay-go/requests"
	"github.com/razorpay/razorpay-go/resources"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// page is how many things Razorpay lists at once, at most.
const page = 100

// paid is a payment as Razorpay shows it.
type paid struct {
	ID               string `json:"id"`
	Status           string `json:"status"`
	Captured         bool   `json:"captured"`
	Amount           int64  `json:"amount"`
	AmountRefunded   int64  `json:"amount_refunded"`
	Currency         string `json:"currency"`
	Fee              *int64 `json:"fee"` // in the payment's currency, with its tax
	OrderID          string `json:"order_id"`
	ErrorCode        string `json:"error_code"`
	ErrorReason      string `json:"error_reason"`
	ErrorDescription string `json:"error_description"`
	CreatedAt        int64  `json:"created_at"`
}

// Lookup asks how a link or an order stands, and the payments that were made on it.
func (g *Gateway) Lookup(ctx context.Context, ref string) (payment.State, error) {
	if !known(ref) {
		return payment.State{}, payment.ErrUnknown
	}
	if strings.HasPrefix(ref, "order_") {
		return g.lookupOrder(ctx, ref)
	}
	var l link
	err := g.call(ctx, &l, func(r *requests.Request) (map[string]any, error) {
		return (&resources.PaymentLink{Request: r}).Fetch(ref, nil, nil)
	})
	if err != nil {
		return payment.State{}, err
	}
	state := payment.State{Ref: l.ID, Status: payment.Pending, Currency: l.Currency, Live: g.account.Live}
	state.Payment, _ = uuid.Parse(l.ReferenceID)
	if l.Status == "expired" || l.Status == "cancelled" {
		state.Status = payment.Expired
	}
	for _, p := range l.Payments {
		made, err := g.fetch(ctx, p.PaymentID)
		if err != nil {
			return payment.State{}, err
		}
		if state, err = g.paid(ctx, state, made); err != nil {
			return payment.State{}, err
		}
	}
	return state, nil
}

// lookupOrder asks how an order stands. Orders don't expire.
func (g *Gateway) lookupOrder(ctx context.Context, ref string) (payment.State, error) {
	var o order
	err := g.call(ctx, &o, func(r *requests.Request) (map[string]any, error) {
		return (&resources.Order{Request: r}).Fetch(ref, nil, nil)
	})
	if err != nil {
		return payment.State{}, err
	}
	state := payment.State{Ref: o.ID, Status: payment.Pending, Currency: o.Currency, Live: g.account.Live}
	state.Payment, _ = uuid.Parse(o.Receipt)
	var made struct {
		Items []paid `json:"items"`
	}
	err = g.call(ctx, &made, func(r *requests.Request) (map[string]any, error) {
		return (&resources.Order{Request: r}).Payments(ref, nil, nil)
	})
	if err != nil {
		return payment.State{}, err
	}
	for _, p := range made.Items {
		if state, err = g.paid(ctx, state, p); err != nil {
			return payment.State{}, err
		}
	}
	return state, nil
}

func (g *Gateway) fetch(ctx context.Context, id string) (paid, error) {
	if !known(id) {
		return paid{}, payment.ErrUnknown
	}
	var p paid
	err := g.call(ctx, &p, func(r *requests.Request) (map[string]any, error) {
		return (&resources.Payment{Request: r}).Fetch(id, nil, nil)
	})
	return p, err
}

// paid adds what a payment says. Of several, failed tries and one that succeeded, the one that came furthest counts.
func (g *Gateway) paid(ctx context.Context, state payment.State, p paid) (payment.State, error) {
	said := payment.State{Payment: state.Payment, Ref: state.Ref, Currency: cmp.Or(p.Currency, state.Currency), Live: state.Live, Status: payment.Pending}
	switch {
	case p.Captured || p.Status == "captured" || p.Status == "refunded":
		said.Status, said.Charge, said.Captured, said.Refunded, said.Fee = payment.Captured, p.ID, p.Amount, p.AmountRefunded, p.Fee
		if p.AmountRefunded > 0 {
			said.Status = payment.Refunded
		}
		disputes, err := g.disputes(ctx, p)
		if err != nil {
			return payment.State{}, err
		}
		if said.Disputes = disputes; len(disputes) > 0 {
			said.Status = payment.Disputed
		}
	case p.Status == "failed":
		said.Status, said.Failure, said.FailureCode = payment.Failed, p.ErrorDescription, cmp.Or(p.ErrorReason, p.ErrorCode)
		said.Currency = state.Currency
	}
	return state.Advance(said), nil
}

// dispute is a dispute as Razorpay shows it.
type dispute struct {
	ID             string `json:"id"`
	PaymentID      string `json:"payment_id"`
	Amount         int64  `json:"amount"`
	AmountDeducted int64  `json:"amount_deducted"`
	ReasonCode     string `json:"reason_code"`
	Status         string `json:"status"`
	Phase          string `json:"phase"`
}

func (d dispute) state() payment.Dispute {
	said := payment.Dispute{Ref: d.ID, Amount: d.Amount, Taken: d.AmountDeducted, Reason: d.ReasonCode, Outcome: payment.Open}
	switch {
	case d.Status == "won" || d.Status == "closed" && d.AmountDeducted == 0:
		said.Outcome, said.Taken = payment.Won, 0
	case d.Status == "lost" || d.Status == "closed":
		said.Outcome = payment.Lost
	case d.Phase == "retrieval" && d.AmountDeducted == 0:
		said.Outcome = payment.Asked
	}
	return said
}

// disputes are those of a payment. Razorpay lists all of an account since a moment, and neither by payment nor with the payment.
func (g *Gateway) disputes(ctx context.Context, p paid) ([]payment.Dispute, error) {
	var all payment.State
	for d, err := range pages(ctx, g, func(d dispute) string { return d.ID }, func(r *requests.Request, by map[string]any) (map[string]any, error) {
		if p.CreatedAt > 0 {
			by["from"] = p.CreatedAt
		}
		return (&resources.Dispute{Request: r}).All(by, nil)
	}) {
		if err != nil {
			return nil, err
		}
		if d.PaymentID == p.ID {
			all = all.Advance(payment.State{Disputes: []payment.Dispute{d.state()}})
		}
	}
	return all.Disputes, nil
}

// pages are all things of a list, page by page.
func pages[T any](ctx context.Context, g *Gateway, id func(T) string, list func(*requests.Request, map[string]any) (map[string]any, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last, none T
		for skip := 0; ; skip += page {
			var listed struct {
				Items []T `json:"items"`
			}
			err := g.call(ctx, &listed, func(r *requests.Request) (map[string]any, error) {
				return list(r, map[string]any{"count": page, "skip": skip})
			})
			if err == nil && skip > 0 && len(listed.Items) > 0 && id(listed.Items[len(listed.Items)-1]) == id(last) {
				err = fmt.Errorf("%w: it listed the same twice", payment.ErrUncertain)
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range listed.Items {
				if !yield(item, nil) {
					return
				}
				last = item
			}
			if len(listed.Items) < page {
				return
			}
		}
	}
}
