package providertest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// expand are the paths that a caller wants as objects and not as ids.
type expand []string

func expansions(form url.Values) expand {
	var all expand
	for key, values := range form {
		if strings.HasPrefix(key, "expand[") {
			all = append(all, values...)
		}
	}
	return all
}

// of are the paths below a name.
func (e expand) of(name string) expand {
	var all expand
	for _, path := range e {
		if inner, ok := strings.CutPrefix(path, name+"."); ok {
			all = append(all, inner)
		}
	}
	return all
}

// child is something below an object: an id, or all of it where the caller wants that.
func (e expand) child(name, id string, object func(expand) map[string]any) any {
	wanted := slices.ContainsFunc(e, func(path string) bool { return path == name || strings.HasPrefix(path, name+".") })
	switch {
	case id == "":
		return nil
	case wanted:
		return object(e.of(name))
	}
	return id
}

// item is one of a list.
type item struct {
	id     string
	object any
}

// created reports whether something was made when the caller wants it.
func (in stripeAsk) created(at time.Time) bool {
	from, bounded := in.number("created[gte]")
	to, ends := in.number("created[lte]")
	return (!bounded || at.Unix() >= from) && (!ends || at.Unix() <= to)
}

// list is one page of a list, the newest first.
func (in stripeAsk) list(all []item) answer {
	slices.Reverse(all)
	if after := in.Get("starting_after"); after != "" {
		if i := slices.IndexFunc(all, func(i item) bool { return i.id == after }); i >= 0 {
			all = all[i+1:]
		}
	}
	limit, ok := in.number("limit")
	if !ok {
		limit = 10
	}
	more := int64(len(all)) > limit
	if more {
		all = all[:limit]
	}
	data := []any{}
	for _, i := range all {
		data = append(data, i.object)
	}
	return answer{status: http.StatusOK, body: map[string]any{"object": "list", "data": data, "has_more": more, "url": in.URL.Path}}
}

func found(all []any) answer {
	if all == nil {
		all = []any{}
	}
	return answer{status: http.StatusOK, body: map[string]any{"object": "search_result", "data": all, "has_more": false, "next_page": nil}}
}

func write(w http.ResponseWriter, said answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(said.status)
	_ = json.NewEncoder(w).Encode(said.body)
}

func (a *Account) mode() string {
	if a.Live {
		return "live"
	}
	return "test"
}

func (a *Account) add(s *sale) {
	a.sales[s.ref] = s
	a.order = append(a.order, s)
}

// orNull is null for an empty text, as Stripe has it.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (a *Account) session(s *sale, e expand) map[string]any {
	status, paid, address := "open", "unpaid", orNull(a.server.PageURL(s.ref))
	switch {
	case s.paid:
		status, paid, address = "complete", "paid", nil
	case !s.open(a.server.now()):
		status, address = "expired", nil
	}
	o := map[string]any{
		"id": s.ref, "object": "checkout.session", "mode": "payment", "status": status, "payment_status": paid, "url": address, "livemode": a.Live,
		"client_reference_id": orNull(s.ours), "metadata": s.notes, "currency": strings.ToLower(s.currency), "amount_total": s.amount, "customer": orNull(s.customer),
		"customer_email": orNull(s.email), "created": s.created.Unix(), "expires_at": s.expires.Unix(), "success_url": s.back, "cancel_url": orNull(s.backNone),
		"payment_intent": nil, "setup_intent": nil,
	}
	if s.kind == setup {
		o["mode"], o["payment_status"], o["currency"], o["amount_total"] = "setup", "no_payment_required", nil, nil
		o["setup_intent"] = e.child("setup_intent", "seti_"+s.ref, func(e expand) map[string]any { return a.setupIntent(s, e) })
	} else if len(s.tries) > 0 {
		o["payment_intent"] = e.child("payment_intent", s.tries[0].id, func(e expand) map[string]any { return a.intent(s.tries[0], e) })
	}
	return o
}

func (a *Account) setupIntent(s *sale, e expand) map[string]any {
	o := map[string]any{
		"id": "seti_" + s.ref, "object": "setup_intent", "status": "requires_payment_method", "livemode": a.Live, "metadata": s.moneyNotes, "customer": orNull(s.customer),
		"usage": "off_session", "payment_method": nil, "last_setup_error": nil, "created": s.created.Unix(),
	}
	if s.method != nil {
		o["status"], o["payment_method"] = "succeeded", e.child("payment_method", s.method.id, func(expand) map[string]any { return s.method.object() })
	}
	if s.failure != "" {
		o["last_setup_error"] = map[string]any{"type": "card_error", "code": "card_declined", "message": s.failure}
	}
	return o
}

