package simulator

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// session2x is a transaction as the CSMS sees it. It begins where TxStartPoint says, which may be before energy is allowed, and
// before a car is there.
type session2x struct {
	id     string
	seq    int64
	state  v21.ChargingState
	sent   bool       // the token has been told
	info   *tokenInfo // what the CSMS said to that; nil until then
	remote schema.Opt[int64]

	begunAt, chargedAt time.Time
	charged            time.Duration // how long energy flowed
	startWh            float64
	limit              v21.TransactionLimit
	cost               float64 // as the CSMS last said
	tariff             *v21.Tariff
	needsTold          bool // by a car that plans
	leavesAt           time.Time
	interruptedAt      time.Time // by a restart that it outlives
	keyTold            bool      // the public key of the meter
}

// newID makes a transaction id. It comes from the station's own chance, so that a run can be repeated.
func (s *station2x) newID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.rng.Uint64())
	binary.BigEndian.PutUint64(b[8:], s.rng.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return uuid.UUID(b).String()
}

// startsAt reports whether TxStartPoint names a point.
func (s *station2x) startsAt(point string) bool {
	return listed(s.config.value(keyTxStartPoint), point)
}

func (s *station2x) open(c *connector) *session2x {
	sess := &session2x{id: s.newID(), begunAt: s.now(), startWh: c.meterWh, tariff: s.tariffFor(c)}
	s.sessions[c] = sess
	return sess
}

// event makes a TransactionEvent. Its seqNo and time are those of the moment, however late it is sent (OCPP 2.0.1 Part 2, E04).
func (s *station2x) event(c *connector, sess *session2x, kind v21.TransactionEventType, trigger v21.TriggerReason) *v21.TransactionEventRequest {
	r := &v21.TransactionEventRequest{
		EventType: kind, Timestamp: timeNow(s.Station), TriggerReason: trigger, SeqNo: sess.seq,
		TransactionInfo: v21.Transaction{TransactionID: sess.id, ChargingState: sess.state, RemoteStartID: sess.remote},
	}
	if s.link == nil {
		r.Offline = schema.Some(true)
	}
	if kind == v21.TransactionEventTypeStarted {
		r.EVSE = &v21.EVSE{ID: int64(c.no), ConnectorID: schema.Some[int64](1)}
	}
	if spent := sess.spent(s.now()); kind != v21.TransactionEventTypeStarted && spent > 0 {
		r.TransactionInfo.TimeSpentCharging = schema.Some(int64(spent / time.Second))
	}
	sess.seq++
	return r
}

// spent is how long energy has flowed.
func (sess *session2x) spent(now time.Time) time.Duration {
	if sess.state == v21.ChargingStateCharging {
		return sess.charged + now.Sub(sess.chargedAt)
	}
	return sess.charged
}

func (sess *session2x) enter(state v21.ChargingState, now time.Time) {
	sess.charged = sess.spent(now)
	sess.state, sess.chargedAt = state, now
}

// report sends an event, and takes what the CSMS says to it.
func (s *station2x) tellEvent(c *connector, sess *session2x, r *v21.TransactionEventRequest, answered func(*v21.TransactionEventResponse)) {
	s.withPublicKey(sess, r.MeterValue)
	s.send(&call{
		action: "TransactionEvent", keep: true, droppable: r.TriggerReason == v21.TriggerReasonMeterValuePeriodic, about: sess.id,
		request: func() schema.Message { return r },
		answered: func(m schema.Message) {
			answer := m.(*v21.TransactionEventResponse)
			if answer.TotalCost.Set {
				sess.cost = answer.TotalCost.Value
			}
			if s.is21() && answer.TransactionLimit != nil {
				sess.limit = *answer.TransactionLimit
			}
			if answered != nil {
				answered(answer)
			}
			if c.tx != nil && s.sessions[c] == sess && answer.IDTokenInfo != nil && r.IDToken == nil && info2x(answer.IDTokenInfo).status != statusAccepted {
				s.judged(c, c.tx, info2x(answer.IDTokenInfo)) // the CSMS has changed its mind (E05)
			}
		},
		failed: func(error) {
			if answered != nil {
				answered(&v21.TransactionEventResponse{})
			}
		},
	})
}

