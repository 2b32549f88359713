package rating

import (
	"math"
	"slices"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// Places of the dimensions in a plan, in the order of a bill.
const (
	flat = iota
	energy
	charging
	standing
	dimensions
)

var dimensionAt = [dimensions]tariff.Dimension{tariff.Flat, tariff.Energy, tariff.Time, tariff.ParkingTime}

// rule is one component of an element with the element's restrictions, in internal units.
type rule struct {
	element      int // from 1
	component    *tariff.Component
	restrictions *tariff.Restrictions

	days             uint8 // bit 0 is Monday; 0 means all
	timed            bool
	fromMin, toMin   int // minutes of the day; fromMin > toMin wraps
	fromDay, toDay   int64
	minUWh, maxUWh   int64
	minUs, maxUs     int64
	minMW, maxMW     int64
	minMA, maxMA     int64
	clocked, flowing bool
}

// plan is a tariff made ready for a run: its rules by dimension, and where restrictions may change.
type plan struct {
	rules [dimensions][]rule
	// clock are minutes of the day, durationsUs and energiesUWh count from the start of the session; all ascending, each once.
	clock       []int
	durationsUs []int64
	energiesUWh []int64
	clocked     bool
	reservation bool
}

// sessionPlan takes the elements that price a session.
func sessionPlan(t *tariff.Tariff) *plan {
	p := &plan{}
	p.take(t, "")
	p.sort()
	return p
}

// reservationPlan takes the elements that price a reservation. For one that expired those of its expiry come first, so that they
// win in every dimension they price (OCPI 2.2.1, ReservationRestrictionType).
func reservationPlan(t *tariff.Tariff, expired bool) *plan {
	p := &plan{reservation: true}
	if expired {
		p.take(t, tariff.ReservationExpires)
	}
	p.take(t, tariff.ReservationUsed)
	p.sort()
	return p
}

func (p *plan) take(t *tariff.Tariff, reservation tariff.Reservation) {
	for i := range t.Elements {
		e := &t.Elements[i]
		if e.Restrictions.Reservation != reservation {
			continue
		}
		r := p.rule(&e.Restrictions)
		r.element = i + 1
		for j := range e.Components {
			r.component = &e.Components[j]
			at := slices.Index(dimensionAt[:], r.component.Dimension)
			p.rules[at] = append(p.rules[at], r)
		}
	}
}

// rule reads restrictions of a valid tariff, and notes where they may change.
func (p *plan) rule(r *tariff.Restrictions) rule {
	out := rule{restrictions: r, maxUWh: math.MaxInt64, maxUs: math.MaxInt64, maxMW: math.MaxInt64, maxMA: math.MaxInt64,
		fromDay: math.MinInt64, toDay: math.MaxInt64}
	if r.IsZero() {
		return out
	}
	for _, d := range r.Days {
		out.days |= 1 << d.Number()
	}
	if r.StartTime != "" || r.EndTime != "" {
		out.timed = true
		out.fromMin, _ = tariff.Clock(r.StartTime)
		if out.toMin, _ = tariff.Clock(r.EndTime); out.toMin == 0 {
			out.toMin = 24 * 60
		}
		p.clock = append(p.clock, out.fromMin, out.toMin%(24*60))
	}
	if day, ok := tariff.Day(r.StartDate); ok {
		out.fromDay = day
	}
	if day, ok := tariff.Day(r.EndDate); ok {
		out.toDay = day
	}
	if out.days != 0 || r.StartDate != "" || r.EndDate != "" {
		p.clock = append(p.clock, 0)
		out.clocked = true
	}
	out.clocked = out.clocked || out.timed
	p.clocked = p.clocked || out.clocked
	scaled(&out.minUWh, r.MinKWh, 1000*wattHour)
	scaled(&out.maxUWh, r.MaxKWh, 1000*wattHour)
	scaled(&out.minMW, r.MinPowerKW, 1_000_000)
	scaled(&out.maxMW, r.MaxPowerKW, 1_000_000)
	scaled(&out.minMA, r.MinCurrentA, 1000)
	scaled(&out.maxMA, r.MaxCurrentA, 1000)
	out.flowing = r.MinPowerKW != nil || r.MaxPowerKW != nil || r.MinCurrentA != nil || r.MaxCurrentA != nil
	if r.MinDurationS != nil {
		out.minUs = *r.MinDurationS * second
		p.durationsUs = append(p.durationsUs, out.minUs)
	}
	if r.MaxDurationS != nil {
		out.maxUs = *r.MaxDurationS * second
		p.durationsUs = append(p.durationsUs, out.maxUs)
	}
	if r.MinKWh != nil {
		p.energiesUWh = append(p.energiesUWh, out.minUWh)
	}
	if r.MaxKWh != nil {
		p.energiesUWh = append(p.energiesUWh, out.maxUWh)
	}
	return out
}

// scaled sets a bound from its number, which the tariff's validation keeps small and to few decimals.
func scaled(to *int64, n *tariff.Number, unit int64) {
	if n == nil {
		return
	}
	whole, fraction, _ := n.Int64(4)
	*to = whole*unit + fraction*unit/10_000
}

func (p *plan) sort() {
	slices.Sort(p.clock)
	p.clock = slices.Compact(p.clock)
	slices.Sort(p.durationsUs)
	p.durationsUs = slices.Compact(p.durationsUs)
	slices.Sort(p.energiesUWh)
	p.energiesUWh = slices.Compact(p.energiesUWh)
}

// moment is what restrictions are asked about.
type moment struct {
	us, uWh         int64 // since the start of the session
	powerMW, currMA int64
	// Local time; set where the plan is clocked.
	minute  int
	day     int64
	weekday int // 0 is Monday
}

type verdict int

const (
	fails verdict = iota
	holds
	// noPower and noCurrent are rules that would be decided by what nobody reported.
	noPower
	noCurrent
)

// holdsAside reports whether the restrictions hold, those of power and current left aside.
func (r *rule) holdsAside(m *moment) bool {
	if m.uWh < r.minUWh || m.uWh >= r.maxUWh || m.us < r.minUs || m.us >= r.maxUs {
		return false
	}
	if !r.clocked {
		return true
	}
	if r.days != 0 && r.days&(1<<m.weekday) == 0 || m.day < r.fromDay || m.day >= r.toDay {
		return false
	}
	if !r.timed {
		return true
	}
	if r.fromMin < r.toMin {
		return m.minute >= r.fromMin && m.minute < r.toMin
	}
	return m.minute >= r.fromMin || m.minute < r.toMin
}

func (r *rule) ask(m *moment) verdict {
	if !r.holdsAside(m) {
		return fails
	}
	if !r.flowing {
		return holds
	}
	asksPower, asksCurrent := r.minMW > 0 || r.maxMW != math.MaxInt64, r.minMA > 0 || r.maxMA != math.MaxInt64
	switch {
	case asksPower && m.powerMW != unknown && (m.powerMW < r.minMW || m.powerMW >= r.maxMW),
		asksCurrent && m.currMA != unknown && (m.currMA < r.minMA || m.currMA >= r.maxMA):
		return fails
	case asksPower && m.powerMW == unknown:
		return noPower
	case asksCurrent && m.currMA == unknown:
		return noCurrent
	default:
		return holds
	}
}