func (a *Account) intent(m *money, e expand) map[string]any {
	o := map[string]any{
		"id": m.id, "object": "payment_intent", "amount": m.amount, "amount_received": m.captured, "currency": strings.ToLower(m.currency), "livemode": a.Live,
		"metadata": m.notes, "status": "requires_payment_method", "customer": orNull(m.customer), "description": orNull(m.description), "created": m.created.Unix(),
		"last_payment_error": nil, "payment_method": orNull(m.method),
		"latest_charge": e.child("latest_charge", m.charge, func(e expand) map[string]any { return a.charge(m, e) }),
	}
	if m.sale != nil && m.sale.kind == elements {
		o["client_secret"] = m.id + "_secret_" + a.mode()
	}
	switch {
	case m.captured > 0:
		o["status"] = "succeeded"
	case m.sale != nil && m.sale.kind == elements && m.sale.expired:
		o["status"] = "canceled"
	case m.failure != "":
		o["last_payment_error"], o["payment_method"] = a.lastError(m), nil
	}
	return o
}

// lastError is why a try failed: the bank's codes come as decline codes of card_declined.
func (a *Account) lastError(m *money) map[string]any {
	o := map[string]any{"type": "card_error", "code": "card_declined", "decline_code": m.code, "message": m.failure}
	if m.needsPayer {
		o["code"] = "authentication_required"
	}
	return o
}

func (a *Account) charge(m *money, e expand) map[string]any {
	disputed := len(m.disputes) > 0
	return map[string]any{
		"id": m.charge, "object": "charge", "amount": m.amount, "amount_captured": m.captured, "amount_refunded": m.refunded, "captured": true, "paid": true,
		"currency": strings.ToLower(m.currency), "disputed": disputed, "refunded": m.refunded == m.captured, "status": "succeeded", "livemode": a.Live,
		"metadata": m.notes, "created": m.created.Unix(), "description": orNull(m.description), "customer": orNull(m.customer),
		"payment_intent": e.child("payment_intent", m.id, func(e expand) map[string]any { return a.intent(m, e) }),
		"balance_transaction": e.child("balance_transaction", "txn_"+m.charge, func(expand) map[string]any {
			return map[string]any{
				"id": "txn_" + m.charge, "object": "balance_transaction", "amount": m.captured, "fee": m.fee, "net": m.captured - m.fee,
				"currency": strings.ToLower(m.currency), "type": "charge",
			}
		}),
	}
}

func (a *Account) refundObject(r *refund, e expand) map[string]any {
	o := map[string]any{
		"id": r.id, "object": "refund", "amount": r.amount, "currency": strings.ToLower(r.of.currency), "metadata": r.notes, "created": r.created.Unix(),
		"status": map[string]string{"done": "succeeded", "pending": "pending", "failed": "failed"}[r.status], "payment_intent": r.of.id,
		"charge": e.child("charge", r.of.charge, func(e expand) map[string]any { return a.charge(r.of, e) }),
	}
	if r.reason != "" {
		o["failure_reason"] = r.reason
	}
	return o
}

// disputeFee is what Stripe keeps for a dispute.
const disputeFee = 2000

func (a *Account) dispute(d *dispute) map[string]any {
	currency := strings.ToLower(d.of.currency)
	booked := []any{}
	if d.status != "asked" {
		booked = append(booked, map[string]any{"id": "txn_" + d.id, "object": "balance_transaction", "amount": -d.amount, "fee": disputeFee, "currency": currency})
	}
	if d.status == "won" {
		booked = append(booked, map[string]any{"id": "txn_won_" + d.id, "object": "balance_transaction", "amount": d.amount, "fee": 0, "currency": currency})
	}
	return map[string]any{
		"id": d.id, "object": "dispute", "amount": d.amount, "currency": currency, "charge": d.of.charge, "payment_intent": d.of.id, "reason": d.reason,
		"status":   map[string]string{"asked": "warning_needs_response", "open": "needs_response", "won": "won", "lost": "lost"}[d.status],
		"livemode": a.Live, "metadata": map[string]any{}, "created": d.created.Unix(), "balance_transactions": booked,
	}
}

func (c *customer) object() map[string]any {
	return map[string]any{"id": c.id, "object": "customer", "name": orNull(c.name), "email": orNull(c.email), "metadata": c.notes, "created": c.created.Unix()}
}

func (m *method) object() map[string]any {
	return map[string]any{
		"id": m.id, "object": "payment_method", "type": "card", "customer": orNull(m.customer),
		"card": map[string]any{"brand": m.brand, "last4": m.last4, "exp_month": m.month, "exp_year": m.year},
	}
}
