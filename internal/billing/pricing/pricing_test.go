package pricing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// market is a station in a location of a network, where prices are set.
type market struct {
	*worldtest.World
	t         *testing.T
	ctx       context.Context
	station   *ent.Station
	location  uuid.UUID
	evse      uuid.UUID
	connector uuid.UUID
}

func newMarket(t *testing.T) *market {
	t.Helper()
	w := worldtest.New(t)
	m := &market{World: w, t: t, ctx: w.A.As(tenancy.Owner)}
	w.Owner("update networks set free = false")
	name, zone := "Quay", "Europe/Berlin"
	place, err := w.Charging.CreateLocation(m.ctx, charging.LocationSpec{Name: &name, Timezone: &zone, Network: w.A.Main})
	m.must(err)
	m.station, m.location = w.AddStation(w.A, w.A.Main, "CP1", 2), place.ID
	_, err = w.Charging.UpdateStation(m.ctx, m.station.ID, charging.StationChange{Location: &place.ID})
	m.must(err)
	m.evse = worldtest.OwnerValue[uuid.UUID](w, "select id from evses where station_id = $1 and evse_no = 1", m.station.ID)
	m.connector = worldtest.OwnerValue[uuid.UUID](w, "select id from connectors where station_id = $1 and evse_no = 1", m.station.ID)
	return m
}

func (m *market) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func perKWh(currency, price string) *tariff.Tariff {
	return tariff.PerKWh(currency, decimal.MustParse(price))
}

func (m *market) tariff(name, price string, network uuid.UUID) *ent.Tariff {
	m.t.Helper()
	made, err := m.Pricing.Create(m.ctx, pricing.Spec{Name: name, Network: network, Definition: perKWh("EUR", price)})
	m.must(err)
	return made
}

// price is that of a kWh at a connector at a moment, or why there is none.
func (m *market) price(evseNo int, at time.Time) string {
	m.t.Helper()
	p, err := pricing.Resolve(m.ctx, m.DB, m.station.ID, evseNo, 1, at)
	switch {
	case errors.Is(err, pricing.ErrNone):
		return "none"
	case err != nil:
		m.t.Fatal(err)
	case p.Free:
		return "free"
	}
	return p.Definition.Elements[0].Components[0].Price.String() + " " + string(p.Level)
}

// The nearest to the connector counts; what ends lets the next one through.
func TestResolve_TheNearestCounts(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	now := func() time.Time { return time.Now().Add(time.Second) }
	if got := m.price(1, now()); got != "none" {
		t.Errorf("without anything assigned it is %s", got)
	}
	targets := []struct {
		price  string
		target pricing.Target
	}{
		{"0.10", pricing.Target{Level: pricing.OnTenant}}, {"0.20", pricing.Target{Level: pricing.OnNetwork, ID: m.A.Main}},
		{"0.30", pricing.Target{Level: pricing.OnLocation, ID: m.location}}, {"0.40", pricing.Target{Level: pricing.OnStation, ID: m.station.ID}},
		{"0.50", pricing.Target{Level: pricing.OnEVSE, ID: m.evse}}, {"0.60", pricing.Target{Level: pricing.OnConnector, ID: m.connector}},
	}
	for _, c := range targets {
		_, err := m.Pricing.Assign(m.ctx, m.tariff(c.price, c.price, uuid.Nil).ID, c.target)
		m.must(err)
		if got := m.price(1, now()); got != c.price+" "+string(c.target.Level) {
			t.Errorf("with %s on %s it is %s", c.price, c.target.Level, got)
		}
	}
	if got := m.price(2, now()); got != "0.40 STATION" {
		t.Errorf("at the other EVSE it is %s", got)
	}
	for i := len(targets) - 1; i > 0; i-- {
		_, err := m.Pricing.Unassign(m.ctx, targets[i].target)
		m.must(err)
		if got, want := m.price(1, now()), targets[i-1].price+" "+string(targets[i-1].target.Level); got != want {
			t.Errorf("without the one on %s it is %s, want %s", targets[i].target.Level, got, want)
		}
	}
	if _, err := m.Pricing.Unassign(m.ctx, targets[5].target); !fault.Is(err, fault.Conflict) {
		t.Errorf("ending what has ended was answered %v", err)
	}
}

