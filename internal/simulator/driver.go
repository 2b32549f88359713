package simulator

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/frame"
)

// visit is somebody who charges at a connector.
type visit struct {
	next    *task
	idTag   string
	count   int
	until   time.Time // when he means to go on
	asked   bool      // he has held his token to the reader
	refused bool      // and was not let charge
}

// people decides who does what next at a connector. It is asked whenever the connector's status has changed.
func (s *Station) people(c *connector) {
	if s.opts.Behaviour == Manual || !c.known {
		return
	}
	v := &c.visit
	s.plan.cancel(v.next)
	v.next = nil
	later := func(from, to time.Duration, do func()) { v.next = s.plan.after(s.between(from, to), do) }
	switch {
	case c.fault != nil, s.boot.resetting:
		if c.car != nil {
			later(20*time.Second, time.Minute, func() { s.unplug(c) })
		}
	case c.tx != nil && c.tx.withheld:
		later(10*time.Second, 20*time.Second, func() { s.unplug(c) })
	case c.tx != nil && c.full:
		later(30*time.Second, 2*time.Minute, func() { s.leave(c) })
	case c.tx != nil && c.tx.energised:
		if v.until.IsZero() {
			v.until = time.Now().Add(s.between(10*time.Minute, 40*time.Minute))
		}
		v.next = s.plan.after(time.Until(v.until), func() { s.leave(c) })
	case c.tx != nil:
		// The station asks the CSMS.
	case c.car != nil && (c.finished || v.refused || !c.operative):
		later(10*time.Second, 40*time.Second, func() { s.unplug(c) })
	case c.car != nil && !v.asked:
		later(1500*time.Millisecond, 3*time.Second, func() { s.ask(c) })
	case c.car == nil && c.authorised.id != "":
		// Whoever started the session from afar stands beside the car.
		later(3*time.Second, 6*time.Second, func() { s.arrive(c) })
	case c.car == nil && c.operative && s.opts.Behaviour == Charging:
		s.nextArrival(c)
	}
}

func (s *Station) nextArrival(c *connector) {
	wait := s.between(time.Minute, 5*time.Minute)
	if c.visit.count == 0 {
		wait = s.opts.FirstArrival + time.Duration(c.no-1)*8*time.Second
	}
	c.visit.next = s.plan.after(wait, func() { s.arrive(c) })
}

// arrive begins a visit.
func (s *Station) arrive(c *connector) {
	n := c.visit.count
	c.visit = visit{count: n + 1, idTag: s.tagFor(c, n)}
	v := someVehicle(s.rng)
	if s.opts.PlanningCars {
		v.Plans, v.StaysFor = true, s.between(2*time.Hour, 8*time.Hour)
	}
	s.plugIn(c, v)
}

// tagFor deals the tokens out, so that two connectors never share one.
func (s *Station) tagFor(c *connector, visit int) string {
	tags := s.opts.IDTags
	connectors := len(s.connectors)
	own := (len(tags) - c.no + connectors) / connectors
	if own <= 0 {
		return tags[(c.no-1)%len(tags)]
	}
	return tags[c.no-1+connectors*(visit%own)]
}

// ask holds the token to the reader.
func (s *Station) ask(c *connector) {
	c.visit.asked = true
	if s.opts.PaymentTerminal && c.visit.count%3 == 0 && s.dialect.version() == frame.V21 {
		s.allow(c, token{"PSP-" + frame.NewID()[:13], directPayment})
		return
	}
	s.present(c, card(c.visit.idTag), func(accepted bool) {
		if !accepted {
			c.visit.refused = true
			s.people(c)
		}
	})
}

// leave ends the session at the reader, with the token that began it.
func (s *Station) leave(c *connector) {
	if c.tx != nil {
		s.present(c, c.tx.token, func(bool) {})
	}
}
