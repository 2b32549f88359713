package providertest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// stripeVersion is the version of Stripe's API that is spoken.
const stripeVersion = "2023-10-16"

// stripeSays is how Stripe answers what goes wrong.
var stripeSays = dialect{
	keyHeader: "Idempotency-Key",
	refuse: func(status int, words string) answer {
		kind := "invalid_request_error"
		if status >= 500 {
			kind = "api_error"
		}
		return stripeError(status, kind, "", words)
	},
	reused: func() answer {
		return stripeError(http.StatusBadRequest, "idempotency_error", "",
			"Keys for idempotent requests can only be used with the same parameters they were first used with.")
	},
}

func stripeError(status int, kind, code, words string) answer {
	return answer{status: status, early: status < 500, body: map[string]any{"error": map[string]any{"type": kind, "code": code, "message": words}}}
}

func stripeMissing(what, id string) answer {
	return stripeError(http.StatusNotFound, "invalid_request_error", "resource_missing", fmt.Sprintf("No such %s: '%s'", what, id))
}

func stripeWrong(param, words string) answer {
	said := stripeError(http.StatusBadRequest, "invalid_request_error", "", words)
	said.body.(map[string]any)["error"].(map[string]any)["param"] = param
	return said
}

// stripeAsk is a call as Stripe reads it.
type stripeAsk struct {
	*http.Request
	url.Values
	expand expand
}

// stripe are the paths of Stripe's API.
func (s *Server) stripe() http.Handler {
	mux := http.NewServeMux()
	for path, do := range map[string]func(a *Account, in stripeAsk) answer{
		"POST /v1/checkout/sessions":             (*Account).makeSession,
		"GET /v1/checkout/sessions":              (*Account).listSessions,
		"GET /v1/checkout/sessions/{id}":         (*Account).getSession,
		"POST /v1/payment_intents":               (*Account).makeIntent,
		"GET /v1/payment_intents":                (*Account).listIntents,
		"GET /v1/payment_intents/search":         (*Account).searchIntents,
		"GET /v1/payment_intents/{id}":           (*Account).getIntent,
		"GET /v1/charges/{id}":                   (*Account).getCharge,
		"POST /v1/refunds":                       (*Account).makeRefund,
		"GET /v1/refunds":                        (*Account).listRefunds,
		"GET /v1/disputes":                       (*Account).listDisputes,
		"POST /v1/customers":                     (*Account).makeCustomer,
		"GET /v1/customers/search":               (*Account).searchCustomers,
		"GET /v1/customers/{id}/payment_methods": (*Account).listMethods,
		"GET /v1/payment_methods/{id}":           (*Account).getMethod,
		"POST /v1/payment_methods/{id}/detach":   (*Account).detachMethod,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			a := s.account(payment.Stripe, func(a *Account) bool { return a.Secret == key })
			if a == nil {
				write(w, stripeError(http.StatusUnauthorized, "invalid_request_error", "", "Invalid API Key provided: "+key[:min(len(key), 8)]+"****"))
				return
			}
			if got := r.Header.Get("Stripe-Version"); got != stripeVersion {
				write(w, stripeError(http.StatusBadRequest, "invalid_request_error", "", "This stand-in speaks version "+stripeVersion+", not "+got))
				return
			}
			a.serve(w, r, stripeSays, func(in asked) answer {
				form := in.URL.Query()
				if in.Method == http.MethodPost {
					var err error
					if form, err = url.ParseQuery(string(in.body)); err != nil {
						return stripeWrong("", "The body can't be read: "+err.Error())
					}
				}
				return do(a, stripeAsk{in.Request, form, expansions(form)})
			})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, stripeError(http.StatusNotFound, "invalid_request_error", "", "Unrecognized request URL ("+r.Method+": "+r.URL.Path+")"))
	})
	return mux
}

