package simulator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

func TestRemoteStartWithTheCarPluggedIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: AC, MaxPowerW: 22_000}}})
		ok(t, s.PlugIn(t.Context(), 2, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		c.take()
		remoteStart := func(connector schema.Opt[int64]) v16.RemoteStartStopStatus {
			return c.call(&v16.RemoteStartTransactionRequest{IDTag: "APP-1", ConnectorID: connector}, "RemoteStartTransaction").(*v16.RemoteStartTransactionResponse).Status
		}
		if status := remoteStart(schema.Some[int64](3)); status != v16.RemoteStartStopStatusRejected {
			t.Errorf("a connector that isn't there was %s", status)
		}
		if status := remoteStart(schema.Opt[int64]{}); status != v16.RemoteStartStopStatusAccepted {
			t.Fatalf("the remote start was %s", status)
		}
		calls := c.take()
		expect(t, calls, "StartTransaction", "2 Charging")
		if start := all[v16.StartTransactionRequest](calls)[0]; start.IDTag != "APP-1" || start.ConnectorID != 2 {
			t.Errorf("the session began as %+v", start)
		}
		if status := remoteStart(schema.Some[int64](2)); status != v16.RemoteStartStopStatusRejected {
			t.Errorf("a second session at once was %s", status)
		}
		stop := func(id int64) v16.RemoteStartStopStatus {
			return c.call(&v16.RemoteStopTransactionRequest{TransactionID: id}, "RemoteStopTransaction").(*v16.RemoteStopTransactionResponse).Status
		}
		if stop(4711) != v16.RemoteStartStopStatusRejected || stop(101) != v16.RemoteStartStopStatusAccepted {
			t.Error("a stranger's session was stopped, or its own wasn't")
		}
		expect(t, c.take(), "StopTransaction Remote", "2 Finishing")
	})
}

func TestRemoteStartWaitsForTheCar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		c.call(&v16.ChangeConfigurationRequest{Key: "ConnectionTimeOut", Value: "30"}, "ChangeConfiguration")
		c.call(&v16.ChangeConfigurationRequest{Key: "AuthorizeRemoteTxRequests", Value: "true"}, "ChangeConfiguration")
		c.take()
		c.call(&v16.RemoteStartTransactionRequest{IDTag: "APP-1"}, "RemoteStartTransaction")
		expect(t, c.take(), "Authorize", "1 Preparing")
		pass(31 * time.Second)
		expect(t, c.take(), "1 Available")
		c.call(&v16.RemoteStartTransactionRequest{IDTag: "APP-1"}, "RemoteStartTransaction")
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		expect(t, c.take(), "Authorize", "1 Preparing", "StartTransaction", "1 Charging")
	})
}

func TestSomebodyPlugsInAfterARemoteStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{Behaviour: Idle})
		pass(time.Hour)
		c.take()
		c.call(&v16.RemoteStartTransactionRequest{IDTag: "APP-1"}, "RemoteStartTransaction")
		pass(7 * time.Second)
		expect(t, c.take(), "1 Preparing", "StartTransaction", "1 Charging")
		c.call(&v16.RemoteStopTransactionRequest{TransactionID: 101}, "RemoteStopTransaction")
		pass(time.Minute)
		expect(t, c.take(), "StopTransaction Remote", "1 Finishing", "1 Available")
	})
}

func TestChangeAvailability(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: AC, MaxPowerW: 22_000}}})
		change := func(connector int64, kind v16.AvailabilityType) v16.AvailabilityStatus {
			return c.call(&v16.ChangeAvailabilityRequest{ConnectorID: connector, Type: kind}, "ChangeAvailability").(*v16.ChangeAvailabilityResponse).Status
		}
		charge(t, c, s)
		if status := change(1, v16.AvailabilityTypeInoperative); status != v16.AvailabilityStatusScheduled {
			t.Errorf("during a session it is %s", status)
		}
		if status := change(3, v16.AvailabilityTypeInoperative); status != v16.AvailabilityStatusRejected {
			t.Errorf("for a connector that isn't there it is %s", status)
		}
		expect(t, c.take())
		ok(t, s.StopLocal(t.Context(), 1))
		expect(t, c.take(), "StopTransaction Local", "1 Unavailable")
		if status := change(0, v16.AvailabilityTypeInoperative); status != v16.AvailabilityStatusAccepted {
			t.Errorf("for the station it is %s", status)
		}
		expect(t, c.take(), "2 Unavailable", "0 Unavailable")
		// It stays so through a reboot (OCPP 1.6, Change Availability).
		c.call(&v16.ResetRequest{Type: v16.ResetTypeSoft}, "Reset")
		pass(10 * time.Second)
		expect(t, c.take(), "BootNotification", "0 Unavailable", "1 Unavailable", "2 Unavailable")
		change(0, v16.AvailabilityTypeOperative)
		expect(t, c.take(), "1 Preparing", "2 Available", "0 Available")
	})
}

func TestUnlockEndsTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		charge(t, c, s)
		unlock := func(connector int64) v16.UnlockStatus {
			return c.call(&v16.UnlockConnectorRequest{ConnectorID: connector}, "UnlockConnector").(*v16.UnlockConnectorResponse).Status
		}
		if unlock(2) != v16.UnlockStatusNotSupported || unlock(1) != v16.UnlockStatusUnlocked {
			t.Error("the wrong connector was unlocked")
		}
		expect(t, c.take(), "StopTransaction UnlockCommand", "1 Finishing")
	})
}

func TestTriggerMessageSendsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{Connectors: []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}, {Type: DC, MaxPowerW: 50_000}}})
		charge(t, c, s)
		connector := schema.Some[int64]
		for _, k := range []struct {
			message   v16.MessageTrigger
			connector schema.Opt[int64]
			status    v16.TriggerMessageStatus
			want      []string
		}{
			{v16.MessageTriggerBootNotification, schema.Opt[int64]{}, v16.TriggerMessageStatusAccepted, []string{"BootNotification", "0 Available", "1 Charging", "2 Available"}},
			{v16.MessageTriggerHeartbeat, schema.Opt[int64]{}, v16.TriggerMessageStatusAccepted, []string{"Heartbeat"}},
			{v16.MessageTriggerStatusNotification, schema.Opt[int64]{}, v16.TriggerMessageStatusAccepted, []string{"0 Available", "1 Charging", "2 Available"}},
			{v16.MessageTriggerStatusNotification, connector(0), v16.TriggerMessageStatusAccepted, []string{"0 Available"}},
			{v16.MessageTriggerStatusNotification, connector(2), v16.TriggerMessageStatusAccepted, []string{"2 Available"}},
			{v16.MessageTriggerMeterValues, connector(1), v16.TriggerMessageStatusAccepted, []string{"MeterValues"}},
			{v16.MessageTriggerMeterValues, schema.Opt[int64]{}, v16.TriggerMessageStatusAccepted, []string{"MeterValues", "MeterValues"}},
			{v16.MessageTriggerDiagnosticsStatusNotification, schema.Opt[int64]{}, v16.TriggerMessageStatusAccepted, []string{"DiagnosticsStatusNotification"}},
			{v16.MessageTriggerFirmwareStatusNotification, schema.Opt[int64]{}, v16.TriggerMessageStatusAccepted, []string{"FirmwareStatusNotification"}},
			{v16.MessageTriggerMeterValues, connector(3), v16.TriggerMessageStatusRejected, nil},
		} {
			answer := c.call(&v16.TriggerMessageRequest{RequestedMessage: k.message, ConnectorID: k.connector}, "TriggerMessage").(*v16.TriggerMessageResponse)
			if answer.Status != k.status {
				t.Errorf("%s was answered %s", k.message, answer.Status)
			}
			calls := c.take()
			expect(t, calls, k.want...)
			for _, m := range all[v16.MeterValuesRequest](calls) {
				if m.MeterValue[0].SampledValue[0].Context != v16.ReadingContextTrigger || m.TransactionID.Set != (m.ConnectorID == 1) {
					t.Errorf("the triggered sample is %+v", m)
				}
			}
		}
	})
}

func TestOtherCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{})
		if a := c.call(&v16.DataTransferRequest{VendorID: "anyone"}, "DataTransfer").(*v16.DataTransferResponse); a.Status != v16.DataTransferStatusUnknownVendorID {
			t.Errorf("DataTransfer was answered %s", a.Status)
		}
		for _, k := range []struct{ action, payload, code string }{
			{"MakeCoffee", `{}`, "NotImplemented"},
			{"Heartbeat", `{}`, "NotSupported"},
			{"Reset", `{}`, "OccurenceConstraintViolation"},
		} {
			f := c.callRaw(k.action, []byte(k.payload))
			if f.Type != frame.CallError || f.ErrorCode != k.code {
				t.Errorf("%s was answered %s %s %s, not %s", k.action, f.Type, f.ErrorCode, f.Payload, k.code)
			}
		}
		if f := c.callRaw("Reset", []byte(`{"type":"Sideways"}`)); string(f.Payload) != `{"status":"Rejected"}` {
			t.Errorf("a reset of an unknown type was answered %s", f.Payload)
		}
	})
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		get := func(keys ...string) *v16.GetConfigurationResponse {
			return c.call(&v16.GetConfigurationRequest{Key: keys}, "GetConfiguration").(*v16.GetConfigurationResponse)
		}
		everything := get()
		if len(everything.ConfigurationKey) < 22 || len(everything.UnknownKey) != 0 {
			t.Errorf("%d keys, %v unknown", len(everything.ConfigurationKey), everything.UnknownKey)
		}
		some := get("heartbeatinterval", "NumberOfConnectors", "NoSuchKey", "AuthorizationKey")
		if len(some.ConfigurationKey) != 2 || some.ConfigurationKey[0].Value != "300" || !some.ConfigurationKey[1].Readonly || len(some.UnknownKey) != 2 {
			t.Errorf("four keys are answered %+v", some)
		}
		for _, k := range []struct {
			key, value string
			want       v16.ConfigurationStatus
		}{
			{"NumberOfConnectors", "5", v16.ConfigurationStatusRejected},
			{"HeartbeatInterval", "soon", v16.ConfigurationStatusRejected},
			{"MeterValuesSampledData", "Voltage,Mood", v16.ConfigurationStatusRejected},
			{"LocalPreAuthorize", "maybe", v16.ConfigurationStatusRejected},
			{"AuthorizationKey", "short", v16.ConfigurationStatusRejected},
			{"NoSuchKey", "1", v16.ConfigurationStatusNotSupported},
			{"NetworkMode", "cellular", v16.ConfigurationStatusRebootRequired},
			{"heartbeatInterval", "60", v16.ConfigurationStatusAccepted},
			{"MeterValueSampleInterval", "5", v16.ConfigurationStatusAccepted},
			{"MeterValuesSampledData", "Voltage", v16.ConfigurationStatusAccepted},
		} {
			answer := c.call(&v16.ChangeConfigurationRequest{Key: k.key, Value: k.value}, "ChangeConfiguration").(*v16.ChangeConfigurationResponse)
			if answer.Status != k.want {
				t.Errorf("%s=%s was answered %s, not %s", k.key, k.value, answer.Status, k.want)
			}
		}
		c.take()
		pass(61 * time.Second)
		expect(t, c.take(), "Heartbeat")
		charge(t, c, s)
		pass(6 * time.Second)
		calls := c.take()
		expect(t, calls, "MeterValues")
		if values := all[v16.MeterValuesRequest](calls)[0].MeterValue[0].SampledValue; len(values) != 3 || values[0].Measurand != v16.MeasurandVoltage {
			t.Errorf("only voltage was asked for, and %+v came", values)
		}
		// A change takes effect within a session.
		c.call(&v16.ChangeConfigurationRequest{Key: "MeterValueSampleInterval", Value: "600"}, "ChangeConfiguration")
		pass(50 * time.Second)
		expect(t, c.take())
	})
}

func TestClockAlignedSamples(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{})
		pass(7 * time.Second)
		c.call(&v16.ChangeConfigurationRequest{Key: "ClockAlignedDataInterval", Value: "60"}, "ChangeConfiguration")
		c.take()
		pass(2 * time.Minute)
		calls := c.take()
		expect(t, calls, "MeterValues", "MeterValues")
		for _, g := range calls {
			m := g.request.(*v16.MeterValuesRequest).MeterValue[0]
			if g.at.Second() != 0 || m.SampledValue[0].Context != v16.ReadingContextSampleClock {
				t.Errorf("at %v came %+v", g.at, m)
			}
		}
	})
}

func TestNewPasswordIsUsedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		c.switchOn(Options{})
		answer := c.call(&v16.ChangeConfigurationRequest{Key: "AuthorizationKey", Value: "another-password-0"}, "ChangeConfiguration").(*v16.ChangeConfigurationResponse)
		if answer.Status != v16.ConfigurationStatusAccepted {
			t.Fatalf("the password was %s", answer.Status)
		}
		c.set(func() { c.password = "another-password-0" })
		pass(5 * time.Second)
		if f := c.callRaw("ClearCache", []byte(`{}`)); f.Type != frame.CallResult {
			t.Errorf("after the change the station answers %+v", f)
		}
		if n := len(c.attempts()); n != 2 {
			t.Errorf("%d connections", n)
		}
	})
}
