// Package rating owns what a session costs and why: a pure function of a tariff, the facts of a session and a policy.
//
//	meter samples, states, readings ─> Periods ─┐
//	Hypothetical ───────────────────────────────┴─> Session ┐
//	                                          tariff.Tariff ┴─> Rate ─> Bill ─> Compare
//
// Inside Rate:
//
//	restrictions ─> plan ─> cuts: every moment at which one may change (clock and zone, duration, energy)
//	periods × cuts ─> segments ─> per dimension the first element that holds ─> groups, rounded up by step size
//	groups ─> lines, each rounded once ─> idle cap, minimum, maximum ─> totals
//
// Energies are held in µWh and moments in µs, so that volumes stay exact; prices are decimals. The product and the division that
// make an amount of money are exact whatever their size. What doesn't fit is an error, never another number.
//
// A bill with review reasons is a proposal: whoever charges it has to look first.
package rating

import (
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// Period is a part of a session during which nothing is known to have changed.
type Period struct {
	From, To time.Time
	// EnergyWh is what flowed, with at most six decimals.
	EnergyWh decimal.Decimal
	Charging bool
	// PowerW and CurrentA are invalid where they are not known; while a vehicle only stands that means none.
	PowerW   decimal.NullDecimal
	CurrentA decimal.NullDecimal
}

// Reserved is the reservation before a session, or one that expired without a session.
type Reserved struct {
	From, To time.Time
	Expired  bool
}

// Session is what is rated. Its periods join, from the start to the end. A zero start means that no session followed the
// reservation.
type Session struct {
	Start, End time.Time
	// Zone is that of the location: restrictions speak of local time.
	Zone        *time.Location
	Periods     []Period
	Reservation *Reserved
	// Review is what was found while the periods were made.
	Review []Reason
}

// Rounding says where an amount goes that lies exactly between two.
type Rounding string

// Half to even is what applies unless a policy says otherwise.
const (
	HalfToEven Rounding = "HALF_EVEN"
	HalfUp     Rounding = "HALF_UP"
)

// Policy is what a tenant may choose about rating.
type Policy struct {
	// Rounding is half to even where it is empty.
	Rounding Rounding
}

// Kind says what a line of a bill is.
type Kind string

// Lines that charge something, that show what the idle grace left free, and that adjust the sum to a limit of the tariff.
const (
	Charge   Kind = "CHARGE"
	Grace    Kind = "GRACE"
	IdleCap  Kind = "IDLE_CAP"
	MinPrice Kind = "MIN_PRICE"
	MaxPrice Kind = "MAX_PRICE"
)

// Line is one row of a bill. Amounts are in minor units of its currency, and net + tax = gross.
type Line struct {
	Kind      Kind             `json:"kind"`
	Dimension tariff.Dimension `json:"dimension,omitempty"`
	// Element is the number of the tariff's element, from 1; 0 on lines that adjust.
	Element int `json:"element,omitempty"`
	// Restriction says the restrictions of the element in words; empty where it has none.
	Restriction  string               `json:"restriction,omitempty"`
	Restrictions *tariff.Restrictions `json:"restrictions,omitempty"`
	// Quantity is what was used, in Wh or seconds, and Billed what it counts as after the step size. A fee has 1 of each.
	Quantity decimal.Decimal `json:"quantity"`
	Billed   decimal.Decimal `json:"billed"`
	// UnitPrice is for a kWh, an hour, or once.
	UnitPrice decimal.Decimal `json:"unit_price"`
	// TaxPercent is nil where no tax applies, and on a line that adjusts amounts of several taxes.
	TaxPercent *decimal.Decimal `json:"tax_percent,omitempty"`
	NetMinor   int64            `json:"net_minor"`
	TaxMinor   int64            `json:"tax_minor"`
	GrossMinor int64            `json:"gross_minor"`
	// From and To bound when the line's volume arose, in the session's zone; between them other elements may have counted.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Bill is what a session costs. Totals are the sums of its lines.
type Bill struct {
	Currency string `json:"currency"`
	// Digits are the decimals of the currency: 8500 with 2 is 85.00.
	Digits     int    `json:"digits"`
	Lines      []Line `json:"lines"`
	NetMinor   int64  `json:"net_minor"`
	TaxMinor   int64  `json:"tax_minor"`
	GrossMinor int64  `json:"gross_minor"`
	// EnergyWh, ChargingS and IdleS are what the session was, priced or not.
	EnergyWh  decimal.Decimal `json:"energy_wh"`
	ChargingS decimal.Decimal `json:"charging_s"`
	IdleS     decimal.Decimal `json:"idle_s"`
	// Review says why the bill may not be charged before somebody has looked.
	Review []Reason `json:"review,omitempty"`
}

// NeedsReview reports whether somebody has to look before the bill is charged.
func (b *Bill) NeedsReview() bool { return len(b.Review) > 0 }

// ReasonCode sorts reasons for programs.
type ReasonCode string

// Why a bill needs a look.
const (
	MeterBackwards  ReasonCode = "METER_RAN_BACKWARDS"
	MeterReset      ReasonCode = "METER_RESET"
	MeterJump       ReasonCode = "METER_JUMPED"
	MeterStuck      ReasonCode = "METER_STUCK"
	MeterMissing    ReasonCode = "METER_MISSING"
	StopBelowStart  ReasonCode = "STOP_BELOW_START"
	StopBeforeStart ReasonCode = "STOPPED_BEFORE_START"
	UnitMixedUp     ReasonCode = "UNIT_MIXED_UP"
	PowerUnknown    ReasonCode = "POWER_UNKNOWN"
	CurrentUnknown  ReasonCode = "CURRENT_UNKNOWN"
)

// Reason says what is doubtful about a bill, in words and with the numbers.
type Reason struct {
	Code    ReasonCode `json:"code"`
	Message string     `json:"message"`
}

// Rate makes the bill of a session. The same input gives the same bill, however its periods are cut. An error is a fault where the
// tariff is invalid; otherwise the session's facts contradict each other, or an amount is beyond what can be held.
func Rate(t *tariff.Tariff, s Session, p Policy) (Bill, error) {
	if err := t.Validate(); err != nil {
		return Bill{}, fmt.Errorf("rate a session: %w", err)
	}
	digits, _ := t.Digits()
	bill := Bill{Currency: t.Currency, Digits: digits, Review: append([]Reason(nil), s.Review...)}
	till, err := newTill(t, p)
	if err != nil {
		return Bill{}, fmt.Errorf("rate a session: %w", err)
	}
	if s.Zone == nil {
		return Bill{}, errors.New("rate a session: its location has no time zone")
	}
	var volumes []volume
	if s.Reservation != nil {
		r, err := newRun(reservationPlan(t, s.Reservation.Expired), s.Reservation.From, s.Reservation.To, s.Zone)
		if err != nil {
			return Bill{}, fmt.Errorf("rate a reservation: %w", err)
		}
		r.reserved()
		volumes = r.volumes()
	}
	session := !s.Start.IsZero()
	if session {
		r, err := newRun(sessionPlan(t), s.Start, s.End, s.Zone)
		if err != nil {
			return Bill{}, fmt.Errorf("rate a session: %w", err)
		}
		r.graceLeft = t.IdleGraceS * second
		if err := r.session(s.Periods); err != nil {
			return Bill{}, fmt.Errorf("rate a session: %w", err)
		}
		volumes = append(volumes, r.volumes()...)
		bill.EnergyWh, bill.ChargingS, bill.IdleS = exact(r.usedUWh), exact(r.chargingUs), exact(r.idleUs)
		bill.Review = append(bill.Review, r.doubts()...)
	} else if s.Reservation == nil {
		return Bill{}, errors.New("rate a session: there is neither a session nor a reservation")
	}
	if err := till.ring(&bill, volumes, s.Zone); err != nil {
		return Bill{}, fmt.Errorf("rate a session: %w", err)
	}
	if err := till.limit(&bill, t, &s, session); err != nil {
		return Bill{}, fmt.Errorf("rate a session: %w", err)
	}
	return bill, bill.total()
}

// total adds the lines up.
func (b *Bill) total() error {
	var err error
	if b.NetMinor, b.TaxMinor, b.GrossMinor, err = sum(b.Lines, func(*Line) bool { return true }); err != nil {
		return fmt.Errorf("rate a session: %w", err)
	}
	return nil
}
