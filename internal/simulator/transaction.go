package simulator

import (
	"slices"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// transaction is a session that runs at a connector.
type transaction struct {
	id    int64
	known bool   // the CSMS has given the id
	name  string // the id as text, whoever has given it
	token token
	group string

	begunAt time.Time
	startWh float64

	energised   bool // energy may flow
	energisedAt time.Time
	withheld    bool // the CSMS doesn't accept the token, and the station keeps the session open
	interrupted bool // the station restarts, and the session goes on afterwards

	data            []v16.MeterValue // for the StopTransaction
	sampler, ticker *task
}

// flows reports whether energy may flow at this moment.
func (tx *transaction) flows() bool { return tx.energised && !tx.withheld && !tx.interrupted }

const (
	// maxData bounds the samples that a StopTransaction carries.
	maxData = 60
)

// authorize asks whether a token may charge, and says so to then.
func (s *Station) authorize(t token, then func(accepted bool)) {
	known, cached := s.known(t)
	accepted := known.accepted(s.now())
	if cached && accepted && s.config.is(keyPreAuthorize) {
		then(true)
		return
	}
	if s.link == nil {
		then(cached && accepted && s.config.is(keyLocalOffline) || !cached && s.config.is(keyAllowOfflineUnknown))
		return
	}
	s.dialect.sendAuthorize(t, func(info tokenInfo) {
		s.remember(t, info)
		then(info.accepted(s.now()))
	}, func(error) { then(cached && accepted && s.config.is(keyLocalOffline)) })
}

func (s *Station) remember(t token, info tokenInfo) {
	if s.config.is(keyCache) && t.id != "" {
		s.cache[t.key()] = info
	}
}

// allow lets somebody charge: at once when the car is there, and otherwise as soon as it is, for as long as
// ConnectionTimeOut says.
func (s *Station) allow(c *connector, t token) {
	if c.tx != nil || c.fault != nil || !c.operative || s.boot.resetting || s.reservedForOthers(c, t) {
		return
	}
	if c.car != nil {
		s.start(c, t)
		return
	}
	c.authorised = t
	s.dialect.authorised(c)
	s.plan.cancel(c.timeout)
	c.timeout = s.plan.after(time.Duration(s.config.number(keyConnectionTimeout))*time.Second, func() {
		s.dialect.abandoned(c)
		c.authorised, c.requested = token{}, nil
		s.refresh(c)
	})
	s.refresh(c)
}

// start begins a session. Online, energy flows when the CSMS has answered.
func (s *Station) start(c *connector, t token) {
	s.plan.cancel(c.timeout)
	c.authorised, c.finished, c.full, c.priority = token{}, false, false, false
	c.visit.until, c.visit.refused = time.Time{}, false
	c.meteredAt = time.Now()
	tx := &transaction{token: t, group: s.cache[t.key()].group, begunAt: s.now(), startWh: c.meterWh}
	c.tx = tx
	tx.keep(s.sample(c, keyStopSampledData, v16.ReadingContextTransactionBegin))
	s.dialect.begin(c, tx)
	if s.link == nil && !tx.energised {
		s.energise(c)
	}
	s.refresh(c)
}

// judged takes what the CSMS thinks of the token of a session, which may be over already when the station was offline.
func (s *Station) judged(c *connector, tx *transaction, info tokenInfo) {
	s.remember(tx.token, info)
	tx.group = info.group
	switch {
	case c.tx != tx:
	case info.accepted(s.now()):
		s.energise(c)
	case s.config.is(keyStopOnInvalid):
		c.visit.refused = true
		s.stop(c, v16.ReasonDeAuthorized, token{})
	default:
		s.advance(c)
		tx.withheld = true
		s.refresh(c)
	}
}

// energise lets energy flow.
func (s *Station) energise(c *connector) {
	tx := c.tx
	if tx.energised || c.car == nil {
		return
	}
	now := time.Now()
	tx.energised, tx.energisedAt, c.meteredAt = true, now, now
	c.full = c.car.SoC >= c.car.Target
	s.relimit(c)
	s.planSample(c)
	s.watch(c)
	s.refresh(c)
}

// planSamples plans the samples of all sessions anew.
func (s *Station) planSamples() {
	for _, c := range s.connectors {
		if c.tx != nil && c.tx.energised {
			s.planSample(c)
		}
	}
}

func (s *Station) planSample(c *connector) {
	tx := c.tx
	s.plan.cancel(tx.sampler)
	interval := time.Duration(s.config.number(keySampleInterval)) * time.Second
	if interval <= 0 {
		return
	}
	tx.sampler = s.plan.after(interval, func() {
		s.dialect.sampled(c, keySampledData, v16.ReadingContextSamplePeriodic, false)
		tx.keep(s.sample(c, keyStopSampledData, v16.ReadingContextSamplePeriodic))
		s.planSample(c)
	})
}

// watch notices when the car is full.
func (s *Station) watch(c *connector) {
	tx := c.tx
	tx.ticker = s.plan.after(max(250*time.Millisecond, time.Duration(float64(5*time.Second)/s.opts.Speed)), func() {
		s.advance(c)
		s.relimit(c)
		if c.car != nil && c.car.SoC >= c.car.Target && !c.full {
			c.full = true
			s.dialect.sampled(c, keySampledData, v16.ReadingContextSamplePeriodic, false)
			s.refresh(c)
		}
		s.dialect.watched(c)
		if c.tx == tx {
			s.watch(c)
		}
	})
}

// stop ends a session.
func (s *Station) stop(c *connector, reason v16.Reason, t token) {
	tx := c.tx
	s.advance(c)
	tx.keep(s.sample(c, keyStopSampledData, v16.ReadingContextTransactionEnd))
	s.plan.cancel(tx.sampler)
	s.plan.cancel(tx.ticker)
	s.dialect.end(c, tx, reason, t)
	c.tx, c.finished, c.full = nil, c.car != nil, false
	s.profiles = slices.DeleteFunc(s.profiles, func(p *profile) bool { // a session's profile goes with it (OCPP 1.6 §3.13.1)
		return p.ChargingProfilePurpose == v21.ChargingProfilePurposeTxProfile && p.evse == c.no
	})
	if c.scheduled {
		c.operative, c.scheduled = false, false
	}
	s.refresh(c)
	if after := c.afterwards; after != nil {
		c.afterwards = nil
		s.plan.after(0, after)
	}
	s.whenIdle()
}

// interrupt keeps a session over a restart of its connector: no energy flows, and nothing is measured.
func (s *Station) interrupt(c *connector) {
	s.advance(c)
	s.plan.cancel(c.tx.sampler)
	s.plan.cancel(c.tx.ticker)
	c.tx.interrupted = true
	s.refresh(c)
}

// goOn is the end of an interruption.
func (s *Station) goOn(c *connector) {
	c.tx.interrupted, c.meteredAt = false, time.Now()
	if c.tx.energised {
		s.planSample(c)
		s.watch(c)
	}
	s.refresh(c)
}

// keep adds a sample for the end of the session. Of too many, every second goes, but never the first.
func (tx *transaction) keep(m *v16.MeterValue) {
	if m == nil {
		return
	}
	if len(tx.data) >= maxData {
		kept := tx.data[:1]
		for i := 2; i < len(tx.data); i += 2 {
			kept = append(kept, tx.data[i])
		}
		tx.data = kept
	}
	tx.data = append(tx.data, *m)
}

// plugIn is a car that arrives.
func (s *Station) plugIn(c *connector, v Vehicle) {
	s.advance(c)
	c.car, c.finished, c.full = &v, false, false
	s.dialect.plugged(c)
	if c.authorised.id != "" {
		s.start(c, c.authorised)
		return
	}
	s.refresh(c)
}

// unplug is a car that leaves.
func (s *Station) unplug(c *connector) {
	if c.tx != nil && s.config.is(keyStopOnEVSide) {
		s.stop(c, v16.ReasonEVDisconnected, token{})
	} else {
		s.advance(c)
	}
	c.car, c.finished, c.full = nil, false, c.tx != nil
	s.dialect.unplugged(c)
	s.refresh(c)
}

// present is a token held to the reader: it begins a session, or ends the one that it or another of its group began.
func (s *Station) present(c *connector, t token, then func(accepted bool)) {
	if c.tx != nil {
		info, _ := s.known(t)
		same := c.tx.token.same(t) || info.group != "" && info.group == c.tx.group
		if same {
			s.stop(c, v16.ReasonLocal, t)
		}
		then(same)
		return
	}
	s.authorize(t, func(accepted bool) {
		if accepted {
			s.allow(c, t)
		}
		then(accepted)
	})
}

// breakDown is a fault. A session ends with it.
func (s *Station) breakDown(c *connector, f Fault) {
	if c.tx != nil {
		s.stop(c, v16.ReasonOther, token{})
	}
	c.fault = &f
	s.endReservations(c)
	s.refresh(c)
}
