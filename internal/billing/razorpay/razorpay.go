// Package razorpay speaks to Razorpay: payment links for top-ups, refunds, webhooks, and the signature of its checkout. No card number
// ever reaches us: drivers pay on Razorpay's own page.
//
//	Start ─> payment link with our id as reference, which Razorpay takes once
//	Lookup ─> the link, its captured payment, and what Razorpay kept of it
//	Event ─> signature over the raw body, its age, mode ─> our id
//
// The library keeps the newest client's keys in a package variable, and knows no context. So none of its clients is made here: each
// call has a request of its own, with the account's keys and the caller's context.
package razorpay

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/razorpay/razorpay-go/constants"
	rzperrors "github.com/razorpay/razorpay-go/errors"
	"github.com/razorpay/razorpay-go/requests"
	"github.com/razorpay/razorpay-go/resources"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Gateway is one account with Razorpay.
type Gateway struct {
	account payment.Account
	options Options
}

// Options tune a gateway; zero values mean Razorpay itself.
type Options struct {
	URL        string
	HTTPClient *http.Client
}

// New makes the gateway of an account. An account without a webhook secret can't be used: nobody could tell its events from forged
// ones.
func New(a payment.Account, o Options) (*Gateway, error) {
	if a.Key == "" || a.Secret == "" || a.WebhookSecret == "" {
		return nil, errors.New("an account with Razorpay needs its key id, its key secret and the secret of its webhook")
	}
	if !a.ModeMatches(a.Key, "rzp_live_", "rzp_test_") {
		return nil, payment.ErrKeyMode
	}
	if o.URL == "" {
		o.URL = constants.BASE_URL
	}
	if o.HTTPClient == nil {
		o.HTTPClient = http.DefaultClient
	}
	return &Gateway{account: a, options: o}, nil
}

// bound gives a call the context that the library doesn't pass on, and keeps the status that it hides.
type bound struct {
	ctx    context.Context
	base   http.RoundTripper
	status *int
}

// RoundTrip implements http.RoundTripper.
func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	base := b.base
	if base == nil {
		base = http.DefaultTransport
	}
	response, err := base.RoundTrip(r.WithContext(b.ctx))
	if err == nil {
		*b.status = response.StatusCode
	}
	return response, err
}

// call makes one call and reads its answer.
func (g *Gateway) call(ctx context.Context, into any, do func(r *requests.Request) (map[string]any, error)) error {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	var status int
	answer, err := do(&requests.Request{
		Auth: requests.Auth{Key: g.account.Key, Secret: g.account.Secret}, BaseURL: g.options.URL, Version: "1.3.3", SDKName: "razorpay-go",
		HTTPClient: &http.Client{Transport: bound{ctx, g.options.HTTPClient.Transport, &status}, Timeout: payment.Patience},
	})
	if err := explain(status, answer, err); err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w: %w", payment.ErrUncertain, err)
	}
	return nil
}

// explain sorts what went wrong. The library gives one kind of error for most, and none at all for some.
func explain(status int, answer map[string]any, err error) error {
	reason := "no reason was given"
	var refused *rzperrors.BadRequestError
	if errors.As(err, &refused) && refused.Message != "" {
		reason = refused.Message
	}
	switch {
	case status == http.StatusNotFound, status == http.StatusBadRequest && strings.Contains(reason, "does not exist"):
		return fmt.Errorf("%w: %s", payment.ErrUnknown, reason)
	case status == 0 || status >= 500 || status == http.StatusTooManyRequests || status == http.StatusConflict:
		return fmt.Errorf("%w: %w", payment.ErrUncertain, cmp.Or(err, errors.New(reason)))
	case status >= 400:
		return &payment.Refusal{Reason: reason}
	case err != nil:
		return fmt.Errorf("%w: %w", payment.ErrUncertain, err)
	case len(answer) == 0:
		return fmt.Errorf("%w: the answer was empty", payment.ErrUncertain)
	}
	return nil
}

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

// shortest is how long a link can be paid on at least.
const shortest = 16 * time.Minute

