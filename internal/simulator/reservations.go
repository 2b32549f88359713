package simulator

import (
	"time"
)

// reservation keeps a connector for somebody.
type reservation struct {
	id        int64
	connector int // 0 is any
	token     token
	group     string
	expiry    *task
}

func (r *reservation) is(t token, group string) bool {
	return r.token.same(t) || r.group != "" && r.group == group
}

// reserve answers in OCPP's words (OCPP 1.6 §5.13, OCPP 2.0.1 Part 2, H01).
func (s *Station) reserve(id int64, no int, t token, group string, until time.Time) string {
	if no < 0 || no > len(s.connectors) || !s.accepted() || !until.After(s.now()) {
		return "Rejected"
	}
	status := "Occupied"
	for _, c := range s.connectors {
		if no != 0 && c.no != no {
			continue
		}
		switch {
		case c.fault != nil:
			status = worse(status, "Faulted", no)
		case !c.operative:
			status = worse(status, "Unavailable", no)
		case c.car == nil && c.tx == nil && c.authorised.id == "" && (c.reserved == nil || c.reserved.id == id):
			status = statusAccepted
		}
		if status == statusAccepted {
			break
		}
	}
	if status != statusAccepted {
		return status
	}
	// The same id replaces the reservation (OCPP 1.6 §5.13).
	s.unreserve(id)
	r := &reservation{id: id, connector: no, token: t, group: group}
	s.reservations[id] = r
	r.expiry = s.plan.after(until.Sub(s.now()), func() {
		s.unreserve(id)
		s.dialect.reservationEnded(r, "Expired")
	})
	if c := s.connector(int64(no)); c != nil {
		c.reserved = r
		s.refresh(c)
	}
	return statusAccepted
}

// worse keeps Occupied where one of several connectors at least could be free.
func worse(status, reason string, no int) string {
	if no != 0 {
		return reason
	}
	return status
}

// unreserve takes a reservation back, and reports whether there was one.
func (s *Station) unreserve(id int64) bool {
	r := s.reservations[id]
	if r == nil {
		return false
	}
	delete(s.reservations, id)
	s.plan.cancel(r.expiry)
	if c := s.connector(int64(r.connector)); c != nil && c.reserved == r {
		c.reserved = nil
		s.refresh(c)
	}
	return true
}

// reservedForOthers reports whether a connector is kept for somebody else. Reservations without a connector need one that is
// free for each of them.
func (s *Station) reservedForOthers(c *connector, t token) bool {
	group := s.cache[t.key()].group
	if c.reserved != nil {
		return !c.reserved.is(t, group)
	}
	others, free := 0, 0
	for _, r := range s.reservations {
		if r.connector == 0 {
			if r.is(t, group) {
				return false
			}
			others++
		}
	}
	for _, c := range s.connectors {
		if c.tx == nil && c.fault == nil && c.operative && c.reserved == nil {
			free++
		}
	}
	return others > 0 && free <= others
}

// claim uses up the reservation of somebody who begins to charge, and returns its id.
func (s *Station) claim(c *connector, t token) (id int64, found bool) {
	group := s.cache[t.key()].group
	r := c.reserved
	if r == nil {
		for _, other := range s.reservations {
			if other.connector == 0 && other.is(t, group) {
				r = other
			}
		}
	}
	if r == nil {
		return 0, false
	}
	s.unreserve(r.id)
	return r.id, true
}

// endReservations ends those of a connector that can't be used any more.
func (s *Station) endReservations(c *connector) {
	if r := c.reserved; r != nil {
		s.unreserve(r.id)
		s.dialect.reservationEnded(r, "Removed")
	}
}
