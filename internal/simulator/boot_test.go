package simulator

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

func TestBootReportsItselfAndEveryConnector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{Vendor: "Voltara", Model: "AC22", Serial: "VOL1", Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22000}, {Type: DC, MaxPowerW: 50000}}})
		calls := c.take()
		expect(t, calls, "BootNotification", "0 Available", "1 Available", "2 Available")
		boot := calls[0].request.(*v16.BootNotificationRequest)
		if boot.ChargePointVendor != "Voltara" || boot.ChargePointModel != "AC22" || boot.ChargePointSerialNumber != "VOL1" || boot.FirmwareVersion == "" {
			t.Errorf("the boot says %+v", boot)
		}
		pass(901 * time.Second)
		expect(t, c.take(), "Heartbeat", "Heartbeat", "Heartbeat")
	})
}

func TestPendingStationSaysNothingButBoot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.on("BootNotification", func(got) schema.Message {
			return &v16.BootNotificationResponse{Status: v16.RegistrationStatusPending, CurrentTime: schema.At(time.Now()), Interval: 30}
		})
		c.switchOn(Options{})
		pass(65 * time.Second)
		expect(t, c.take(), "BootNotification", "BootNotification", "BootNotification")
		// What the CSMS asks for is the exception.
		answer := c.call(&v16.TriggerMessageRequest{RequestedMessage: v16.MessageTriggerHeartbeat}, "TriggerMessage").(*v16.TriggerMessageResponse)
		if answer.Status != v16.TriggerMessageStatusAccepted {
			t.Errorf("TriggerMessage was answered %s", answer.Status)
		}
		expect(t, c.take(), "Heartbeat")
		start := c.call(&v16.RemoteStartTransactionRequest{IDTag: "TAG"}, "RemoteStartTransaction").(*v16.RemoteStartTransactionResponse)
		if start.Status != v16.RemoteStartStopStatusRejected {
			t.Errorf("a Pending station took a remote start: %s", start.Status)
		}
		c.set(func() { clear(c.reply) })
		pass(30 * time.Second)
		expect(t, c.take(), "BootNotification", "0 Available", "1 Available")
	})
}

func TestRejectedStationWaitsForTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.on("BootNotification", func(got) schema.Message {
			return &v16.BootNotificationResponse{Status: v16.RegistrationStatusRejected, CurrentTime: schema.At(time.Now()), Interval: 600}
		})
		c.switchOn(Options{})
		pass(599 * time.Second)
		expect(t, c.take(), "BootNotification")
		pass(2 * time.Second)
		expect(t, c.take(), "BootNotification")
	})
}

func TestWrongPasswordTriesLessAndLess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		events := make(chan Event, 1000)
		c.switchOn(Options{Password: "something else entirely", Events: events, MaxBackoff: 30 * time.Second})
		pass(5 * time.Minute)
		dials := c.attempts()
		if len(dials) < 8 || len(dials) > 20 {
			t.Fatalf("%d attempts in five minutes", len(dials))
		}
		for i := 1; i < len(dials); i++ {
			if pause := dials[i].Sub(dials[i-1]); pause > 38*time.Second || i > 6 && pause < 22*time.Second {
				t.Errorf("pause %d is %v", i, pause)
			}
		}
		if e := <-events; e.Kind != Refused || e.Detail != "the server answered 401 Unauthorized" || e.Station != "ST-1" {
			t.Errorf("the first event is %+v", e)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.refuse = http.StatusTooManyRequests
		c.switchOn(Options{})
		pass(39 * time.Second)
		if n := len(c.attempts()); n != 1 {
			t.Fatalf("%d attempts though the server said to wait", n)
		}
		c.set(func() { c.refuse = 0 })
		pass(5 * time.Second)
		expect(t, c.take(), "BootNotification", "0 Available", "1 Available")
	})
}

func TestReconnectDoesNotBootAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		c.take()
		ok(t, s.Disconnect(t.Context(), time.Minute))
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		pass(2 * time.Minute)
		// Only what changed meanwhile is told, with the time when it changed.
		calls := c.take()
		expect(t, calls, "1 Preparing")
		if age := calls[0].at.Sub(all[v16.StatusNotificationRequest](calls)[0].Timestamp.Time); age < 50*time.Second {
			t.Errorf("the status is said to have changed %v before it was told", age)
		}
	})
}

func TestUnansweredCallEndsTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.silence("BootNotification")
		c.switchOn(Options{CallTimeout: 20 * time.Second})
		pass(19 * time.Second)
		if n := len(c.attempts()); n != 1 {
			t.Fatalf("%d connections", n)
		}
		c.set(func() { clear(c.reply); c.silentID = "" })
		pass(5 * time.Second)
		if n := len(c.attempts()); n != 2 {
			t.Fatalf("%d connections after the time-out", n)
		}
		expect(t, c.take(), "BootNotification", "BootNotification", "0 Available", "1 Available")
	})
}

func TestStationFollowsTheClockOfItsCSMS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.on("BootNotification", func(got) schema.Message {
			return &v16.BootNotificationResponse{Status: v16.RegistrationStatusAccepted, CurrentTime: schema.At(time.Now().Add(48 * time.Hour)), Interval: 60}
		})
		s := c.switchOn(Options{})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000}))
		status := all[v16.StatusNotificationRequest](c.take())[0]
		if ahead := time.Until(status.Timestamp.Time); ahead < 47*time.Hour {
			t.Errorf("the station's clock is %v ahead, not two days", ahead)
		}
	})
}

func TestResetHardReportsTheStopAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{RebootTime: 20 * time.Second})
		charge(t, c, s)
		answer := c.call(&v16.ResetRequest{Type: v16.ResetTypeHard}, "Reset").(*v16.ResetResponse)
		if answer.Status != v16.ResetStatusAccepted {
			t.Fatalf("Reset was answered %s", answer.Status)
		}
		pass(19 * time.Second)
		expect(t, c.take())
		if n := len(c.attempts()); n != 1 {
			t.Fatalf("%d connections during the reboot", n)
		}
		pass(2 * time.Second)
		expect(t, c.take(), "BootNotification", "StopTransaction HardReset", "0 Available", "1 Preparing")
	})
}

func TestResetSoftSaysGoodbyeFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		charge(t, c, s)
		c.call(&v16.ResetRequest{Type: v16.ResetTypeSoft}, "Reset")
		pass(time.Second)
		expect(t, c.take(), "StopTransaction SoftReset", "1 Finishing")
		again := c.attempts()
		pass(10 * time.Second)
		expect(t, c.take(), "BootNotification", "0 Available", "1 Preparing")
		if len(c.attempts()) != len(again)+1 {
			t.Errorf("the station has connected %d times", len(c.attempts()))
		}
	})
}

// charge begins a session on connector 1 and forgets what was said until then.
func charge(t *testing.T, c *csms, s *Station) {
	t.Helper()
	ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 60_000, SoC: 0.3, MaxACPowerW: 11_000, MaxDCPowerW: 100_000}))
	ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
	calls := c.take()
	if last := words(calls)[len(calls)-1]; last != "1 Charging" {
		t.Fatalf("no session began: %q", words(calls))
	}
}
