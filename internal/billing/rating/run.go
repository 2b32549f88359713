package rating

import (
	"errors"
	"fmt"
	"time"
)

// run walks a session segment by segment and collects what each component has to price.
type run struct {
	*plan
	startUs, endUs int64
	zone           *time.Location

	cutsUs []int64
	cut    int // the next of cutsUs
	level  int // the next of energiesUWh

	groups [dimensions]group
	free   []volume // what the idle grace left free
	// graceLeft is how much of the idle grace is left, in µs.
	graceLeft int64

	chargingUs, idleUs, usedUWh int64

	doubt [2]doubt // of power, of current
}

// volume is what one component has to price: of one group, though other components may have counted in between.
type volume struct {
	rule         *rule
	dimension    int
	grace        bool
	reservation  bool
	used, billed int64 // µWh or µs; a fee has a million
	fromUs, toUs int64
}

// group collects the volumes of a dimension. They are rounded up together, once, when the dimension ends: the session is over, or
// a moment comes at which no element prices the dimension (OCPI 2.2.1, PriceComponent, step_size).
type group struct {
	volumes []volume
	open    int // where the open group begins
	last    int // the volume that counted last
}

// doubt is a time during which a rule would have been decided by what nobody reported.
type doubt struct {
	element      int
	fromUs, toUs int64
}

func newRun(p *plan, from, to time.Time, zone *time.Location) (*run, error) {
	fromUs, toUs, err := span(from, to)
	if err != nil {
		return nil, err
	}
	return &run{plan: p, startUs: fromUs, endUs: toUs, zone: zone, cutsUs: p.cuts(fromUs, toUs, zone)}, nil
}

// session walks the periods of a session.
func (r *run) session(periods []Period) error {
	at := stretch{fromUs: r.startUs, toUs: r.startUs}
	if len(periods) == 0 {
		r.walk(&at)
	}
	for i := range periods {
		next, err := periods[i].next(&at)
		if err != nil {
			return fmt.Errorf("period %d (%s to %s): %w", i+1, periods[i].From.Format(time.RFC3339), periods[i].To.Format(time.RFC3339), err)
		}
		r.walk(&next)
		at = next
	}
	if at.toUs != r.endUs {
		return errors.New("its periods don't reach from its start to its end")
	}
	r.usedUWh = at.toUWh
	return nil
}

// reserved walks a reservation: time runs, and nothing else.
func (r *run) reserved() { r.walk(&stretch{fromUs: r.startUs, toUs: r.endUs, charging: true}) }

// volumes ends what is open and gives everything that was collected.
func (r *run) volumes() []volume {
	var all []volume
	for d := range r.groups {
		r.groups[d].close()
		all = append(all, r.groups[d].volumes...)
	}
	return append(all, r.free...)
}

// walk cuts a stretch into segments. Energy runs linearly through a stretch, so that a cut in time has its energy and a level of
// energy its time; both are reckoned from the whole stretch, so that cutting it further changes nothing. In a stretch without
// length only energy passes.
func (r *run) walk(s *stretch) {
	length, used := s.toUs-s.fromUs, s.toUWh-s.fromUWh
	for r.cut < len(r.cutsUs) && r.cutsUs[r.cut] <= s.fromUs {
		r.cut++
	}
	for r.level < len(r.energiesUWh) && r.energiesUWh[r.level] <= s.fromUWh {
		r.level++
	}
	graceEndUs := s.toUs
	if !s.charging && r.graceLeft > 0 && r.graceLeft < length {
		graceEndUs = s.fromUs + r.graceLeft
	}
	segment := *s
	for segment.fromUs < s.toUs || segment.fromUWh < s.toUWh {
		segment.toUs, segment.toUWh = s.toUs, s.toUWh
		cutUs := s.toUs
		if r.cut < len(r.cutsUs) {
			cutUs = min(cutUs, r.cutsUs[r.cut])
		}
		if graceEndUs > segment.fromUs {
			cutUs = min(cutUs, graceEndUs)
		}
		if cutUs < s.toUs {
			segment.toUs, segment.toUWh = cutUs, s.fromUWh+Share(used, cutUs-s.fromUs, length)
		}
		if r.level < len(r.energiesUWh) && r.energiesUWh[r.level] < s.toUWh {
			level := r.energiesUWh[r.level]
			levelUs := s.fromUs + Share(length, level-s.fromUWh, used)
			if levelUs < segment.toUs || levelUs == segment.toUs && level <= segment.toUWh {
				segment.toUs, segment.toUWh = levelUs, level
				r.level++
			}
		}
		if r.cut < len(r.cutsUs) && r.cutsUs[r.cut] == segment.toUs {
			r.cut++
		}
		r.count(&segment)
		segment.fromUs, segment.fromUWh = segment.toUs, segment.toUWh
	}
	if length == 0 && used == 0 && r.startUs == r.endUs {
		r.count(&segment) // a session without length still pays its fee
	}
}

