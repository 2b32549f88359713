package providertest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// razorpaySays is how Razorpay answers what goes wrong.
var razorpaySays = dialect{
	keyHeader: "X-Refund-Idempotency",
	refuse:    razorpayError,
	reused: func() answer {
		return razorpayError(http.StatusBadRequest, "Different request with the same idempotency key has already been processed.")
	},
}

func razorpayError(status int, words string) answer {
	code := "BAD_REQUEST_ERROR"
	if status >= 500 {
		code = "SERVER_ERROR"
	}
	return answer{status: status, early: true, body: map[string]any{"error": map[string]any{
		"code": code, "description": words, "source": "NA", "step": "NA", "reason": "NA", "metadata": map[string]any{},
	}}}
}

func razorpayMissing() answer {
	return razorpayError(http.StatusBadRequest, "The id provided does not exist")
}

// razorpayAsk is a call as Razorpay reads it.
type razorpayAsk struct {
	*http.Request
	amount         int64
	currency       string
	reference      string
	receipt        string
	description    string
	callback       string
	callbackMethod string
	email          string
	expires        int64
	notes          map[string]string
}

// razorpay are the paths of Razorpay's API.
func (s *Server) razorpay() http.Handler {
	mux := http.NewServeMux()
	for path, do := range map[string]func(a *Account, in razorpayAsk) answer{
		"POST /v1/payment_links":        (*Account).makeLink,
		"GET /v1/payment_links":         (*Account).listLinks,
		"GET /v1/payment_links/{id}":    (*Account).getLink,
		"POST /v1/orders":               (*Account).makeOrder,
		"GET /v1/orders":                (*Account).listOrders,
		"GET /v1/orders/{id}":           (*Account).getOrder,
		"GET /v1/orders/{id}/payments":  (*Account).orderPayments,
		"GET /v1/payments/{id}":         (*Account).getPayment,
		"POST /v1/payments/{id}/refund": (*Account).refundPayment,
		"GET /v1/payments/{id}/refunds": (*Account).paymentRefunds,
		"GET /v1/disputes":              (*Account).allDisputes,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			key, secret, _ := r.BasicAuth()
			a := s.account(payment.Razorpay, func(a *Account) bool { return a.Key == key && a.Secret == secret })
			if a == nil {
				write(w, razorpayError(http.StatusUnauthorized, "Authentication failed"))
				return
			}
			a.serve(w, r, razorpaySays, func(in asked) answer {
				var body struct {
					Amount         int64             `json:"amount"`
					Currency       string            `json:"currency"`
					ReferenceID    string            `json:"reference_id"`
					Receipt        string            `json:"receipt"`
					Description    string            `json:"description"`
					CallbackURL    string            `json:"callback_url"`
					CallbackMethod string            `json:"callback_method"`
					ExpireBy       int64             `json:"expire_by"`
					Notes          map[string]string `json:"notes"`
					Customer       struct {
						Email string `json:"email"`
					} `json:"customer"`
				}
				if err := json.Unmarshal(in.body, &body); err != nil && in.Method == http.MethodPost {
					return razorpayError(http.StatusBadRequest, "The request can't be read: "+err.Error())
				}
				return do(a, razorpayAsk{
					in.Request, body.Amount, body.Currency, body.ReferenceID, body.Receipt, body.Description, body.CallbackURL, body.CallbackMethod,
					body.Customer.Email, body.ExpireBy, body.Notes,
				})
			})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		write(w, razorpayError(http.StatusNotFound, "The requested URL was not found on the server."))
	})
	return mux
}

func (in razorpayAsk) wrongAmount() (answer, bool) {
	switch {
	case len(in.currency) != 3:
		return razorpayError(http.StatusBadRequest, "The currency field is required."), true
	case in.amount < 100 && in.currency == "INR":
		return razorpayError(http.StatusBadRequest, "Order amount less than minimum amount allowed"), true
	case in.amount <= 0:
		return razorpayError(http.StatusBadRequest, "The amount must be at least 1."), true
	}
	return answer{}, false
}

func (a *Account) makeLink(in razorpayAsk) answer {
	now := a.server.now()
	if wrong, is := in.wrongAmount(); is {
		return wrong
	}
	switch {
	case len(in.reference) > 40:
		return razorpayError(http.StatusBadRequest, "The reference id may not be greater than 40 characters.")
	case in.expires != 0 && time.Unix(in.expires, 0).Before(now.Add(15*time.Minute)):
		return razorpayError(http.StatusBadRequest, "expire_by should be at least 15 minutes after current time")
	case in.callback != "" && in.callbackMethod != "get":
		return razorpayError(http.StatusBadRequest, "callback_method is required with callback_url")
	case in.reference != "" && slices.ContainsFunc(a.order, func(s *sale) bool { return s.kind == link && s.ours == in.reference }):
		return razorpayError(http.StatusBadRequest, "payment link with given reference_id ("+in.reference+") already exists. Please use a different reference_id.")
	}
	s := &sale{
		kind: link, ref: newID("plink_"), hidden: newID("order_"), ours: in.reference, notes: in.notes, moneyNotes: in.notes, amount: in.amount, currency: in.currency,
		description: in.description, back: in.callback, email: in.email, created: now,
	}
	if in.expires != 0 {
		s.expires = time.Unix(in.expires, 0)
	}
	a.add(s)
	return answer{status: http.StatusOK, body: a.link(s)}
}

