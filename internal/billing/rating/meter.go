package rating

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

const (
	// slackUWh is how far a register may slip back: stations round the readings of one meter to 10 Wh here and to 1 Wh there.
	slackUWh = 10 * wattHour
	// headroomUWh comes on top of what a connector can deliver, for the clocks of meter and station.
	headroomUWh = 100 * wattHour
	// anyPowerMW is taken for a connector whose power nobody knows.
	anyPowerMW = 500_000_000
	// nearZeroUWh is where a register stands that began anew.
	nearZeroUWh = 1000 * wattHour
)

// reading is a sample in internal units; what it lacks is unknown.
type reading struct {
	atUs, uWh, powerMW, currMA int64
}

// point is a moment at which the energy since the start is known.
type point struct{ atUs, uWh int64 }

// meter judges what a session's meter said.
type meter struct {
	startUs, endUs   int64
	readings         []reading
	startUWh, endUWh int64 // unknown where nobody said
	running          bool
	maxMW            int64
	review           review
}

func newMeter(f *Facts) *meter {
	m := &meter{startUs: f.Start.UnixMicro(), endUs: f.End.UnixMicro(), running: f.Running, maxMW: anyPowerMW}
	if f.MaxPowerW > 0 {
		m.maxMW = min(f.MaxPowerW, anyPowerMW) * 1000
	}
	if m.endUs < m.startUs {
		m.review.add(StopBeforeStart, "The session stopped at %s, before its start at %s.", utc(m.endUs), utc(m.startUs))
		m.endUs = m.startUs
	}
	m.startUWh, m.endUWh = m.register(f.MeterStartWh, m.startUs), m.register(f.MeterStopWh, m.endUs)
	m.readings = make([]reading, 0, len(f.Samples))
	for i := range f.Samples {
		s := &f.Samples[i]
		at := s.At.UnixMicro()
		if at < m.startUs || at > m.endUs {
			continue
		}
		m.readings = append(m.readings, reading{at, m.register(s.EnergyWh, at), thousandths(s.PowerW), thousandths(s.CurrentA)})
	}
	order := func(a, b reading) int {
		return cmp.Or(cmp.Compare(a.atUs, b.atUs), cmp.Compare(a.uWh, b.uWh), cmp.Compare(a.powerMW, b.powerMW), cmp.Compare(a.currMA, b.currMA))
	}
	if !slices.IsSortedFunc(m.readings, order) {
		slices.SortFunc(m.readings, order)
	}
	m.readings = slices.Compact(m.readings)
	return m
}

// register reads a register to a millionth of a Wh; unknown where it is not given, or nothing a meter can show.
func (m *meter) register(d decimal.NullDecimal, atUs int64) int64 {
	if !d.Valid {
		return unknown
	}
	n, ok := shifted(d.Decimal, 6)
	if !ok || n >= maxEnergy {
		m.review.add(MeterJump, "At %s the register stands at %s Wh, which no meter shows.", utc(atUs), d.Decimal)
		return unknown
	}
	return n
}

func thousandths(d decimal.NullDecimal) int64 {
	if !d.Valid {
		return unknown
	}
	n, err := milli(d, true)
	if err != nil {
		return unknown
	}
	return n
}

// points are where the energy since the start is known: the start, the samples that can be believed, and the end.
func (m *meter) points() []point {
	m.fillEnds()
	points := make([]point, 1, len(m.readings)+2)
	points[0] = point{m.startUs, 0}
	if m.endUWh < m.startUWh && m.startUWh-m.endUWh > slackUWh {
		m.review.add(StopBelowStart, "The session began with the register at %s and ended at %s, %s below.",
			wh(m.startUWh), wh(m.endUWh), wh(m.startUWh-m.endUWh))
		return m.fallen(points)
	}
	return m.risen(points)
}

// fillEnds takes the first and the last sample where a reading at the start or the end is missing.
func (m *meter) fillEnds() {
	if m.startUWh == unknown {
		if i := slices.IndexFunc(m.readings, func(r reading) bool { return r.uWh != unknown }); i >= 0 {
			m.startUWh = m.readings[i].uWh
			m.review.add(MeterMissing, "The station gave no register at the start. The first sample, %s at %s, was taken for it.",
				wh(m.startUWh), utc(m.readings[i].atUs))
		} else {
			m.startUWh = max(0, m.endUWh)
			m.review.add(MeterMissing, "The station gave no register at the start, and no sample. No energy can be billed.")
		}
	}
	if m.endUWh != unknown {
		return
	}
	m.endUWh = m.startUWh
	last := m.startUs
	for i := len(m.readings) - 1; i >= 0; i-- {
		if m.readings[i].uWh != unknown {
			m.endUWh, last = m.readings[i].uWh, m.readings[i].atUs
			break
		}
	}
	if !m.running {
		m.review.add(MeterMissing, "The station gave no register at the stop. The last one, %s at %s, was taken for it.", wh(m.endUWh), utc(last))
	}
}