// count gives a segment to the components that price it.
func (r *run) count(s *stretch) {
	length, used := s.toUs-s.fromUs, s.toUWh-s.fromUWh
	m := moment{us: s.fromUs - r.startUs, uWh: s.fromUWh, powerMW: s.powerMW, currMA: s.currMA}
	if r.clocked {
		m.tell(s.fromUs, r.zone)
	}
	if len(r.groups[flat].volumes) == 0 && len(r.rules[flat]) > 0 {
		if rule := r.first(flat, &m, s); rule != nil {
			r.groups[flat].add(volume{rule: rule, dimension: flat, reservation: r.reservation, used: 1_000_000, fromUs: s.fromUs, toUs: s.fromUs})
		}
	}
	r.pass(energy, &m, s, used)
	running, dormant := charging, standing
	if s.charging {
		r.chargingUs += length
	} else {
		running, dormant = standing, charging
		r.idleUs += length
	}
	r.pass(running, &m, s, length)
	// A pause doesn't end the time of charging, and charging doesn't end that of standing: only a moment at which the dimension would
	// have no price, whatever flows, does.
	if g := &r.groups[dormant]; g.open < len(g.volumes) && !r.priced(dormant, &m) {
		g.close()
	}
	if !s.charging && r.graceLeft > 0 {
		r.graceLeft = max(0, r.graceLeft-length)
	}
}

func (r *run) pass(dimension int, m *moment, s *stretch, used int64) {
	if len(r.rules[dimension]) == 0 {
		return
	}
	rule := r.first(dimension, m, s)
	if rule == nil {
		r.groups[dimension].close()
		return
	}
	if used == 0 {
		return
	}
	v := volume{rule: rule, dimension: dimension, reservation: r.reservation, used: used, fromUs: s.fromUs, toUs: s.toUs}
	if dimension == standing && r.graceLeft > 0 {
		v.grace = true
		r.free = merge(r.free, v)
		return
	}
	r.groups[dimension].add(v)
}

// first gives the first rule of a dimension that holds, or nil.
func (r *run) first(dimension int, m *moment, s *stretch) *rule {
	rules := r.rules[dimension]
	for i := range rules {
		switch v := rules[i].ask(m); v {
		case holds:
			return &rules[i]
		case noPower, noCurrent:
			d := &r.doubt[v-noPower]
			if d.element == 0 {
				d.element, d.fromUs = rules[i].element, s.fromUs
			}
			d.toUs = s.toUs
		case fails:
		}
	}
	return nil
}

func (r *run) priced(dimension int, m *moment) bool {
	for i := range r.rules[dimension] {
		if r.rules[dimension][i].holdsAside(m) {
			return true
		}
	}
	return false
}

// doubts are the reasons to look at the bill that came up on the way.
func (r *run) doubts() []Reason {
	var found []Reason
	for i, d := range r.doubt {
		if d.element == 0 {
			continue
		}
		code, what := PowerUnknown, "power"
		if i == 1 {
			code, what = CurrentUnknown, "current"
		}
		found = append(found, Reason{code, fmt.Sprintf(
			"Between %s and %s the station didn't report the %s, and element %d of the tariff depends on it. It was taken as not applying.",
			r.local(d.fromUs), r.local(d.toUs), what, d.element)})
	}
	return found
}

func (r *run) local(us int64) string {
	return time.UnixMicro(us).In(r.zone).Format("2006-01-02 15:04:05 MST")
}

func (g *group) add(v volume) {
	v.billed = v.used
	for i := g.open; i < len(g.volumes); i++ {
		if g.volumes[i].rule == v.rule {
			g.volumes[i].grow(&v)
			g.last = i
			return
		}
	}
	g.last = len(g.volumes)
	g.volumes = append(g.volumes, v)
}

// close rounds the open group up to the step of the component that counted last, which takes what is added.
func (g *group) close() {
	if g.open == len(g.volumes) {
		return
	}
	if step := g.volumes[g.last].rule.component.StepSize * second; step > second && g.volumes[g.last].dimension != flat {
		var used int64
		for i := g.open; i < len(g.volumes); i++ {
			used += g.volumes[i].used
		}
		if over := used % step; over > 0 {
			g.volumes[g.last].billed += step - over
		}
	}
	g.open = len(g.volumes)
}

func (v *volume) grow(o *volume) {
	v.used += o.used
	v.billed += o.billed
	v.toUs = o.toUs
}

// merge adds a volume to that of its rule, or behind the others.
func merge(volumes []volume, v volume) []volume {
	for i := range volumes {
		if volumes[i].rule == v.rule {
			volumes[i].grow(&v)
			return volumes
		}
	}
	return append(volumes, v)
}
