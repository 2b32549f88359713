package razorpay

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/razorpay/razorpay-go/requests"
	"github.com/razorpay/razorpay-go/resources"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// order is an order as Razorpay shows it.
type order struct {
	ID        string `json:"id"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Receipt   string `json:"receipt"`
	Status    string `json:"status"`
	CreatedAt int64  `json:"created_at"`
}

// MakeOrder makes an order with our id as receipt. Razorpay takes a receipt as often as it is given, so what there is already is
// looked for before.
func (g *Gateway) MakeOrder(ctx context.Context, t payment.TopUp) (payment.Order, error) {
	if err := whole(t.Amount, t.Currency); err != nil {
		return payment.Order{}, err
	}
	if found, err := g.FindOrder(ctx, t); !errors.Is(err, payment.ErrUnknown) {
		return found, err
	}
	var made order
	err := g.call(ctx, &made, func(r *requests.Request) (map[string]any, error) {
		return (&resources.Order{Request: r}).Create(map[string]any{
			"amount": t.Amount, "currency": t.Currency, "receipt": t.ID.String(), "partial_payment": false, "payment_capture": true,
			"notes": map[string]any{notePayment: t.ID.String()},
		}, nil)
	})
	if err != nil {
		return payment.Order{}, err
	}
	return g.ofOrder(made), nil
}

// FindOrder looks for the order of a top-up: the oldest, where there are several.
func (g *Gateway) FindOrder(ctx context.Context, t payment.TopUp) (payment.Order, error) {
	var found struct {
		Items []order `json:"items"`
	}
	err := g.call(ctx, &found, func(r *requests.Request) (map[string]any, error) {
		return (&resources.Order{Request: r}).All(map[string]any{"receipt": t.ID.String(), "count": page}, nil)
	})
	if err != nil {
		return payment.Order{}, err
	}
	mine := slices.DeleteFunc(found.Items, func(o order) bool { return o.Receipt != t.ID.String() })
	if len(mine) == 0 {
		return payment.Order{}, payment.ErrUnknown
	}
	return g.ofOrder(slices.MinFunc(mine, func(a, b order) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})), nil
}

func (g *Gateway) ofOrder(o order) payment.Order {
	return payment.Order{Ref: o.ID, Key: g.account.Key, Amount: o.Amount, Currency: o.Currency}
}

// CheckoutSignature checks razorpay_signature, which the checkout gives to the app: HMAC-SHA256 of order and payment with the key's
// secret (Standard Checkout, "Verify payment signature").
func (g *Gateway) CheckoutSignature(orderID, paymentID, signature string) bool {
	return orderID != "" && paymentID != "" && signed([]byte(orderID+"|"+paymentID), g.account.Secret, signature)
}