// risen walks a session whose register ended where it began or above. Samples that don't fit between are named and left out.
func (m *meter) risen(points []point) []point {
	at, now := m.startUs, m.startUWh
	end := max(m.endUWh, m.startUWh)
	for i := range m.readings {
		r := &m.readings[i]
		switch {
		case r.uWh == unknown:
			continue
		case r.uWh < now-slackUWh:
			m.fell(at, now, r)
			continue
		case r.uWh > end+slackUWh:
			if m.tooFast(at, now, r.atUs, r.uWh) {
				continue
			}
			m.review.add(MeterBackwards, "The register stood at %s at %s, and at the stop at %s, %s below.",
				wh(r.uWh), utc(r.atUs), wh(end), wh(r.uWh-end))
			continue
		}
		to := max(now, min(r.uWh, end))
		m.tooFast(at, now, r.atUs, to)
		points = add(points, point{r.atUs, to - m.startUWh})
		at, now = r.atUs, to
	}
	m.tooFast(at, now, m.endUs, end)
	return last(points, point{m.endUs, end - m.startUWh})
}

// fallen walks a session whose register ended below where it began: what it grew by between its falls is proposed.
func (m *meter) fallen(points []point) []point {
	at, now, energy := m.startUs, m.startUWh, int64(0)
	take := func(r *reading) {
		if r.uWh < now-slackUWh {
			m.fell(at, now, r)
			at, now = r.atUs, r.uWh
			return
		}
		if to := max(now, r.uWh); !m.tooFast(at, now, r.atUs, to) {
			energy += to - now
			points = add(points, point{r.atUs, energy})
			at, now = r.atUs, to
		}
	}
	for i := range m.readings {
		if m.readings[i].uWh != unknown {
			take(&m.readings[i])
		}
	}
	take(&reading{atUs: m.endUs, uWh: m.endUWh})
	return last(points, point{m.endUs, energy})
}

// add drops a point that says nothing: several samples of one moment with one register.
func add(points []point, p point) []point {
	if points[len(points)-1] == p {
		return points
	}
	return append(points, p)
}

// last adds the end, and keeps at least two points, so that a session without length has a period too.
func last(points []point, p point) []point {
	if len(points) > 1 && points[len(points)-1] == p {
		return points
	}
	return append(points, p)
}

func (m *meter) fell(fromUs, fromUWh int64, r *reading) {
	code, how := MeterBackwards, "ran back"
	if r.uWh < nearZeroUWh && r.uWh < fromUWh/2 {
		code, how = MeterReset, "began anew"
	}
	m.review.add(code, "The register %s from %s at %s to %s at %s.", how, wh(fromUWh), utc(fromUs), wh(r.uWh), utc(r.atUs))
}

// tooFast reports growth that the connector can't have delivered.
func (m *meter) tooFast(fromUs, fromUWh, toUs, toUWh int64) bool {
	// mW × µs are nWs: 3,600,000 of them are a µWh. A tenth is added for the meter's tolerance.
	limit := float64(m.maxMW)*float64(toUs-fromUs)/3_600_000*1.1 + float64(headroomUWh)
	if float64(toUWh-fromUWh) <= limit {
		return false
	}
	m.review.add(MeterJump, "The register jumped by %s between %s (%s) and %s (%s): at %d W no more than %s can have flowed.",
		wh(toUWh-fromUWh), utc(fromUs), wh(fromUWh), utc(toUs), wh(toUWh), m.maxMW/1000, wh(int64(limit)))
	return true
}

// checkUnit compares the register with power × time, where the station reported power: a factor of a thousand is kWh taken for Wh.
func (m *meter) checkUnit(points []point) {
	var byPower float64 // µWh
	before := -1
	for i := range m.readings {
		if m.readings[i].powerMW == unknown {
			continue
		}
		if before >= 0 {
			p, q := &m.readings[before], &m.readings[i]
			byPower += float64(p.powerMW+q.powerMW) / 2 * float64(q.atUs-p.atUs) / 3_600_000
		}
		before = i
	}
	byRegister := float64(points[len(points)-1].uWh)
	const kilo, least = 1000.0, 100 * float64(wattHour)
	near := func(ratio float64) bool { return ratio > kilo/2 && ratio < kilo*2 }
	switch {
	case byPower >= least && byRegister > 0 && near(byPower/byRegister):
		m.review.add(UnitMixedUp, "The register grew by %s while power × time makes %s: the station probably labels kWh as Wh.",
			wh(int64(byRegister)), wh(int64(byPower)))
	case byRegister >= least && byPower > 0 && near(byRegister/byPower):
		m.review.add(UnitMixedUp, "The register grew by %s while power × time makes %s: the station probably labels Wh as kWh, or its power is in kW.",
			wh(int64(byRegister)), wh(int64(byPower)))
	case byRegister == 0 && byPower >= 5*least:
		m.review.add(MeterStuck, "The register didn't move while power × time makes %s.", wh(int64(byPower)))
	}
}

// review gathers reasons, one of each kind: a broken meter would repeat itself with every sample.
type review struct {
	reasons []Reason
	more    []int
}

func (r *review) add(code ReasonCode, format string, args ...any) {
	for i := range r.reasons {
		if r.reasons[i].Code == code {
			r.more[i]++
			return
		}
	}
	r.reasons = append(r.reasons, Reason{code, fmt.Sprintf(format, args...)})
	r.more = append(r.more, 0)
}

// done gives the reasons, each with how often it came again.
func (r *review) done() []Reason {
	for i, n := range r.more {
		if n > 0 {
			r.reasons[i].Message += fmt.Sprintf(" This happened %d times more.", n)
		}
	}
	return r.reasons
}

func wh(uWh int64) string {
	return exact(uWh).String() + " Wh"
}

func utc(us int64) string { return time.UnixMicro(us).UTC().Format("2006-01-02 15:04:05 UTC") }