// A network that is free costs nothing, whatever the tenant's tariff says; what is nearer still counts.
func TestResolve_FreeNetworksSaySo(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.Owner("update networks set free = true where id = $1", m.A.Main)
	_, err := m.Pricing.Assign(m.ctx, m.tariff("All", "0.10", uuid.Nil).ID, pricing.Target{Level: pricing.OnTenant})
	m.must(err)
	if got := m.price(1, time.Now()); got != "free" {
		t.Errorf("in a free network it is %s", got)
	}
	_, err = m.Pricing.Assign(m.ctx, m.tariff("Fast", "0.60", uuid.Nil).ID, pricing.Target{Level: pricing.OnStation, ID: m.station.ID})
	m.must(err)
	if got := m.price(1, time.Now().Add(time.Second)); got != "0.60 STATION" {
		t.Errorf("with a tariff on the station it is %s", got)
	}
}

// A session that is reported late costs what held when it began: versions and assignments keep their times.
func TestResolve_WhatHeldThen(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	old := m.tariff("Old", "0.10", m.A.Main)
	_, err := m.Pricing.Assign(m.ctx, old.ID, pricing.Target{Level: pricing.OnNetwork, ID: m.A.Main})
	m.must(err)
	m.Owner("update tariff_assignments set assigned_at = now() - interval '2 days'")
	m.Owner("update tariff_versions set created_at = now() - interval '2 days'")
	then := time.Now().Add(-24 * time.Hour)
	_, err = m.Pricing.Update(m.ctx, old.ID, pricing.Change{Definition: perKWh("EUR", "0.20")})
	m.must(err)
	if got := m.price(1, then) + ", " + m.price(1, time.Now().Add(time.Second)); got != "0.10 NETWORK, 0.20 NETWORK" {
		t.Errorf("before and after a new version it is %s", got)
	}
	_, err = m.Pricing.Assign(m.ctx, m.tariff("New", "0.30", m.A.Main).ID, pricing.Target{Level: pricing.OnNetwork, ID: m.A.Main})
	m.must(err)
	if got := m.price(1, then) + ", " + m.price(1, time.Now().Add(time.Second)); got != "0.10 NETWORK, 0.30 NETWORK" {
		t.Errorf("before and after a new assignment it is %s", got)
	}
	if got := m.price(1, time.Now().AddDate(-1, 0, 0)); got == "none" {
		t.Error("a session from before anything was assigned has no price")
	}
	later := perKWh("EUR", "0.90")
	later.ValidFrom = time.Now().Add(time.Hour)
	coming, err := m.Pricing.Create(m.ctx, pricing.Spec{Name: "Coming", Definition: later})
	m.must(err)
	_, err = m.Pricing.Assign(m.ctx, coming.ID, pricing.Target{Level: pricing.OnStation, ID: m.station.ID})
	m.must(err)
	if got := m.price(1, time.Now().Add(time.Second)) + ", " + m.price(1, time.Now().Add(2*time.Hour)); got != "0.30 NETWORK, 0.90 STATION" {
		t.Errorf("before and after a tariff begins it is %s", got)
	}
}

// What can't count somewhere is refused, with the field.
func TestAssign_RefusesWhatCannotCount(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	dollars, err := m.Pricing.Create(m.ctx, pricing.Spec{Name: "Dollars", Definition: perKWh("USD", "0.10")})
	m.must(err)
	ours, subs := m.tariff("Ours", "0.10", m.A.Main), m.tariff("Subs", "0.10", m.A.Sub)
	network := pricing.Target{Level: pricing.OnNetwork, ID: m.A.Main}
	for what, id := range map[string]uuid.UUID{"another currency": dollars.ID, "another network's": subs.ID} {
		if _, err := m.Pricing.Assign(m.ctx, id, network); !fault.Is(err, fault.Invalid) || fault.Of(err).Field != "tariffId" {
			t.Errorf("a tariff in %s was answered %v", what, err)
		}
	}
	_, err = m.Pricing.Assign(m.ctx, ours.ID, network)
	m.must(err)
	if _, err := m.Pricing.Archive(m.ctx, ours.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("archiving what counts somewhere was answered %v", err)
	}
	_, err = m.Pricing.Unassign(m.ctx, network)
	m.must(err)
	_, err = m.Pricing.Archive(m.ctx, ours.ID)
	m.must(err)
	if _, err := m.Pricing.Assign(m.ctx, ours.ID, network); !fault.Is(err, fault.Conflict) {
		t.Errorf("assigning what is archived was answered %v", err)
	}
	if _, err := m.Pricing.Update(m.ctx, subs.ID, pricing.Change{Definition: perKWh("USD", "0.10")}); !fault.Is(err, fault.Invalid) {
		t.Errorf("another currency in a new version was answered %v", err)
	}
}

