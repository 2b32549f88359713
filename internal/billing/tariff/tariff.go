// Package tariff owns what a price is: its shape, how it is read and written, what makes it invalid, and what looks wrong with it
// although it is valid. It knows no database and no session; internal/billing/rating applies it.
//
//	JSON ─> Parse ─┬─> Tariff ─> Validate ─> rating.Rate
//	PerKWh ────────┘      └────> Warnings ─> people, before they publish it
//
// The shape is OCPI's (2.2.1 and 2.3.0, module tariffs): elements, each with the components it prices and the restrictions under
// which it does. For each dimension the first element whose restrictions hold is the one that counts. Idle grace and idle cap are
// ours. A tariff carries no identity: it is one version of a price, and whoever stores it names it.
package tariff

import (
	"time"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"
)

// Dimension is what a component prices.
type Dimension string

// The dimensions: energy in kWh, time in hours while charging and while not, and a fee without unit.
const (
	Energy      Dimension = "ENERGY"
	Time        Dimension = "TIME"
	ParkingTime Dimension = "PARKING_TIME"
	Flat        Dimension = "FLAT"
)

// TaxIncluded says how the prices of a tariff stand to taxes (OCPI 2.3.0).
type TaxIncluded string

// Prices contain their taxes, have them added, or know none.
const (
	TaxIsIncluded   TaxIncluded = "YES"
	TaxIsAdded      TaxIncluded = "NO"
	TaxIsNotApplied TaxIncluded = "N/A"
)

// Reservation marks an element that prices a reservation and no session.
type Reservation string

// A reservation that is used, or was and may still be; and one that expired without a session.
const (
	ReservationUsed    Reservation = "RESERVATION"
	ReservationExpires Reservation = "RESERVATION_EXPIRES"
)

// Weekday is a day of the week in OCPI's words.
type Weekday string

// Weekdays in order.
var Weekdays = [7]Weekday{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}

// Tariff is one version of a price.
type Tariff struct {
	// Currency is an ISO 4217 code; every amount is in its major unit.
	Currency    string      `json:"currency"`
	TaxIncluded TaxIncluded `json:"tax_included"`
	Elements    []Element   `json:"elements"`
	// MinPrice and MaxPrice bound what a session costs in all.
	MinPrice *Limit `json:"min_price,omitempty"`
	MaxPrice *Limit `json:"max_price,omitempty"`
	// IdleGraceS is for how many seconds a session may stand without charging before that costs anything.
	IdleGraceS int64 `json:"idle_grace_s,omitempty"`
	// IdleCap bounds what standing without charging costs in all.
	IdleCap *Limit `json:"idle_cap,omitempty"`
	// BillZeroEnergy bills fees and times also of a session that took no energy; otherwise it costs nothing.
	BillZeroEnergy bool   `json:"bill_zero_energy,omitempty"`
	AltText        []Text `json:"tariff_alt_text,omitempty"`
	// ValidFrom and ValidTo bound when sessions may start under this tariff; zero is open. ValidTo is exclusive.
	ValidFrom time.Time `json:"start_date_time,omitzero"`
	ValidTo   time.Time `json:"end_date_time,omitzero"`
}

// Element prices its components while its restrictions hold.
type Element struct {
	Components   []Component  `json:"price_components"`
	Restrictions Restrictions `json:"restrictions,omitzero"`
}

// Component is the price of one dimension.
type Component struct {
	Dimension Dimension `json:"type"`
	// Price is for a kWh, an hour, or once.
	Price Number `json:"price"`
	// TaxPercent is nil where no tax applies, which is not the same as 0 %.
	TaxPercent *Number `json:"vat,omitempty"`
	// StepSize is what volumes are rounded up to: in Wh for energy, in seconds for time. 0 and 1 keep them exact.
	StepSize int64 `json:"step_size"`
}

// Limit is an amount before and after tax. One of the two may be nil; where both are given, both hold.
type Limit struct {
	BeforeTaxes *Number `json:"before_taxes,omitempty"`
	AfterTaxes  *Number `json:"after_taxes,omitempty"`
}

// Text says something about a tariff in one language, beside what its elements say.
type Text struct {
	// Language is a tag such as "en" or "pt-BR".
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Restrictions say when an element counts. All that are set must hold. Minimums are inclusive, maximums exclusive.
type Restrictions struct {
	// StartTime and EndTime are local times of day, "22:00". An end before the start is on the next day; "00:00" is its end.
	StartTime string `json:"start_time,omitempty"`
	EndTime   string `json:"end_time,omitempty"`
	// StartDate and EndDate are local dates, "2030-12-24". The end is exclusive.
	StartDate string `json:"start_date,omitempty"`
	EndDate   string `json:"end_date,omitempty"`
	// MinKWh and MaxKWh bound the energy since the session began.
	MinKWh *Number `json:"min_kwh,omitempty"`
	MaxKWh *Number `json:"max_kwh,omitempty"`
	// MinCurrentA and MaxCurrentA bound the sum of the currents of all phases.
	MinCurrentA *Number `json:"min_current,omitempty"`
	MaxCurrentA *Number `json:"max_current,omitempty"`
	MinPowerKW  *Number `json:"min_power,omitempty"`
	MaxPowerKW  *Number `json:"max_power,omitempty"`
	// MinDurationS and MaxDurationS bound the seconds since the session began.
	MinDurationS *int64 `json:"min_duration,omitempty"`
	MaxDurationS *int64 `json:"max_duration,omitempty"`
	// Days are those on which the element counts; none means all. The day is that of the moment, also after midnight.
	Days        []Weekday   `json:"day_of_week,omitempty"`
	Reservation Reservation `json:"reservation,omitempty"`
}

// IsZero reports whether nothing is restricted.
func (r *Restrictions) IsZero() bool {
	return r.StartTime == "" && r.EndTime == "" && r.StartDate == "" && r.EndDate == "" && r.MinKWh == nil && r.MaxKWh == nil &&
		r.MinCurrentA == nil && r.MaxCurrentA == nil && r.MinPowerKW == nil && r.MaxPowerKW == nil &&
		r.MinDurationS == nil && r.MaxDurationS == nil && len(r.Days) == 0 && r.Reservation == ""
}

// PerKWh is the tariff that has a price for a kWh and nothing else, without taxes.
func PerKWh(currencyCode string, price decimal.Decimal) *Tariff {
	return &Tariff{
		Currency:    currencyCode,
		TaxIncluded: TaxIsNotApplied,
		Elements:    []Element{{Components: []Component{{Dimension: Energy, Price: Number{price}, StepSize: 1}}}},
	}
}

// ValidAt reports whether a session may start under the tariff at a time.
func (t *Tariff) ValidAt(at time.Time) bool {
	return !at.Before(t.ValidFrom) && (t.ValidTo.IsZero() || at.Before(t.ValidTo))
}

// Digits are the decimals of the tariff's currency: 2 for EUR, 0 for JPY, 3 for KWD.
func (t *Tariff) Digits() (digits int, known bool) {
	n, known := currency.GetDigits(t.Currency)
	return int(n), known
}
