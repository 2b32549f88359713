package providertest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Event is something that a provider tells of.
type Event struct {
	ID, Kind string
	Body     []byte
	At       time.Time
}

// Sending is how an event is sent; the zero value is as the provider does it.
type Sending struct {
	// Times is how often, all at once; 0 is once.
	Times int
	// Body is sent instead of the event's, with a signature of its own; Unsigned sends none, and Secret signs with another secret.
	Body     []byte
	Unsigned bool
	Secret   string
	// Tampered sends another body than the one that was signed.
	Tampered []byte
	// Age is how long ago it was signed (Stripe) or came about (Razorpay).
	Age time.Duration
	// OtherMode says that it is a test event where it is a live one, and the other way round. Razorpay's events don't say.
	OtherMode bool
	// Merchant is another account that it is of.
	Merchant string
}

// tell records an event, and sends it unless events are held back.
func (a *Account) tell(kind string, what map[string]any) {
	now := a.server.now()
	e := Event{ID: newID("evt_"), Kind: kind, At: now}
	var body any
	if a.Provider == payment.Stripe {
		body = map[string]any{
			"id": e.ID, "object": "event", "api_version": stripeVersion, "created": now.Unix(), "livemode": a.Live, "type": kind, "pending_webhooks": 1,
			"data": map[string]any{"object": what}, "request": map[string]any{"id": nil, "idempotency_key": nil},
		}
	} else {
		payload, contains := map[string]any{}, []string{}
		for name, entity := range what {
			payload[name] = map[string]any{"entity": entity}
			contains = append(contains, name)
		}
		slices.Sort(contains)
		body = map[string]any{"entity": "event", "account_id": a.Merchant, "event": kind, "contains": contains, "payload": payload, "created_at": now.Unix()}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a mistake in this package
	}
	e.Body = text
	a.events = append(a.events, e)
	if a.webhook != "" && !a.held {
		a.deliver(e)
	}
}

// SetWebhook is where events go from now on.
func (a *Account) SetWebhook(url string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.webhook = url
}

// Hold keeps events back: Events has them, and Send sends them in whatever order.
func (a *Account) Hold() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held = true
}

// Release ends Hold. What was held back isn't sent by it.
func (a *Account) Release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held = false
}

// Events are all that came about, in that order.
func (a *Account) Events() []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.events)
}

// tries and pause are how often an event is sent until it is taken, and how long after the first try. The providers take a day for it.
const (
	tries = 8
	pause = 100 * time.Millisecond
)

// deliver sends an event until it is taken.
func (a *Account) deliver(e Event) {
	a.unsent++
	a.server.sending.Go(func() {
		defer a.delivered()
		wait := pause
		for range tries {
			if status, err := a.send(a.server.ctx, e, Sending{}); err == nil && status < 300 {
				return
			}
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-a.server.ctx.Done():
				timer.Stop()
				return
			}
			wait *= 2
		}
	})
}

func (a *Account) delivered() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unsent--; a.unsent == 0 {
		for _, waiter := range a.quiet {
			close(waiter)
		}
		a.quiet = nil
	}
}

// Quiet waits until every event that is sent by itself was taken, or given up.
func (a *Account) Quiet(ctx context.Context) error {
	a.mu.Lock()
	if a.unsent == 0 {
		a.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	a.quiet = append(a.quiet, done)
	a.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the webhooks: %w", ctx.Err())
	}
}

// Send sends an event and says how it was answered, each time.
func (a *Account) Send(ctx context.Context, e Event, how Sending) ([]int, error) {
	answers, failed := make([]int, max(how.Times, 1)), make([]error, max(how.Times, 1))
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i], failed[i] = a.send(ctx, e, how) })
	}
	all.Wait()
	for _, err := range failed {
		if err != nil {
			return answers, err
		}
	}
	return answers, nil
}

func (a *Account) send(ctx context.Context, e Event, how Sending) (int, error) {
	a.mu.Lock()
	url := a.webhook
	a.mu.Unlock()
	header, body := a.Sign(e, how)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("send a webhook: %w", err)
	}
	request.Header = header
	response, err := a.server.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("send a webhook: %w", err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, response.Body.Close()
}

// Sign is an event as it goes over the wire: header and body.
func (a *Account) Sign(e Event, how Sending) (http.Header, []byte) {
	body, at, secret := e.Body, a.server.now().Add(-how.Age), a.WebhookSecret
	if how.Secret != "" {
		secret = how.Secret
	}
	if how.OtherMode || how.Merchant != "" || how.Age != 0 && a.Provider == payment.Razorpay {
		body = a.rewritten(e, how)
	}
	if how.Body != nil {
		body = how.Body
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if a.Provider == payment.Stripe {
		header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
		if !how.Unsigned {
			// "Verify webhook signatures": HMAC-SHA256 of time and body, with the time beside it.
			header.Set("Stripe-Signature", fmt.Sprintf("t=%d,v1=%s", at.Unix(), sign(secret, fmt.Appendf(nil, "%d.%s", at.Unix(), body))))
		}
	} else {
		header.Set("User-Agent", "Razorpay-Webhook/v1")
		header.Set("X-Razorpay-Event-Id", e.ID)
		if !how.Unsigned {
			// "Validate and test webhooks": HMAC-SHA256 of the body.
			header.Set("X-Razorpay-Signature", sign(secret, body))
		}
	}
	if how.Tampered != nil {
		body = how.Tampered
	}
	return header, body
}

// rewritten is an event's body with another mode, account or time.
func (a *Account) rewritten(e Event, how Sending) []byte {
	var body map[string]any
	if err := json.Unmarshal(e.Body, &body); err != nil {
		panic(err) // a mistake in this package
	}
	if a.Provider == payment.Stripe {
		if how.OtherMode {
			body["livemode"] = !a.Live
		}
		if how.Merchant != "" {
			body["account"] = how.Merchant
		}
	} else {
		body["created_at"] = e.At.Add(-how.Age).Unix()
		if how.Merchant != "" {
			body["account_id"] = how.Merchant
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a mistake in this package
	}
	return text
}

func sign(secret string, message []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(message)
	return hex.EncodeToString(mac.Sum(nil))
}
