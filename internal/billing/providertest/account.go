package providertest

import (
	"sync"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Account is an account with one of the providers: what a merchant sees of it in the provider's dashboard, and what a test makes happen.
type Account struct {
	payment.Account
	server *Server

	mu        sync.Mutex
	webhook   string
	held      bool
	slow      bool // refunds stay pending
	faults    []*Fault
	calls     []Call
	keys      map[string]remembered
	sales     map[string]*sale
	order     []*sale // by when they were made
	money     []*money
	customers map[string]*customer
	methods   map[string]*method
	events    []Event
	unsent    int
	quiet     []chan struct{}
}

// kind is what can be paid, or left.
type kind int

const (
	session  kind = iota // Stripe: a Checkout Session
	setup                // Stripe: a Checkout Session in which a method is left
	elements             // Stripe: a PaymentIntent that an app pays
	link                 // Razorpay: a payment link
	order                // Razorpay: an order
)

// sale is something to pay: a session, a PaymentIntent, a link or an order. Amounts are as the provider counts them.
type sale struct {
	kind           kind
	ref            string
	ours           string            // what we call it: client_reference_id, reference_id, receipt
	notes          map[string]string // metadata, notes
	moneyNotes     map[string]string // what the payments get of them
	amount         int64
	currency       string // in capitals
	description    string
	back, backNone string // where the browser goes when it is paid, and when it isn't
	email          string
	customer       string
	hidden         string // the order of a link
	created        time.Time
	expires        time.Time
	paid, expired  bool
	tries          []*money
	method         *method
	failure        string
}

// open reports whether it can be paid.
func (s *sale) open(now time.Time) bool {
	return !s.paid && !s.expired && (s.expires.IsZero() || now.Before(s.expires))
}

// money is a payment: a PaymentIntent with its charge at Stripe, a payment at Razorpay.
type money struct {
	id, charge       string
	sale             *sale // nil for a saved method
	notes            map[string]string
	amount, captured int64
	refunded, fee    int64
	currency         string
	description      string
	customer, method string
	failure, code    string
	needsPayer       bool
	created          time.Time
	refunds          []*refund
	disputes         []*dispute
}

type refund struct {
	id, receipt string
	of          *money
	notes       map[string]string
	amount      int64
	status      string // pending, done, failed
	reason      string
	created     time.Time
}

type dispute struct {
	id, reason string
	of         *money
	amount     int64
	status     string // asked, open, won, lost
	created    time.Time
}

type customer struct {
	id, name, email string
	notes           map[string]string
	created         time.Time
}

// method is a saved card.
type method struct {
	id, customer string
	brand, last4 string
	month, year  int
	declines     string // the code with which it declines, if it does
}

// Call is what a gateway asked.
type Call struct {
	Method, Path, Query string
	Body                string
	Key                 string // the idempotency key
	// Replayed is set for an answer that the key remembered.
	Replayed bool
	Status   int
}

// Calls are all that were made with this account's key, in order; those that fit a method and the beginning of a path ("POST
// /v1/refunds"), unless that is empty.
func (a *Account) Calls(what string) []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Call
	for _, c := range a.calls {
		if fits(what, c.Method, c.Path) {
			all = append(all, c)
		}
	}
	return all
}

// Forget drops what the idempotency keys remember, as the providers do after a day.
func (a *Account) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.keys)
}

// find is a payment by its id or its charge's.
func (a *Account) find(id string) *money {
	for _, m := range a.money {
		if m.id == id || m.charge == id {
			return m
		}
	}
	return nil
}
