package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// inApp is where somebody comes back to who pays in an app: they never left it. A top-up without a way back is one, and is looked up as
// an order instead of a page.
const inApp = ""

// abandonedAfter is how long after its time an order may still be paid before it counts as expired: providers keep orders open for good,
// and payments by bank arrive hours later. What comes after that is credited all the same.
const abandonedAfter = 24 * time.Hour

// Checkout is what an app opens the provider's checkout with.
type Checkout struct {
	// Order is what is paid there: Razorpay's order, or Stripe's PaymentIntent.
	payment.Order
	Provider payment.Provider
	// Asked is the amount as we count it, in the minor units of the currency.
	Asked int64
	// Name is whom the driver pays, and Description for what.
	Name, Description string
}

func (r *record) inApp() bool { return r.Purpose != automatic && r.ReturnURL == inApp }

// open asks the provider for what a payment is paid on: a page, or an order with what an app needs for it.
func open(ctx context.Context, gateway payment.Gateway, r *record, operator string) (payment.Page, *Checkout, error) {
	if !r.inApp() {
		page, err := gateway.Start(ctx, r.topUp())
		return page, nil, err
	}
	orders, ok := gateway.(payment.OrderMaker)
	if !ok {
		return payment.Page{}, nil, fmt.Errorf("payment %s is an app's, and its provider makes no orders", r.ID)
	}
	order, err := orders.MakeOrder(ctx, r.topUp())
	if err != nil {
		return payment.Page{}, nil, err
	}
	return payment.Page{Ref: order.Ref}, &Checkout{Order: order, Provider: r.Provider, Asked: r.Amount, Name: operator, Description: description}, nil
}

// find asks for the page or the order of a payment whose answer was lost.
func find(ctx context.Context, gateway payment.Gateway, r *record) (payment.Page, error) {
	if !r.inApp() {
		return gateway.Find(ctx, r.topUp())
	}
	orders, ok := gateway.(payment.OrderMaker)
	if !ok {
		return payment.Page{}, fmt.Errorf("payment %s is an app's, and its provider makes no orders", r.ID)
	}
	order, err := orders.FindOrder(ctx, r.topUp())
	return payment.Page{Ref: order.Ref}, err
}

// abandoned ends an order that nobody paid in its time, so that it isn't looked up for ever: providers don't.
func (s *Service) abandoned(r *record, said payment.State) payment.State {
	if r.inApp() && (said.Status == payment.Pending || said.Status == payment.Failed) && s.now().After(r.ExpiresAt.Add(abandonedAfter)) {
		said.Status = payment.Expired
	}
	return said
}

// Confirmation is what the checkout handed to an app once somebody had paid there.
type Confirmation struct {
	Payment uuid.UUID
	// Ref is what the provider calls the payment: Razorpay's payment, or Stripe's PaymentIntent.
	Ref string
	// Signature is Razorpay's; Stripe signs nothing for apps.
	Signature string
}

// Confirmed is a payment after it was looked up.
type Confirmed struct {
	Payment *ent.Payment
	// Message says what happens next where the provider didn't answer.
	Message string
}

// ConfirmCheckout takes an app's word that somebody paid as a reason to ask the provider, and nothing more: what is credited is what the
// provider says, as if its webhook had come. So it may come before the webhook, after it, twice or never. A word that isn't signed for
// this very order asks nobody anything.
func (s *Service) ConfirmCheckout(ctx context.Context, c Confirmation) (*Confirmed, error) {
	ctx, err := s.payer(ctx, c.Payment)
	if err != nil {
		return nil, err
	}
	r, err := s.load(ctx, c.Payment)
	if err != nil {
		return nil, err
	}
	switch {
	case !r.inApp():
		return nil, fault.In("paymentId", "This payment isn't made in an app: it arrives by itself once it is paid on its page.")
	case r.Ref == "":
		return nil, fault.New(fault.Conflict, "The payment provider hasn't answered yet whether it has this payment. Nothing was charged. Look again in a minute.")
	}
	gateway, a, err := s.gateway(ctx, r.AccountID)
	if err != nil {
		return nil, err
	}
	orders, ok := gateway.(payment.OrderMaker)
	if !ok || !orders.CheckoutSignature(r.Ref, c.Ref, c.Signature) {
		s.logger.Warn("a checkout's confirmation was refused", "payment", r.ID, "account", a.ID)
		return nil, fault.In("signature", "The payment provider didn't sign this for the payment: hand on exactly what its checkout gave to the app.")
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	confirmed := &Confirmed{}
	err = s.Process(ctx, r.ID)
	if errors.Is(err, payment.ErrUncertain) {
		confirmed.Message = "The payment provider didn't answer. The payment is looked up again in a minute, and credited once if it was made."
		err = s.lookSoon(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	if confirmed.Payment, err = s.db.Ent().Payment.Get(ctx, r.ID); err != nil {
		return nil, fmt.Errorf("load the payment: %w", err)
	}
	return confirmed, nil
}

// payer finds a payment that the viewer may confirm: a driver their own, others with the permission. What follows is done in the context
// that it gives.
func (s *Service) payer(ctx context.Context, id uuid.UUID) (context.Context, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return ctx, err
	}
	rows, err := s.db.Query(ctx, "select network_id from payments where id = $1", id)
	if err != nil {
		return ctx, fmt.Errorf("load the payment: %w", err)
	}
	network, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	if errors.Is(err, pgx.ErrNoRows) {
		return ctx, fault.Missing("payment")
	}
	if err != nil {
		return ctx, fmt.Errorf("load the payment: %w", err)
	}
	if v.Kind == tenancy.KindDriver {
		return forDriver(ctx, v), nil
	}
	_, err = viewer(ctx, tenancy.PaymentWrite, network, "payment")
	return ctx, err
}

// lookSoon has a payment looked up again in a minute, once however often it is asked for.
func (s *Service) lookSoon(ctx context.Context, r *record) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.Enqueue(ctx, ProcessPayment{Tenant: r.TenantID, Payment: r.ID}, &river.InsertOpts{
			ScheduledAt: s.now().Add(lookAfter),
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
				rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
			}},
		})
	})
}
