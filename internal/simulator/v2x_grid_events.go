package simulator

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// What becomes of a control of the grid: the station says when it begins and ends to follow it, and warns when the grid strays so far
// that the control has to act (OCPP 2.1 Part 2, R04 to R06).

// The grid strays a while after a control was set that answers to that, and not for long.
const (
	strayFrom, strayTo = 30 * time.Second, 2 * time.Minute
	calmFrom, calmTo   = 5 * time.Second, 20 * time.Second
)

// answersTo are the controls that a fault of the grid has act.
var answersTo = map[v21.GridEventFault][]v21.DERControlType{
	v21.GridEventFaultOverVoltage: {
		v21.DERControlTypeHVMustTrip, v21.DERControlTypeHVMayTrip, v21.DERControlTypeHVMomCess, v21.DERControlTypeVoltVar, v21.DERControlTypeVoltWatt,
	},
	v21.GridEventFaultUnderVoltage: {
		v21.DERControlTypeLVMustTrip, v21.DERControlTypeLVMayTrip, v21.DERControlTypeLVMomCess, v21.DERControlTypeVoltVar,
	},
	v21.GridEventFaultOverFrequency:  {v21.DERControlTypeHFMustTrip, v21.DERControlTypeHFMayTrip, v21.DERControlTypeFreqDroop, v21.DERControlTypeFreqWatt},
	v21.GridEventFaultUnderFrequency: {v21.DERControlTypeLFMustTrip, v21.DERControlTypeFreqDroop, v21.DERControlTypeFreqWatt},
}

// answers reports whether a fault of the grid has the control act.
func (d *derControl) answers(fault v21.GridEventFault) bool {
	return d.active && slices.Contains(answersTo[fault], d.ControlType)
}

// during is when a control holds: from a moment on, zero for at once, and for how long, zero without an end.
func (d *derControl) during() (from time.Time, lasts time.Duration) {
	var start schema.Time
	var seconds schema.Opt[float64]
	switch {
	case d.FreqDroop != nil:
		start, seconds = d.FreqDroop.StartTime, d.FreqDroop.Duration
	case d.FixedPFAbsorb != nil:
		start, seconds = d.FixedPFAbsorb.StartTime, d.FixedPFAbsorb.Duration
	case d.FixedPFInject != nil:
		start, seconds = d.FixedPFInject.StartTime, d.FixedPFInject.Duration
	case d.FixedVar != nil:
		start, seconds = d.FixedVar.StartTime, d.FixedVar.Duration
	case d.LimitMaxDischarge != nil:
		start, seconds = d.LimitMaxDischarge.StartTime, d.LimitMaxDischarge.Duration
	case d.Curve != nil:
		start, seconds = d.Curve.StartTime, d.Curve.Duration
	}
	return start.Time, time.Duration(seconds.Value * float64(time.Second))
}

// follow begins to follow a control when its time has come, and ends with it.
func (s *station2x) follow(d *derControl, superseded []string) {
	from, lasts := d.during()
	d.begin = s.plan.after(max(0, from.Sub(s.now())), func() {
		if d.superseded {
			return
		}
		d.active = true
		s.notify("NotifyDERStartStop", &v21.NotifyDERStartStopRequest{ControlID: d.ControlID, Started: true, Timestamp: timeNow(s.Station), SupersededIDs: superseded})
		if lasts > 0 {
			d.end = s.plan.after(lasts, func() {
				delete(s.grid.controls, d.ControlID)
				s.release(d)
			})
		}
		s.expectFault(d)
	})
}

// release ends to follow a control.
func (s *station2x) release(d *derControl) {
	s.plan.cancel(d.begin)
	s.plan.cancel(d.end)
	if !d.active {
		return
	}
	if d.alarm != "" {
		s.warn(d, d.alarm, true)
	}
	d.active = false
	s.notify("NotifyDERStartStop", &v21.NotifyDERStartStopRequest{ControlID: d.ControlID, Timestamp: timeNow(s.Station)})
}

// expectFault has the grid stray once, where people aren't told when it does.
func (s *station2x) expectFault(d *derControl) {
	if s.opts.Behaviour == Manual {
		return
	}
	for _, fault := range sorted(answersTo) {
		if !d.answers(fault) {
			continue
		}
		s.plan.after(s.between(strayFrom, strayTo), func() {
			s.stray(fault)
			s.plan.after(s.between(calmFrom, calmTo), s.calm)
		})
		return
	}
}

// warn tells that a control acts on a fault, or that the fault is over.
func (s *station2x) warn(d *derControl, fault v21.GridEventFault, over bool) {
	r := v21.NotifyDERAlarmRequest{ControlType: d.ControlType, GridEventFault: fault, Timestamp: timeNow(s.Station)}
	if d.alarm = fault; over {
		d.alarm, r.AlarmEnded = "", schema.Some(true)
	}
	s.notify("NotifyDERAlarm", &r)
}

// stray has every control that answers to a fault warn of it; it reports whether there is one.
func (s *station2x) stray(fault v21.GridEventFault) (answered bool) {
	for _, id := range sorted(s.grid.controls) {
		if d := s.grid.controls[id]; d.answers(fault) && d.alarm == "" {
			s.warn(d, fault, false)
			answered = true
		}
	}
	return answered
}

// calm ends the alarms.
func (s *station2x) calm() {
	for _, id := range sorted(s.grid.controls) {
		if d := s.grid.controls[id]; d.alarm != "" {
			s.warn(d, d.alarm, true)
		}
	}
}

// GridFault has the grid stray: every control that answers to the fault raises an alarm. An empty fault is the end of all.
func (s *Station) GridFault(ctx context.Context, fault string) error {
	return s.do(ctx, func() error {
		spoken, ok := s.dialect.(*station2x)
		switch {
		case !ok || !spoken.is21():
			return errors.New("only stations of OCPP 2.1 follow controls of the grid")
		case fault == "":
			spoken.calm()
		case !spoken.stray(v21.GridEventFault(fault)):
			return errors.New("the station follows no control that answers to " + fault)
		}
		return nil
	})
}
