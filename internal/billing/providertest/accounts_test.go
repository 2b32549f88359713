package providertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
)

// Gateways of many accounts, made and used at once, never use each other's keys: every account is asked just what its own gateway asked.
func TestAccounts_KeepApart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		var all sync.WaitGroup
		for i := range 30 {
			a := accountOf(r.account.Provider, fmt.Sprint("n", i))
			account := r.server.Open(a)
			all.Go(func() {
				g := gatewayOf(t, r.server, a, r.client)
				for range 5 {
					top := r.topUp()
					page, err := g.Start(t.Context(), top)
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := account.Pay(page.Ref, providertest.Paying{}); err != nil {
						t.Error(err)
					}
					if s, err := g.Lookup(t.Context(), page.Ref); err != nil || s.Payment != top.ID || s.Captured != top.Amount {
						t.Errorf("it is %+v, %v", s, err)
					}
				}
				starts := 0
				for _, c := range account.Calls("POST") {
					if starts++; c.Status != http.StatusOK {
						t.Errorf("%s was answered %d", c.Path, c.Status)
					}
				}
				if starts != 5 {
					t.Errorf("account %d was asked for %d pages", i, starts)
				}
			})
		}
		all.Wait()
	})
}

// What goes wrong is said without the keys with which it was tried.
func TestSec100_NoSecretsInErrors(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		nobody := accountOf(r.account.Provider, "nobody")
		nobody.Secret += "_0123456789_hidden"
		nobody.WebhookSecret += "hidden"
		g := gatewayOf(t, r.server, nobody, r.client)
		_, refused := g.Start(t.Context(), r.topUp())
		_, unknown := r.gateway.Lookup(t.Context(), "cs_none")
		header, body := r.account.Sign(providertest.Event{ID: "evt_1", Body: []byte(`{}`)}, providertest.Sending{Age: time.Hour, Secret: "x"})
		_, forged := g.Event(header, body, time.Now())
		r.server.Close()
		_, gone := g.Start(t.Context(), r.topUp())
		for what, err := range map[string]error{"refused": refused, "unknown": unknown, "forged": forged, "unreachable": gone} {
			if err == nil || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), r.account.Secret) {
				t.Errorf("%s it is %v", what, err)
			}
		}
	})
}

// The server also works below a path of another one, as the demo has it.
func TestServer_BelowAPath(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	host := httptest.NewServer(mux)
	t.Cleanup(host.Close)
	s := providertest.New(providertest.Options{URL: host.URL + "/demo/provider/"})
	t.Cleanup(s.Close)
	mux.Handle("/demo/provider/", http.StripPrefix("/demo/provider", s))
	for _, p := range []payment.Provider{payment.Stripe, payment.Razorpay} {
		a := accountOf(p, "demo")
		r := &rig{t: t, server: s, account: s.Open(a), gateway: gatewayOf(t, s, a, host.Client()), currency: "INR", client: host.Client()}
		page := r.start(r.topUp())
		if status, text, _ := r.browser(page.URL, ""); status != http.StatusOK || !strings.Contains(text, "2500.00 INR") {
			t.Errorf("%s: the page at %s is answered %d", p, page.URL, status)
		}
		if status, _, location := r.browser(page.URL, "pay"); status != http.StatusSeeOther || !strings.HasPrefix(location, "http://127.0.0.1:1/back") {
			t.Errorf("%s: paid, the browser is sent to %q (%d)", p, location, status)
		}
		if state := r.look(page.Ref); state.Status != payment.Captured || state.Payment == uuid.Nil {
			t.Errorf("%s: it is %+v", p, state)
		}
	}
}