// withToken puts the token into an event, and keeps what the CSMS thinks of it.
func (s *station2x) withToken(c *connector, sess *session2x, r *v21.TransactionEventRequest, t token) {
	id := idToken(t)
	r.IDToken = &id
	sess.sent = true
	s.tellEvent(c, sess, r, func(answer *v21.TransactionEventResponse) {
		info := tokenInfo{status: statusAccepted}
		if answer.IDTokenInfo != nil {
			info = info2x(answer.IDTokenInfo)
		}
		sess.info = &info
		if r.EventType == v21.TransactionEventTypeStarted {
			s.emit(Event{Kind: Started, Connector: c.no, TransactionID: sess.id})
		}
		switch {
		case s.sessions[c] != sess:
		case c.tx != nil:
			s.judged(c, c.tx, info)
		case info.status != statusAccepted:
			s.plan.cancel(c.timeout)
			c.authorised = token{}
			s.close2x(c, v21.TriggerReasonDeauthorized, v21.ReasonDeAuthorized)
			s.refresh(c)
		}
	})
}

// plugged is where a transaction may begin (TxStartPoint EVConnected).
func (s *station2x) plugged(c *connector) {
	s.tellPlugged(c)
	s.tellOccupied(c)
}

// tellOccupied tells of a car where 1.6 would see no new status: somebody was authorised before, or charging goes on.
func (s *station2x) tellOccupied(c *connector) {
	if s.link != nil && s.accepted() && c.status == s.derive(c) {
		s.sendStatus(c, false)
	}
}

func (s *station2x) tellPlugged(c *connector) {
	sess := s.sessions[c]
	kind := v21.TransactionEventTypeUpdated
	if sess == nil {
		if !s.startsAt("EVConnected") || !s.accepted() || !c.operative || c.fault != nil {
			return
		}
		sess, kind = s.open(c), v21.TransactionEventTypeStarted
	}
	sess.enter(v21.ChargingStateEVConnected, s.now())
	r := s.event(c, sess, kind, v21.TriggerReasonCablePluggedIn)
	if kind == v21.TransactionEventTypeStarted {
		r.MeterValue = s.values(c, keyTxStartedData, v16.ReadingContextTransactionBegin)
		s.tellEvent(c, sess, r, func(*v21.TransactionEventResponse) {
			s.emit(Event{Kind: Started, Connector: c.no, TransactionID: sess.id})
		})
		return
	}
	s.tellEvent(c, sess, r, nil)
}

func (s *station2x) values(c *connector, setting string, context v16.ReadingContext) []v21.MeterValue {
	if m := meterValue(s.sample(c, setting, context)); m != nil {
		return []v21.MeterValue{*m}
	}
	return nil
}

// unplugged ends what was never authorised, and tells of a session that goes on without its car.
func (s *station2x) unplugged(c *connector) {
	defer s.tellOccupied(c)
	sess := s.sessions[c]
	switch {
	case sess == nil:
	case c.tx == nil:
		s.close2x(c, v21.TriggerReasonEVCommunicationLost, v21.ReasonEVDisconnected)
	default:
		sess.enter(v21.ChargingStateIdle, s.now())
		s.tellEvent(c, sess, s.event(c, sess, v21.TransactionEventTypeUpdated, v21.TriggerReasonEVCommunicationLost), nil)
	}
}

// authorised is the other point where a transaction may begin (TxStartPoint Authorized).
func (s *station2x) authorised(c *connector) {
	if s.sessions[c] == nil && s.startsAt("Authorized") {
		sess := s.open(c)
		sess.enter(v21.ChargingStateIdle, s.now())
		s.tellToken(c, sess, v21.TransactionEventTypeStarted, c.authorised)
	}
}

// tellToken says who has been authorised, and by what (E03, F01).
func (s *station2x) tellToken(c *connector, sess *session2x, kind v21.TransactionEventType, t token) {
	trigger := v21.TriggerReasonAuthorized
	if id, ok := s.remote[c]; ok {
		trigger, sess.remote = v21.TriggerReasonRemoteStart, schema.Some(id)
		delete(s.remote, c)
	}
	r := s.event(c, sess, kind, trigger)
	if id, ok := s.claim(c, t); ok {
		r.ReservationID = schema.Some(id)
	}
	if kind == v21.TransactionEventTypeStarted {
		r.MeterValue = s.values(c, keyTxStartedData, v16.ReadingContextTransactionBegin)
	}
	s.withToken(c, sess, r, t)
}

