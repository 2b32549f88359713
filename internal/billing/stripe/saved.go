package stripe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	stripe "github.com/stripe/stripe-go/v76"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// MakeCustomer makes the Customer of a driver, or gives the one that there is.
func (g *Gateway) MakeCustomer(ctx context.Context, c payment.Customer) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	if payment.Forgotten(c.ID) {
		if found, err := g.findCustomer(ctx, c.ID); !errors.Is(err, payment.ErrUnknown) {
			return found, err
		}
	}
	params := &stripe.CustomerParams{}
	if c.Name != "" {
		params.Name = stripe.String(c.Name)
	}
	if c.Email != "" {
		params.Email = stripe.String(c.Email)
	}
	params.Metadata = map[string]string{metadataCustomer: c.ID.String()}
	params.Context = ctx
	params.SetIdempotencyKey("customer " + c.ID.String())
	customer, err := g.api.Customers.New(params)
	if err == nil {
		return customer.ID, nil
	}
	err = explain(err)
	if errors.Is(err, payment.ErrKeyReused) { // by another name or address
		if found, findErr := g.findCustomer(ctx, c.ID); findErr == nil {
			return found, nil
		}
	}
	return "", err
}

func (g *Gateway) findCustomer(ctx context.Context, id uuid.UUID) (string, error) {
	search := &stripe.CustomerSearchParams{}
	search.Context = ctx
	search.Query = fmt.Sprintf("metadata[%q]:%q", metadataCustomer, id.String())
	found := g.api.Customers.Search(search)
	if found.Next() {
		return found.Customer().ID, nil
	}
	var refused *payment.Refusal
	if err := found.Err(); err != nil && !errors.As(explain(err), &refused) { // an account without search makes a second one, which does no harm
		return "", explain(err)
	}
	return "", payment.ErrUnknown
}

// StartSetup opens a Checkout Session in which a card is left. Its SetupIntent is for use while the payer is away.
func (g *Gateway) StartSetup(ctx context.Context, s payment.Setup) (payment.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	id := map[string]string{metadataSetup: s.ID.String()}
	params := &stripe.CheckoutSessionParams{
		Mode:               stripe.String(string(stripe.CheckoutSessionModeSetup)),
		Customer:           stripe.String(s.Customer),
		ClientReferenceID:  stripe.String(s.ID.String()),
		PaymentMethodTypes: stripe.StringSlice([]string{string(stripe.PaymentMethodTypeCard)}),
		SuccessURL:         stripe.String(s.ReturnURL),
		CancelURL:          stripe.String(s.ReturnURL),
		SetupIntentData:    &stripe.CheckoutSessionSetupIntentDataParams{Metadata: id},
	}
	params.Metadata = id
	params.Context = ctx
	params.SetIdempotencyKey("setup " + s.ID.String())
	session, err := g.api.CheckoutSessions.New(params)
	if err != nil {
		return payment.Page{}, explain(err)
	}
	return payment.Page{Ref: session.ID, URL: session.URL}, nil
}

// LookupSetup says how a setup stands.
func (g *Gateway) LookupSetup(ctx context.Context, ref string) (payment.SetupState, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.CheckoutSessionParams{}
	params.Context = ctx
	params.AddExpand("setup_intent.payment_method")
	session, err := g.api.CheckoutSessions.Get(ref, params)
	if err != nil {
		return payment.SetupState{}, explain(err)
	}
	state := payment.SetupState{Ref: session.ID, Expired: session.Status == stripe.CheckoutSessionStatusExpired}
	state.Setup, _ = uuid.Parse(session.Metadata[metadataSetup])
	if session.Customer != nil {
		state.Customer = session.Customer.ID
	}
	intent := session.SetupIntent
	switch {
	case intent == nil:
	case intent.Status == stripe.SetupIntentStatusSucceeded && intent.PaymentMethod != nil:
		state.Done, state.Method = true, ofMethod(intent.PaymentMethod)
	case intent.LastSetupError != nil:
		state.Failure = intent.LastSetupError.Msg
	}
	return state, nil
}

