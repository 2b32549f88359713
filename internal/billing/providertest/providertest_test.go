package providertest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/billing/razorpay"
)

// browser asks for a page, or presses a button on it, and follows nobody.
func (r *rig) browser(page, action string) (status int, text, location string) {
	r.t.Helper()
	client := *r.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var response *http.Response
	var err error
	if action == "" {
		response, err = client.Get(page)
	} else {
		response, err = client.PostForm(page, url.Values{"action": {action}})
	}
	r.must(err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	r.must(err)
	return response.StatusCode, string(body), response.Header.Get("Location")
}

// Somebody sees on the page what is to be paid, is declined, tries again, pays, and comes back; paying twice isn't possible.
func TestPage_IsPaidOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		page := r.start(top)
		status, text, _ := r.browser(page.URL, "")
		for _, want := range []string{`<html lang="en">`, `<h1>Pay</h1>`, "2500.00 " + r.currency, `value="pay">Pay</button>`, `value="decline">Decline</button>`, "width=device-width", "Top-up of your wallet"} {
			if status != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("the page (%d) lacks %s", status, want)
			}
		}
		if status, text, _ := r.browser(page.URL, "decline"); status != http.StatusPaymentRequired || !strings.Contains(text, `role="alert"`) || !strings.Contains(text, "Pay</button>") {
			t.Errorf("declined, the page (%d) is %s", status, text)
		}
		if s := r.look(page.Ref); s.Status != payment.Failed {
			t.Errorf("declined it is %+v", s)
		}
		status, _, location := r.browser(page.URL, "pay")
		if status != http.StatusSeeOther || !strings.HasPrefix(location, "http://127.0.0.1:1/back?") || !strings.Contains(location, "wallet=1") {
			t.Errorf("paid, the browser is sent to %s (%d)", location, status)
		}
		s := r.look(page.Ref)
		if s.Status != payment.Captured || s.Captured != top.Amount || s.Payment != top.ID {
			t.Errorf("paid it is %+v", s)
		}
		if g, ok := r.gateway.(*razorpay.Gateway); ok {
			to, err := url.Parse(location)
			r.must(err)
			q := to.Query()
			if q.Get("wallet") != "1" || !g.Returned(q.Get("razorpay_payment_link_id"), q.Get("razorpay_payment_link_reference_id"), q.Get("razorpay_payment_link_status"),
				q.Get("razorpay_payment_id"), q.Get("razorpay_signature")) {
				t.Errorf("the way back isn't signed: %s", location)
			}
		}
		if _, text, _ := r.browser(page.URL, ""); !strings.Contains(text, "paid already") || strings.Contains(text, "<button") {
			t.Errorf("when it is paid, the page is %s", text)
		}
		if status, _, again := r.browser(page.URL, "pay"); status != http.StatusSeeOther || again != location || r.account.Payments(top.ID.String()) != 1 {
			t.Errorf("pressed again, the browser is sent to %s (%d), and there are %d payments", again, status, r.account.Payments(top.ID.String()))
		}
		late := r.start(r.topUp())
		r.must(r.account.Expire(late.Ref))
		if _, text, _ := r.browser(late.URL, "pay"); !strings.Contains(text, "time to pay is over") {
			t.Errorf("when the time is over, the page is %s", text)
		}
		if s := r.look(late.Ref); s.Status != payment.Expired {
			t.Errorf("when the time is over it is %+v", s)
		}
		if status, _, _ := r.browser(r.server.PageURL("cs_none"), ""); status != http.StatusNotFound {
			t.Errorf("a page that there isn't is answered %d", status)
		}
	})
}

// Events are sent by themselves until they are taken, unless they are held back.
func TestWebhooks_AreSentUntilTaken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		page := r.start(top)
		in := r.inbox(map[uuid.UUID]string{top.ID: page.Ref})
		var asked atomic.Int32
		in.answer = func() int {
			if asked.Add(1) <= 2 {
				return http.StatusServiceUnavailable
			}
			return 0
		}
		r.account.Hold()
		r.must(r.account.Decline(page.Ref, "do_not_honor", "Declined"))
		r.account.Release()
		r.must(r.account.Quiet(t.Context()))
		if n := asked.Load(); n != 0 {
			t.Errorf("%d events came although they were held back", n)
		}
		charge := r.pay(page.Ref, providertest.Paying{})
		r.must(r.account.Quiet(t.Context()))
		if in.booked != 1 || in.credits[charge] != top.Amount || in.refused != 0 {
			t.Errorf("%d credits were booked, %d events refused", in.booked, in.refused)
		}
		if want := int32(len(r.account.Events())) - 1 + 2; asked.Load() != want {
			t.Errorf("%d webhooks came, want %d", asked.Load(), want)
		}
		for _, how := range []providertest.Sending{{Unsigned: true}, {Secret: "another"}, {Body: []byte(`{}`), Unsigned: true}} {
			answers, err := r.account.Send(t.Context(), r.account.Events()[1], how)
			if err != nil || answers[0] != http.StatusBadRequest {
				t.Errorf("%+v was answered %v, %v", how, answers, err)
			}
		}
	})
}
