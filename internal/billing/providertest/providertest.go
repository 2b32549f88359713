// Package providertest is test equipment: a stand-in for Stripe and for Razorpay that keeps what it is told, takes "payments" on a page of
// its own, and sends webhooks as the providers do. No real money is anywhere near it. Beside tests, only the demo of cmd/busbar may import
// it.
//
//	gateway ──HTTP──> ServeHTTP ─ key? ─ fault? ─ idempotency key? ─> state of one account ─> answer
//	browser ──> /pay/{ref}: Pay, Decline ─┐                              │
//	test ──> Account.Pay, Refund, Dispute ┴──────────────────────────────┴─> events ─ held or sent, signed ─> webhook
//
// It speaks as much of the providers as our gateways use: Stripe's API version 2023-10-16 below /stripe/v1, Razorpay's version 1 below
// /razorpay/v1.
package providertest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Server is both providers, with all of their accounts. It is an http.Handler; Listen also gives it an address.
type Server struct {
	url    string
	now    func() time.Time
	mux    *http.ServeMux
	client *http.Client
	http   *http.Server

	ctx     context.Context // ends when the server is closed: deliveries and slow answers end with it
	cancel  context.CancelFunc
	sending sync.WaitGroup

	mu       sync.Mutex
	accounts []*Account
}

// Options tune a server; zero values are fine.
type Options struct {
	// URL is where browsers and gateways reach the server: New needs it, Listen finds it.
	URL string
	// Now is the provider's clock.
	Now func() time.Time
}

// New makes a server for somebody else's listener. Whoever mounts it below a path strips that path.
func New(o Options) *Server {
	s := &Server{url: strings.TrimSuffix(o.URL, "/"), now: o.Now, mux: http.NewServeMux(), client: &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}}
	if s.now == nil {
		s.now = time.Now
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.mux.Handle("/stripe/", http.StripPrefix("/stripe", s.stripe()))
	s.mux.Handle("/razorpay/", http.StripPrefix("/razorpay", s.razorpay()))
	s.mux.HandleFunc("GET /pay/{ref}", s.showPage)
	s.mux.HandleFunc("POST /pay/{ref}", s.usePage)
	return s
}

// Listen makes a server on a free port of the loopback interface.
func Listen(o Options) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the stand-in of the payment providers: %w", err)
	}
	o.URL = "http://" + listener.Addr().String()
	s := New(o)
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.sending.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// Close ends the server and what it still wanted to send.
func (s *Server) Close() {
	s.cancel()
	if s.http != nil {
		_ = s.http.Close()
	}
	s.sending.Wait()
	s.client.CloseIdleConnections()
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// StripeURL and RazorpayURL are what the gateways take as Options.URL.
func (s *Server) StripeURL() string { return s.url + "/stripe" }

// RazorpayURL is what the gateway of Razorpay takes as Options.URL.
func (s *Server) RazorpayURL() string { return s.url + "/razorpay" }

// PageURL is the page on which something is paid, by its ref.
func (s *Server) PageURL(ref string) string { return s.url + "/pay/" + ref }

// Open opens an account with a provider. Its events go to the webhook, once there is one (SetWebhook).
func (s *Server) Open(a payment.Account) *Account {
	account := &Account{
		server: s, Account: a, keys: map[string]remembered{}, sales: map[string]*sale{}, customers: map[string]*customer{}, methods: map[string]*method{},
	}
	if account.Merchant == "" {
		account.Merchant = "acc_" + rand.Text()[:14]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts = append(s.accounts, account)
	return account
}

// account is the one whose key it is.
func (s *Server) account(p payment.Provider, match func(a *Account) bool) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.Provider == p && match(a) {
			return a
		}
	}
	return nil
}

// newID is an id as the providers make them.
func newID(prefix string) string { return prefix + rand.Text()[:14] }

// TB is what Start needs of a test; testing.TB has it.
type TB interface {
	Helper()
	Cleanup(f func())
	Fatalf(format string, args ...any)
}

// Start listens for as long as a test runs.
func Start(t TB, o Options) *Server {
	t.Helper()
	s, err := Listen(o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}
