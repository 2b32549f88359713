package simulator

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func TestBoot2xReportsItselfAndEveryConnector(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{Vendor: "Voltara", Model: "AC22", Serial: "VOL1", Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: DC, MaxPowerW: 50_000}}})
		calls := c.take()
		expect(t, calls, "BootNotification", "security StartupOfTheDevice", "1 Available", "2 Available")
		boot := calls[0].request.(*v21.BootNotificationRequest)
		if boot.Reason != v21.BootReasonPowerUp || boot.ChargingStation.VendorName != "Voltara" || boot.ChargingStation.SerialNumber != "VOL1" {
			t.Errorf("the boot says %+v", boot)
		}
		pass(301 * time.Second)
		expect(t, c.take(), "Heartbeat")
	})
}

func TestSession2xFromPlugToUnplug(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: time.Minute})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 40_000, SoC: 0.8, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		begun := c.take()
		expect(t, begun, "Started CablePluggedIn EVConnected", "1 Occupied", "Authorize", "Updated Authorized EVConnected", "Updated ChargingStateChanged Charging")
		pass(2*time.Minute + time.Second)
		ok(t, s.StopLocal(t.Context(), 1))
		ok(t, s.Unplug(t.Context(), 1))
		ended := c.take()
		expect(t, ended, "Updated MeterValuePeriodic Charging", "Updated MeterValuePeriodic Charging", "Ended StopAuthorized EVConnected Local", "1 Available")
		events := append(all[v21.TransactionEventRequest](begun), all[v21.TransactionEventRequest](ended)...)
		for i, e := range events {
			if e.SeqNo != int64(i) || e.TransactionInfo.TransactionID != events[0].TransactionInfo.TransactionID || e.Offline.Value {
				t.Errorf("event %d is %+v", i, e)
			}
			if tokens := e.IDToken != nil; tokens != (i == 1 || i == len(events)-1) {
				t.Errorf("event %d has the token %+v", i, e.IDToken)
			}
		}
		if e := events[0].EVSE; e == nil || e.ID != 1 || e.ConnectorID.Value != 1 {
			t.Errorf("the session is at %+v", e)
		}
		measured := map[string]int{}
		for _, v := range events[3].MeterValue[0].SampledValue {
			measured[string(v.Measurand)]++
		}
		if measured["Energy.Active.Import.Register"] != 1 || measured["Power.Active.Import"] != 1 || measured["Voltage"] != 3 || measured["Current.Import"] != 3 {
			t.Errorf("a sample has %v", measured)
		}
		last := events[len(events)-1]
		if n := len(last.MeterValue); n < 2 || last.MeterValue[n-1].SampledValue[0].Context != v21.ReadingContextTransactionEnd || last.TransactionInfo.TimeSpentCharging.Value != 121 {
			t.Errorf("the session ended as %+v", last)
		}
	})
}

func TestRequestStart2xWaitsForTheCar(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		c.take()
		start := func() *v21.RequestStartTransactionResponse {
			return ask[v21.RequestStartTransactionResponse](c, "RequestStartTransaction", &v21.RequestStartTransactionRequest{
				RemoteStartID: 77, IDToken: v21.IDToken{IDToken: "APP-1", Type: "Central"}, EVSEID: schema.Some[int64](1),
			})
		}
		if a := start(); a.Status != v21.RequestStartStopStatusAccepted {
			t.Fatalf("the start was %+v", a)
		}
		calls := c.take()
		expect(t, calls, "Started RemoteStart Idle")
		if e := all[v21.TransactionEventRequest](calls)[0]; e.TransactionInfo.RemoteStartID.Value != 77 || e.IDToken == nil || e.IDToken.Type != "Central" {
			t.Errorf("the session began as %+v", e)
		}
		pass(91 * time.Second)
		expect(t, c.take(), "Ended EVConnectTimeout Idle Timeout")
		start()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		calls = c.take()
		expect(t, calls, "Started RemoteStart Idle", "Updated CablePluggedIn EVConnected", "1 Occupied", "Updated ChargingStateChanged Charging")
		id := all[v21.TransactionEventRequest](calls)[0].TransactionInfo.TransactionID
		if a := start(); a.Status != v21.RequestStartStopStatusRejected || a.StatusInfo == nil {
			t.Errorf("a second session at once was %+v", a)
		}
		stop := func(id string) v21.RequestStartStopStatus {
			return ask[v21.RequestStopTransactionResponse](c, "RequestStopTransaction", &v21.RequestStopTransactionRequest{TransactionID: id}).Status
		}
		if stop("unknown") != v21.RequestStartStopStatusRejected || stop(id) != v21.RequestStartStopStatusAccepted {
			t.Error("a stranger's session was stopped, or its own wasn't")
		}
		expect(t, c.take(), "Ended RemoteStop EVConnected Remote")
	})
}

