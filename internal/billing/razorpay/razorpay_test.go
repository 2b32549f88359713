package razorpay_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/razorpay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var account = payment.Account{ID: uuid.New(), Provider: payment.Razorpay, Key: "rzp_test_1", Secret: "secret 1", WebhookSecret: "hook 1"}

type answers map[string]func(body map[string]any, r *http.Request) (int, string)

func newGateway(t *testing.T, script answers) *razorpay.Gateway {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, secret, _ := r.BasicAuth(); key != account.Key || secret != account.Secret {
			t.Errorf("asked as %q", key)
		}
		var body map[string]any
		if text, _ := io.ReadAll(r.Body); len(text) > 0 {
			if err := json.Unmarshal(text, &body); err != nil {
				t.Errorf("asked %s", text)
			}
		}
		answer, ok := script[r.Method+" "+r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"code":"BAD_REQUEST_ERROR","description":"The id provided does not exist"}}`)
			return
		}
		status, text := answer(body, r)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	g, err := razorpay.New(account, razorpay.Options{URL: server.URL, HTTPClient: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func says(status int, text string) func(map[string]any, *http.Request) (int, string) {
	return func(map[string]any, *http.Request) (int, string) { return status, text }
}

func topUp() payment.TopUp {
	return payment.TopUp{
		ID: uuid.Must(uuid.NewV7()), Amount: 50000, Currency: "INR", Description: "Top-up", Email: "driver@demo.example", ReturnURL: "https://csms.example/pay",
		Expires: time.Now().Add(time.Hour),
	}
}

// A top-up is one link: the second is refused by Razorpay, and the first is found.
func TestStart_OpensOnePage(t *testing.T) {
	t.Parallel()
	top := topUp()
	made := 0
	g := newGateway(t, answers{
		"POST /v1/payment_links": func(body map[string]any, _ *http.Request) (int, string) {
			if made++; made > 1 {
				return 400, `{"error":{"code":"BAD_REQUEST_ERROR","description":"payment link with given reference_id already exists"}}`
			}
			if body["amount"] != 50000.0 || body["currency"] != "INR" || body["reference_id"] != top.ID.String() || body["callback_url"] != "https://csms.example/pay" {
				t.Errorf("asked for %v", body)
			}
			return 200, `{"id":"plink_1","short_url":"https://rzp.example/1","status":"created"}`
		},
		"GET /v1/payment_links": func(_ map[string]any, r *http.Request) (int, string) {
			if r.URL.Query().Get("reference_id") != top.ID.String() {
				t.Errorf("looked for %s", r.URL.RawQuery)
			}
			return 200, `{"payment_links":[{"id":"plink_0","reference_id":"other"},{"id":"plink_1","reference_id":"` + top.ID.String() + `","short_url":"https://rzp.example/1"}]}`
		},
	})
	for range 2 {
		if page, err := g.Start(t.Context(), top); err != nil || page != (payment.Page{Ref: "plink_1", URL: "https://rzp.example/1"}) {
			t.Errorf("the page is %+v, %v", page, err)
		}
	}
	other := topUp()
	other.ID = top.ID
	g = newGateway(t, answers{"GET /v1/payment_links": says(200, `{"payment_links":[]}`)})
	if _, err := g.Find(t.Context(), other); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("a link that there isn't was found: %v", err)
	}
}

// A payment stands as Razorpay says; of several tries the one that came furthest counts.
func TestLookup_SaysHowItStands(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	for what, c := range map[string]struct {
		link, first, second string
		want                payment.State
		fee                 int64
	}{
		"new":     {`"status":"created"`, "", "", payment.State{Status: payment.Pending}, 0},
		"expired": {`"status":"expired"`, "", "", payment.State{Status: payment.Expired}, 0},
		"failed": {`"status":"created","payments":[{"payment_id":"pay_1"}]`, `{"id":"pay_1","status":"failed","error_description":"Declined by the bank"}`, "",
			payment.State{Status: payment.Failed, Failure: "Declined by the bank"}, 0},
		"paid at the second try": {`"status":"paid","payments":[{"payment_id":"pay_2"},{"payment_id":"pay_1"}]`, `{"id":"pay_1","status":"failed","error_description":"x"}`,
			`{"id":"pay_2","status":"captured","captured":true,"amount":50000,"amount_refunded":0,"fee":1180}`,
			payment.State{Status: payment.Captured, Captured: 50000, Charge: "pay_2"}, 1180},
		"refunded": {`"status":"paid","payments":[{"payment_id":"pay_2"}]`, "",
			`{"id":"pay_2","status":"refunded","captured":true,"amount":50000,"amount_refunded":20000,"fee":1180}`,
			payment.State{Status: payment.Refunded, Captured: 50000, Refunded: 20000, Charge: "pay_2"}, 1180},
	} {
		g := newGateway(t, answers{
			"GET /v1/payment_links/plink_1": says(200, `{"id":"plink_1","reference_id":"`+id.String()+`","currency":"INR",`+c.link+`}`),
			"GET /v1/payments/pay_1":        says(200, c.first),
			"GET /v1/payments/pay_2":        says(200, c.second),
			"GET /v1/disputes":              says(200, `{"entity":"collection","count":0,"items":[]}`),
		})
		got, err := g.Lookup(t.Context(), "plink_1")
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if c.fee > 0 && (got.Fee == nil || *got.Fee != c.fee) {
			t.Errorf("%s: the fee is %v", what, got.Fee)
		}
		got.Fee = nil
		c.want.Payment, c.want.Ref, c.want.Currency = id, "plink_1", "INR"
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is %+v, want %+v", what, got, c.want)
		}
	}
}

// What Razorpay refuses, doesn't know, or doesn't answer is told apart, also where the library hides it.
func TestErrors_AreToldApart(t *testing.T) {
	t.Parallel()
	var refusal *payment.Refusal
	g := newGateway(t, answers{
		"POST /v1/payments/pay_1/refund":    says(400, `{"error":{"code":"BAD_REQUEST_ERROR","description":"The total refund amount is greater than the refund payment amount"}}`),
		"POST /v1/payments/pay_2/refund":    says(400, `{"error":{"code":"BAD_REQUEST_ERROR","description":"Different request with the same idempotency key has already been processed."}}`),
		"GET /v1/payments/pay_1/refunds":    says(200, `{"items":[]}`),
		"GET /v1/payments/pay_2/refunds":    says(200, `{"items":[]}`),
		"GET /v1/payment_links/plink_hide":  says(400, `{"error":{"internal_error_code":"BAD_REQUEST_ERROR","description":"x"}}`),
		"GET /v1/payment_links/plink_busy":  says(502, `{"error":{"code":"GATEWAY_ERROR","description":"try again"}}`),
		"GET /v1/payment_links/plink_empty": says(200, `{}`),
	})
	if _, err := g.Refund(t.Context(), payment.Refund{ID: uuid.New(), Charge: "pay_1", Amount: 1}); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "greater than") {
		t.Errorf("a refusal is %v", err)
	}
	if _, err := g.Refund(t.Context(), payment.Refund{ID: uuid.New(), Charge: "pay_2", Amount: 1}); !errors.Is(err, payment.ErrKeyReused) {
		t.Errorf("a key that was used before is %v", err)
	}
	for _, ref := range []string{"", "..", "plink_1/../../orders", "plink_1?x=1", "plink\n", "%zz", "plänk"} { // some of which the library would fall over
		if _, err := g.Lookup(t.Context(), ref); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("%q is %v", ref, err)
		}
	}
	if _, err := g.Lookup(t.Context(), "plink_hide"); !errors.As(err, &refusal) {
		t.Errorf("a refusal that the library hides is %v", err)
	}
	if _, err := g.Lookup(t.Context(), "plink_none"); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("an unknown link is %v", err)
	}
	for _, ref := range []string{"plink_busy", "plink_empty"} {
		if _, err := g.Lookup(t.Context(), ref); !errors.Is(err, payment.ErrUncertain) {
			t.Errorf("%s is %v", ref, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Start(gone, topUp()); !errors.Is(err, payment.ErrUncertain) {
		t.Errorf("a call that was given up is %v", err)
	}
	if _, err := razorpay.New(payment.Account{Key: "k", Secret: "s"}, razorpay.Options{}); err == nil {
		t.Error("an account without a webhook secret can be used")
	}
	if _, err := razorpay.New(payment.Account{Key: "rzp_live_1", Secret: "s", WebhookSecret: "h"}, razorpay.Options{}); !errors.Is(err, payment.ErrKeyMode) {
		t.Errorf("a live key for a test account was answered %v", err)
	}
}

// Gateways of two tenants, used at once, never use each other's keys.
func TestGateways_KeepTheirKeys(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _, _ := r.BasicAuth()
		if want := strings.TrimPrefix(r.URL.Path, "/v1/payment_links/"); key != want {
			t.Errorf("%s was looked up with the key %s", want, key)
		}
		_, _ = fmt.Fprintf(w, `{"id":%q,"status":"created"}`, key)
	}))
	t.Cleanup(server.Close)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			key := fmt.Sprint("rzp_", i)
			g, err := razorpay.New(payment.Account{Key: key, Secret: "s", WebhookSecret: "h"}, razorpay.Options{URL: server.URL, HTTPClient: server.Client()})
			if err != nil {
				t.Error(err)
				return
			}
			for range 20 {
				if state, err := g.Lookup(t.Context(), key); err != nil || state.Ref != key {
					t.Errorf("%s got %s, %v", key, state.Ref, err)
				}
			}
		})
	}
	all.Wait()
}

// A refund carries its key, and says whether it is done.
func TestRefund(t *testing.T) {
	t.Parallel()
	r := payment.Refund{ID: uuid.New(), Charge: "pay_1", Amount: 20000, Currency: "INR", Reason: "charger failed"}
	for status, want := range map[string]payment.RefundState{"processed": {Ref: "rfnd_1", Done: true}, "pending": {Ref: "rfnd_1"}, "failed": {Ref: "rfnd_1", Failed: "failed"}} {
		g := newGateway(t, answers{"POST /v1/payments/pay_1/refund": func(body map[string]any, request *http.Request) (int, string) {
			if request.Header.Get("X-Refund-Idempotency") != r.ID.String() || body["receipt"] != r.ID.String() || body["amount"] != 20000.0 {
				t.Errorf("asked with %q: %v", request.Header.Get("X-Refund-Idempotency"), body)
			}
			return 200, `{"id":"rfnd_1","status":"` + status + `"}`
		}})
		if got, err := g.Refund(t.Context(), r); err != nil || got != want {
			t.Errorf("%s is %+v, %v", status, got, err)
		}
	}
}

func sign(secret string, message []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(message)
	return hex.EncodeToString(mac.Sum(nil))
}

// Only a webhook that Razorpay signed for this account, and of the last day, is read.
func TestSec084_Webhooks(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	id, now := uuid.New(), time.Now()
	body := func(at time.Time) []byte {
		return fmt.Appendf(nil, `{"event":"payment_link.paid","created_at":%d,"payload":{"payment_link":{"entity":{"id":"plink_1","reference_id":%q}},"payment":{"entity":{"notes":[]}}}}`, at.Unix(), id)
	}
	event := func(body []byte, signature, id string) (payment.Event, error) {
		return g.Event(http.Header{"X-Razorpay-Signature": {signature}, "X-Razorpay-Event-Id": {id}}, body, now)
	}
	good := body(now)
	got, err := event(good, sign("hook 1", good), "evt_1")
	if err != nil || got.ID != "evt_1" || got.Payment != id || got.Ref != "plink_1" || got.Kind != "payment_link.paid" {
		t.Fatalf("the event is %+v, %v", got, err)
	}
	if again, err := event(good, sign("hook 1", good), ""); err != nil || !strings.HasPrefix(again.ID, "sha256:") {
		t.Errorf("without an id the event is %+v, %v", again, err)
	}
	noted := fmt.Appendf(nil, `{"event":"payment.captured","created_at":%d,"payload":{"payment":{"entity":{"notes":{"busbar_payment":%q}}}}}`, now.Unix(), id)
	if got, err := event(noted, sign("hook 1", noted), "evt_2"); err != nil || got.Payment != id {
		t.Errorf("an event with notes alone is %+v, %v", got, err)
	}
	old, ahead := body(now.Add(-26*time.Hour)), body(now.Add(10*time.Minute))
	for what, c := range map[string]struct {
		body      []byte
		signature string
	}{
		"unsigned":       {good, ""},
		"not hex":        {good, "zz"},
		"another secret": {good, sign("hook 2", good)},
		"re-serialised":  {append([]byte(" "), good...), sign("hook 1", good)},
		"of long ago":    {old, sign("hook 1", old)},
		"of the future":  {ahead, sign("hook 1", ahead)},
		"nonsense":       {[]byte("x"), sign("hook 1", []byte("x"))},
	} {
		if got, err := event(c.body, c.signature, "evt_3"); !errors.Is(err, payment.ErrForged) {
			t.Errorf("%s was read as %+v, %v", what, got, err)
		}
	}
	if !g.Returned("plink_1", id.String(), "paid", "pay_1", sign("secret 1", []byte("plink_1|"+id.String()+"|paid|pay_1"))) {
		t.Error("a driver who comes back isn't believed")
	}
	if g.Returned("plink_1", id.String(), "paid", "pay_2", sign("secret 1", []byte("plink_1|"+id.String()+"|paid|pay_1"))) {
		t.Error("a driver with another payment is believed")
	}
}

// What was taken for a dispute is what Razorpay deducted, and nothing of what was won; disputes of other payments are left out, also
// when there are more than Razorpay lists at once.
func TestLookup_ReadsDisputes(t *testing.T) {
	t.Parallel()
	const other = `{"id":"disp_0","payment_id":"pay_0","amount":1,"amount_deducted":1,"status":"lost"}`
	full := `{"items":[` + strings.Repeat(other+",", 99) + other + `]}`
	for what, c := range map[string]struct {
		dispute string
		want    payment.Dispute
	}{
		"asked":   {`"status":"open","phase":"retrieval","amount_deducted":0`, payment.Dispute{Outcome: payment.Asked}},
		"open":    {`"status":"under_review","phase":"chargeback","amount_deducted":500`, payment.Dispute{Taken: 500, Outcome: payment.Open}},
		"won":     {`"status":"won","phase":"chargeback","amount_deducted":500`, payment.Dispute{Outcome: payment.Won}},
		"lost":    {`"status":"lost","phase":"chargeback","amount_deducted":500`, payment.Dispute{Taken: 500, Outcome: payment.Lost}},
		"closed":  {`"status":"closed","phase":"arbitration","amount_deducted":500`, payment.Dispute{Taken: 500, Outcome: payment.Lost}},
		"dropped": {`"status":"closed","phase":"fraud","amount_deducted":0`, payment.Dispute{Outcome: payment.Won}},
	} {
		g := newGateway(t, answers{
			"GET /v1/orders/order_1":          says(200, `{"id":"order_1","currency":"INR"}`),
			"GET /v1/orders/order_1/payments": says(200, `{"items":[{"id":"pay_1","status":"captured","captured":true,"amount":500,"currency":"INR","created_at":1700000000}]}`),
			"GET /v1/disputes": func(_ map[string]any, r *http.Request) (int, string) {
				q := r.URL.Query()
				if q.Get("from") != "1700000000" || q.Get("count") != "100" {
					t.Errorf("asked for %s", r.URL.RawQuery)
				}
				if q.Get("skip") == "0" {
					return 200, full
				}
				return 200, `{"items":[{"id":"disp_1","payment_id":"pay_1","amount":500,"reason_code":"fraudulent",` + c.dispute + `}]}`
			},
		})
		c.want.Ref, c.want.Amount, c.want.Reason = "disp_1", 500, "fraudulent"
		if got, err := g.Lookup(t.Context(), "order_1"); err != nil || !reflect.DeepEqual(got.Disputes, []payment.Dispute{c.want}) || got.Status != payment.Disputed {
			t.Errorf("%s it is %+v, %v", what, got, err)
		}
	}
}

// A list whose pages are all the same is no answer, and ends.
func TestLookup_EndsWithoutPages(t *testing.T) {
	t.Parallel()
	full := `{"items":[` + strings.Repeat(`{"id":"x"},`, 99) + `{"id":"x"}]}`
	g := newGateway(t, answers{"GET /v1/payments/pay_1/refunds": says(200, full)})
	if got, err := g.LookupRefund(t.Context(), payment.Refund{ID: uuid.New(), Charge: "pay_1"}); !errors.Is(err, payment.ErrUncertain) {
		t.Errorf("it is %+v, %v", got, err)
	}
}

// Each part of an event says what it is about, also when it comes alone.
func TestEvent_SaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil)
	id, now := uuid.New(), time.Now()
	for payload, want := range map[string]payment.Event{
		`"dispute":{"entity":{"payment_id":"pay_1"}}`:                                                       {Charge: "pay_1"},
		`"refund":{"entity":{"payment_id":"pay_1","receipt":"` + id.String() + `"}}`:                        {Charge: "pay_1", Refund: id},
		`"refund":{"entity":{"payment_id":"pay_1","notes":{"busbar_refund":"` + id.String() + `"}}}`:        {Charge: "pay_1", Refund: id},
		`"payment":{"entity":{"id":"pay_1","order_id":"order_1","notes":[]}}`:                               {Charge: "pay_1", Ref: "order_1"},
		`"payment":{"entity":{"id":"pay_1","notes":{"busbar_payment":7}}}`:                                  {Charge: "pay_1"},
		`"order":{"entity":{"id":"order_1","receipt":"` + id.String() + `"}}`:                               {Ref: "order_1", Payment: id},
		`"payment_link":{"entity":{"id":"plink_1","reference_id":"x"}},"order":{"entity":{"id":"order_1"}}`: {Ref: "plink_1"},
	} {
		body := fmt.Appendf(nil, `{"event":"x","created_at":%d,"payload":{%s}}`, now.Unix(), payload)
		got, err := g.Event(http.Header{"X-Razorpay-Signature": {sign("hook 1", body)}, "X-Razorpay-Event-Id": {"evt_1"}}, body, now)
		want.ID, want.Kind, want.At = "evt_1", "x", time.Unix(now.Unix(), 0)
		if err != nil || got != want {
			t.Errorf("%s is %+v, %v", payload, got, err)
		}
	}
}
