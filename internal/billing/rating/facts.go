package rating

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/govalues/decimal"
)

const (
	// second and wattHour are the internal units: µs and µWh.
	second   int64 = 1_000_000
	wattHour int64 = 1_000_000
	// unknown stands for a power or current that nobody reported.
	unknown int64 = -1
	// maxSession is how long a session may last. Whatever lasts longer is no session, but a stop that was lost.
	maxSession = 366 * 24 * 3600 * second
	// maxEnergy is more than any meter counts in its life.
	maxEnergy = 1_000_000_000_000 * wattHour
)

// stretch is a period in internal units, with the energy since the session began.
type stretch struct {
	fromUs, toUs    int64
	fromUWh, toUWh  int64
	powerMW, currMA int64
	charging        bool
}

func span(start, end time.Time) (fromUs, toUs int64, err error) {
	for _, at := range [...]time.Time{start, end} {
		if at.Year() < 1970 || at.Year() > 9999 {
			return 0, 0, fmt.Errorf("%s is no time at which anything charged", at.Format(time.RFC3339))
		}
	}
	fromUs, toUs = start.UnixMicro(), end.UnixMicro()
	if toUs < fromUs {
		return 0, 0, fmt.Errorf("it ends at %s, before it begins at %s", end.Format(time.RFC3339), start.Format(time.RFC3339))
	}
	if toUs-fromUs > maxSession {
		return 0, 0, fmt.Errorf("it lasts from %s to %s, longer than a year", start.Format(time.RFC3339), end.Format(time.RFC3339))
	}
	return fromUs, toUs, nil
}

// next reads the period that follows a stretch.
func (p *Period) next(before *stretch) (stretch, error) {
	s := stretch{fromUs: p.From.UnixMicro(), toUs: p.To.UnixMicro(), fromUWh: before.toUWh, charging: p.Charging}
	if s.fromUs != before.toUs || s.toUs < s.fromUs {
		return s, errors.New("it doesn't join what comes before it")
	}
	used, err := micro(p.EnergyWh)
	if err != nil {
		return s, fmt.Errorf("energy: %w", err)
	}
	if s.toUWh = s.fromUWh + used; s.toUWh > maxEnergy {
		return s, errors.New("the energy up to it is more than any meter counts")
	}
	if s.powerMW, err = milli(p.PowerW, p.Charging); err != nil {
		return s, fmt.Errorf("power: %w", err)
	}
	if s.currMA, err = milli(p.CurrentA, p.Charging); err != nil {
		return s, fmt.Errorf("current: %w", err)
	}
	return s, nil
}

// micro gives a decimal in millionths, exactly.
func micro(d decimal.Decimal) (int64, error) {
	if d.IsNeg() {
		return 0, fmt.Errorf("%s is negative", d)
	}
	if d.Scale() > 6 && d.MinScale() > 6 {
		return 0, fmt.Errorf("%s has more than six decimals", d)
	}
	n, ok := shifted(d, 6)
	if !ok || n > maxEnergy {
		return 0, fmt.Errorf("%s is more than any meter counts", d)
	}
	return n, nil
}

// milli gives a power or a current in thousandths. What nobody reported is none while a vehicle only stands.
func milli(d decimal.NullDecimal, charging bool) (int64, error) {
	if !d.Valid {
		if charging {
			return unknown, nil
		}
		return 0, nil
	}
	if d.Decimal.IsNeg() {
		return 0, nil // a vehicle that gives back draws nothing
	}
	n, ok := shifted(d.Decimal, 3)
	if !ok || n > maxEnergy {
		return 0, fmt.Errorf("%s is more than any connector carries", d.Decimal)
	}
	return n, nil
}

// shifted is d × 10^places, rounded to a whole number. Samples rarely have more decimals than that, so nothing is rounded then, and
// it takes one multiplication.
func shifted(d decimal.Decimal, places int) (int64, bool) {
	if d.IsNeg() {
		return 0, false
	}
	if d.Scale() > places {
		d = d.Round(places)
	}
	high, low := bits.Mul64(d.Coef(), tens[places-d.Scale()])
	return int64(low), high == 0 && low <= math.MaxInt64
}

var tens = [...]uint64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000}

// exact gives millionths as a decimal.
func exact(millionths int64) decimal.Decimal { return trimmed(millionths, 6) }

// trimmed is n / 10^scale without zeros at its end.
func trimmed(n int64, scale int) decimal.Decimal {
	for scale > 0 && n%10 == 0 {
		n, scale = n/10, scale-1
	}
	return decimal.MustNew(n, scale)
}

// Share is a × b / c, rounded half up. All are ≥ 0, b ≤ c and c > 0, so that the result is at most a.
func Share(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	low, carry := bits.Add64(low, uint64(c)/2, 0)
	quotient, _ := bits.Div64(high+carry, low, uint64(c))
	return int64(quotient)
}