func (a *Account) getLink(in razorpayAsk) answer {
	s := a.sales[in.PathValue("id")]
	if s == nil || s.kind != link {
		return razorpayMissing()
	}
	return answer{status: http.StatusOK, body: a.link(s)}
}

func (a *Account) listLinks(in razorpayAsk) answer {
	reference, paidBy := in.URL.Query().Get("reference_id"), in.URL.Query().Get("payment_id")
	all := []any{}
	for _, s := range a.order {
		if s.kind != link || reference != "" && s.ours != reference ||
			paidBy != "" && !slices.ContainsFunc(s.tries, func(m *money) bool { return m.id == paidBy }) {
			continue
		}
		all = append(all, a.link(s))
	}
	return answer{status: http.StatusOK, body: map[string]any{"payment_links": all}}
}

func (a *Account) makeOrder(in razorpayAsk) answer {
	if wrong, is := in.wrongAmount(); is {
		return wrong
	}
	if len(in.receipt) > 40 {
		return razorpayError(http.StatusBadRequest, "The receipt may not be greater than 40 characters.")
	}
	s := &sale{kind: order, ref: newID("order_"), ours: in.receipt, notes: in.notes, amount: in.amount, currency: in.currency, created: a.server.now()}
	a.add(s)
	return answer{status: http.StatusOK, body: a.orderOf(s)}
}

func (a *Account) listOrders(in razorpayAsk) answer {
	receipt := in.URL.Query().Get("receipt")
	var all []any
	for _, s := range slices.Backward(a.order) {
		if s.kind == order && (receipt == "" || s.ours == receipt) {
			all = append(all, a.orderOf(s))
		}
	}
	return in.collection(all)
}

// orderFor is an order, or the hidden one of a link.
func (a *Account) orderFor(id string) *sale {
	i := slices.IndexFunc(a.order, func(s *sale) bool { return s.kind == order && s.ref == id || s.hidden != "" && s.hidden == id })
	if i < 0 {
		return nil
	}
	return a.order[i]
}

func (a *Account) getOrder(in razorpayAsk) answer {
	s := a.orderFor(in.PathValue("id"))
	if s == nil {
		return razorpayMissing()
	}
	return answer{status: http.StatusOK, body: a.orderOf(s)}
}

func (a *Account) orderPayments(in razorpayAsk) answer {
	s := a.orderFor(in.PathValue("id"))
	if s == nil {
		return razorpayMissing()
	}
	var all []any
	for _, m := range s.tries {
		all = append(all, a.payment(m))
	}
	return in.collection(all)
}

func (a *Account) getPayment(in razorpayAsk) answer {
	m := a.find(in.PathValue("id"))
	if m == nil {
		return razorpayMissing()
	}
	return answer{status: http.StatusOK, body: a.payment(m)}
}

func (a *Account) refundPayment(in razorpayAsk) answer {
	m := a.find(in.PathValue("id"))
	key := in.Header.Get(razorpaySays.keyHeader)
	switch {
	case m == nil:
		return razorpayMissing()
	case key != "" && len(key) < 10:
		return razorpayError(http.StatusBadRequest, "The idempotency key must be at least 10 characters long.")
	case m.captured == 0:
		return razorpayError(http.StatusBadRequest, "The payment status should be captured for action to be taken")
	case m.refunded == m.captured:
		return razorpayError(http.StatusBadRequest, "The payment has been fully refunded already")
	case in.amount <= 0 || m.refunded+in.amount > m.captured:
		return razorpayError(http.StatusBadRequest, "The total refund amount is greater than the refund payment amount")
	}
	return answer{status: http.StatusOK, body: a.refundEntity(a.refund(m, in.amount, in.receipt, in.notes))}
}

func (a *Account) paymentRefunds(in razorpayAsk) answer {
	m := a.find(in.PathValue("id"))
	if m == nil {
		return razorpayMissing()
	}
	var all []any
	for _, r := range slices.Backward(m.refunds) {
		all = append(all, a.refundEntity(r))
	}
	return in.collection(all)
}

func (a *Account) allDisputes(in razorpayAsk) answer {
	from, _ := strconv.ParseInt(in.URL.Query().Get("from"), 10, 64)
	var all []*dispute
	for _, m := range a.money {
		for _, d := range m.disputes {
			if d.created.Unix() >= from {
				all = append(all, d)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y *dispute) int { return cmp.Compare(y.created.UnixNano(), x.created.UnixNano()) })
	var said []any
	for _, d := range all {
		said = append(said, a.disputeEntity(d))
	}
	return in.collection(said)
}

// collection is one page of a list: ten, or as many as the caller wants up to a hundred.
func (in razorpayAsk) collection(all []any) answer {
	count, err := strconv.Atoi(in.URL.Query().Get("count"))
	if err != nil {
		count = 10
	}
	skip, _ := strconv.Atoi(in.URL.Query().Get("skip"))
	all = all[min(skip, len(all)):]
	all = append([]any{}, all[:min(count, 100, len(all))]...)
	return answer{status: http.StatusOK, body: map[string]any{"entity": "collection", "count": len(all), "items": all}}
}