// A station that goes to another network leaves its prices behind.
func TestMovedStationsLeaveTheirPrices(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	other := m.AddStation(m.A, m.A.Main, "CP2", 1)
	_, err := m.Pricing.Assign(m.ctx, m.tariff("Own", "0.60", m.A.Main).ID, pricing.Target{Level: pricing.OnStation, ID: other.ID})
	m.must(err)
	_, err = m.Charging.MoveStation(m.ctx, other.ID, m.A.Sub)
	m.must(err)
	if p, err := pricing.Resolve(m.ctx, m.DB, other.ID, 1, 1, time.Now().Add(time.Second)); !errors.Is(err, pricing.ErrNone) {
		t.Errorf("in its new network it is %+v, %v", p, err)
	}
}

// A quote says what a session would cost at a place, by another tariff, and by one that is only being written.
func TestQuote(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	here := m.tariff("Here", "10", m.A.Main)
	_, err := m.Pricing.Assign(m.ctx, here.ID, pricing.Target{Level: pricing.OnNetwork, ID: m.A.Main})
	m.must(err)
	other := m.tariff("Other", "12", uuid.Nil)
	at := func(wh int64, change func(*pricing.Hypothesis)) (int64, error) {
		h := pricing.Hypothesis{Station: m.station.ID, EvseNo: 1, ConnectorNo: 1, EnergyWh: decimal.MustNew(wh, 0), Start: time.Now().Add(time.Second)}
		change(&h)
		q, err := m.Pricing.Quote(m.ctx, h)
		return q.Bill.GrossMinor, err
	}
	for what, c := range map[string]struct {
		wh, want int64
		change   func(*pricing.Hypothesis)
	}{
		"here":                   {8500, 8500, func(*pricing.Hypothesis) {}},
		"by another":             {18_500, 22_200, func(h *pricing.Hypothesis) { h.Tariff = other.ID }},
		"by another, nowhere":    {18_500, 22_200, func(h *pricing.Hypothesis) { h.Tariff, h.Station = other.ID, uuid.Nil }},
		"by one that is written": {1000, 50, func(h *pricing.Hypothesis) { h.Definition = perKWh("EUR", "0.50") }},
		"written, in another zone": {1000, 50, func(h *pricing.Hypothesis) {
			h.Definition, h.Station, h.Zone = perKWh("EUR", "0.50"), uuid.Nil, "Asia/Kolkata"
		}},
	} {
		if got, err := at(c.wh, c.change); err != nil || got != c.want {
			t.Errorf("%s it costs %d, %v, want %d", what, got, err, c.want)
		}
	}
	for what, change := range map[string]func(*pricing.Hypothesis){
		"nothing to price": func(h *pricing.Hypothesis) { h.Station = uuid.Nil },
		"no such zone":     func(h *pricing.Hypothesis) { h.Station, h.Tariff, h.Zone = uuid.Nil, other.ID, "Mars/North" },
		"negative energy":  func(h *pricing.Hypothesis) { h.EnergyWh = decimal.MustNew(-1, 0) },
	} {
		if _, err := at(1000, change); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s was answered %v", what, err)
		}
	}
}

