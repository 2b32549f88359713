package razorpay

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/razorpay/razorpay-go/requests"
	"github.com/razorpay/razorpay-go/resources"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// notes are what we noted on something; without any, Razorpay shows an empty list instead of an object.
type notes struct {
	Payment string `json:"busbar_payment"`
	Refund  string `json:"busbar_refund"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *notes) UnmarshalJSON(text []byte) error {
	type plain notes
	if len(text) > 0 && text[0] == '{' {
		_ = json.Unmarshal(text, (*plain)(n)) // notes of others may hold anything
	}
	return nil
}

// event is a webhook as Razorpay sends it: snapshots of all that it is about.
type event struct {
	Event     string `json:"event"`
	AccountID string `json:"account_id"`
	CreatedAt int64  `json:"created_at"`
	Payload   struct {
		PaymentLink struct{ Entity link } `json:"payment_link"`
		Order       struct {
			Entity struct {
				ID      string `json:"id"`
				Receipt string `json:"receipt"`
			}
		} `json:"order"`
		Payment struct {
			Entity struct {
				ID      string `json:"id"`
				OrderID string `json:"order_id"`
				Notes   notes  `json:"notes"`
			}
		} `json:"payment"`
		Refund struct {
			Entity struct {
				PaymentID string `json:"payment_id"`
				Receipt   string `json:"receipt"`
				Notes     notes  `json:"notes"`
			}
		} `json:"refund"`
		Dispute struct {
			Entity struct {
				PaymentID string `json:"payment_id"`
			}
		} `json:"dispute"`
	} `json:"payload"`
}

// Event reads a webhook. The signature is over the body as it came; how old it is stands in the body. Test and live mode have webhooks
// and secrets of their own ("Set up webhooks"), and nothing in the body tells them apart.
func (g *Gateway) Event(header http.Header, body []byte, now time.Time) (payment.Event, error) {
	if !signed(body, g.account.WebhookSecret, header.Get("X-Razorpay-Signature")) {
		return payment.Event{}, payment.ErrForged
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return payment.Event{}, fmt.Errorf("%w: %w", payment.ErrForged, err)
	}
	at := time.Unix(e.CreatedAt, 0)
	// Razorpay sends again for a day with the same time in the body; what is older is a replay.
	if age := now.Sub(at); age > 25*time.Hour || age < -payment.Window {
		return payment.Event{}, fmt.Errorf("%w: it is of %s", payment.ErrForged, at.UTC().Format(time.RFC3339))
	}
	if g.account.Merchant != "" && e.AccountID != g.account.Merchant {
		return payment.Event{}, payment.ErrOtherAccount
	}
	p := e.Payload
	said := payment.Event{
		ID: header.Get("X-Razorpay-Event-Id"), Kind: e.Event, Live: g.account.Live, At: at,
		Ref:    cmp.Or(p.PaymentLink.Entity.ID, p.Order.Entity.ID, p.Payment.Entity.OrderID),
		Charge: cmp.Or(p.Payment.Entity.ID, p.Refund.Entity.PaymentID, p.Dispute.Entity.PaymentID),
	}
	if said.ID == "" {
		sum := sha256.Sum256(body)
		said.ID = "sha256:" + hex.EncodeToString(sum[:])
	}
	said.Payment = first(p.PaymentLink.Entity.ReferenceID, p.Order.Entity.Receipt, p.Payment.Entity.Notes.Payment)
	said.Refund = first(p.Refund.Entity.Receipt, p.Refund.Entity.Notes.Refund)
	return said, nil
}

// first is the first of several texts that is an id of ours.
func first(texts ...string) uuid.UUID {
	for _, text := range texts {
		if id, err := uuid.Parse(text); err == nil {
			return id
		}
	}
	return uuid.Nil
}

// Trace asks whose payment a charge is: by the order that it was made for, or else by its link.
func (g *Gateway) Trace(ctx context.Context, e payment.Event) (payment.Event, error) {
	if e.Payment != uuid.Nil {
		return e, nil
	}
	p, err := g.fetch(ctx, e.Charge)
	if err != nil {
		return e, err
	}
	if known(p.OrderID) {
		var o order
		err := g.call(ctx, &o, func(r *requests.Request) (map[string]any, error) {
			return (&resources.Order{Request: r}).Fetch(p.OrderID, nil, nil)
		})
		if err != nil {
			return e, err
		}
		if e.Payment = first(o.Receipt); e.Payment != uuid.Nil {
			return e, nil
		}
	}
	links, err := g.links(ctx, map[string]any{"payment_id": e.Charge})
	if err != nil {
		return e, err
	}
	for _, l := range links {
		if e.Payment = first(l.ReferenceID); e.Payment != uuid.Nil {
			return e, nil
		}
	}
	return e, payment.ErrUnknown
}
