package rating

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// Sample is what a station measured at one moment. What it didn't measure is invalid.
type Sample struct {
	At time.Time
	// EnergyWh is the register of the outlet's meter. One that counts within a session is made to go on from the start's reading
	// before it comes here.
	EnergyWh decimal.NullDecimal
	PowerW   decimal.NullDecimal
	// CurrentA is the sum over all phases.
	CurrentA decimal.NullDecimal
}

// StateChange is a state of charging, in OCPP's words, that a station reported: Charging, SuspendedEV, Finishing, Idle …
type StateChange struct {
	At    time.Time
	State string
}

// Facts are what is known of a session. Samples and states come in any order, and any number of times.
type Facts struct {
	Start, End time.Time
	// Running is set while the session has no end: End is the present then, and no reading of it is missing.
	Running bool
	Zone    *time.Location
	// MeterStartWh and MeterStopWh are the register at both ends.
	MeterStartWh, MeterStopWh decimal.NullDecimal
	Samples                   []Sample
	States                    []StateChange
	// MaxPowerW is what the connector can deliver; zero where nobody knows.
	MaxPowerW   int64
	Reservation *Reserved
}

// Session makes the session that Rate takes: none, where all there was is a reservation that expired.
func (f Facts) Session() Session {
	if f.Reservation != nil && f.Reservation.Expired {
		return Session{Zone: f.Zone, Reservation: f.Reservation}
	}
	periods, review := Periods(f)
	end := f.End
	if end.Before(f.Start) {
		end = f.Start
	}
	return Session{Start: f.Start, End: end, Zone: f.Zone, Periods: periods, Reservation: f.Reservation, Review: review}
}

// Periods makes the periods of a session, and says what is wrong with its meter. Readings at both ends count for what they say, and
// the samples between them only say when the energy flowed; so the energy of a session with good readings never depends on samples
// that were lost.
func Periods(f Facts) ([]Period, []Reason) {
	m := newMeter(&f)
	points := m.points()
	m.checkUnit(points)
	b := builder{meter: m, marks: marks(&f, m.endUs), parts: make([]part, 0, len(points)+len(f.States)), powerMW: unknown, currMA: unknown}
	for i := 1; i < len(points); i++ {
		b.between(points[i-1], points[i], len(points) > 2)
	}
	return b.periods(), m.review.done()
}

// class is what a state says of charging.
type class int

const (
	unsaid class = iota
	charges
	stands
)

func classOf(state string) class {
	switch state {
	case "Charging":
		return charges
	case "SuspendedEV", "SuspendedEVSE", "Finishing", "Idle", "EVConnected":
		return stands
	default:
		return unsaid
	}
}

// mark is a change of state in internal units.
type mark struct {
	atUs  int64
	class class
}

func marks(f *Facts, endUs int64) []mark {
	if len(f.States) == 0 {
		return nil
	}
	out := make([]mark, 0, len(f.States))
	for _, s := range f.States {
		if at := s.At.UnixMicro(); at < endUs {
			out = append(out, mark{at, classOf(s.State)})
		}
	}
	slices.SortFunc(out, func(a, b mark) int { return cmp.Or(cmp.Compare(a.atUs, b.atUs), cmp.Compare(a.class, b.class)) })
	return out
}

// part is a period in the making.
type part struct {
	fromUs, toUs    int64
	uWh             int64
	class           class
	powerMW, currMA int64
}

// builder makes periods between the points at which the register is known.
type builder struct {
	*meter
	marks []mark
	parts []part

	state           class // in effect
	mark, reading   int   // the next of marks and readings
	powerMW, currMA int64 // the newest, or unknown
}

// between cuts the time between two points where the state changes. The energy goes to the parts that are known to charge, or else
// to those that may, or else to all.
func (b *builder) between(p, q point, sampled bool) {
	first := len(b.parts)
	for at := p.atUs; ; {
		for b.mark < len(b.marks) && (b.marks[b.mark].atUs <= at || b.marks[b.mark].class == b.state) {
			b.state = b.marks[b.mark].class
			b.mark++
		}
		until := q.atUs
		if b.mark < len(b.marks) {
			until = min(until, b.marks[b.mark].atUs)
		}
		b.parts = append(b.parts, part{fromUs: at, toUs: until, class: b.state})
		if at = until; at >= q.atUs {
			break
		}
	}
	parts := b.parts[first:]
	carriers, length := carriers(parts)
	powerMW, currMA := b.powerMW, b.currMA
	for b.reading < len(b.readings) && b.readings[b.reading].atUs <= q.atUs {
		if r := &b.readings[b.reading]; r.powerMW != unknown {
			b.powerMW = r.powerMW
		}
		if r := &b.readings[b.reading]; r.currMA != unknown {
			b.currMA = r.currMA
		}
		b.reading++
	}
	// What flowed at the start counts, or at the end where nothing flowed yet.
	if powerMW <= 0 {
		powerMW = b.powerMW
	}
	if currMA <= 0 {
		currMA = b.currMA
	}
	total, done := q.uWh-p.uWh, int64(0)
	for i := range parts {
		v := &parts[i]
		v.powerMW, v.currMA = powerMW, currMA
		if length == 0 {
			v.uWh = total
			return
		}
		if carriers != every && v.class != class(carriers) {
			continue
		}
		before := Share(total, done, length)
		done += v.toUs - v.fromUs
		v.uWh = Share(total, done, length) - before
		if mean, ok := meanMW(v.uWh, v.toUs-v.fromUs); ok && sampled {
			v.powerMW = mean
		}
	}
}

const every = -1

// carriers chooses the class of the parts that the energy goes to, and gives their length.
func carriers(parts []part) (which int, lengthUs int64) {
	var lengths [3]int64
	for i := range parts {
		lengths[parts[i].class] += parts[i].toUs - parts[i].fromUs
	}
	for _, c := range [...]class{charges, unsaid} {
		if lengths[c] > 0 {
			return int(c), lengths[c]
		}
	}
	return every, lengths[stands]
}

// meanMW is the power at which energy flowed.
func meanMW(uWh, us int64) (int64, bool) {
	if uWh <= 0 || us <= 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(uWh), 3_600_000)
	if high >= uint64(us) {
		return 0, false
	}
	mw, _ := bits.Div64(high, low, uint64(us))
	return int64(mw), mw <= uint64(maxEnergy)
}

// plateau is for how long a register may stand still before nobody charges any more.
const plateau = 5 * 60 * second

// periods decides which parts are charging: those in which energy grew or the state said so, and short rests of the register.
func (b *builder) periods() []Period {
	out := make([]Period, len(b.parts))
	restEnd, long := 0, false // of the rest of the register that a part lies in
	for i := range b.parts {
		v := &b.parts[i]
		if v.uWh == 0 && i >= restEnd {
			for restEnd = i; restEnd < len(b.parts) && b.parts[restEnd].uWh == 0; {
				restEnd++
			}
			long = b.parts[restEnd-1].toUs-v.fromUs > plateau
		}
		out[i] = Period{
			From: time.UnixMicro(v.fromUs).UTC(), To: time.UnixMicro(v.toUs).UTC(), EnergyWh: exact(v.uWh),
			Charging: v.uWh > 0 || v.class == charges || v.class == unsaid && !long,
		}
		if out[i].Charging {
			out[i].PowerW, out[i].CurrentA = flow(v.powerMW), flow(v.currMA)
		}
	}
	return out
}

func flow(milli int64) decimal.NullDecimal {
	if milli == unknown {
		return decimal.NullDecimal{}
	}
	return decimal.NullDecimal{Decimal: trimmed(milli, 3), Valid: true}
}
