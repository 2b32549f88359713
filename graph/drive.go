package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// nearby is how far around somebody the map looks where no area is named, in degrees: about 100 km.
const nearby = 1.0

// my is who the driver is, and what is in the wallet. The rest is asked for field by field.
func (r *Resolver) my(ctx context.Context) (*model.My, error) {
	p, err := r.Drivers.Profile(ctx)
	if err != nil {
		return nil, err
	}
	wallet, err := r.myWallet(ctx, p)
	if err != nil {
		return nil, err
	}
	return &model.My{
		Driver:  &model.MyProfile{ID: p.ID, Name: p.Name, Email: p.Email, Phone: p.Phone, Language: p.Language, Blocked: p.Blocked},
		Network: &model.MyNetwork{Operator: p.Tenant, Name: p.Network, Slug: p.NetworkSlug, Currency: p.Currency},
		Wallet:  wallet,
	}, nil
}

func (r *Resolver) myWallet(ctx context.Context, p *drivers.Profile) (*model.MyWallet, error) {
	found, err := r.Drivers.Funds(ctx, p.Wallet)
	if err != nil {
		return nil, err
	}
	f := found[p.Wallet]
	return &model.MyWallet{
		ID: p.Wallet, Balance: amountOf(f.Balance, p.Currency), Held: amountOf(f.Held, p.Currency), Available: amountOf(f.Available, p.Currency),
		CreditLimit: amountOf(p.CreditLimit, p.Currency),
	}, nil
}

// startMyTopUp opens the page on which the driver pays into their own wallet, and from which they come back to it.
func (r *Resolver) startMyTopUp(ctx context.Context, input model.StartMyTopUpInput) (*model.StartMyTopUpPayload, error) {
	p, err := r.Drivers.Profile(ctx)
	if err != nil {
		return nil, err
	}
	started, err := r.Payments.StartTopUp(ctx, payments.TopUp{Wallet: p.Wallet, Amount: payIn(input.Amount), Provider: payment.Provider(or(input.Provider)), InApp: inApp(input.Via)})
	if err != nil {
		return nil, err
	}
	shown, err := r.myPayment(ctx, started.Payment.ID)
	return payload(shown, err, func(p *drivers.Paid) *model.StartMyTopUpPayload {
		return &model.StartMyTopUpPayload{Payment: p, CheckoutURL: orNil(started.CheckoutURL), Checkout: checkoutOf(started.Checkout), Message: orNil(started.Message)}
	})
}

// confirmMyCheckout has a payment of the driver's own looked up at its provider.
func (r *Resolver) confirmMyCheckout(ctx context.Context, input model.ConfirmMyCheckoutInput) (*model.ConfirmMyCheckoutPayload, error) {
	confirmed, err := r.Payments.ConfirmCheckout(ctx, payments.Confirmation{Payment: input.PaymentID, Ref: input.ProviderPaymentID, Signature: or(input.Signature)})
	if err != nil {
		return nil, err
	}
	shown, err := r.myPayment(ctx, confirmed.Payment.ID)
	return payload(shown, err, func(p *drivers.Paid) *model.ConfirmMyCheckoutPayload {
		return &model.ConfirmMyCheckoutPayload{Payment: p, Message: orNil(confirmed.Message)}
	})
}

// myPayment is one of the driver's own, which is there.
func (r *Resolver) myPayment(ctx context.Context, id uuid.UUID) (*drivers.Paid, error) {
	shown, err := r.Drivers.Payment(ctx, id)
	if err == nil && shown == nil {
		err = fault.Missing("payment")
	}
	return shown, err
}

// page is how many items of a list of a driver's own are asked for.
func page(first *int) (int, error) {
	most := defaultPage
	if first != nil {
		most = *first
	}
	if most < 1 || most > maxPage {
		return 0, fault.In("first", "A list has 1 to %d items, not %d.", maxPage, most)
	}
	return most, nil
}

// pointers are the items of a list as GraphQL wants them.
func pointers[T any](items []T, err error) ([]*T, error) {
	if err != nil {
		return nil, err
	}
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out, nil
}

// newest is the first page of a list.
func newest[T any](ctx context.Context, first *int, load func(context.Context, int) ([]T, error)) ([]*T, error) {
	most, err := page(first)
	if err != nil {
		return nil, err
	}
	return pointers(load(ctx, most))
}

// costOf is what a session costs: what it was billed, or what it costs so far.
func (r *Resolver) costOf(ctx context.Context, s *drivers.Session) (*model.Money, error) {
	if s.Total != nil && s.Currency != nil {
		return amountOf(*s.Total, *s.Currency), nil
	}
	bill, err := r.Drivers.CostOf(ctx, s)
	if err != nil || bill == nil {
		return nil, err
	}
	return amountOf(bill.GrossMinor, bill.Currency), nil
}

func (r *Resolver) billOfMine(ctx context.Context, s *drivers.Session) (*model.Bill, error) {
	stored, err := r.Drivers.Bill(ctx, s)
	if err != nil {
		return nil, err
	}
	var bill *rating.Bill
	if stored == nil {
		bill, err = r.Drivers.CostOf(ctx, s)
	} else {
		var read rating.Bill
		read, err = storedBill(vocabulary.JSON(stored))
		bill = &read
	}
	if err != nil || bill == nil {
		return nil, err
	}
	return billOf(*bill), nil
}