// Prices of another tenant or network are neither seen nor changed; those of the tenant as a whole are read in its networks.
func TestSec053_PricesAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	ours, all := m.tariff("Ours", "0.10", m.A.Main), m.tariff("All", "0.20", uuid.Nil)
	for who, ctx := range map[string]context.Context{"another tenant": m.B.As(tenancy.Owner), "another network": m.A.In(m.A.Sub, tenancy.Owner)} {
		for what, do := range map[string]func() error{
			"renaming": func() error {
				name := "Mine"
				_, err := m.Pricing.Update(ctx, ours.ID, pricing.Change{Name: &name})
				return err
			},
			"archiving": func() error { _, err := m.Pricing.Archive(ctx, ours.ID); return err },
			"assigning": func() error {
				_, err := m.Pricing.Assign(ctx, ours.ID, pricing.Target{Level: pricing.OnNetwork, ID: m.A.Sub})
				return err
			},
			"assigning to our station": func() error {
				_, err := m.Pricing.Assign(ctx, all.ID, pricing.Target{Level: pricing.OnStation, ID: m.station.ID})
				return err
			},
			"making one in our network": func() error {
				_, err := m.Pricing.Create(ctx, pricing.Spec{Name: "X", Network: m.A.Main, Definition: perKWh("EUR", "1")})
				return err
			},
			"quoting": func() error {
				_, err := m.Pricing.Quote(ctx, pricing.Hypothesis{Tariff: ours.ID, EnergyWh: decimal.Thousand})
				return err
			},
			"quoting at our station": func() error {
				_, err := m.Pricing.Quote(ctx, pricing.Hypothesis{Station: m.station.ID, EvseNo: 1, ConnectorNo: 1, EnergyWh: decimal.Thousand})
				return err
			},
		} {
			if err := do(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by %s was answered %v", what, who, err)
			}
		}
	}
	sub := m.A.In(m.A.Sub, tenancy.Owner)
	if q, err := m.Pricing.Quote(sub, pricing.Hypothesis{Tariff: all.ID, EnergyWh: decimal.Thousand}); err != nil || q.Bill.GrossMinor != 20 {
		t.Errorf("a sub-client quotes the tenant's tariff as %d, %v", q.Bill.GrossMinor, err)
	}
	name := "Mine"
	if _, err := m.Pricing.Update(sub, all.ID, pricing.Change{Name: &name}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("renaming the tenant's tariff by a sub-client was answered %v", err)
	}
	if _, err := m.Pricing.Create(m.A.As(tenancy.Operator), pricing.Spec{Name: "X", Definition: perKWh("EUR", "1")}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("making a tariff by an operator was answered %v", err)
	}
}

// Many spots are answered at once, each as it is alone: in their order, with those that have no price or aren't the viewer's between them.
func TestResolveAll_AnswersEachAsAlone(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	free, foreign := m.AddStation(m.A, m.A.Sub, "CP2", 1), m.AddStation(m.B, m.B.Main, "CP3", 1)
	m.Owner("update networks set free = true where id = $1", m.A.Sub)
	_, err := m.Pricing.Assign(m.ctx, m.tariff("Near", "0.60", m.A.Main).ID, pricing.Target{Level: pricing.OnConnector, ID: m.connector})
	m.must(err)
	_, err = m.Pricing.Assign(m.ctx, m.tariff("At home", "0.20", uuid.Nil).ID, pricing.Target{Level: pricing.OnStation, ID: m.station.ID})
	m.must(err)
	spots := []pricing.Spot{{m.station.ID, 2, 1}, {foreign.ID, 1, 1}, {m.station.ID, 1, 1}, {free.ID, 1, 1}, {uuid.New(), 1, 1}, {m.station.ID, 2, 0}, {m.station.ID, 1, 1}}
	at := time.Now().Add(time.Second)
	answers, err := pricing.ResolveAll(m.ctx, m.DB, spots, at)
	m.must(err)
	missing := 0
	for i, spot := range spots {
		alone, err := pricing.Resolve(m.ctx, m.DB, spot.Station, spot.EvseNo, spot.ConnectorNo, at)
		if a := answers[i]; a.Version != alone.Version || a.Level != alone.Level || a.Free != alone.Free || a.Station != alone.Station || fault.Is(a.Err, fault.NotFound) != fault.Is(err, fault.NotFound) {
			t.Errorf("spot %d is answered %+v, and alone %+v, %v", i, a, alone, err)
		}
		if fault.Is(answers[i].Err, fault.NotFound) {
			missing++
		}
	}
	if missing != 2 || answers[2].Level != pricing.OnConnector || answers[0].Level != pricing.OnStation || !answers[3].Free {
		t.Errorf("the answers are %+v", answers)
	}
}
