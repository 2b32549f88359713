package stripe_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/stripe"
)

func TestMain(m *testing.M) {
	code := m.Run()
	endMock()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// mock is Stripe's own stand-in, which checks calls against Stripe's description of its interface and remembers nothing. It is a tool of
// go.mod, built and started when the first test wants it.
var mock struct {
	once    sync.Once
	dir     string
	url     string
	err     error
	process *exec.Cmd
	ended   sync.WaitGroup
}

func startMock() {
	if mock.dir, mock.err = os.MkdirTemp("", "stripe-mock"); mock.err != nil {
		return
	}
	program := filepath.Join(mock.dir, "stripe-mock.exe")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/stripe/stripe-mock").CombinedOutput(); err != nil {
		mock.err = fmt.Errorf("build stripe-mock: %w: %s", err, out)
		return
	}
	mock.process = exec.Command(program, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0") // both, since it listens everywhere by default
	endWithUs(mock.process)
	out, err := mock.process.StdoutPipe()
	if err == nil {
		err = mock.process.Start()
	}
	if err != nil {
		mock.process, mock.err = nil, fmt.Errorf("start stripe-mock: %w", err)
		return
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "HTTP at address: "); found {
			mock.url = "http://" + address
			mock.ended.Go(func() { _, _ = io.Copy(io.Discard, out) })
			return
		}
	}
	mock.err = errors.New("stripe-mock ended without saying where it listens")
}

func endMock() {
	if mock.process != nil {
		_ = mock.process.Process.Kill()
		mock.ended.Wait()
		_ = mock.process.Wait()
	}
	if mock.dir != "" {
		_ = os.RemoveAll(mock.dir)
	}
}

// mocked is a gateway to stripe-mock, and what it asked.
func mocked(t *testing.T) (*stripe.Gateway, func() []string) {
	t.Helper()
	mock.once.Do(startMock)
	if mock.err != nil {
		t.Fatal(mock.err)
	}
	to, err := url.Parse(mock.url)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var asked []string
	proxy := httputil.NewSingleHostReverseProxy(to)
	transport := &http.Transport{DisableCompression: true}
	proxy.Transport = transport
	proxy.ModifyResponse = func(r *http.Response) error { // so that disputes of the charge are asked for too
		text, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		for _, field := range []string{"disputed", "captured"} { // of the same length, as the header says it
			text = bytes.ReplaceAll(text, []byte(`"`+field+`":false`), []byte(`"`+field+`":true `))
		}
		r.Body = io.NopCloser(bytes.NewReader(text))
		return err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+ids.ReplaceAllString(r.URL.Path, "/{id}"))
		mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(func() { client.CloseIdleConnections(); server.Close(); transport.CloseIdleConnections() })
	a := account
	a.Secret = "sk_test_123" // stripe-mock wants a key of this form
	g, err := stripe.New(a, stripe.Options{URL: server.URL, HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	return g, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Compact(slices.Sorted(slices.Values(asked)))
	}
}

var ids = regexp.MustCompile(`/(cs|pi|ch|cus|pm)_\w+`)

// Every call that the gateway makes is one that Stripe's description of its interface knows, with parameters that it allows. What comes
// back are examples: that they are read without an error is all that is asked of them.
func TestRequests_AreAsStripeDescribesThem(t *testing.T) {
	t.Parallel()
	g, asked := mocked(t)
	ctx := t.Context()
	day := idOf(time.Now().Add(-25 * time.Hour))
	fresh, old := topUp(), topUp()
	old.ID = day
	over := topUp()
	over.Expires = time.Now().Add(-time.Minute)
	charge := payment.SavedCharge{ID: day, Customer: "cus_1", Method: "pm_1", Amount: 2000, Currency: "EUR", Description: "Automatic top-up"}
	refund := payment.Refund{ID: day, Charge: "ch_1", Amount: 100, Currency: "EUR", Reason: "charger failed"}
	for what, do := range map[string]func(context.Context) error{
		"start":             func(ctx context.Context) error { _, err := g.Start(ctx, fresh); return err },
		"start once more":   func(ctx context.Context) error { _, err := g.Start(ctx, old); return err },
		"find":              func(ctx context.Context) error { _, err := g.Find(ctx, old); return err },
		"find what is over": func(ctx context.Context) error { _, err := g.Find(ctx, over); return err },
		"look a page up":    func(ctx context.Context) error { _, err := g.Lookup(ctx, "cs_test_1"); return err },
		"look a charge up":  func(ctx context.Context) error { _, err := g.Lookup(ctx, "pi_1"); return err },
		"refund":            func(ctx context.Context) error { _, err := g.Refund(ctx, refund); return err },
		"look a refund up":  func(ctx context.Context) error { _, err := g.LookupRefund(ctx, refund); return err },
		"trace":             func(ctx context.Context) error { _, err := g.Trace(ctx, payment.Event{Charge: "ch_1"}); return err },
		"make a customer": func(ctx context.Context) error {
			_, err := g.MakeCustomer(ctx, payment.Customer{ID: uuid.Must(uuid.NewV7()), Name: "Driver", Email: "driver@demo.example"})
			return err
		},
		"find a customer": func(ctx context.Context) error { _, err := g.MakeCustomer(ctx, payment.Customer{ID: day}); return err },
		"set up": func(ctx context.Context) error {
			_, err := g.StartSetup(ctx, payment.Setup{ID: uuid.Must(uuid.NewV7()), Customer: "cus_1", ReturnURL: "https://csms.example/pay"})
			return err
		},
		"look a setup up": func(ctx context.Context) error { _, err := g.LookupSetup(ctx, "cs_test_1"); return err },
		"methods":         func(ctx context.Context) error { _, err := g.Methods(ctx, "cus_1"); return err },
		"detach":          func(ctx context.Context) error { return g.Detach(ctx, "pm_1") },
		"charge": func(ctx context.Context) error {
			now := charge
			now.ID = uuid.Must(uuid.NewV7())
			_, err := g.Charge(ctx, now)
			return err
		},
		"make an order":     func(ctx context.Context) error { _, err := g.MakeOrder(ctx, fresh); return err },
		"make an old order": func(ctx context.Context) error { _, err := g.MakeOrder(ctx, old); return err },
		"find a charge":     func(ctx context.Context) error { _, err := g.FindCharge(ctx, charge); return err },
	} {
		if err := do(ctx); err != nil && !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("%s: %v", what, err)
		}
	}
	want := []string{
		"GET /v1/charges/{id}", "GET /v1/checkout/sessions", "GET /v1/checkout/sessions/{id}", "GET /v1/customers/search", "GET /v1/customers/{id}/payment_methods", "GET /v1/disputes",
		"GET /v1/payment_intents", "GET /v1/payment_intents/search", "GET /v1/payment_intents/{id}", "GET /v1/refunds", "POST /v1/checkout/sessions",
		"POST /v1/customers", "POST /v1/payment_intents", "POST /v1/payment_methods/{id}/detach", "POST /v1/refunds",
	}
	if got := asked(); !slices.Equal(got, want) {
		t.Errorf("it was asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The mock is no yes-man: a parameter that Stripe doesn't know is refused.
func TestMock_RefusesWhatStripeDoesNotKnow(t *testing.T) {
	t.Parallel()
	_, _ = mocked(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, mock.url+"/v1/refunds", strings.NewReader("charge=ch_1&amuont=100"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sk_test_123")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "additional properties are not allowed") {
		t.Errorf("it was answered %d %s", response.StatusCode, text)
	}
}
