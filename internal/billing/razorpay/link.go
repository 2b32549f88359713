package razorpay

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/razorpay/razorpay-go/requests"
	"github.com/razorpay/razorpay-go/resources"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// notePayment is where our id is kept in notes.
const notePayment = "busbar_payment"

// link is a payment link as Razorpay shows it.
type link struct {
	ID          string `json:"id"`
	ShortURL    string `json:"short_url"`
	ReferenceID string `json:"reference_id"`
	Status      string `json:"status"`
	Amount      int64  `json:"amount"`
	Currency    string `json:"currency"`
	Payments    []struct {
		PaymentID string `json:"payment_id"`
		Status    string `json:"status"`
	} `json:"payments"`
}

// shortest is how long a link can be paid on at least: Razorpay wants 15 minutes.
const shortest = 16 * time.Minute

// Start makes a payment link. Razorpay takes a reference once: a second link of a top-up is refused, and the first is found.
func (g *Gateway) Start(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	if err := whole(t.Amount, t.Currency); err != nil {
		return payment.Page{}, err
	}
	var made link
	err := g.call(ctx, &made, func(r *requests.Request) (map[string]any, error) {
		data := map[string]any{
			"amount": t.Amount, "currency": t.Currency, "reference_id": t.ID.String(), "description": t.Description, "callback_url": t.ReturnURL,
			"callback_method": "get", "expire_by": time.Now().Add(max(time.Until(t.Expires), shortest)).Unix(), "notes": map[string]any{notePayment: t.ID.String()},
			"notify": map[string]any{"sms": false, "email": false}, "reminder_enable": false,
		}
		if t.Email != "" {
			data["customer"] = map[string]any{"email": t.Email}
		}
		return (&resources.PaymentLink{Request: r}).Create(data, nil)
	})
	var refused *payment.Refusal
	if errors.As(err, &refused) && strings.Contains(refused.Reason, "reference_id") {
		return g.Find(ctx, t)
	}
	return payment.Page{Ref: made.ID, URL: made.ShortURL}, err
}

// Find asks for the link of a top-up by our reference.
func (g *Gateway) Find(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	found, err := g.links(ctx, map[string]any{"reference_id": t.ID.String()})
	if err != nil {
		return payment.Page{}, err
	}
	for _, l := range found {
		if l.ReferenceID == t.ID.String() {
			return payment.Page{Ref: l.ID, URL: l.ShortURL}, nil
		}
	}
	return payment.Page{}, payment.ErrUnknown
}

// links are those of a reference, or of a payment.
func (g *Gateway) links(ctx context.Context, by map[string]any) ([]link, error) {
	var found struct {
		Links []link `json:"payment_links"`
	}
	err := g.call(ctx, &found, func(r *requests.Request) (map[string]any, error) {
		return (&resources.PaymentLink{Request: r}).All(by, nil)
	})
	return found.Links, err
}

// Returned checks the signature with which Razorpay sends a driver back from the page of a payment link: whether the parameters are
// Razorpay's. It proves that somebody was there, and not that they paid: that is looked up.
func (g *Gateway) Returned(ref, reference, status, paymentID, signature string) bool {
	return signed([]byte(strings.Join([]string{ref, reference, status, paymentID}, "|")), g.account.Secret, signature)
}
