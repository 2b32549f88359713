// Package payment owns what every payment provider is to us: a page on which somebody pays, a state that can be looked up, refunds,
// and events that say that a look is worth it. Packages stripe and razorpay speak to the providers.
//
//	TopUp ─> Start ─> page of the provider ─> driver pays there
//	webhook ─> Event: which payment, of which account ─> Lookup ─> State ─> Advance: forward only
//
// An event moves no money by itself. Whatever it says, the provider is asked how the payment stands, so that events that come twice,
// late, in another order or not at all end in the same state.
package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Provider is a payment provider.
type Provider string

// The providers.
const (
	Stripe   Provider = "STRIPE"
	Razorpay Provider = "RAZORPAY"
)

// TopUp is a payment that somebody is about to make.
type TopUp struct {
	// ID is ours, and the provider's idempotency key: asked for twice, there is one page. It is a UUIDv7, whose time tells whether the
	// provider still knows it; and whoever asks twice says the same twice, since providers refuse a key that comes with other words.
	ID uuid.UUID
	// Amount is in minor units of the currency, which is an ISO 4217 code in capitals.
	Amount      int64
	Currency    string
	Description string
	Email       string
	// ReturnURL is where the driver comes back to, whatever happened.
	ReturnURL string
	// Expires is until when the page can be paid on; the provider may have bounds of its own.
	Expires time.Time
}

// Page is where a top-up is paid, and how the provider calls it.
type Page struct {
	Ref string
	URL string
}

// Status is how a payment stands.
type Status string

// The statuses of a payment, in the order in which they follow each other: what has come further never goes back.
const (
	Pending  Status = "PENDING"
	Failed   Status = "FAILED" // a try failed; another may still succeed until the page expires
	Expired  Status = "EXPIRED"
	Captured Status = "CAPTURED"
	Refunded Status = "REFUNDED" // wholly or in part
	Disputed Status = "DISPUTED"
)

// State is what a provider says of a payment.
type State struct {
	// Payment is our id of it, as the provider kept it; nil where the page isn't one of ours.
	Payment uuid.UUID
	Ref     string
	// Charge is what the provider calls the money that moved: refunds name it.
	Charge   string
	Status   Status
	Captured int64
	Refunded int64
	// Fee is what the provider kept; nil where it doesn't say yet.
	Fee      *int64
	Currency string
	Live     bool
	// Failure is why the last try failed, in words for people, and FailureCode the provider's code of it.
	Failure, FailureCode string
	// NeedsPayer is set where the payer's bank wants the payer to confirm: without them nothing is taken from this method.
	NeedsPayer bool
	// Disputes are the payer's objections at their bank, ordered by Ref.
	Disputes []Dispute
}

// rank orders statuses by how far a payment has come.
var rank = map[Status]int{Pending: 0, Failed: 1, Expired: 2, Captured: 3, Refunded: 4, Disputed: 5}

// Advance is the state that a payment is in once a provider has said this of it: the further of the two, with the larger amounts. A
// word that came late changes nothing.
func (s State) Advance(said State) State {
	next := s
	if rank[said.Status] >= rank[s.Status] {
		next = said
	}
	next.Captured, next.Refunded = max(s.Captured, said.Captured), max(s.Refunded, said.Refunded)
	if next.Fee == nil {
		next.Fee = s.Fee
	}
	if next.Charge == "" {
		next.Charge = s.Charge
	}
	if next.Payment == uuid.Nil {
		next.Payment = s.Payment
	}
	next.Disputes = joined(s.Disputes, said.Disputes)
	return next
}

// Differs says how what was captured differs from what was asked for, for the one who looks into it; it is empty where nothing does.
// What was captured is credited either way.
func (s State) Differs(amount int64, currency string) string {
	switch {
	case s.Captured == 0:
		return ""
	case s.Currency != currency:
		return fmt.Sprintf("%d (minor units) in %s were captured instead of %d in %s", s.Captured, s.Currency, amount, currency)
	case s.Captured != amount:
		return fmt.Sprintf("%d (minor units) in %s were captured instead of %d", s.Captured, s.Currency, amount)
	}
	return ""
}

