package simulator

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// A restart after which sessions go on: energy stops, and flows again in the same transaction.
func TestReset21ResumesTheSession(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: 10 * time.Hour, RebootTime: time.Minute})
		id := charge2x(t, c, s)
		pass(10 * time.Minute)
		reset := func(evse schema.Opt[int64]) {
			a := ask[v21.ResetResponse](c, "Reset", &v21.ResetRequest{Type: v21.ResetTypeImmediateAndResume, EVSEID: evse})
			if a.Status != v21.ResetStatusAccepted {
				t.Fatalf("the reset was %+v", a)
			}
		}
		c.take()
		before := meterOf(t, s)
		reset(schema.Opt[int64]{})
		pass(30 * time.Second)
		expect(t, c.take(), "Updated ResetCommand SuspendedEVSE")
		if now := meterOf(t, s); now > before+1 {
			t.Errorf("the meter ran on from %v to %v during the restart", before, now)
		}
		pass(40 * time.Second)
		calls := c.take()
		expect(t, calls, "BootNotification", "security StartupOfTheDevice", "Updated TxResumed Charging", "1 Occupied")
		if reason := all[v21.BootNotificationRequest](calls)[0].Reason; reason != v21.BootReasonRemoteReset {
			t.Errorf("the boot's reason is %s", reason)
		}
		if e := all[v21.TransactionEventRequest](calls)[0]; e.TransactionInfo.TransactionID != id || e.SeqNo != 4 {
			t.Errorf("the session goes on as %+v", e)
		}
		pass(10 * time.Minute)
		if now := meterOf(t, s); now < before+1_500 {
			t.Errorf("the meter stands at %v ten minutes after the restart, before it at %v", now, before)
		}
		reset(schema.Some[int64](1))
		pass(2 * time.Minute)
		expect(t, quiet(c.take()), "Updated ResetCommand SuspendedEVSE", "Updated TxResumed Charging")
		ok(t, s.StopLocal(t.Context(), 1))
		calls = c.take()
		expect(t, calls, "Ended StopAuthorized EVConnected Local")
		if e := all[v21.TransactionEventRequest](calls)[0]; e.TransactionInfo.TransactionID != id || e.SeqNo != 7 {
			t.Errorf("the session ended as %+v", e)
		}
	})
}

// A session whose interruption took too long has ended.
func TestReset21EndsWhatWaitedTooLong(t *testing.T) {
	t.Parallel()
	bubble21(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: 10 * time.Hour, RebootTime: 10 * time.Minute})
		charge2x(t, c, s)
		ask[v21.ResetResponse](c, "Reset", &v21.ResetRequest{Type: v21.ResetTypeImmediateAndResume})
		c.take()
		pass(11 * time.Minute)
		expect(t, c.take(), "BootNotification", "security StartupOfTheDevice", "Ended AbnormalCondition EVConnected Reboot", "1 Occupied")
	})
}

func meterOf(t *testing.T, s *Station) float64 {
	t.Helper()
	snapshot, err := s.Snapshot(t.Context())
	ok(t, err)
	return snapshot.Connectors[0].MeterWh
}
