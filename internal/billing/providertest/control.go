package providertest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// What goes wrong with what a test makes happen.
var (
	ErrNoSuchThing = errors.New("the stand-in knows no such thing")
	ErrNotOpen     = errors.New("it can't be paid: it is paid already, or expired")
)

// Paying is how somebody pays; the zero value is what was asked for.
type Paying struct {
	// Amount and Currency differ from what was asked for, where they are set. The amount is as the provider counts it.
	Amount   int64
	Currency string
}

// Pay pays a page or an order as somebody in front of it would, or leaves a card on a page for that. It gives what the provider calls the
// money, or the card.
func (a *Account) Pay(ref string, how Paying) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.openSale(ref)
	if err != nil {
		return "", err
	}
	if s.kind == setup {
		s.method = &method{id: newID("pm_"), customer: s.customer, brand: "visa", last4: "4242", month: 12, year: a.server.now().Year() + 3}
		s.paid, s.failure = true, ""
		a.methods[s.method.id] = s.method
		a.tell("setup_intent.succeeded", a.setupIntent(s, nil))
		a.tell("checkout.session.completed", a.session(s, nil))
		return s.method.id, nil
	}
	m := a.try(s)
	m.amount, m.currency = cmp.Or(how.Amount, m.amount), cmp.Or(how.Currency, m.currency)
	a.capture(m)
	s.paid = true
	a.tellPaid(m)
	return m.charge, nil
}

// Decline lets the payer's bank refuse, with the provider's code and words. It can be tried again.
func (a *Account) Decline(ref, code, words string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.openSale(ref)
	if err != nil {
		return err
	}
	if s.kind == setup {
		s.failure = words
		a.tell("setup_intent.setup_failed", a.setupIntent(s, nil))
		return nil
	}
	m := a.try(s)
	m.code, m.failure = code, words
	if a.Provider == payment.Stripe {
		a.tell("payment_intent.payment_failed", a.intent(m, nil))
		return nil
	}
	a.tell("payment.failed", map[string]any{"payment": a.payment(m)})
	return nil
}

// Expire lets the time of a page run out.
func (a *Account) Expire(ref string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.openSale(ref)
	if err != nil {
		return err
	}
	s.expired = true
	switch s.kind {
	case session, setup:
		a.tell("checkout.session.expired", a.session(s, nil))
	case elements:
		a.tell("payment_intent.canceled", a.intent(s.tries[0], nil))
	case link:
		a.tell("payment_link.expired", map[string]any{"payment_link": a.link(s)})
	}
	return nil
}

func (a *Account) openSale(ref string) (*sale, error) {
	s, ok := a.sales[ref]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoSuchThing, ref)
	}
	if !s.open(a.server.now()) {
		return nil, ErrNotOpen
	}
	return s, nil
}

// try begins to pay. Stripe keeps one PaymentIntent for all tries, Razorpay makes a payment of each.
func (a *Account) try(s *sale) *money {
	if a.Provider == payment.Stripe && len(s.tries) > 0 {
		return s.tries[0]
	}
	m := &money{sale: s, notes: maps.Clone(s.moneyNotes), amount: s.amount, currency: s.currency, description: s.description, customer: s.customer, created: a.server.now()}
	if a.Provider == payment.Stripe {
		m.id = newID("pi_")
	} else {
		m.id = newID("pay_")
	}
	s.tries = append(s.tries, m)
	a.money = append(a.money, m)
	return m
}

// capture takes the money, less a fee of 1.5 %.
func (a *Account) capture(m *money) {
	m.captured, m.failure, m.code, m.needsPayer, m.fee = m.amount, "", "", false, m.amount*15/1000
	if m.charge = m.id; a.Provider == payment.Stripe {
		m.charge = newID("ch_")
	}
}

func (a *Account) tellPaid(m *money) {
	if a.Provider == payment.Stripe {
		a.tell("charge.succeeded", a.charge(m, nil))
		a.tell("payment_intent.succeeded", a.intent(m, nil))
		if m.sale != nil && m.sale.kind == session {
			a.tell("checkout.session.completed", a.session(m.sale, nil))
		}
		return
	}
	paid := a.payment(m)
	a.tell("payment.authorized", map[string]any{"payment": paid})
	a.tell("payment.captured", map[string]any{"payment": paid})
	a.tell("order.paid", map[string]any{"payment": paid, "order": a.orderOf(m.sale)})
	if m.sale.kind == link {
		a.tell("payment_link.paid", map[string]any{"payment": paid, "order": a.orderOf(m.sale), "payment_link": a.link(m.sale)})
	}
}

// Refund gives money back from the provider's dashboard, behind our back. It gives what the provider calls it.
func (a *Account) Refund(charge string, amount int64) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.find(charge)
	if m == nil || m.captured == 0 {
		return "", fmt.Errorf("%w: %s", ErrNoSuchThing, charge)
	}
	if m.refunded+amount > m.captured {
		return "", errors.New("that is more than is left of the payment")
	}
	return a.refund(m, amount, "", nil).id, nil
}

// HoldRefunds lets refunds stay pending until they are settled.
func (a *Account) HoldRefunds(hold bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.slow = hold
}

// refund makes a refund.
func (a *Account) refund(m *money, amount int64, receipt string, notes map[string]string) *refund {
	r := &refund{id: newID("re_"), of: m, amount: amount, receipt: receipt, notes: notes, status: "done", created: a.server.now()}
	if a.Provider == payment.Razorpay {
		r.id = newID("rfnd_")
	}
	if a.slow {
		r.status = "pending"
	}
	m.refunded += amount
	m.refunds = append(m.refunds, r)
	if a.Provider == payment.Stripe {
		a.tell("charge.refunded", a.charge(m, nil))
		return r
	}
	a.tell("refund.created", a.refundEvent(r))
	if r.status == "done" {
		a.tell("refund.processed", a.refundEvent(r))
	}
	return r
}

// SettleRefund ends a refund by the provider's id of it: done, or failed for a reason, also one that was done already.
func (a *Account) SettleRefund(id, failed string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.money {
		for _, r := range m.refunds {
			if r.id != id {
				continue
			}
			if r.status == "failed" {
				return ErrNotOpen
			}
			kind := "refund.processed"
			if r.status = "done"; failed != "" {
				r.status, r.reason, kind = "failed", failed, "refund.failed"
				m.refunded -= r.amount
			}
			if a.Provider == payment.Stripe {
				a.tell("charge.refund.updated", a.refundObject(r, nil))
			} else {
				a.tell(kind, a.refundEvent(r))
			}
			return nil
		}
	}
	return fmt.Errorf("%w: %s", ErrNoSuchThing, id)
}

// Dispute lets a payer object to a charge at their bank. The provider takes the money at once.
func (a *Account) Dispute(charge string, amount int64, reason string) (string, error) {
	return a.object(charge, amount, reason, "open")
}

// Inquire lets a bank ask about a charge; nothing is taken yet.
func (a *Account) Inquire(charge string, amount int64, reason string) (string, error) {
	return a.object(charge, amount, reason, "asked")
}

func (a *Account) object(charge string, amount int64, reason, status string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.find(charge)
	if m == nil || m.captured == 0 {
		return "", fmt.Errorf("%w: %s", ErrNoSuchThing, charge)
	}
	d := &dispute{id: newID("dp_"), of: m, amount: amount, reason: reason, status: status, created: a.server.now()}
	if a.Provider == payment.Razorpay {
		d.id = newID("disp_")
	}
	m.disputes = append(m.disputes, d)
	if a.Provider == payment.Razorpay {
		a.tell("payment.dispute.created", a.disputeEvent(d))
		return d.id, nil
	}
	a.tell("charge.dispute.created", a.dispute(d))
	if status == "open" {
		a.tell("charge.dispute.funds_withdrawn", a.dispute(d))
	}
	return d.id, nil
}

// CloseDispute decides a dispute. What was won is given back.
func (a *Account) CloseDispute(id string, won bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.money {
		for _, d := range m.disputes {
			if d.id != id {
				continue
			}
			if d.status = "lost"; won {
				d.status = "won"
			}
			if a.Provider == payment.Razorpay {
				a.tell("payment.dispute."+d.status, a.disputeEvent(d))
				return nil
			}
			a.tell("charge.dispute.closed", a.dispute(d))
			if won {
				a.tell("charge.dispute.funds_reinstated", a.dispute(d))
			}
			return nil
		}
	}
	return fmt.Errorf("%w: %s", ErrNoSuchThing, id)
}

// DeclineMethod lets a saved card decline from now on, with one of Stripe's codes, "authentication_required" among them; it works again
// with an empty code.
func (a *Account) DeclineMethod(id, code string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, ok := a.methods[id]
	if !ok {
		return fmt.Errorf("%w: %s", ErrNoSuchThing, id)
	}
	m.declines = code
	return nil
}

// CheckoutSignature is what Razorpay's checkout hands to the app when an order was paid.
func (a *Account) CheckoutSignature(order, paymentID string) string {
	return sign(a.Secret, []byte(order+"|"+paymentID))
}

// Payments are how many payments captured money for one of our ids, wherever it is kept: as metadata, note, reference or receipt.
func (a *Account) Payments(ours string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, m := range a.money {
		if m.captured > 0 && (m.sale != nil && strings.EqualFold(m.sale.ours, ours) || m.notes["busbar_payment"] == ours) {
			n++
		}
	}
	return n
}

// Sales are the pages and orders that there are for one of our ids.
func (a *Account) Sales(ours string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var refs []string
	for _, s := range a.order {
		if s.ours == ours {
			refs = append(refs, s.ref)
		}
	}
	return refs
}

// Refunded is how much of a charge was given back.
func (a *Account) Refunded(charge string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m := a.find(charge); m != nil {
		return m.refunded
	}
	return 0
}