// abandoned is somebody who was authorised and didn't plug in in time (E03.FR.05).
func (s *station2x) abandoned(c *connector) {
	delete(s.remote, c)
	if s.sessions[c] != nil {
		s.close2x(c, v21.TriggerReasonEVConnectTimeout, v21.ReasonTimeout)
	}
}

// close2x ends a transaction in which no energy flowed.
func (s *station2x) close2x(c *connector, trigger v21.TriggerReason, reason v21.Reason) {
	sess := s.sessions[c]
	sess.enter(v21.ChargingStateIdle, s.now())
	r := s.event(c, sess, v21.TransactionEventTypeEnded, trigger)
	r.TransactionInfo.StoppedReason = reason
	r.MeterValue = s.values(c, keyStopSampledData, v16.ReadingContextTransactionEnd)
	delete(s.sessions, c)
	s.tellEvent(c, sess, r, func(*v21.TransactionEventResponse) {
		s.emit(Event{Kind: Stopped, Connector: c.no, TransactionID: sess.id, Detail: string(reason)})
	})
}

// begin has a car and a token that may charge.
func (s *station2x) begin(c *connector, tx *transaction) {
	sess, kind := s.sessions[c], v21.TransactionEventTypeUpdated
	if sess == nil {
		sess, kind = s.open(c), v21.TransactionEventTypeStarted
		sess.enter(v21.ChargingStateEVConnected, s.now())
	}
	tx.name, tx.known = sess.id, true
	if c.requested != nil {
		p := *c.requested
		p.TransactionID, c.requested = sess.id, nil
		s.setProfile(c.no, p)
	}
	switch {
	case !sess.sent:
		s.tellToken(c, sess, kind, tx.token)
	case sess.info != nil:
		s.plan.after(0, func() { s.judged(c, tx, *sess.info) })
	}
}

// changed tells a new charging state (E02).
func (s *station2x) changed(c *connector) {
	s.observe(c)
	sess := s.sessions[c]
	if sess == nil || c.tx == nil {
		return
	}
	state := sess.state
	switch c.status {
	case v16.ChargePointStatusCharging:
		state = v21.ChargingStateCharging
	case v16.ChargePointStatusSuspendedEV:
		state = v21.ChargingStateSuspendedEV
	case v16.ChargePointStatusSuspendedEVSE:
		state = v21.ChargingStateSuspendedEVSE
	}
	if state == sess.state || c.car == nil {
		return
	}
	if c.tx.flows() {
		s.tellNeeds(c, sess)
	}
	sess.enter(state, s.now())
	r := s.event(c, sess, v21.TransactionEventTypeUpdated, v21.TriggerReasonChargingStateChanged)
	if c.opts.Type == AC {
		r.NumberOfPhasesUsed = schema.Some(int64(c.car.phases(&c.opts)))
	}
	s.tellEvent(c, sess, r, nil)
}

// sampled sends meter values: with the transaction while one runs, and on their own otherwise (J01, J02).
func (s *station2x) sampled(c *connector, setting string, context v16.ReadingContext, urgent bool) {
	values := s.values(c, setting, context)
	if values == nil {
		return
	}
	sess := s.sessions[c]
	if sess == nil || urgent {
		r := &v21.MeterValuesRequest{EVSEID: int64(c.no), MeterValue: values}
		s.send(&call{action: "MeterValues", urgent: urgent, droppable: true, request: func() schema.Message { return r }})
		return
	}
	trigger := v21.TriggerReasonMeterValuePeriodic
	if context == v16.ReadingContextSampleClock {
		trigger = v21.TriggerReasonMeterValueClock
	}
	r := s.event(c, sess, v21.TransactionEventTypeUpdated, trigger)
	r.MeterValue = values
	s.tellEvent(c, sess, r, nil)
	s.observe(c)
}