func TestSession2xGoesOnWhileOffline(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: time.Minute})
		id := charge2x(t, c, s)
		ok(t, s.Disconnect(t.Context(), 10*time.Minute))
		pass(2*time.Minute + time.Second)
		ok(t, s.StopLocal(t.Context(), 1))
		ok(t, s.Unplug(t.Context(), 1))
		expect(t, c.take())
		pass(10 * time.Minute)
		calls := c.take()
		expect(t, calls, "Updated MeterValuePeriodic Charging", "Updated MeterValuePeriodic Charging", "Ended StopAuthorized EVConnected Local", "1 Available")
		for i, e := range all[v21.TransactionEventRequest](calls) {
			if !e.Offline.Value || e.SeqNo != int64(3+i) || e.TransactionInfo.TransactionID != id || calls[i].at.Sub(e.Timestamp.Time) < 5*time.Minute {
				t.Errorf("event %d from offline is %+v", i, e)
			}
		}
		status := ask[v21.GetTransactionStatusResponse](c, "GetTransactionStatus", &v21.GetTransactionStatusRequest{TransactionID: id})
		if status.MessagesInQueue || !status.OngoingIndicator.Set || status.OngoingIndicator.Value {
			t.Errorf("the session is %+v", status)
		}
	})
}

func TestUnanswered2xEventWaitsInTheQueue(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		id := charge2x(t, c, s)
		c.silence("TransactionEvent")
		ok(t, s.StopLocal(t.Context(), 1))
		status := ask[v21.GetTransactionStatusResponse](c, "GetTransactionStatus", &v21.GetTransactionStatusRequest{TransactionID: id})
		if !status.MessagesInQueue || status.OngoingIndicator.Value {
			t.Errorf("the session is %+v", status)
		}
		first := c.take()
		c.drop()
		pass(30 * time.Second)
		again := all[v21.TransactionEventRequest](c.take())
		if len(again) != 1 || again[0].SeqNo != all[v21.TransactionEventRequest](first)[0].SeqNo {
			t.Errorf("after the interruption came %+v", again)
		}
	})
}

func TestSession2xTheCSMSRefusesEnds(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.on("TransactionEvent", func(g got) schema.Message {
			if g.request.(*v21.TransactionEventRequest).IDToken == nil {
				return &v21.TransactionEventResponse{}
			}
			return &v21.TransactionEventResponse{IDTokenInfo: &v21.IDTokenInfo{Status: v21.AuthorizationStatusNoCredit}}
		})
		s := c.switchOn(Options{})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		expect(t, c.take(), "Started CablePluggedIn EVConnected", "1 Occupied", "Authorize", "Updated Authorized EVConnected", "Ended Deauthorized EVConnected DeAuthorized")
	})
}

func TestUnauthorised2xCarLeaves(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{})
		c.take()
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		ok(t, s.Unplug(t.Context(), 1))
		expect(t, c.take(), "Started CablePluggedIn EVConnected", "1 Occupied", "Ended EVCommunicationLost Idle EVDisconnected", "1 Available")
	})
}

func TestPeople2xComeAndGo(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{Behaviour: Charging, Seed: 3, Connectors: []ConnectorOptions{{Type: DC, MaxPowerW: 50_000}}, IDTags: []string{"A", "B"}})
		pass(6 * time.Hour)
		began, ended := map[string]bool{}, 0
		next := map[string]int64{}
		for _, e := range all[v21.TransactionEventRequest](c.take()) {
			id := e.TransactionInfo.TransactionID
			if e.SeqNo != next[id] {
				t.Errorf("event %d of %s comes as %d", next[id], id, e.SeqNo)
			}
			next[id]++
			switch e.EventType {
			case v21.TransactionEventTypeStarted:
				began[id] = true
			case v21.TransactionEventTypeEnded:
				ended++
			}
		}
		if len(began) < 6 || ended < len(began)-1 {
			t.Errorf("%d sessions began and %d ended in six hours", len(began), ended)
		}
	})
}

func TestReset2xOnIdleWaitsForTheSession(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: AC, MaxPowerW: 22_000}}})
		charge2x(t, c, s)
		reset := func(kind v21.ResetType, evse schema.Opt[int64]) v21.ResetStatus {
			return ask[v21.ResetResponse](c, "Reset", &v21.ResetRequest{Type: kind, EVSEID: evse}).Status
		}
		if status := reset(v21.ResetTypeOnIdle, schema.Opt[int64]{}); status != v21.ResetStatusScheduled {
			t.Fatalf("during a session the reset was %s", status)
		}
		pass(time.Minute)
		c.take()
		ok(t, s.StopLocal(t.Context(), 1))
		pass(20 * time.Second)
		calls := c.take()
		expect(t, calls, "Ended StopAuthorized EVConnected Local", "BootNotification", "security StartupOfTheDevice", "1 Occupied", "2 Available")
		if reason := all[v21.BootNotificationRequest](calls)[0].Reason; reason != v21.BootReasonScheduledReset {
			t.Errorf("the boot's reason is %s", reason)
		}
		// One EVSE restarts by itself.
		if status := reset(v21.ResetTypeImmediate, schema.Some[int64](2)); status != v21.ResetStatusAccepted {
			t.Fatalf("the reset of an EVSE was %s", status)
		}
		if status := reset(v21.ResetTypeImmediate, schema.Some[int64](7)); status != v21.ResetStatusRejected {
			t.Fatalf("the reset of an EVSE that isn't there was %s", status)
		}
		pass(10 * time.Second)
		expect(t, c.take(), "2 Unavailable", "2 Available")
		ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
		c.take()
		if status := reset(v21.ResetTypeImmediate, schema.Opt[int64]{}); status != v21.ResetStatusAccepted {
			t.Fatalf("the reset at once was %s", status)
		}
		pass(20 * time.Second)
		expect(t, c.take(), "Ended ResetCommand EVConnected ImmediateReset", "BootNotification", "security StartupOfTheDevice", "1 Occupied", "2 Available")
	})
}