// Methods lists the cards of a customer.
func (g *Gateway) Methods(ctx context.Context, customer string) ([]payment.Method, error) {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.CustomerListPaymentMethodsParams{Customer: stripe.String(customer), Type: stripe.String(string(stripe.PaymentMethodTypeCard))}
	params.Limit = stripe.Int64(100)
	params.Context = ctx
	list := g.api.Customers.ListPaymentMethods(params)
	var all []payment.Method
	for list.Next() {
		all = append(all, ofMethod(list.PaymentMethod()))
	}
	if err := list.Err(); err != nil {
		return nil, explain(err)
	}
	return all, nil
}

func ofMethod(m *stripe.PaymentMethod) payment.Method {
	method := payment.Method{Ref: m.ID, Kind: string(m.Type)}
	if c := m.Card; c != nil {
		method.Brand, method.Last4, method.ExpiryMonth, method.ExpiryYear = string(c.Brand), c.Last4, int(c.ExpMonth), int(c.ExpYear)
	}
	return method
}

// Detach forgets a card.
func (g *Gateway) Detach(ctx context.Context, method string) error {
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.PaymentMethodDetachParams{}
	params.Context = ctx
	_, err := g.api.PaymentMethods.Detach(method, params)
	if err == nil {
		return nil
	}
	err = explain(err)
	if errors.Is(err, payment.ErrUnknown) {
		return nil
	}
	// Stripe refuses to detach what isn't attached; whether it is, the method itself says.
	var refused *payment.Refusal
	if errors.As(err, &refused) {
		get := &stripe.PaymentMethodParams{}
		get.Context = ctx
		if m, getErr := g.api.PaymentMethods.Get(method, get); getErr == nil && m.Customer == nil {
			return nil
		}
	}
	return err
}

// Charge takes money from a card while nobody is there. For one so old that Stripe may have forgotten it, an earlier one is looked for
// first.
func (g *Gateway) Charge(ctx context.Context, c payment.SavedCharge) (payment.State, error) {
	if payment.Forgotten(c.ID) {
		if state, err := g.FindCharge(ctx, c); !errors.Is(err, payment.ErrUnknown) {
			return state, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	amount, err := toStripe(c.Amount, c.Currency)
	if err != nil {
		return payment.State{}, err
	}
	params := &stripe.PaymentIntentParams{
		Amount: stripe.Int64(amount), Currency: stripe.String(strings.ToLower(c.Currency)), Description: stripe.String(c.Description),
		Customer: stripe.String(c.Customer), PaymentMethod: stripe.String(c.Method), Confirm: stripe.Bool(true), OffSession: stripe.Bool(true),
		// Without it, methods that send the payer elsewhere would be allowed too, and want a return_url (since API version 2023-08-16).
		PaymentMethodTypes: stripe.StringSlice([]string{string(stripe.PaymentMethodTypeCard)}),
	}
	params.Metadata = map[string]string{metadataPayment: c.ID.String()}
	params.AddExpand("latest_charge.balance_transaction")
	params.Context = ctx
	params.SetIdempotencyKey("charge " + c.ID.String())
	intent, err := g.api.PaymentIntents.New(params)
	if err == nil {
		return g.ofIntent(ctx, intent)
	}
	var declined *stripe.Error
	if !errors.As(err, &declined) || declined.Type != stripe.ErrorTypeCard || declined.PaymentIntent == nil {
		return payment.State{}, explain(err)
	}
	intent = declined.PaymentIntent
	if intent.LastPaymentError == nil {
		intent.LastPaymentError = declined
	}
	state, err := g.ofIntent(ctx, intent)
	state.Failure = cmp.Or(state.Failure, declined.Msg)
	return state, err
}

// FindCharge looks for a charge among the PaymentIntents of its customer.
func (g *Gateway) FindCharge(ctx context.Context, c payment.SavedCharge) (payment.State, error) {
	bounded, cancel := context.WithTimeout(ctx, payment.Patience)
	defer cancel()
	params := &stripe.PaymentIntentListParams{Customer: stripe.String(c.Customer)}
	params.Limit = stripe.Int64(100)
	params.Context = bounded
	if c.ID.Version() == 7 {
		params.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: payment.Made(c.ID).Add(-early).Unix()}
	}
	list := g.api.PaymentIntents.List(params)
	for list.Next() {
		if list.PaymentIntent().Metadata[metadataPayment] == c.ID.String() {
			return g.Lookup(ctx, list.PaymentIntent().ID)
		}
	}
	if err := list.Err(); err != nil {
		return payment.State{}, explain(err)
	}
	return payment.State{}, payment.ErrUnknown
}
