package stripe

import (
	"cmp"
	"context"
	"strings"

	"github.com/google/uuid"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// Lookup asks how the payment of a session stands, or a PaymentIntent, which is what a charge of a saved method has instead of a page.
func (g *Gateway) Lookup(ctx context.Context, ref string) (payment.State, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	if strings.HasPrefix(ref, "pi_") {
		params := &stripe.PaymentIntentParams{}
		params.Context = ctx
		params.AddExpand("latest_charge.balance_transaction")
		intent, err := g.api.PaymentIntents.Get(ref, params)
		if err != nil {
			return payment.State{}, explain(err)
		}
		return g.ofIntent(ctx, intent)
	}
	params := &stripe.CheckoutSessionParams{}
	params.Context = ctx
	params.AddExpand("payment_intent.latest_charge.balance_transaction")
	session, err := g.api.CheckoutSessions.Get(ref, params)
	if err != nil {
		return payment.State{}, explain(err)
	}
	state := payment.State{Ref: session.ID, Status: payment.Pending, Currency: strings.ToUpper(string(session.Currency)), Live: session.Livemode}
	state.Payment, _ = uuid.Parse(session.Metadata[metadataPayment])
	if session.Status == stripe.CheckoutSessionStatusExpired {
		state.Status = payment.Expired
	}
	if session.PaymentIntent == nil { // it is made when somebody first tries to pay (since API version 2022-08-01)
		return state, nil
	}
	return g.charged(ctx, state, session.PaymentIntent)
}

// needsPayer is what to do when a bank wants its customer.
const needsPayer = "The bank wants the owner of the card to confirm the payment: it can be paid on the provider's page."

// ofIntent is how a PaymentIntent without a page stands. Made off_session, it fails when the bank wants the payer, and stays in
// requires_payment_method ("Charge a saved payment method off-session"); nobody is ever handed what it takes to go on with it. One that
// an app pays has its payer there, and is open while the bank asks them.
func (g *Gateway) ofIntent(ctx context.Context, intent *stripe.PaymentIntent) (payment.State, error) {
	state := payment.State{Ref: intent.ID, Status: payment.Pending, Currency: strings.ToUpper(string(intent.Currency)), Live: intent.Livemode}
	state.Payment, _ = uuid.Parse(intent.Metadata[metadataPayment])
	switch {
	case intent.Status == stripe.PaymentIntentStatusCanceled:
		state.Status = payment.Expired
	case intent.Status == stripe.PaymentIntentStatusRequiresAction && intent.Metadata[metadataCheckout] == "":
		state.Status, state.Failure, state.FailureCode, state.NeedsPayer = payment.Failed, needsPayer, "requires_action", true
	}
	return g.charged(ctx, state, intent)
}

// charged adds what a PaymentIntent and its newest charge say.
func (g *Gateway) charged(ctx context.Context, state payment.State, intent *stripe.PaymentIntent) (payment.State, error) {
	if last := intent.LastPaymentError; last != nil && state.Status == payment.Pending {
		state.Status, state.Failure, state.FailureCode = payment.Failed, last.Msg, cmp.Or(string(last.DeclineCode), string(last.Code))
		if last.Code == stripe.ErrorCodeAuthenticationRequired || last.DeclineCode == stripe.DeclineCodeAuthenticationRequired {
			state.NeedsPayer, state.Failure = true, needsPayer
		}
	}
	charge := intent.LatestCharge
	if charge == nil || !charge.Paid || !charge.Captured {
		return state, nil
	}
	state.Status, state.Charge, state.Failure, state.FailureCode, state.NeedsPayer = payment.Captured, charge.ID, "", "", false
	// What was captured counts, in its own currency, whatever the page asked for.
	if charge.Currency != "" {
		state.Currency = strings.ToUpper(string(charge.Currency))
	}
	state.Captured, state.Refunded = fromStripe(charge.AmountCaptured, state.Currency), fromStripe(charge.AmountRefunded, state.Currency)
	if t := charge.BalanceTransaction; t != nil && strings.EqualFold(string(t.Currency), state.Currency) {
		fee := fromStripe(t.Fee, state.Currency)
		state.Fee = &fee
	}
	if charge.AmountRefunded > 0 {
		state.Status = payment.Refunded
	}
	if !charge.Disputed {
		return state, nil
	}
	state.Status = payment.Disputed
	disputes, err := g.disputes(ctx, charge.ID)
	state.Disputes = disputes
	return state, err
}

// disputes lists the disputes of a charge. Of one that begins with "warning" the bank only asks, and Stripe has taken nothing
// ("Dispute.status").
func (g *Gateway) disputes(ctx context.Context, charge string) ([]payment.Dispute, error) {
	params := &stripe.DisputeListParams{Charge: stripe.String(charge)}
	params.Context = ctx
	var all payment.State
	list := g.api.Disputes.List(params)
	for list.Next() {
		d := list.Dispute()
		currency := strings.ToUpper(string(d.Currency))
		said := payment.Dispute{Ref: d.ID, Amount: fromStripe(d.Amount, currency), Reason: string(d.Reason), Outcome: payment.Open}
		for _, t := range d.BalanceTransactions {
			if t.Currency == d.Currency {
				said.Fee += fromStripe(t.Fee, currency)
			}
		}
		switch d.Status {
		case stripe.DisputeStatusWon, stripe.DisputeStatusWarningClosed:
			said.Outcome = payment.Won
		case stripe.DisputeStatusLost:
			said.Outcome = payment.Lost
		case stripe.DisputeStatusWarningNeedsResponse, stripe.DisputeStatusWarningUnderReview:
			said.Outcome = payment.Asked
		}
		if said.Outcome == payment.Open || said.Outcome == payment.Lost {
			said.Taken = said.Amount
		}
		all = all.Advance(payment.State{Disputes: []payment.Dispute{said}})
	}
	if err := list.Err(); err != nil {
		return nil, explain(err)
	}
	return all.Disputes, nil
}
