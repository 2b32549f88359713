package simulator

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Sessions that outlive a restart (OCPP 2.1 Part 2, B11 and E17): energy stops, and flows again in the same transaction once the
// station is back, unless that took longer than TxResumptionTimeout.

const keyResumption = "TxCtrlr.TxResumptionTimeout"

// interruptSessions stops the energy of the sessions that a restart concerns.
func (s *station2x) interruptSessions(of []*connector) {
	for _, c := range of {
		sess := s.sessions[c]
		switch {
		case sess == nil:
		case c.tx == nil:
			s.close2x(c, v21.TriggerReasonResetCommand, v21.ReasonImmediateReset)
		default:
			sess.interruptedAt = s.now()
			sess.enter(v21.ChargingStateSuspendedEVSE, s.now())
			s.tellEvent(c, sess, s.event(c, sess, v21.TransactionEventTypeUpdated, v21.TriggerReasonResetCommand), nil)
			s.interrupt(c)
		}
	}
}

// resumeSessions has sessions go on that were interrupted.
func (s *station2x) resumeSessions() {
	for _, c := range s.connectors {
		sess := s.sessions[c]
		if sess == nil || c.tx == nil || !c.tx.interrupted {
			continue
		}
		if s.now().Sub(sess.interruptedAt) > time.Duration(s.config.number(keyResumption))*time.Second {
			c.tx.interrupted = false
			s.stop(c, v16.ReasonReboot, token{})
			continue
		}
		sess.enter(v21.ChargingStateCharging, s.now())
		s.tellEvent(c, sess, s.event(c, sess, v21.TransactionEventTypeUpdated, v21.TriggerReasonTxResumed), nil)
		s.goOn(c)
	}
}