// stationsOf puts connectors together that stand at one station.
func stationsOf(spots []drivers.Spot) []*model.ChargingPlace {
	out := []*model.ChargingPlace{}
	at := map[uuid.UUID]*model.ChargingPlace{}
	for i := range spots {
		s := &spots[i]
		place := at[s.Station]
		if place == nil {
			place = &model.ChargingPlace{
				Identity: s.Identity, Name: s.Name, Place: s.Place, Address: s.Address, PostalCode: s.PostalCode, City: s.City, Country: s.Country,
				Latitude: s.Latitude, Longitude: s.Longitude, Online: s.Online,
			}
			at[s.Station] = place
			out = append(out, place)
		}
		place.Connectors = append(place.Connectors, s)
	}
	return out
}

// area is the part of the map that is asked for: what is named, what is around somebody, or everything.
func area(near *model.PositionInput, within *model.AreaInput) drivers.Area {
	a := drivers.Area{South: -90, West: -180, North: 90, East: 180}
	if near != nil {
		a.Latitude, a.Longitude = &near.Latitude, &near.Longitude
	}
	switch {
	case within != nil:
		a.South, a.West, a.North, a.East = within.South, within.West, within.North, within.East
	case near != nil:
		a.South, a.North = max(-90, near.Latitude-nearby), min(90, near.Latitude+nearby)
	}
	return a
}

// shownPrice is a price as a driver reads it.
func shownPrice(p *pricing.Price, spot *drivers.Spot) *model.ShownPrice {
	shown := &model.ShownPrice{
		Free: p.Free, Currency: p.Currency, TaxIncluded: "N/A", Components: []*model.ShownPriceComponent{},
		Station: spot.Station, EvseNo: spot.EvseNo, ConnectorNo: spot.ConnectorNo,
	}
	if p.Definition == nil {
		return shown
	}
	shown.TaxIncluded, shown.IdleGraceS = string(p.Definition.TaxIncluded), int(p.Definition.IdleGraceS)
	for _, e := range p.Definition.Elements {
		if e.Restrictions.Reservation != "" {
			continue // nobody reserves here
		}
		for _, c := range e.Components {
			component := &model.ShownPriceComponent{Dimension: model.PriceDimension(c.Dimension), Price: c.Price.String(), Restriction: e.Restrictions.String()}
			if c.TaxPercent != nil {
				percent := c.TaxPercent.String()
				component.TaxPercent = &percent
			}
			shown.Components = append(shown.Components, component)
		}
	}
	shown.Texts = map[string]string{}
	for _, t := range p.Definition.AltText {
		shown.Texts[t.Language], shown.Spoken = t.Text, append(shown.Spoken, t.Language)
	}
	return shown
}

// estimate is what so much energy would cost at once where a price holds.
func (r *Resolver) estimate(ctx context.Context, p *model.ShownPrice, energyWh *float64) (*model.Money, error) {
	wh, err := decimal.NewFromFloat64(or(energyWh))
	if err != nil || wh.IsNeg() || or(energyWh) > 1_000_000 {
		return nil, fault.In("energyWh", "Energy is between 0 and 1,000,000 Wh.")
	}
	quoted, err := r.Pricing.Quote(ctx, pricing.Hypothesis{Station: p.Station, EvseNo: p.EvseNo, ConnectorNo: p.ConnectorNo, EnergyWh: wh})
	if fault.Of(err) != nil {
		return nil, nil //nolint:nilerr // what can't be said is shown as nothing
	}
	if err != nil {
		return nil, err
	}
	return amountOf(quoted.Bill.GrossMinor, quoted.Bill.Currency), nil
}

func (r *Resolver) mySessionUpdated(ctx context.Context, id uuid.UUID) (<-chan *model.MySessionEvent, error) {
	load := func(ctx context.Context, at time.Time) ([]*model.MySessionEvent, error) {
		s, err := r.Drivers.Session(ctx, id)
		if err != nil || s == nil {
			return nil, err
		}
		return []*model.MySessionEvent{{Session: s, At: at}}, nil
	}
	session, err := r.Drivers.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	if session == nil {
		return nil, fault.Missing("session")
	}
	return live(ctx, r, feed[*model.MySessionEvent]{
		pattern: charging.StationEvents(tenantOf(ctx), session.StationID, charging.EventSession).Exact(),
		present: func(ctx context.Context) ([]*model.MySessionEvent, error) { return load(ctx, time.Now()) },
		wanted:  func(e charging.Event) bool { return e.Object == id },
		fetch:   func(ctx context.Context, e charging.Event) ([]*model.MySessionEvent, error) { return load(ctx, e.At) },
		missed:  func(e *model.MySessionEvent) { e.Missed = true },
	})
}

func (r *Resolver) myWalletUpdated(ctx context.Context) (<-chan *model.MyWalletEvent, error) {
	load := func(ctx context.Context, at time.Time) ([]*model.MyWalletEvent, error) {
		p, err := r.Drivers.Profile(ctx)
		if err != nil {
			return nil, err
		}
		w, err := r.myWallet(ctx, p)
		return []*model.MyWalletEvent{{Wallet: w, At: at}}, err
	}
	profile, err := r.Drivers.Profile(ctx)
	if err != nil {
		return nil, err
	}
	return live(ctx, r, feed[*model.MyWalletEvent]{
		pattern: drivers.WalletEvents(tenantOf(ctx), profile.Wallet).Exact(),
		present: func(ctx context.Context) ([]*model.MyWalletEvent, error) { return load(ctx, time.Now()) },
		wanted:  func(e charging.Event) bool { return e.Object == profile.Wallet },
		fetch:   func(ctx context.Context, e charging.Event) ([]*model.MyWalletEvent, error) { return load(ctx, e.At) },
		missed:  func(e *model.MyWalletEvent) { e.Missed = true },
	})
}

// driver opens a field to drivers, who meet behind it what is theirs.
func driver(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	if v.Kind != tenancy.KindDriver {
		return nil, fault.New(fault.Forbidden, "This is for drivers: sign in as one.")
	}
	return next(ctx)
}