// Start makes a payment link. Razorpay takes a reference once: a second link of a top-up is refused, and the first is found.
func (g *Gateway) Start(ctx context.Context, t payment.TopUp) (payment.Page, error) {
	var made link
	err := g.call(ctx, &made, func(r *requests.Request) (map[string]any, error) {
		data := map[string]any{
			"amount": t.Amount, "currency": t.Currency, "reference_id": t.ID.String(), "description": t.Description, "callback_url": t.ReturnURL,
			"callback_method": "get", "expire_by": time.Now().Add(max(time.Until(t.Expires), shortest)).Unix(), "notes": map[string]any{"busbar_payment": t.ID.String()},
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
	var found struct {
		Links []link `json:"payment_links"`
	}
	err := g.call(ctx, &found, func(r *requests.Request) (map[string]any, error) {
		return (&resources.PaymentLink{Request: r}).All(map[string]any{"reference_id": t.ID.String()}, nil)
	})
	if err != nil {
		return payment.Page{}, err
	}
	for _, l := range found.Links {
		if l.ReferenceID == t.ID.String() {
			return payment.Page{Ref: l.ID, URL: l.ShortURL}, nil
		}
	}
	return payment.Page{}, payment.ErrUnknown
}

// Lookup asks how a link stands, and the payment that was made on it.
func (g *Gateway) Lookup(ctx context.Context, ref string) (payment.State, error) {
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
		if err := g.look(ctx, p.PaymentID, &state); err != nil {
			return payment.State{}, err
		}
	}
	return state, nil
}

// look adds what a payment on a link says. Of several, failed tries and one that succeeded, the one that came furthest counts.
func (g *Gateway) look(ctx context.Context, id string, state *payment.State) error {
	var p struct {
		ID               string `json:"id"`
		Status           string `json:"status"`
		Captured         bool   `json:"captured"`
		Amount           int64  `json:"amount"`
		AmountRefunded   int64  `json:"amount_refunded"`
		Fee              *int64 `json:"fee"`
		ErrorDescription string `json:"error_description"`
	}
	err := g.call(ctx, &p, func(r *requests.Request) (map[string]any, error) {
		return (&resources.Payment{Request: r}).Fetch(id, nil, nil)
	})
	if err != nil {
		return err
	}
	said := payment.State{Payment: state.Payment, Ref: state.Ref, Currency: state.Currency, Live: state.Live, Status: payment.Pending}
	switch {
	case p.Captured || p.Status == "captured" || p.Status == "refunded":
		said.Status, said.Charge, said.Captured, said.Refunded, said.Fee = payment.Captured, p.ID, p.Amount, p.AmountRefunded, p.Fee
		if p.AmountRefunded > 0 {
			said.Status = payment.Refunded
		}
	case p.Status == "failed":
		said.Status, said.Failure = payment.Failed, p.ErrorDescription
	}
	*state = state.Advance(said)
	return nil
}

// Refund gives a part of a payment back. Our id is the receipt, by which Razorpay knows a refund again.
func (g *Gateway) Refund(ctx context.Context, r payment.Refund) (payment.RefundState, error) {
	var made struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	err := g.call(ctx, &made, func(request *requests.Request) (map[string]any, error) {
		return (&resources.Payment{Request: request}).Refund(r.Charge, int(r.Amount), map[string]any{
			"receipt": r.ID.String(), "notes": map[string]any{"busbar_refund": r.ID.String(), "reason": r.Reason},
		}, map[string]string{"X-Refund-Idempotency": r.ID.String()})
	})
	if err != nil {
		return payment.RefundState{}, err
	}
	state := payment.RefundState{Ref: made.ID, Done: made.Status == "processed"}
	if made.Status == "failed" {
		state.Failed = "failed"
	}
	return state, nil
}

// Event reads a webhook. The signature is over the body as it came; how old it is stands in the body.
func (g *Gateway) Event(header http.Header, body []byte, now time.Time) (payment.Event, error) {
	if !signed(body, g.account.WebhookSecret, header.Get("X-Razorpay-Signature")) {
		return payment.Event{}, payment.ErrForged
	}
	var e struct {
		Event     string `json:"event"`
		AccountID string `json:"account_id"`
		CreatedAt int64  `json:"created_at"`
		Payload   struct {
			PaymentLink struct{ Entity link } `json:"payment_link"`
			Payment     struct {
				Entity struct {
					Notes json.RawMessage `json:"notes"`
				}
			} `json:"payment"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return payment.Event{}, fmt.Errorf("%w: %w", payment.ErrForged, err)
	}
	at := time.Unix(e.CreatedAt, 0)
	// Razorpay sends again for a day with the same time in the body; what is older is a replay.
	if age := now.Sub(at); age > 25*time.Hour || age < -payment.Window {
		return payment.Event{}, fmt.Errorf("%w: it is of %s", payment.ErrForged, at.UTC().Format(time.RFC3339))
	}
	event := payment.Event{ID: header.Get("X-Razorpay-Event-Id"), Kind: e.Event, Ref: e.Payload.PaymentLink.Entity.ID, Live: g.account.Live, At: at}
	if event.ID == "" {
		sum := sha256.Sum256(body)
		event.ID = "sha256:" + hex.EncodeToString(sum[:])
	}
	var notes struct {
		Payment string `json:"busbar_payment"`
	}
	_ = json.Unmarshal(e.Payload.Payment.Entity.Notes, &notes) // without notes it is an empty list
	for _, text := range []string{e.Payload.PaymentLink.Entity.ReferenceID, notes.Payment} {
		if id, err := uuid.Parse(text); err == nil {
			event.Payment = id
		}
	}
	return event, nil
}

// Returned checks the signature with which Razorpay sends a driver back from the page of a payment link: whether the parameters are
// Razorpay's. It proves that somebody was there, and not that they paid: that is looked up.
func (g *Gateway) Returned(ref, reference, status, paymentID, signature string) bool {
	return signed([]byte(strings.Join([]string{ref, reference, status, paymentID}, "|")), g.account.Secret, signature)
}

func signed(message []byte, secret, signature string) bool {
	given, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(message)
	return hmac.Equal(given, mac.Sum(nil))
}

var _ payment.Gateway = (*Gateway)(nil)