// Refund gives a part of a payment back.
type Refund struct {
	// ID is ours, and the provider's idempotency key.
	ID uuid.UUID
	// Charge is the one of the payment's state.
	Charge   string
	Amount   int64
	Currency string
	Reason   string
}

// RefundState is what a provider says of a refund.
type RefundState struct {
	Ref string
	// Amount is what is given back, in minor units of the refund's currency.
	Amount int64
	// Done is set once the money is on its way; Failed is why it never will be.
	Done   bool
	Failed string
}

// Event says that something about a payment may have changed.
type Event struct {
	// ID is the provider's, one for each event however often it is sent.
	ID string
	// Kind is the provider's name of it, for the log.
	Kind string
	// Payment is our id, where the event has it; Ref the page's or the order's; Charge what the provider calls the money. Each may be
	// empty: the payment is found by the first that is known, and else by Tracer.
	Payment uuid.UUID
	Ref     string
	Charge  string
	// Refund and Setup are our ids of the refund and of the setup that it is about.
	Refund, Setup uuid.UUID
	Live          bool
	At            time.Time
}

// Gateway speaks to one account with a provider.
type Gateway interface {
	// Start opens a page on which a top-up is paid.
	Start(ctx context.Context, t TopUp) (Page, error)
	// Lookup asks how a payment stands, by its page.
	Lookup(ctx context.Context, ref string) (State, error)
	// Find asks for the page of a top-up whose answer was lost; ErrUnknown where there is none.
	Find(ctx context.Context, t TopUp) (Page, error)
	// Refund gives money back.
	Refund(ctx context.Context, r Refund) (RefundState, error)
	// Event reads a webhook: whether it is the provider's, fresh, and of this account.
	Event(header http.Header, body []byte, now time.Time) (Event, error)
}

// What goes wrong with providers.
var (
	// ErrUncertain means that it isn't known whether the provider did it. It is looked up before anything is done again.
	ErrUncertain = errors.New("the payment provider didn't answer: whether it did what it was asked is looked up")
	// ErrUnknown means that the provider knows no such thing.
	ErrUnknown = errors.New("the payment provider doesn't know it")
	// ErrForged refuses a webhook that the provider didn't sign, or signed too long ago.
	ErrForged = errors.New("the webhook isn't signed by the payment provider, or was signed too long ago")
	// ErrKeyReused means that the provider was asked the same with other words before: what it did then stands.
	ErrKeyReused = errors.New("the payment provider was asked for this before with other words")
	// ErrOtherAccount refuses a webhook of another account with the provider.
	ErrOtherAccount = errors.New("the webhook is of another account with the payment provider")
	// ErrOtherMode refuses a webhook of a test account for a live one, and the other way round.
	ErrOtherMode = errors.New("the webhook is of another mode than the account: test events don't count for live accounts, nor live ones for test accounts")
)

// Refusal is the provider's word that it won't do something, and why.
type Refusal struct {
	Reason string
}

// Error is the reason.
func (r *Refusal) Error() string { return "the payment provider refused: " + r.Reason }

const (
	// Patience bounds a call to a provider.
	Patience = 20 * time.Second
	// Window is how old a webhook may be.
	Window = 5 * time.Minute
	// KeyTime is how long a provider surely remembers an idempotency key: 24 hours, less a little for clocks ("Idempotent requests" of
	// Stripe). Later, whatever was asked for is looked for before it is asked for again.
	KeyTime = 23 * time.Hour
)

// Forgotten reports whether a provider may have forgotten what was asked of it with an id of ours. Only a UUIDv7 says how old it is.
func Forgotten(id uuid.UUID) bool {
	return id.Version() != 7 || time.Since(Made(id)) > KeyTime
}

// Made is when a UUIDv7 was made.
func Made(id uuid.UUID) time.Time { return time.Unix(id.Time().UnixTime()) }
