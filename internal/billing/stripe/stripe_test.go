package stripe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/stripe"
)

// fake is Stripe as a test scripts it: an answer for each path, and what it was asked.
type fake struct {
	t       *testing.T
	mu      sync.Mutex
	answers map[string]func(form url.Values, key string) (int, string)
	asked   []string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		f.t.Error(err)
	}
	for name, values := range r.URL.Query() {
		form[name] = values
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	answer, ok := f.answers[r.Method+" "+r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","message":"No such thing"}}`)
		return
	}
	if r.Header.Get("Authorization") != "Bearer sk_test_1" {
		f.t.Errorf("asked as %q", r.Header.Get("Authorization"))
	}
	status, text := answer(form, r.Header.Get("Idempotency-Key"))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func says(status int, text string) func(url.Values, string) (int, string) {
	return func(url.Values, string) (int, string) { return status, text }
}

var account = payment.Account{ID: uuid.New(), Provider: payment.Stripe, Secret: "sk_test_1", WebhookSecret: "whsec_1"}

func newGateway(t *testing.T, answers map[string]func(url.Values, string) (int, string)) (*stripe.Gateway, *fake) {
	t.Helper()
	f := &fake{t: t, answers: answers}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	g, err := stripe.New(account, stripe.Options{URL: server.URL, HTTPClient: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return g, f
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

func topUp() payment.TopUp {
	return payment.TopUp{
		ID: uuid.Must(uuid.NewV7()), Amount: 2550, Currency: "EUR", Description: "Top-up", Email: "driver@demo.example",
		ReturnURL: "https://csms.example/pay", Expires: time.Now().Add(time.Hour),
	}
}

// A top-up is one session however often it is asked for, with our id on it and on the money that moves.
func TestStart_OpensOnePage(t *testing.T) {
	t.Parallel()
	top := topUp()
	keys := map[string]int{}
	g, _ := newGateway(t, map[string]func(url.Values, string) (int, string){
		"POST /v1/checkout/sessions": func(form url.Values, key string) (int, string) {
			keys[key]++
			for name, want := range map[string]string{
				"mode": "payment", "client_reference_id": top.ID.String(), "metadata[busbar_payment]": top.ID.String(),
				"payment_intent_data[metadata][busbar_payment]": top.ID.String(), "line_items[0][price_data][currency]": "eur",
				"line_items[0][price_data][unit_amount]": "2550", "line_items[0][quantity]": "1", "customer_email": "driver@demo.example",
				"success_url": "https://csms.example/pay", "cancel_url": "https://csms.example/pay",
			} {
				if got := form.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			return 200, `{"id":"cs_1","url":"https://checkout.example/cs_1"}`
		},
	})
	for range 2 {
		page, err := g.Start(t.Context(), top)
		if err != nil || page != (payment.Page{Ref: "cs_1", URL: "https://checkout.example/cs_1"}) {
			t.Errorf("the page is %+v, %v", page, err)
		}
	}
	if page, err := g.Find(t.Context(), top); err != nil || page.Ref != "cs_1" {
		t.Errorf("found again it is %+v, %v", page, err)
	}
	if len(keys) != 1 || keys["top-up "+top.ID.String()] != 3 {
		t.Errorf("the idempotency keys are %v", keys)
	}
}

// The page of a top-up whose answer was lost long ago is searched for by our id, and never opened a second time.
func TestFind_LooksForWhatWasLost(t *testing.T) {
	t.Parallel()
	top := topUp()
	top.ID, top.Expires = idOf(time.Now().Add(-25*time.Hour)), time.Now().Add(-time.Minute)
	found := `{"object":"search_result","data":[{"id":"pi_1"}],"has_more":false}`
	g, f := newGateway(t, map[string]func(url.Values, string) (int, string){
		"GET /v1/payment_intents/search": func(form url.Values, _ string) (int, string) {
			if got := form.Get("query"); got != `metadata["busbar_payment"]:"`+top.ID.String()+`"` {
				t.Errorf("it was searched for %s", got)
			}
			return 200, found
		},
		"GET /v1/checkout/sessions": says(200, `{"object":"list","data":[{"id":"cs_9","url":""}],"has_more":false}`),
	})
	if page, err := g.Find(t.Context(), top); err != nil || page.Ref != "cs_9" {
		t.Errorf("what was found is %+v, %v", page, err)
	}
	found = `{"object":"search_result","data":[],"has_more":false}`
	if page, err := g.Find(t.Context(), top); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("what there isn't was found as %+v, %v", page, err)
	}
	for _, asked := range f.asked {
		if strings.HasPrefix(asked, "POST") {
			t.Errorf("it was made again: %s", asked)
		}
	}
}

// A payment stands as Stripe says, whatever it has gone through.
func TestLookup_SaysHowItStands(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	const charged = `"payment_intent":{"id":"pi_1","latest_charge":{"id":"ch_1","paid":true,"captured":true,"amount_captured":2550,%s
		"balance_transaction":{"id":"txn_1","fee":99,"currency":"eur"}}}`
	for what, c := range map[string]struct {
		session string
		want    payment.State
		fee     int64
	}{
		"open":    {`"status":"open","payment_intent":null`, payment.State{Status: payment.Pending}, 0},
		"expired": {`"status":"expired","payment_intent":null`, payment.State{Status: payment.Expired}, 0},
		"declined": {`"status":"open","payment_intent":{"id":"pi_1","last_payment_error":{"message":"Your card was declined.","code":"card_declined","decline_code":"insufficient_funds"}}`,
			payment.State{Status: payment.Failed, Failure: "Your card was declined.", FailureCode: "insufficient_funds"}, 0},
		"paid": {`"status":"complete",` + fmt.Sprintf(charged, ""), payment.State{Status: payment.Captured, Captured: 2550, Charge: "ch_1"}, 99},
		"refunded": {`"status":"complete",` + fmt.Sprintf(charged, `"amount_refunded":50,`),
			payment.State{Status: payment.Refunded, Captured: 2550, Refunded: 50, Charge: "ch_1"}, 99},
		"disputed": {`"status":"complete",` + fmt.Sprintf(charged, `"disputed":true,`), payment.State{Status: payment.Disputed, Captured: 2550, Charge: "ch_1",
			Disputes: []payment.Dispute{{Ref: "dp_1", Amount: 2550, Taken: 2550, Fee: 2000, Reason: "fraudulent", Outcome: payment.Open}}}, 99},
	} {
		g, _ := newGateway(t, map[string]func(url.Values, string) (int, string){
			"GET /v1/checkout/sessions/cs_1": says(200, `{"id":"cs_1","currency":"eur","livemode":false,"metadata":{"busbar_payment":"`+id.String()+`"},`+c.session+`}`),
			"GET /v1/disputes": says(200, `{"object":"list","data":[{"id":"dp_1","amount":2550,"currency":"eur","reason":"fraudulent","status":"needs_response",
				"balance_transactions":[{"id":"txn_2","currency":"eur","amount":-2550,"fee":2000}]}],"has_more":false}`),
		})
		got, err := g.Lookup(t.Context(), "cs_1")
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if c.fee > 0 {
			if got.Fee == nil || *got.Fee != c.fee {
				t.Errorf("%s: the fee is %v", what, got.Fee)
			}
			got.Fee = nil
		}
		c.want.Payment, c.want.Ref, c.want.Currency = id, "cs_1", "EUR"
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is %+v, want %+v", what, got, c.want)
		}
	}
}

// While the payer's bank asks them, a payment in an app is open; a charge of a saved card, whose owner is away, has failed. A key that
// isn't public is no app's to see.
func TestLookup_ABankThatWantsThePayer(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	for metadata, want := range map[string]payment.Status{`,"busbar_checkout":"app"`: payment.Pending, "": payment.Failed} {
		g, _ := newGateway(t, map[string]func(url.Values, string) (int, string){
			"GET /v1/payment_intents/pi_1": says(200, `{"id":"pi_1","currency":"eur","status":"requires_action","metadata":{"busbar_payment":"`+id.String()+`"`+metadata+`}}`),
		})
		if got, err := g.Lookup(t.Context(), "pi_1"); err != nil || got.Status != want || got.NeedsPayer != (want == payment.Failed) || got.Payment != id {
			t.Errorf("with %q it is %+v, %v", metadata, got, err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":"pi_1","currency":"eur","amount":2550,"client_secret":"pi_1_secret"}`)
	}))
	t.Cleanup(server.Close)
	for key, shown := range map[string]string{"pk_test_1": "pk_test_1", "pk_live_1": "", "sk_test_2": "", "rk_test_2": "", "x": ""} {
		other := account
		other.Key = key
		g, err := stripe.New(other, stripe.Options{URL: server.URL, HTTPClient: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		if order, err := g.MakeOrder(t.Context(), topUp()); err != nil || order.Key != shown || order.ClientSecret != "pi_1_secret" {
			t.Errorf("with the key %s an app is given %+v, %v", key, order, err)
		}
	}
}

// What Stripe refuses, doesn't know, or doesn't answer is told apart: only the last is uncertain.
func TestErrors_AreToldApart(t *testing.T) {
	t.Parallel()
	var refusal *payment.Refusal
	g, _ := newGateway(t, map[string]func(url.Values, string) (int, string){
		"POST /v1/refunds":                  says(400, `{"error":{"type":"invalid_request_error","message":"Charge has already been refunded."}}`),
		"GET /v1/checkout/sessions/cs_busy": says(500, `{"error":{"type":"api_error","message":"Try again."}}`),
	})
	if _, err := g.Refund(t.Context(), payment.Refund{ID: uuid.New(), Charge: "ch_1", Amount: 1}); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "already been refunded") {
		t.Errorf("a refusal is %v", err)
	}
	if _, err := g.Lookup(t.Context(), "cs_none"); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("an unknown session is %v", err)
	}
	if _, err := g.Lookup(t.Context(), "cs_busy"); !errors.Is(err, payment.ErrUncertain) {
		t.Errorf("a failing Stripe is %v", err)
	}
	silent, err := stripe.New(account, stripe.Options{URL: "http://127.0.0.1:1", HTTPClient: &http.Client{Timeout: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Start(t.Context(), topUp()); !errors.Is(err, payment.ErrUncertain) {
		t.Errorf("a Stripe that can't be reached is %v", err)
	}
	if _, err := stripe.New(payment.Account{Secret: "sk_test_1"}, stripe.Options{}); err == nil {
		t.Error("an account without a webhook secret can be used")
	}
	if _, err := stripe.New(payment.Account{Secret: "sk_test_1", WebhookSecret: "h", Live: true}, stripe.Options{}); !errors.Is(err, payment.ErrKeyMode) {
		t.Errorf("a test key for a live account was answered %v", err)
	}
}

// A refund carries its key, and says whether it is done or never will be.
func TestRefund(t *testing.T) {
	t.Parallel()
	r := payment.Refund{ID: uuid.New(), Charge: "ch_1", Amount: 500, Currency: "EUR", Reason: "charger failed"}
	for status, want := range map[string]payment.RefundState{
		`"succeeded"`: {Ref: "re_1", Done: true}, `"pending"`: {Ref: "re_1"}, `"failed","failure_reason":"expired_or_canceled_card"`: {Ref: "re_1", Failed: "expired_or_canceled_card"},
	} {
		g, _ := newGateway(t, map[string]func(url.Values, string) (int, string){
			"POST /v1/refunds": func(form url.Values, key string) (int, string) {
				if key != "refund "+r.ID.String() || form.Get("charge") != "ch_1" || form.Get("amount") != "500" {
					t.Errorf("asked with %q: %v", key, form)
				}
				return 200, `{"id":"re_1","status":` + status + `}`
			},
		})
		if got, err := g.Refund(t.Context(), r); err != nil || got != want {
			t.Errorf("%s is %+v, %v", status, got, err)
		}
	}
}

// Only a webhook that Stripe signed for this account, of its mode, and lately, is read.
func TestSec084And089_Webhooks(t *testing.T) {
	t.Parallel()
	g, _ := newGateway(t, nil)
	id, now := uuid.New(), time.Now()
	body := func(live bool) []byte {
		text, err := json.Marshal(map[string]any{
			"id": "evt_1", "object": "event", "type": "checkout.session.completed", "livemode": live, "created": now.Unix(), "api_version": "2023-10-16",
			"data": map[string]any{"object": map[string]any{"id": "cs_1", "object": "checkout.session", "metadata": map[string]string{"busbar_payment": id.String()}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	signed := func(body []byte, secret string, at time.Time) http.Header {
		p := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
		return http.Header{"Stripe-Signature": {p.Header}}
	}
	good := body(false)
	got, err := g.Event(signed(good, "whsec_1", now), good, now)
	if err != nil || got.ID != "evt_1" || got.Payment != id || got.Ref != "cs_1" || got.Kind != "checkout.session.completed" {
		t.Fatalf("the event is %+v, %v", got, err)
	}
	for what, c := range map[string]struct {
		header http.Header
		body   []byte
		want   error
	}{
		"unsigned":              {http.Header{}, good, payment.ErrForged},
		"another secret":        {signed(good, "whsec_2", now), good, payment.ErrForged},
		"re-serialised":         {signed(good, "whsec_1", now), append([]byte(" "), good...), payment.ErrForged},
		"signed long ago":       {signed(good, "whsec_1", now.Add(-6*time.Minute)), good, payment.ErrForged},
		"signed twice":          {http.Header{"Stripe-Signature": {fmt.Sprintf("t=%d,", now.Unix()) + signed(good, "whsec_1", now.Add(-6*time.Minute)).Get("Stripe-Signature")}}, good, payment.ErrForged},
		"signed in the future":  {signed(good, "whsec_1", now.Add(6*time.Minute)), good, payment.ErrForged},
		"the other mode":        {signed(body(true), "whsec_1", now), body(true), payment.ErrOtherMode},
		"nonsense, well signed": {signed([]byte("x"), "whsec_1", now), []byte("x"), payment.ErrForged},
	} {
		if got, err := g.Event(c.header, c.body, now); !errors.Is(err, c.want) {
			t.Errorf("%s was read as %+v, %v", what, got, err)
		}
	}
}
