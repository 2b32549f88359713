package pricing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Hypothesis is a session that might be.
type Hypothesis struct {
	// Station with EvseNo and ConnectorNo say where. Tariff or Definition price it otherwise than that place would; without a station
	// one of them is needed, and Zone.
	Station             uuid.UUID
	EvseNo, ConnectorNo int
	Tariff              uuid.UUID
	Definition          *tariff.Tariff
	Zone                string
	// Start is now where it is zero.
	Start    time.Time
	EnergyWh decimal.Decimal
	// PowerW is what the connector gives, or 11 kW, where it is zero.
	PowerW decimal.Decimal
	Idle   time.Duration
}

// usualPowerW is what a session draws where nobody knows the connector.
const usualPowerW = 11_000

// Quoted is what a hypothetical session would cost, and by what.
type Quoted struct {
	Price Price
	Bill  rating.Bill
}

// Quote prices a session that might be.
func (s *Service) Quote(ctx context.Context, h Hypothesis) (Quoted, error) {
	if h.Start.IsZero() {
		h.Start = s.now()
	}
	price, err := s.priceOf(ctx, h)
	if err != nil {
		return Quoted{}, err
	}
	if price.Free {
		return Quoted{Price: price, Bill: rating.Bill{Currency: price.Currency, EnergyWh: h.EnergyWh}}, nil
	}
	bill, err := price.quote(h)
	if err != nil {
		if fault.Of(err) == nil {
			err = fault.New(fault.Invalid, "This session can't be priced: %v", err)
		}
		return Quoted{}, err
	}
	return Quoted{price, bill}, nil
}

// quote rates a hypothetical session by a price.
func (p *Price) quote(h Hypothesis) (rating.Bill, error) {
	power := h.PowerW
	if power.IsZero() {
		watts := p.MaxPowerW
		if watts <= 0 {
			watts = usualPowerW
		}
		power = decimal.MustNew(watts, 0)
	}
	session, err := rating.Hypothetical(h.Start, p.Zone, h.EnergyWh, power, h.Idle)
	if err != nil {
		return rating.Bill{}, err
	}
	return rating.Rate(p.Definition, session, rating.Policy{Rounding: p.Rounding})
}

// heldEnergyWh is the energy whose price is set aside of a wallet when a session begins.
var heldEnergyWh = decimal.MustNew(10_000, 0)

// Holds is what is set aside for a session that begins: what its network says, or the price of 10 kWh.
func (p *Price) Holds(at time.Time) (int64, error) {
	switch {
	case p.Free || p.Definition == nil:
		return 0, nil
	case p.Hold != nil:
		return *p.Hold, nil
	}
	bill, err := p.quote(Hypothesis{Start: at, EnergyWh: heldEnergyWh})
	if err != nil {
		return 0, fmt.Errorf("estimate what a session costs: %w", err)
	}
	return bill.GrossMinor, nil
}

// priceOf is the price that a hypothesis is about.
func (s *Service) priceOf(ctx context.Context, h Hypothesis) (price Price, err error) {
	switch {
	case h.Station != uuid.Nil:
		price, err = Resolve(ctx, s.db, h.Station, h.EvseNo, h.ConnectorNo, h.Start)
		if err != nil && !(fault.Is(err, fault.Conflict) && (h.Tariff != uuid.Nil || h.Definition != nil)) {
			return price, err
		}
	case h.Tariff == uuid.Nil && h.Definition == nil:
		return price, fault.In("stationId", "Say what is to be priced: a station, a tariff, or the elements of one.")
	default:
		if h.Zone == "" {
			h.Zone = "UTC"
		}
		if price.Zone, err = time.LoadLocation(h.Zone); err != nil || h.Zone == "Local" {
			return price, fault.In("timezone", "%q is not a time zone: give its IANA name, such as Europe/Berlin.", h.Zone)
		}
		if price.Rounding, err = s.rounding(ctx); err != nil {
			return price, err
		}
	}
	if h.Tariff != uuid.Nil {
		found, err := s.versionAt(ctx, h.Tariff, h.Start)
		if err != nil {
			return price, err
		}
		price.Free, price.Version, price.Tariff, price.Number, price.Definition = false, found.Version, h.Tariff, found.Number, found.Definition
	}
	if h.Definition != nil {
		if err := h.Definition.Validate(); err != nil {
			return price, err
		}
		price.Free, price.Version, price.Tariff, price.Number, price.Definition = false, uuid.Nil, uuid.Nil, 0, h.Definition
	}
	if price.Definition != nil {
		price.Currency = price.Definition.Currency
	}
	return price, nil
}

// rounding is the tenant's.
func (s *Service) rounding(ctx context.Context) (rating.Rounding, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return "", err
	}
	t, err := s.db.Ent().Tenant.Get(ctx, v.Tenant)
	if err != nil {
		return "", fmt.Errorf("load the tenant: %w", err)
	}
	return rating.Rounding(t.Rounding), nil
}
