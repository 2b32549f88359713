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

// facts are a session, or a reservation, in internal units.
type facts struct {
	startUs, endUs int64
	stretches      []stretch
}

func (f *facts) energy() int64 {
	if len(f.stretches) == 0 {
		return 0
	}
	return f.stretches[len(f.stretches)-1].toUWh
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

// facts are those of a reservation: time runs, and nothing else.
func (r *Reserved) facts() (*facts, error) {
	from, to, err := span(r.From, r.To)
	if err != nil {
		return nil, err
	}
	return &facts{from, to, []stretch{{fromUs: from, toUs: to, charging: true}}}, nil
}

func (s *Session) facts() (*facts, error) {
	from, to, err := span(s.Start, s.End)
	if err != nil {
		return nil, err
	}
	f := &facts{startUs: from, endUs: to, stretches: make([]stretch, len(s.Periods))}
	if len(s.Periods) == 0 && from == to {
		f.stretches = []stretch{{fromUs: from, toUs: to}}
		return f, nil
	}
	at, energy := from, int64(0)
	for i := range s.Periods {
		p := &s.Periods[i]
		st := stretch{fromUs: p.From.UnixMicro(), toUs: p.To.UnixMicro(), fromUWh: energy, charging: p.Charging}
		if st.fromUs != at || st.toUs < st.fromUs {
			return nil, fmt.Errorf("period %d (%s to %s) doesn't join what comes before it", i+1, p.From.Format(time.RFC3339), p.To.Format(time.RFC3339))
		}
		used, err := micro(p.EnergyWh)
		if err != nil {
			return nil, fmt.Errorf("energy of period %d: %w", i+1, err)
		}
		if energy += used; energy > maxEnergy {
			return nil, errors.New("its energy is more than any meter counts")
		}
		st.toUWh = energy
		if st.powerMW, err = milli(p.PowerW, p.Charging); err != nil {
			return nil, fmt.Errorf("power of period %d: %w", i+1, err)
		}
		if st.currMA, err = milli(p.CurrentA, p.Charging); err != nil {
			return nil, fmt.Errorf("current of period %d: %w", i+1, err)
		}
		f.stretches[i], at = st, st.toUs
	}
	if at != to || len(s.Periods) == 0 {
		return nil, errors.New("its periods don't reach from its start to its end")
	}
	return f, nil
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

// share is a × b / c, rounded half up. All are ≥ 0, b ≤ c and c > 0, so that the result is at most a.
func share(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	low, carry := bits.Add64(low, uint64(c)/2, 0)
	quotient, _ := bits.Div64(high+carry, low, uint64(c))
	return int64(quotient)
}
