package simulator

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// overVoltage is a control that acts when the voltage is too high.
func overVoltage(id string, start time.Duration, lasts float64) *v21.SetDERControlRequest {
	curve := &v21.DERCurve{YUnit: v21.DERUnitNotApplicable, CurveData: []v21.DERCurvePoints{{X: 110, Y: 2}, {X: 120, Y: 1}}}
	if start > 0 {
		curve.StartTime = schema.At(time.Now().Add(start))
	}
	if lasts > 0 {
		curve.Duration = schema.Some(lasts)
	}
	return &v21.SetDERControlRequest{ControlID: id, ControlType: v21.DERControlTypeHVMustTrip, Curve: curve}
}

// A control begins when it is to, warns while the grid strays, and ends.
func TestDERControlsBeginWarnAndEnd(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		c.take()
		if a := ask[v21.SetDERControlResponse](c, "SetDERControl", overVoltage("C-1", 10*time.Minute, 600)); a.Status != v21.DERControlStatusAccepted {
			t.Fatalf("the control was %+v", a)
		}
		expect(t, c.take())
		if err := s.GridFault(t.Context(), "OverVoltage"); err == nil {
			t.Error("a control that hasn't begun answered to a fault")
		}
		pass(10*time.Minute + time.Second)
		begun := all[v21.NotifyDERStartStopRequest](quiet(c.take()))
		if len(begun) != 1 || begun[0].ControlID != "C-1" || !begun[0].Started {
			t.Fatalf("the control began as %+v", begun)
		}
		ok(t, s.GridFault(t.Context(), "OverVoltage"))
		ok(t, s.GridFault(t.Context(), ""))
		alarms := all[v21.NotifyDERAlarmRequest](c.take())
		if len(alarms) != 2 || alarms[0].GridEventFault != v21.GridEventFaultOverVoltage || alarms[0].ControlType != v21.DERControlTypeHVMustTrip || alarms[0].AlarmEnded.Value || !alarms[1].AlarmEnded.Value {
			t.Errorf("the alarms were %+v", alarms)
		}
		if err := s.GridFault(t.Context(), "UnderFrequency"); err == nil {
			t.Error("a control answered to a fault that it doesn't know")
		}
		pass(10 * time.Minute)
		if over := all[v21.NotifyDERStartStopRequest](c.take()); len(over) != 1 || over[0].Started {
			t.Errorf("the control ended as %+v", over)
		}
		// One that is taken back ends as well, and its alarm with it.
		ask[v21.SetDERControlResponse](c, "SetDERControl", overVoltage("C-2", 0, 0))
		ok(t, s.GridFault(t.Context(), "OverVoltage"))
		c.take()
		ask[v21.ClearDERControlResponse](c, "ClearDERControl", &v21.ClearDERControlRequest{ControlID: "C-2"})
		calls := c.take()
		expect(t, calls, "NotifyDERAlarm", "NotifyDERStartStop")
		if !all[v21.NotifyDERAlarmRequest](calls)[0].AlarmEnded.Value || all[v21.NotifyDERStartStopRequest](calls)[0].Started {
			t.Errorf("after it was taken back came %+v", calls)
		}
	})
}

// Where people aren't told what happens, the grid strays once after a control was set that answers to that.
func TestTheGridStraysByItself(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{Behaviour: Idle})
		ask[v21.SetDERControlResponse](c, "SetDERControl", overVoltage("C-1", 0, 0))
		c.take()
		pass(3 * time.Minute)
		expect(t, c.take(), "NotifyDERAlarm", "NotifyDERAlarm")
	})
}
