package providertest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/billing/razorpay"
	"github.com/busbar-ev/busbar/internal/billing/stripe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a gateway and the account of the stand-in that it speaks to.
type rig struct {
	t        *testing.T
	server   *providertest.Server
	account  *providertest.Account
	gateway  payment.Gateway
	currency string
	client   *http.Client
	behind   *atomic.Int64 // how far the provider's clock is behind
}

// gatewayOf makes the gateway of an account.
func gatewayOf(t *testing.T, s *providertest.Server, a payment.Account, client *http.Client) payment.Gateway {
	t.Helper()
	var g payment.Gateway
	var err error
	if a.Provider == payment.Stripe {
		g, err = stripe.New(a, stripe.Options{URL: s.StripeURL(), HTTPClient: client})
	} else {
		g, err = razorpay.New(a, razorpay.Options{URL: s.RazorpayURL(), HTTPClient: client})
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func accountOf(p payment.Provider, name string) payment.Account {
	if p == payment.Stripe {
		return payment.Account{ID: uuid.New(), Provider: p, Secret: "sk_test_" + name, WebhookSecret: "whsec_" + name}
	}
	return payment.Account{ID: uuid.New(), Provider: p, Key: "rzp_test_" + name, Secret: "secret " + name, WebhookSecret: "hook " + name}
}

func newRig(t *testing.T, p payment.Provider) *rig {
	t.Helper()
	behind := &atomic.Int64{}
	s := providertest.Start(t, providertest.Options{Now: func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }})
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	a := accountOf(p, "a")
	r := &rig{t: t, server: s, account: s.Open(a), gateway: gatewayOf(t, s, a, client), currency: "EUR", client: client, behind: behind}
	if p == payment.Razorpay {
		r.currency = "INR"
	}
	return r
}

// each runs a test with both providers.
func each(t *testing.T, test func(t *testing.T, r *rig)) {
	for _, p := range []payment.Provider{payment.Stripe, payment.Razorpay} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			test(t, newRig(t, p))
		})
	}
}

// idOf is an id that was made at another time.
func idOf(at time.Time) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id
}

func (r *rig) topUp() payment.TopUp {
	return payment.TopUp{
		ID: uuid.Must(uuid.NewV7()), Amount: 250000, Currency: r.currency, Description: "Top-up of your wallet", Email: "driver@demo.example",
		ReturnURL: "http://127.0.0.1:1/back?wallet=1", Expires: time.Now().Add(2 * time.Hour),
	}
}

func (r *rig) start(t payment.TopUp) payment.Page {
	r.t.Helper()
	p, err := r.gateway.Start(r.t.Context(), t)
	if err != nil {
		r.t.Fatalf("start: %v", err)
	}
	return p
}

func (r *rig) pay(ref string, how providertest.Paying) string {
	r.t.Helper()
	charge, err := r.account.Pay(ref, how)
	if err != nil {
		r.t.Fatalf("pay: %v", err)
	}
	return charge
}

func (r *rig) look(ref string) payment.State {
	r.t.Helper()
	s, err := r.gateway.Lookup(r.t.Context(), ref)
	if err != nil {
		r.t.Fatalf("look %s up: %v", ref, err)
	}
	return s
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// done is a function of the account that gives an id.
func (r *rig) done(id string, err error) string {
	r.t.Helper()
	r.must(err)
	return id
}

// events are those of a kind.
func (r *rig) events(kind string) []providertest.Event {
	var all []providertest.Event
	for _, e := range r.account.Events() {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// inbox is a webhook that does with events what the domain does: read, look up, advance, credit what was captured once.
type inbox struct {
	gateway payment.Gateway
	mu      sync.Mutex
	refs    map[uuid.UUID]string
	states  map[uuid.UUID]payment.State
	credits map[string]int64 // by charge
	booked  int
	refused int
	answer  func() int
}

func (r *rig) inbox(tops map[uuid.UUID]string) *inbox {
	in := &inbox{gateway: r.gateway, refs: tops, states: map[uuid.UUID]payment.State{}, credits: map[string]int64{}}
	server := httptest.NewServer(in)
	r.t.Cleanup(server.Close)
	r.account.SetWebhook(server.URL)
	return in
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if in.answer != nil {
		if status := in.answer(); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	e, err := in.gateway.Event(r.Header, body, time.Now())
	if err != nil {
		in.mu.Lock()
		in.refused++
		in.mu.Unlock()
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	in.handle(r.Context(), w, e)
}

func (in *inbox) handle(ctx context.Context, w http.ResponseWriter, e payment.Event) {
	if tracer, ok := in.gateway.(payment.Tracer); ok && e.Payment == uuid.Nil && e.Charge != "" {
		var err error
		if e, err = tracer.Trace(ctx, e); err != nil {
			return // not ours
		}
	}
	in.mu.Lock()
	ref, ours := in.refs[e.Payment]
	in.mu.Unlock()
	if !ours {
		return
	}
	said, err := in.gateway.Lookup(ctx, ref)
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	next := in.states[e.Payment].Advance(said)
	in.states[e.Payment] = next
	if _, credited := in.credits[next.Charge]; next.Captured > 0 && !credited {
		in.credits[next.Charge] = next.Captured
		in.booked++
	}
}