// endings are the reasons of the station in the words of 2.x.
var endings = map[v16.Reason]struct {
	trigger v21.TriggerReason
	reason  v21.Reason
}{
	v16.ReasonLocal:          {v21.TriggerReasonStopAuthorized, v21.ReasonLocal},
	v16.ReasonRemote:         {v21.TriggerReasonRemoteStop, v21.ReasonRemote},
	v16.ReasonEVDisconnected: {v21.TriggerReasonEVCommunicationLost, v21.ReasonEVDisconnected},
	v16.ReasonDeAuthorized:   {v21.TriggerReasonDeauthorized, v21.ReasonDeAuthorized},
	v16.ReasonUnlockCommand:  {v21.TriggerReasonUnlockCommand, v21.ReasonRemote},
	v16.ReasonHardReset:      {v21.TriggerReasonResetCommand, v21.ReasonImmediateReset},
	v16.ReasonSoftReset:      {v21.TriggerReasonResetCommand, v21.ReasonImmediateReset},
	v16.ReasonReboot:         {v21.TriggerReasonAbnormalCondition, v21.ReasonReboot},
	v16.ReasonOther:          {v21.TriggerReasonAbnormalCondition, v21.ReasonOther},
	reasonEnergyLimit:        {v21.TriggerReasonEnergyLimitReached, v21.ReasonEnergyLimitReached},
	reasonTimeLimit:          {v21.TriggerReasonTimeLimitReached, v21.ReasonTimeLimitReached},
	reasonCostLimit:          {v21.TriggerReasonCostLimitReached, v21.ReasonLocalOutOfCredit},
	reasonSoCLimit:           {v21.TriggerReasonSoCLimitReached, v21.ReasonSOCLimitReached},
}

// Reasons that 1.6 has no word for: limits of a transaction (OCPP 2.1 Part 2, E16).
const (
	reasonEnergyLimit v16.Reason = "EnergyLimitReached"
	reasonTimeLimit   v16.Reason = "TimeLimitReached"
	reasonCostLimit   v16.Reason = "CostLimitReached"
	reasonSoCLimit    v16.Reason = "SoCLimitReached"
)

// end tells the end of a session, with everything it was told to keep for that (E06).
func (s *station2x) end(c *connector, tx *transaction, reason v16.Reason, t token) {
	sess := s.sessions[c]
	if sess == nil {
		return
	}
	how, ok := endings[reason]
	if !ok {
		how = endings[v16.ReasonOther]
	}
	state := v21.ChargingStateEVConnected
	if reason == v16.ReasonEVDisconnected || c.car == nil {
		state = v21.ChargingStateIdle
	}
	sess.enter(state, s.now())
	r := s.event(c, sess, v21.TransactionEventTypeEnded, how.trigger)
	r.TransactionInfo.StoppedReason = how.reason
	if t.id != "" {
		id := idToken(t)
		r.IDToken = &id
	}
	for i := range tx.data {
		if m := meterValue(&tx.data[i]); m != nil {
			r.MeterValue = append(r.MeterValue, *m)
		}
	}
	r.CostDetails = s.costs(sess, c.meterWh)
	delete(s.sessions, c)
	settle := s.settle(c, sess, tx.token)
	s.tellEvent(c, sess, r, func(*v21.TransactionEventResponse) {
		s.emit(Event{Kind: Stopped, Connector: c.no, TransactionID: sess.id, Detail: string(reason)})
		settle()
	})
}

// watched is called every few seconds of a session: limits of the transaction are kept, and monitors looked at.
func (s *station2x) watched(c *connector) {
	s.observe(c)
	sess := s.sessions[c]
	if sess == nil || c.tx == nil {
		return
	}
	limit, reason := &sess.limit, v16.Reason("")
	switch {
	case limit.MaxEnergy.Set && c.meterWh-sess.startWh >= limit.MaxEnergy.Value:
		reason = reasonEnergyLimit
	case limit.MaxTime.Set && s.now().Sub(sess.begunAt) >= time.Duration(limit.MaxTime.Value)*time.Second:
		reason = reasonTimeLimit
	case limit.MaxSoC.Set && c.car != nil && 100*c.car.SoC >= float64(limit.MaxSoC.Value):
		reason = reasonSoCLimit
	case limit.MaxCost.Set && max(sess.cost, price(sess, c.meterWh)) >= limit.MaxCost.Value:
		reason = reasonCostLimit
	}
	if reason != "" {
		s.stop(c, reason, token{})
	}
}

// session finds a transaction by its id.
func (s *station2x) session(id string) (*connector, *session2x) {
	for _, c := range s.connectors {
		if sess := s.sessions[c]; sess != nil && strings.EqualFold(sess.id, id) {
			return c, sess
		}
	}
	return nil, nil
}
