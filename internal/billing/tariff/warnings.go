package tariff

import (
	"fmt"
	"slices"
	"time"
)

// WarningCode sorts warnings for programs.
type WarningCode string

// What may look wrong with a valid tariff.
const (
	NeverApplies  WarningCode = "NEVER_APPLIES"
	HiddenElement WarningCode = "HIDDEN_BY_EARLIER"
	HoursUnpriced WarningCode = "HOURS_UNPRICED"
)

// Warning says what looks wrong with a valid tariff, to whoever is about to publish it.
type Warning struct {
	Code WarningCode `json:"code"`
	// Field is the path of what the warning is about.
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Warnings looks for elements that can never count and for hours that nothing prices. The tariff has to be valid.
func (t *Tariff) Warnings() []Warning {
	var found []Warning
	dead := make([]bool, len(t.Elements))
	for i := range t.Elements {
		if why := t.never(&t.Elements[i].Restrictions); why != "" {
			dead[i] = true
			found = append(found, Warning{NeverApplies, elementPath(i), fmt.Sprintf("Element %d never applies: %s.", i+1, why)})
		}
	}
	for i := range t.Elements {
		if dead[i] {
			continue
		}
		for j, c := range t.Elements[i].Components {
			if c.Dimension == ParkingTime && positive(t.Elements[i].Restrictions.MinPowerKW, t.Elements[i].Restrictions.MinCurrentA) {
				found = append(found, Warning{NeverApplies, componentPath(i, j),
					fmt.Sprintf("PARKING_TIME of element %d never applies: it needs power or current, and none flows while a vehicle only stands.", i+1)})
				continue
			}
			if by := t.hiddenBy(i, c.Dimension, dead); len(by) > 0 {
				found = append(found, Warning{HiddenElement, componentPath(i, j),
					fmt.Sprintf("%s of element %d never counts: whenever it applies, so does %s of element %s, which stands before it.",
						c.Dimension, i+1, c.Dimension, list(by))})
			}
		}
	}
	return append(found, t.unpriced(dead)...)
}

// never says why restrictions can't all hold.
func (t *Tariff) never(r *Restrictions) string {
	for _, n := range []struct {
		low, high *Number
		what      string
	}{{r.MinKWh, r.MaxKWh, "energy"}, {r.MinPowerKW, r.MaxPowerKW, "power"}, {r.MinCurrentA, r.MaxCurrentA, "current"}} {
		if n.low != nil && n.high != nil && n.low.Cmp(n.high.Decimal) >= 0 {
			return fmt.Sprintf("its least %s (%s) is not below its most (%s)", n.what, n.low, n.high)
		}
		if n.high != nil && n.high.IsZero() {
			return fmt.Sprintf("its %s would have to be below 0", n.what)
		}
	}
	if r.MinDurationS != nil && r.MaxDurationS != nil && *r.MinDurationS >= *r.MaxDurationS {
		return fmt.Sprintf("its least duration (%s) is not below its most (%s)", Seconds(*r.MinDurationS), Seconds(*r.MaxDurationS))
	}
	if r.MaxDurationS != nil && *r.MaxDurationS == 0 {
		return "its duration would have to be below 0"
	}
	return t.neverByDate(r)
}

func (t *Tariff) neverByDate(r *Restrictions) string {
	from, hasFrom := Day(r.StartDate)
	to, hasTo := Day(r.EndDate)
	if hasFrom && hasTo && from >= to {
		return fmt.Sprintf("it ends on %s, which is not after its first day, %s", r.EndDate, r.StartDate)
	}
	// A session that began before the tariff's end goes on under it, so only a start after that end is out of reach. Zones are at
	// most 14 hours from UTC.
	const day = 24 * time.Hour
	if hasTo && !t.ValidFrom.IsZero() && time.Unix(to*86400, 0).Add(day).Before(t.ValidFrom) {
		return fmt.Sprintf("it ends on %s, before the tariff begins", r.EndDate)
	}
	if hasFrom && !t.ValidTo.IsZero() && time.Unix(from*86400, 0).Add(-day).After(t.ValidTo.Add(maxDurationS*time.Second)) {
		return fmt.Sprintf("it begins on %s, after the tariff ends", r.StartDate)
	}
	if hasFrom && hasTo && len(r.Days) > 0 && to-from < 7 {
		for d := from; d < to; d++ {
			if slices.Contains(r.Days, Weekdays[(d+3)%7]) { // 1970-01-01 was a Thursday
				return ""
			}
		}
		return "none of its days of the week lies between its dates"
	}
	return ""
}

func positive(numbers ...*Number) bool {
	return slices.ContainsFunc(numbers, func(n *Number) bool { return n != nil && n.IsPos() })
}

// hiddenBy names the earlier elements that together leave nothing of a dimension to element i.
func (t *Tariff) hiddenBy(i int, dimension Dimension, dead []bool) []string {
	own := &t.Elements[i].Restrictions
	needed, union := own.week(), &week{}
	var by []string
	for j := range i {
		e := &t.Elements[j]
		if dead[j] || !slices.ContainsFunc(e.Components, func(c Component) bool { return c.Dimension == dimension }) || !e.Restrictions.wider(own) {
			continue
		}
		before := union.size()
		union.join(e.Restrictions.week())
		if union.size() > before {
			by = append(by, fmt.Sprint(j+1))
		}
		if union.covers(needed) {
			return by
		}
	}
	return nil
}

// wider reports whether the restrictions hold whenever the others do, times and days of the week aside.
func (r *Restrictions) wider(o *Restrictions) bool {
	for _, n := range []struct{ mine, other *Number }{{r.MinKWh, o.MinKWh}, {r.MinPowerKW, o.MinPowerKW}, {r.MinCurrentA, o.MinCurrentA}} {
		if n.mine != nil && n.mine.IsPos() && (n.other == nil || n.mine.Cmp(n.other.Decimal) > 0) {
			return false
		}
	}
	for _, n := range []struct{ mine, other *Number }{{r.MaxKWh, o.MaxKWh}, {r.MaxPowerKW, o.MaxPowerKW}, {r.MaxCurrentA, o.MaxCurrentA}} {
		if n.mine != nil && (n.other == nil || n.mine.Cmp(n.other.Decimal) < 0) {
			return false
		}
	}
	if r.MinDurationS != nil && *r.MinDurationS > 0 && (o.MinDurationS == nil || *r.MinDurationS > *o.MinDurationS) ||
		r.MaxDurationS != nil && (o.MaxDurationS == nil || *r.MaxDurationS < *o.MaxDurationS) {
		return false
	}
	// Dates are texts of one length, so they compare as texts.
	if r.StartDate > o.StartDate || r.EndDate != "" && (o.EndDate == "" || r.EndDate < o.EndDate) {
		return false
	}
	return r.Reservation == o.Reservation
}

// unpriced names the hours of the week at which neither energy nor charging time has a price. A tariff that prices neither at all
// means it so.
func (t *Tariff) unpriced(dead []bool) []Warning {
	priced, any := &week{}, false
	for i := range t.Elements {
		r := &t.Elements[i].Restrictions
		if r.Reservation != "" || !slices.ContainsFunc(t.Elements[i].Components, func(c Component) bool { return c.Dimension == Energy || c.Dimension == Time }) {
			continue
		}
		any = true
		// An element for some dates prices no week as such.
		if !dead[i] && r.StartDate == "" && r.EndDate == "" {
			priced.join(r.week())
		}
	}
	if !any || priced.size() == minutesOfWeek {
		return nil
	}
	gaps := list(priced.gaps())
	return []Warning{{HoursUnpriced, "elements", "Neither energy nor charging time has a price at these hours, so charging is free then: " + gaps +
		". Add an element without restrictions at the end, at a price of 0 where that is meant."}}
}
