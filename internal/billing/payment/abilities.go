package payment

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// What only some gateways can do stands in interfaces of its own: ask with s, ok := g.(payment.Saver).

// RefundFinder finds refunds again whose answer was lost, or that weren't done at once.
type RefundFinder interface {
	// LookupRefund says how a refund stands, found by our id of it among those of its charge; ErrUnknown where the provider never made it.
	LookupRefund(ctx context.Context, r Refund) (RefundState, error)
}

// SameRefund is the answer of a refund that was there before it was asked for: itself, unless it was asked for with another amount then.
func SameRefund(asked Refund, found RefundState, err error) (RefundState, error) {
	if err == nil && found.Amount != asked.Amount {
		return RefundState{}, fmt.Errorf("%w: %d were given back then, and not %d", ErrKeyReused, found.Amount, asked.Amount)
	}
	return found, err
}

// Tracer finds the payment of an event that carries no id of ours.
type Tracer interface {
	// Trace fills in the event's Payment by what the provider knows of its charge; ErrUnknown where the charge isn't one of ours.
	Trace(ctx context.Context, e Event) (Event, error)
}

// Order is what the provider's checkout inside an app pays.
type Order struct {
	Ref string
	// Key is the public key that the checkout wants, and ClientSecret what it shows for this order where the provider has such: whoever has
	// it can pay the order, and nothing else. It is handed to the app and never stored.
	Key, ClientSecret string
	// Amount is as the provider counts it.
	Amount   int64
	Currency string
}

// OrderMaker is a gateway whose provider has a checkout inside an app. An order is looked up by Gateway.Lookup like a page.
type OrderMaker interface {
	// MakeOrder makes the order of a top-up. Asked again, also after an answer was lost, it gives the one that was made first.
	MakeOrder(ctx context.Context, t TopUp) (Order, error)
	// FindOrder asks for the order of a top-up whose answer was lost, and makes none; ErrUnknown where there is none.
	FindOrder(ctx context.Context, t TopUp) (Order, error)
	// CheckoutSignature checks what the checkout handed to the app: that the provider took this payment for this order. It proves no amount:
	// how the payment stands is looked up.
	CheckoutSignature(orderID, paymentID, signature string) bool
}

// Customer is a driver as the provider shall know them, so that it can keep methods of theirs.
type Customer struct {
	// ID is ours.
	ID          uuid.UUID
	Name, Email string
}

// Setup is somebody who is about to leave a method without paying.
type Setup struct {
	// ID is ours, and the provider's idempotency key.
	ID uuid.UUID
	// Customer is what the provider calls them.
	Customer  string
	ReturnURL string
}

// SetupState is how a setup stands.
type SetupState struct {
	// Setup is our id of it.
	Setup    uuid.UUID
	Ref      string
	Customer string
	// Done is set once there is a method, and Expired when there won't be one any more.
	Done, Expired bool
	Method        Method
	// Failure is why the last try failed, in the provider's words for people.
	Failure string
}

// Method is a way to pay that the provider keeps. We know no more of it than what is printed on a receipt.
type Method struct {
	Ref string
	// Kind is the provider's word for what it is, "card" mostly.
	Kind, Brand, Last4 string
	ExpiryMonth        int
	ExpiryYear         int
}

// SavedCharge takes money from a saved method without its owner being there.
type SavedCharge struct {
	// ID is ours, and the provider's idempotency key.
	ID               uuid.UUID
	Customer, Method string
	// Amount is in minor units of the currency.
	Amount      int64
	Currency    string
	Description string
}

// Saver is a gateway whose provider keeps methods and charges them later.
type Saver interface {
	// MakeCustomer makes the provider's customer of a driver, or gives the one that there is.
	MakeCustomer(ctx context.Context, c Customer) (string, error)
	// StartSetup opens a page on which a method is left.
	StartSetup(ctx context.Context, s Setup) (Page, error)
	// LookupSetup says how a setup stands, by its page.
	LookupSetup(ctx context.Context, ref string) (SetupState, error)
	// Methods lists what a customer has left.
	Methods(ctx context.Context, customer string) ([]Method, error)
	// Detach forgets a method. One that is gone already is no error.
	Detach(ctx context.Context, method string) error
	// Charge takes money. A decline is no error but a state: Failed with words, and NeedsPayer where the payer's bank wants the payer. It is
	// final: the same charge, asked for again, gives the same answer, and nobody can pay it later. The state's Ref is for Gateway.Lookup.
	Charge(ctx context.Context, c SavedCharge) (State, error)
	// FindCharge looks for a charge whose answer was lost; ErrUnknown where there is none. It takes nothing.
	FindCharge(ctx context.Context, c SavedCharge) (State, error)
}
