package tariff

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
)

// Clock reads a time of day as the minute of the day.
func Clock(s string) (minute int, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	hour, minute := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return hour*60 + minute, hour < 24 && minute < 60
}

// Day reads a date as the number of days since 1970-01-01.
func Day(s string) (day int64, ok bool) {
	at, err := time.Parse(time.DateOnly, s)
	return at.Unix() / (24 * 3600), err == nil && at.Year() >= 1970
}

// Number gives the day's place in the week, Monday being 0, or -1.
func (d Weekday) Number() int { return slices.Index(Weekdays[:], d) }

func (d Weekday) word() string {
	if d == "" {
		return ""
	}
	return string(d[:1]) + strings.ToLower(string(d[1:]))
}

func (r *Restrictions) validate(path string) error {
	for _, c := range []struct{ name, value string }{{"start_time", r.StartTime}, {"end_time", r.EndTime}} {
		if _, ok := Clock(c.value); c.value != "" && !ok {
			return fault.In(join(path, c.name), "%q is not a time of day. Give hours and minutes from 00:00 to 23:59; an end of 00:00 is the end of the day.", short(c.value))
		}
	}
	if r.StartTime != "" && r.StartTime == r.EndTime {
		return fault.In(join(path, "end_time"), "The time of day ends when it begins. Leave both away for the whole day.")
	}
	for _, d := range []struct{ name, value string }{{"start_date", r.StartDate}, {"end_date", r.EndDate}} {
		if _, ok := Day(d.value); d.value != "" && !ok {
			return fault.In(join(path, d.name), "%q is not a date. Give year, month and day, such as 2030-12-24.", short(d.value))
		}
	}
	for _, n := range []struct {
		name  string
		value *Number
		unit  string
		most  int64
	}{
		{"min_kwh", r.MinKWh, "kWh", maxKWh}, {"max_kwh", r.MaxKWh, "kWh", maxKWh},
		{"min_power", r.MinPowerKW, "kW", maxPowerKW}, {"max_power", r.MaxPowerKW, "kW", maxPowerKW},
		{"min_current", r.MinCurrentA, "A", maxCurrentA}, {"max_current", r.MaxCurrentA, "A", maxCurrentA},
	} {
		if n.value == nil {
			continue
		}
		if err := bounded(join(path, n.name), n.value, "This restriction", n.unit, n.most, fine); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		name  string
		value *int64
	}{{"min_duration", r.MinDurationS}, {"max_duration", r.MaxDurationS}} {
		if n.value != nil && (*n.value < 0 || *n.value > maxDurationS) {
			return fault.In(join(path, n.name), "A duration is between 0 and %d seconds, not %d.", maxDurationS, *n.value)
		}
	}
	for i, d := range r.Days {
		if d.Number() < 0 {
			return fault.In(join(path, "day_of_week"), "%q is not a day of the week. Give MONDAY to SUNDAY.", short(string(d)))
		}
		if slices.Contains(r.Days[:i], d) {
			return fault.In(join(path, "day_of_week"), "%s is given twice.", d.word())
		}
	}
	return r.validateReservation(path)
}

func (r *Restrictions) validateReservation(path string) error {
	switch r.Reservation {
	case "":
		return nil
	case ReservationUsed, ReservationExpires:
	default:
		return fault.In(join(path, "reservation"), "%q is no kind of reservation. Give RESERVATION or RESERVATION_EXPIRES.", short(string(r.Reservation)))
	}
	if r.MinKWh != nil || r.MaxKWh != nil || r.MinPowerKW != nil || r.MaxPowerKW != nil || r.MinCurrentA != nil || r.MaxCurrentA != nil {
		return fault.In(join(path, "reservation"), "Nothing flows during a reservation: take energy, power and current out of its restrictions.")
	}
	return nil
}

// String says the restrictions in words: "Monday to Friday, 09:00 to 18:00, from 1 kWh". It is empty where there are none.
func (r *Restrictions) String() string {
	if r.IsZero() {
		return ""
	}
	var parts []string
	switch r.Reservation {
	case ReservationUsed:
		parts = append(parts, "reservation")
	case ReservationExpires:
		parts = append(parts, "expired reservation")
	}
	if len(r.Days) > 0 {
		parts = append(parts, dayWords(r.Days))
	}
	if s := span(r.StartTime, r.EndTime, "from %s", "until %s", "%s to %s"); s != "" {
		parts = append(parts, s)
	}
	if s := span(r.StartDate, r.EndDate, "from %s on", "before %s", "from %s, before %s"); s != "" {
		parts = append(parts, s)
	}
	for _, n := range []struct {
		low, high *Number
		unit      string
	}{{r.MinKWh, r.MaxKWh, "kWh"}, {r.MinPowerKW, r.MaxPowerKW, "kW"}, {r.MinCurrentA, r.MaxCurrentA, "A"}} {
		low, high := "", ""
		if n.low != nil {
			low = n.low.Trim(0).String()
		}
		if n.high != nil {
			high = n.high.Trim(0).String()
		}
		if s := span(low, high, "from %s "+n.unit, "below %s "+n.unit, "%s to %s "+n.unit); s != "" {
			parts = append(parts, s)
		}
	}
	low, high := "", ""
	if r.MinDurationS != nil {
		low = Seconds(*r.MinDurationS)
	}
	if r.MaxDurationS != nil {
		high = Seconds(*r.MaxDurationS)
	}
	if s := span(low, high, "after %s", "first %s", "after %s, up to %s"); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

// Seconds says a duration: "90 s", "15 min", "1 h 30 min".
func Seconds(s int64) string {
	switch {
	case s%60 != 0:
		return fmt.Sprintf("%d s", s)
	case s%3600 == 0 && s != 0:
		return fmt.Sprintf("%d h", s/3600)
	case s > 3600:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	default:
		return fmt.Sprintf("%d min", s/60)
	}
}

func span(low, high, onlyLow, onlyHigh, both string) string {
	switch {
	case low != "" && high != "":
		return fmt.Sprintf(both, low, high)
	case low != "":
		return fmt.Sprintf(onlyLow, low)
	case high != "":
		return fmt.Sprintf(onlyHigh, high)
	default:
		return ""
	}
}

// dayWords names days, three and more in a row by the first and the last.
func dayWords(days []Weekday) string {
	var on [7]bool
	for _, d := range days {
		if n := d.Number(); n >= 0 {
			on[n] = true
		}
	}
	var parts []string
	for i := 0; i < 7; {
		if !on[i] {
			i++
			continue
		}
		j := i
		for j < 7 && on[j] {
			j++
		}
		if j-i > 2 {
			parts = append(parts, Weekdays[i].word()+" to "+Weekdays[j-1].word())
		} else {
			for ; i < j; i++ {
				parts = append(parts, Weekdays[i].word())
			}
		}
		i = j
	}
	return strings.Join(parts, ", ")
}
