package simulator

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

// retryBoot is when a boot is tried again that wasn't answered with an interval.
const retryBoot = time.Minute

// sendBoot says what the station is (OCPP 1.6, Boot Notification).
func (s *Station) sendBoot() {
	if s.boot.asking || s.link == nil {
		return
	}
	s.boot.asking = true
	s.plan.cancel(s.boot.again)
	s.dialect.sendBoot(s.registered, func(error) {
		s.boot.asking = false
		if s.link != nil {
			s.boot.again = s.plan.after(retryBoot, s.sendBoot)
		}
	})
}

func meterSerial(serial string) string {
	if serial == "" {
		return ""
	}
	return "M" + serial[:min(len(serial), 24)]
}

// registered takes the answer to a boot. Until it is Accepted, the station says nothing else.
func (s *Station) registered(r registration) {
	s.boot.asking = false
	s.setClock(r.now.Time)
	s.boot.status = r.status
	s.emit(Event{Kind: Registered, Detail: string(r.status)})
	interval := time.Duration(r.interval) * time.Second
	if r.status != v16.RegistrationStatusAccepted {
		s.plan.cancel(s.boot.heartbeat)
		if interval <= 0 {
			interval = retryBoot
		}
		s.boot.again = s.plan.after(interval, s.sendBoot)
		return
	}
	if interval > 0 {
		s.config.find(keyHeartbeat).value = seconds(interval)
	}
	s.boot.reported = false
	for _, c := range s.connectors {
		c.reported = false
	}
	s.dialect.booted()
	s.installed()
	s.resume()
	for _, c := range s.connectors {
		if !c.known {
			c.known = true
			s.people(c)
		}
	}
}

// resume takes up work on an open connection.
func (s *Station) resume() {
	s.planHeartbeat()
	s.alignSamples()
	s.reportStatuses()
	s.pump()
}

// planHeartbeat plans the next sign of life.
func (s *Station) planHeartbeat() {
	s.plan.cancel(s.boot.heartbeat)
	interval := time.Duration(s.config.number(keyHeartbeat)) * time.Second
	if interval <= 0 || s.link == nil || s.boot.status != v16.RegistrationStatusAccepted {
		return
	}
	s.boot.heartbeat = s.plan.after(interval, func() {
		s.dialect.sendHeartbeat(false)
		s.planHeartbeat()
	})
}

// reportStatuses tells the CSMS the statuses that it doesn't know.
func (s *Station) reportStatuses() {
	if !s.boot.reported {
		s.reportMain(false)
	}
	for _, c := range s.connectors {
		if !c.reported {
			s.report(c, false)
		}
	}
}

// reportMain reports connector 0, which is the station.
func (s *Station) reportMain(urgent bool) {
	s.boot.reported = true
	s.dialect.sendMain(urgent)
}

// reset ends sessions, goes away and comes back (OCPP 1.6, Reset). A hard one doesn't wait: what it has to say is said
// afterwards.
func (s *Station) reset(kind v16.ResetType) {
	if s.boot.resetting {
		return
	}
	reason := v16.ReasonSoftReset
	if kind == v16.ResetTypeHard {
		reason = v16.ReasonHardReset
	}
	s.boot.resetting, s.boot.cause = true, "RemoteReset"
	if kind == v16.ResetTypeHard {
		s.goDown()
	}
	for _, c := range s.connectors {
		if c.tx != nil {
			s.stop(c, reason, token{})
		}
	}
	if kind != v16.ResetTypeHard {
		s.goDownWhenQuiet(50)
	}
}

// restart goes away and comes back with the sessions that were interrupted.
func (s *Station) restart() {
	if s.boot.resetting {
		return
	}
	s.boot.resetting, s.boot.cause = true, "RemoteReset"
	s.goDownWhenQuiet(50)
}

// goDownWhenQuiet waits a while for the answers to what was said.
func (s *Station) goDownWhenQuiet(checks int) {
	if checks == 0 || s.link == nil || s.outbox.current == nil && len(s.outbox.waiting) == 0 {
		s.goDown()
		return
	}
	s.plan.after(200*time.Millisecond, func() { s.goDownWhenQuiet(checks - 1) })
}

func (s *Station) goDown() {
	s.close("the station restarts")
	s.plan.cancel(s.reconnect)
	s.plan.after(s.opts.RebootTime, s.comeUp)
}

// comeUp is the end of a reset. A car that is still plugged in has to be authorised again.
func (s *Station) comeUp() {
	s.boot.resetting, s.boot.status = false, ""
	for _, c := range s.connectors {
		s.plan.cancel(c.timeout)
		c.authorised, c.finished = token{}, false
		s.refresh(c)
		s.people(c)
	}
	s.dialect.restarted()
	s.connect()
}

// newPassword connects again with the password that the CSMS has set (security whitepaper, A01).
func (s *Station) newPassword() {
	s.password, s.address.password = s.config.value(keyAuthorizationKey), ""
	s.close("the password has changed")
	s.connectLater(0)
}
