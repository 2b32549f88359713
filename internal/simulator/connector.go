package simulator

import (
	"strconv"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// connector is one connector, with what is plugged into it. It belongs to the station's loop.
type connector struct {
	no   int
	opts ConnectorOptions

	operative bool
	scheduled bool // becomes inoperative when its session ends
	fault     *Fault
	car       *Vehicle
	finished  bool // the session is over, and the car still there
	full      bool // the car takes no more
	tx        *transaction
	meterWh   float64
	meteredAt time.Time

	// limitW is how much may be delivered, as charging profiles say.
	limitW float64
	// afterwards is what waits for the end of the session.
	afterwards func()
	priority   bool // the session has priority (OCPP 2.1)
	reserved   *reservation
	// requested is the profile that came with a remote start.
	requested *v21.ChargingProfile

	// authorised is the token of somebody who may charge and has yet to plug in.
	authorised token
	timeout    *task

	// What was last told, and whether the CSMS knows.
	status    v16.ChargePointStatus
	errorCode v16.ChargePointErrorCode
	statusAt  time.Time
	reported  bool

	visit visit
	known bool // people know of it since the first boot
}

// Fault is something broken at a connector.
type Fault struct {
	Code             v16.ChargePointErrorCode
	Info, VendorCode string
}

func (c *connector) code() v16.ChargePointErrorCode {
	if c.fault != nil {
		return c.fault.Code
	}
	return v16.ChargePointErrorCodeNoError
}

// derive says what a connector's status is. There is nothing else that decides it.
func (s *Station) derive(c *connector) v16.ChargePointStatus {
	switch {
	case c.fault != nil:
		return v16.ChargePointStatusFaulted
	case c.tx != nil && (c.tx.withheld || c.tx.interrupted || c.tx.energised && c.limitW <= 0):
		return v16.ChargePointStatusSuspendedEVSE
	case c.tx != nil && c.tx.energised && c.full:
		return v16.ChargePointStatusSuspendedEV
	case c.tx != nil && c.tx.energised:
		return v16.ChargePointStatusCharging
	case c.tx != nil:
		return v16.ChargePointStatusPreparing
	case !c.operative:
		return v16.ChargePointStatusUnavailable
	case c.car != nil && c.finished:
		return v16.ChargePointStatusFinishing
	case c.car != nil || c.authorised.id != "":
		return v16.ChargePointStatusPreparing
	case c.reserved != nil:
		return v16.ChargePointStatusReserved
	}
	return v16.ChargePointStatusAvailable
}

// refresh notices a change of status, reports it, and lets people react.
func (s *Station) refresh(c *connector) {
	status, code := s.derive(c), c.code()
	if status == c.status && code == c.errorCode {
		return
	}
	c.status, c.errorCode, c.statusAt, c.reported = status, code, s.now(), false
	s.emit(Event{Kind: Status, Connector: c.no, Detail: string(status)})
	s.dialect.changed(c)
	if s.link != nil && s.boot.status == v16.RegistrationStatusAccepted {
		s.report(c, false)
	}
	s.people(c)
}

// report sends the status of a connector.
func (s *Station) report(c *connector, urgent bool) {
	if c.statusAt.IsZero() {
		c.statusAt = s.now()
	}
	c.reported = true
	s.dialect.sendStatus(c, urgent)
}

// setOperative changes availability, and reports whether it has to wait for the end of a session.
func (s *Station) setOperative(c *connector, operative bool) (scheduled bool) {
	if !operative && c.tx != nil {
		c.scheduled = true
		return true
	}
	c.operative, c.scheduled = operative, false
	s.refresh(c)
	return false
}

// alignSamples plans the meter values that are taken by the clock (OCPP 1.6, Clock-aligned data).
func (s *Station) alignSamples() {
	s.plan.cancel(s.boot.aligned)
	interval := time.Duration(s.config.number(keyClockAligned)) * time.Second
	if interval <= 0 {
		return
	}
	now := s.now()
	s.boot.aligned = s.plan.after(now.Truncate(interval).Add(interval).Sub(now), func() {
		for _, c := range s.connectors {
			s.dialect.sampled(c, keyAlignedData, v16.ReadingContextSampleClock, false)
		}
		s.alignSamples()
	})
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }
