package simulator

import (
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// transaction is a session that runs at a connector.
type transaction struct {
	id    int64
	known bool // the CSMS has given the id
	idTag string

	energised   bool // energy may flow
	energisedAt time.Time
	withheld    bool // the CSMS doesn't accept the token, and the station keeps the session open

	data            []v16.MeterValue // for the StopTransaction
	sampler, ticker *task
}

const (
	// maxData bounds the samples that a StopTransaction carries.
	maxData = 60
	// unknownTransaction is what stations write when they were never told the id.
	unknownTransaction = -1
)

// authorize asks whether an idTag may charge, and says so to then (OCPP 1.6, Authorize).
func (s *Station) authorize(idTag string, then func(accepted bool)) {
	known, cached := s.cache[strings.ToUpper(idTag)]
	cached = cached && s.config.is(keyCache)
	accepted := known == v16.AuthorizationStatusAccepted
	if cached && accepted && s.config.is(keyPreAuthorize) {
		then(true)
		return
	}
	if s.link == nil {
		then(cached && accepted && s.config.is(keyLocalOffline) || !cached && s.config.is(keyAllowOfflineUnknown))
		return
	}
	s.send(&call{
		action: "Authorize", request: func() schema.Message { return &v16.AuthorizeRequest{IDTag: idTag} },
		answered: func(m schema.Message) {
			status := m.(*v16.AuthorizeResponse).IDTagInfo.Status
			s.remember(idTag, status)
			then(status == v16.AuthorizationStatusAccepted)
		},
		failed: func(error) { then(cached && accepted && s.config.is(keyLocalOffline)) },
	})
}

func (s *Station) remember(idTag string, status v16.AuthorizationStatus) {
	if s.config.is(keyCache) && idTag != "" {
		s.cache[strings.ToUpper(idTag)] = status
	}
}

// allow lets somebody charge: at once when the car is there, and otherwise as soon as it is, for as long as
// ConnectionTimeOut says.
func (s *Station) allow(c *connector, idTag string) {
	if c.tx != nil || c.fault != nil || !c.operative || s.boot.resetting {
		return
	}
	if c.car != nil {
		s.start(c, idTag)
		return
	}
	c.authorised = idTag
	s.plan.cancel(c.timeout)
	c.timeout = s.plan.after(time.Duration(s.config.number(keyConnectionTimeout))*time.Second, func() {
		c.authorised = ""
		s.refresh(c)
	})
	s.refresh(c)
}

// start begins a session (OCPP 1.6, Start Transaction). Online, energy flows when the CSMS has answered.
func (s *Station) start(c *connector, idTag string) {
	s.plan.cancel(c.timeout)
	c.authorised, c.finished, c.full = "", false, false
	c.visit.until, c.visit.refused = time.Time{}, false
	c.meteredAt = time.Now()
	tx := &transaction{idTag: idTag}
	c.tx = tx
	tx.keep(s.sample(c, keyStopSampledData, v16.ReadingContextTransactionBegin))
	r := v16.StartTransactionRequest{ConnectorID: int64(c.no), IDTag: idTag, MeterStart: int64(c.meterWh), Timestamp: schema.At(s.now())}
	s.send(&call{
		action: "StartTransaction", keep: true, request: func() schema.Message { return &r },
		answered: func(m schema.Message) { s.started(c, tx, m.(*v16.StartTransactionResponse)) },
		failed: func(error) {
			if c.tx == tx {
				s.energise(c)
			}
		},
	})
	if s.link == nil && !tx.energised {
		s.energise(c)
	}
	s.refresh(c)
}

// started takes the id of a session, which may be over already when the station was offline.
func (s *Station) started(c *connector, tx *transaction, r *v16.StartTransactionResponse) {
	tx.id, tx.known = r.TransactionID, true
	s.emit(Event{Kind: Started, Connector: c.no, Transaction: tx.id})
	s.remember(tx.idTag, r.IDTagInfo.Status)
	switch {
	case c.tx != tx:
	case r.IDTagInfo.Status == v16.AuthorizationStatusAccepted:
		s.energise(c)
	case s.config.is(keyStopOnInvalid):
		c.visit.refused = true
		s.stop(c, v16.ReasonDeAuthorized, "")
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
		s.sendSample(c, keySampledData, v16.ReadingContextSamplePeriodic, false)
		tx.keep(s.sample(c, keyStopSampledData, v16.ReadingContextSamplePeriodic))
		s.planSample(c)
	})
}

// watch notices when the car is full.
func (s *Station) watch(c *connector) {
	tx := c.tx
	tx.ticker = s.plan.after(max(250*time.Millisecond, time.Duration(float64(5*time.Second)/s.opts.Speed)), func() {
		s.advance(c)
		if c.car != nil && c.car.SoC >= c.car.Target && !c.full {
			c.full = true
			s.sendSample(c, keySampledData, v16.ReadingContextSamplePeriodic, false)
			s.refresh(c)
		}
		s.watch(c)
	})
}

// stop ends a session (OCPP 1.6, Stop Transaction).
func (s *Station) stop(c *connector, reason v16.Reason, idTag string) {
	tx := c.tx
	s.advance(c)
	tx.keep(s.sample(c, keyStopSampledData, v16.ReadingContextTransactionEnd))
	s.plan.cancel(tx.sampler)
	s.plan.cancel(tx.ticker)
	c.tx, c.finished, c.full = nil, c.car != nil, false
	if c.scheduled {
		c.operative, c.scheduled = false, false
	}
	r := v16.StopTransactionRequest{
		IDTag: idTag, MeterStop: int64(c.meterWh), Timestamp: schema.At(s.now()), Reason: reason, TransactionData: tx.data,
	}
	s.send(&call{
		action: "StopTransaction", keep: true,
		request: func() schema.Message {
			r.TransactionID = unknownTransaction
			if tx.known {
				r.TransactionID = tx.id
			}
			return &r
		},
		answered: func(schema.Message) {
			s.emit(Event{Kind: Stopped, Connector: c.no, Transaction: tx.id, Detail: string(reason)})
		},
	})
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
	if c.authorised != "" {
		s.start(c, c.authorised)
		return
	}
	s.refresh(c)
}

// unplug is a car that leaves.
func (s *Station) unplug(c *connector) {
	if c.tx != nil && s.config.is(keyStopOnEVSide) {
		s.stop(c, v16.ReasonEVDisconnected, "")
	} else {
		s.advance(c)
	}
	c.car, c.finished, c.full = nil, false, c.tx != nil
	s.refresh(c)
}

// present is an idTag held to the reader: it begins a session, or ends the one it began.
func (s *Station) present(c *connector, idTag string, then func(accepted bool)) {
	if c.tx != nil {
		same := strings.EqualFold(c.tx.idTag, idTag)
		if same {
			s.stop(c, v16.ReasonLocal, idTag)
		}
		then(same)
		return
	}
	s.authorize(idTag, func(accepted bool) {
		if accepted {
			s.allow(c, idTag)
		}
		then(accepted)
	})
}

// breakDown is a fault. A session ends with it.
func (s *Station) breakDown(c *connector, f Fault) {
	if c.tx != nil {
		s.stop(c, v16.ReasonOther, "")
	}
	c.fault = &f
	s.refresh(c)
}