// under are the entries of a map in a form: metadata[x].
func (in stripeAsk) under(name string) map[string]string {
	all := map[string]string{}
	for key, values := range in.Values {
		if inner, ok := strings.CutPrefix(key, name+"["); ok && strings.HasSuffix(inner, "]") {
			all[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	return all
}

func (in stripeAsk) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(in.Get(name), 10, 64)
	return n, err == nil
}

func (a *Account) makeSession(in stripeAsk) answer {
	now := a.server.now()
	s := &sale{
		kind: session, ref: newID("cs_" + a.mode() + "_"), ours: in.Get("client_reference_id"), notes: in.under("metadata"), email: in.Get("customer_email"),
		customer: in.Get("customer"), back: in.Get("success_url"), backNone: in.Get("cancel_url"), created: now, expires: now.Add(24 * time.Hour),
	}
	if s.back == "" {
		return stripeWrong("success_url", "Missing required param: success_url.")
	}
	if s.customer != "" && a.customers[s.customer] == nil {
		return stripeMissing("customer", s.customer)
	}
	if in.Has("expires_at") {
		at, _ := in.number("expires_at")
		s.expires = time.Unix(at, 0)
		if d := s.expires.Sub(now); d < 30*time.Minute || d > 24*time.Hour {
			return stripeWrong("expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
		}
	}
	switch in.Get("mode") {
	case "setup":
		s.kind, s.moneyNotes = setup, in.under("setup_intent_data[metadata]")
	case "payment":
		s.moneyNotes, s.description = in.under("payment_intent_data[metadata]"), in.Get("payment_intent_data[description]")
		unit, ok := in.number("line_items[0][price_data][unit_amount]")
		quantity, counted := in.number("line_items[0][quantity]")
		s.amount, s.currency = unit*quantity, strings.ToUpper(in.Get("line_items[0][price_data][currency]"))
		if !ok || !counted || s.amount <= 0 || in.Get("line_items[0][price_data][product_data][name]") == "" {
			return stripeWrong("line_items", "The line item has no price.")
		}
		if wrong := a.wrongAmount(s.amount, s.currency, in.Get("line_items[0][price_data][currency]")); wrong != nil {
			return *wrong
		}
	default:
		return stripeWrong("mode", "You must pass mode as one of payment, subscription, or setup.")
	}
	a.add(s)
	return answer{status: http.StatusOK, body: a.session(s, in.expand)}
}

// wrongAmount refuses what Stripe refuses of amounts: less than about half a euro, and more than eight digits.
func (a *Account) wrongAmount(amount int64, currency, given string) *answer {
	var said answer
	switch {
	case given != strings.ToLower(given):
		said = stripeWrong("currency", "Invalid currency: "+given)
	case amount > 99999999:
		said = stripeError(http.StatusBadRequest, "invalid_request_error", "amount_too_large", "Amount must be no more than 999,999.99")
	case amount < 50 && currency != "JPY" && currency != "KRW":
		said = stripeError(http.StatusBadRequest, "invalid_request_error", "amount_too_small", "Amount must convert to at least 50 cents.")
	case amount%10 != 0 && slices.Contains([]string{"BHD", "JOD", "KWD", "OMR", "TND"}, currency):
		said = stripeWrong("amount", "Invalid amount: the last digit must be 0.")
	default:
		return nil
	}
	return &said
}

func (a *Account) getSession(in stripeAsk) answer {
	s := a.sales[in.PathValue("id")]
	if s == nil || s.kind == elements {
		return stripeMissing("checkout.session", in.PathValue("id"))
	}
	return answer{status: http.StatusOK, body: a.session(s, in.expand)}
}

func (a *Account) listSessions(in stripeAsk) answer {
	var all []item
	for _, s := range a.order {
		if s.kind != elements && (!in.Has("payment_intent") || len(s.tries) > 0 && s.tries[0].id == in.Get("payment_intent")) && in.created(s.created) {
			all = append(all, item{s.ref, a.session(s, in.expand.of("data"))})
		}
	}
	return in.list(all)
}

func (a *Account) makeIntent(in stripeAsk) answer {
	amount, _ := in.number("amount")
	m := &money{
		id: newID("pi_"), amount: amount, currency: strings.ToUpper(in.Get("currency")), customer: in.Get("customer"), method: in.Get("payment_method"),
		notes: in.under("metadata"), description: in.Get("description"), created: a.server.now(),
	}
	if wrong := a.wrongAmount(m.amount, m.currency, in.Get("currency")); wrong != nil {
		return *wrong
	}
	if in.Get("automatic_payment_methods[enabled]") == "true" && in.Get("confirm") == "" {
		s := &sale{
			kind: elements, ref: m.id, ours: m.notes["busbar_payment"], notes: m.notes, moneyNotes: m.notes, amount: m.amount, currency: m.currency, description: m.description,
			created: m.created, tries: []*money{m},
		}
		m.sale = s
		a.money = append(a.money, m)
		a.add(s)
		return answer{status: http.StatusOK, body: a.intent(m, in.expand)}
	}
	card := a.methods[m.method]
	switch {
	case a.customers[m.customer] == nil:
		return stripeMissing("customer", m.customer)
	case card == nil:
		return stripeMissing("PaymentMethod", m.method)
	case card.customer != m.customer:
		return stripeWrong("payment_method", "The customer does not have a payment method with the ID "+m.method+". The payment method must be attached to the customer.")
	case in.Get("confirm") != "true" || in.Get("off_session") != "true" || in.Get("payment_method_types[0]") != "card":
		return stripeWrong("confirm", "This stand-in only takes cards, at once, while their owner is away.")
	}
	a.money = append(a.money, m)
	if card.declines == "" {
		a.capture(m)
		a.tellPaid(m)
		return answer{status: http.StatusOK, body: a.intent(m, in.expand)}
	}
	m.code, m.failure, m.needsPayer = card.declines, "Your card was declined.", card.declines == "authentication_required"
	if m.needsPayer {
		m.failure = "Your card was declined. This transaction requires authentication."
	}
	a.tell("payment_intent.payment_failed", a.intent(m, nil))
	why := a.lastError(m)
	why["payment_intent"] = a.intent(m, nil)
	return answer{status: http.StatusPaymentRequired, body: map[string]any{"error": why}}
}

func (a *Account) getIntent(in stripeAsk) answer {
	m := a.find(in.PathValue("id"))
	if m == nil {
		return stripeMissing("payment_intent", in.PathValue("id"))
	}
	return answer{status: http.StatusOK, body: a.intent(m, in.expand)}
}

func (a *Account) listIntents(in stripeAsk) answer {
	var all []item
	for _, m := range a.money {
		if (!in.Has("customer") || m.customer == in.Get("customer")) && in.created(m.created) {
			all = append(all, item{m.id, a.intent(m, in.expand.of("data"))})
		}
	}
	return in.list(all)
}

// query is the one form of search that is understood.
var query = regexp.MustCompile(`^metadata\["(\w+)"\]:"([^"]+)"$`)

func (a *Account) searchIntents(in stripeAsk) answer {
	asked := query.FindStringSubmatch(in.Get("query"))
	if asked == nil {
		return stripeWrong("query", "We were unable to parse your search query.")
	}
	var all []any
	for _, m := range a.money {
		if m.notes[asked[1]] == asked[2] {
			all = append(all, a.intent(m, in.expand.of("data")))
		}
	}
	return found(all)
}

func (a *Account) getCharge(in stripeAsk) answer {
	m := a.find(in.PathValue("id"))
	if m == nil || m.charge == "" {
		return stripeMissing("charge", in.PathValue("id"))
	}
	return answer{status: http.StatusOK, body: a.charge(m, in.expand)}
}

func (a *Account) makeRefund(in stripeAsk) answer {
	m := a.find(in.Get("charge"))
	amount, ok := in.number("amount")
	switch {
	case m == nil || m.charge == "":
		return stripeMissing("charge", in.Get("charge"))
	case !ok || amount <= 0:
		return stripeWrong("amount", "Invalid positive integer")
	case m.refunded == m.captured:
		return stripeError(http.StatusBadRequest, "invalid_request_error", "charge_already_refunded", "Charge "+m.charge+" has already been refunded.")
	case m.refunded+amount > m.captured:
		return stripeWrong("amount", "Refund amount is greater than unrefunded amount on charge")
	case slices.ContainsFunc(m.disputes, func(d *dispute) bool { return d.status == "open" || d.status == "lost" }):
		return stripeError(http.StatusBadRequest, "invalid_request_error", "charge_disputed", "The charge has been charged back; cannot issue a refund.")
	}
	return answer{status: http.StatusOK, body: a.refundObject(a.refund(m, amount, "", in.under("metadata")), in.expand)}
}

func (a *Account) listRefunds(in stripeAsk) answer {
	m := a.find(in.Get("charge"))
	if m == nil {
		return stripeMissing("charge", in.Get("charge"))
	}
	var all []item
	for _, r := range m.refunds {
		all = append(all, item{r.id, a.refundObject(r, in.expand.of("data"))})
	}
	return in.list(all)
}

func (a *Account) listDisputes(in stripeAsk) answer {
	m := a.find(in.Get("charge"))
	if m == nil {
		return stripeMissing("charge", in.Get("charge"))
	}
	var all []item
	for _, d := range m.disputes {
		all = append(all, item{d.id, a.dispute(d)})
	}
	return in.list(all)
}

func (a *Account) makeCustomer(in stripeAsk) answer {
	c := &customer{id: newID("cus_"), name: in.Get("name"), email: in.Get("email"), notes: in.under("metadata"), created: a.server.now()}
	a.customers[c.id] = c
	return answer{status: http.StatusOK, body: c.object()}
}

func (a *Account) searchCustomers(in stripeAsk) answer {
	asked := query.FindStringSubmatch(in.Get("query"))
	if asked == nil {
		return stripeWrong("query", "We were unable to parse your search query.")
	}
	var all []any
	for _, c := range a.customers {
		if c.notes[asked[1]] == asked[2] {
			all = append(all, c.object())
		}
	}
	return found(all)
}

func (a *Account) listMethods(in stripeAsk) answer {
	if a.customers[in.PathValue("id")] == nil {
		return stripeMissing("customer", in.PathValue("id"))
	}
	var all []item
	for _, m := range a.methods {
		if m.customer == in.PathValue("id") {
			all = append(all, item{m.id, m.object()})
		}
	}
	slices.SortFunc(all, func(x, y item) int { return cmp.Compare(x.id, y.id) })
	return in.list(all)
}

func (a *Account) getMethod(in stripeAsk) answer {
	m := a.methods[in.PathValue("id")]
	if m == nil {
		return stripeMissing("PaymentMethod", in.PathValue("id"))
	}
	return answer{status: http.StatusOK, body: m.object()}
}

func (a *Account) detachMethod(in stripeAsk) answer {
	m := a.methods[in.PathValue("id")]
	switch {
	case m == nil:
		return stripeMissing("PaymentMethod", in.PathValue("id"))
	case m.customer == "":
		return stripeWrong("", "The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	m.customer = ""
	return answer{status: http.StatusOK, body: m.object()}
}
