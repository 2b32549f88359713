// Package razorpay speaks to Razorpay: payment links and orders for top-ups, refunds, disputes, webhooks, and the signatures of its
// checkout. No card number ever reaches us: drivers pay on Razorpay's own page, or in its checkout inside an app.
//
//	Start ─> payment link with our id as reference, which Razorpay takes once
//	MakeOrder ─> order with our id as receipt, looked for before it is made ─> checkout in an app ─> CheckoutSignature
//	Lookup ─> the link or order, its captured payment, what Razorpay kept of it, and its disputes
//	Event ─> signature over the raw body, its age, account ─> our id
//
// What is said here of Razorpay is in its API reference (razorpay.com/docs/api, version 1).
//
// The library keeps the newest client's keys in a package variable, and knows no context. So none of its clients is made here: each
// call has a request of its own, with the account's keys and the caller's context.
package razorpay

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/razorpay/razorpay-go/constants"
	rzperrors "github.com/razorpay/razorpay-go/errors"
	"github.com/razorpay/razorpay-go/requests"

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
	if err != nil {
		return nil, err
	}
	// The library closes no body of an error, and would keep its connection.
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	*b.status = response.StatusCode
	return response, nil
}

// longestAnswer is how much of an answer is read.
const longestAnswer = 4 << 20

// call makes one call and reads its answer.
func (g *Gateway) call(ctx context.Context, into any, do func(r *requests.Request) (map[string]any, error)) error {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	var status int
	answer, err := do(&requests.Request{
		Auth: requests.Auth{Key: g.account.Key, Secret: g.account.Secret}, BaseURL: g.options.URL, Version: "1.3.3", SDKName: "razorpay-go",
		// Its time is the context's: a time-out here would start a goroutine that waits for the body to be closed.
		HTTPClient: &http.Client{Transport: bound{ctx, g.options.HTTPClient.Transport, &status}},
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
	case strings.Contains(reason, "same idempotency key"):
		return fmt.Errorf("%w: %s", payment.ErrKeyReused, reason)
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

// known reports whether something can be an id of Razorpay's. The library puts ids into paths as they are.
func known(id string) bool {
	return id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// whole refuses what Razorpay can't take: of three decimals the last must be 0 (Orders, "amount").
func whole(amount int64, currency string) error {
	switch currency {
	case "KWD", "BHD", "OMR", "JOD", "TND":
		if amount%10 != 0 {
			return &payment.Refusal{Reason: fmt.Sprintf("Razorpay takes %s with two decimals: the third must be 0", currency)}
		}
	}
	return nil
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

var (
	_ payment.Gateway      = (*Gateway)(nil)
	_ payment.OrderMaker   = (*Gateway)(nil)
	_ payment.RefundFinder = (*Gateway)(nil)
	_ payment.Tracer       = (*Gateway)(nil)
)
