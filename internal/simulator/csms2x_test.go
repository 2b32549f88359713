package simulator

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// newCSMS2x is a CSMS that speaks 2.0.1 or 2.1.
func newCSMS2x(t *testing.T, version frame.Version) *csms {
	c := newCSMS(t)
	c.version = version
	return c
}

// eachVersion runs a test in a bubble for 2.0.1 and for 2.1.
func eachVersion(t *testing.T, test func(t *testing.T, c *csms)) {
	t.Helper()
	for _, version := range []frame.Version{frame.V201, frame.V21} {
		t.Run(version.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newCSMS2x(t, version)) })
		})
	}
}

func (c *csms) standard2x(g got) schema.Message {
	switch r := g.request.(type) {
	case *v21.BootNotificationRequest:
		return &v21.BootNotificationResponse{Status: v21.RegistrationStatusAccepted, CurrentTime: schema.At(time.Now()), Interval: 300}
	case *v21.HeartbeatRequest:
		return &v21.HeartbeatResponse{CurrentTime: schema.At(time.Now())}
	case *v21.AuthorizeRequest:
		return &v21.AuthorizeResponse{IDTokenInfo: v21.IDTokenInfo{Status: v21.AuthorizationStatusAccepted}}
	case *v21.TransactionEventRequest:
		if r.IDToken != nil {
			return &v21.TransactionEventResponse{IDTokenInfo: &v21.IDTokenInfo{Status: v21.AuthorizationStatusAccepted}}
		}
	case *v21.SignCertificateRequest:
		return &v21.SignCertificateResponse{Status: v21.GenericStatusAccepted}
	case *v21.OpenPeriodicEventStreamRequest:
		return &v21.OpenPeriodicEventStreamResponse{Status: v21.GenericStatusAccepted}
	}
	return v21.Actions[g.action].NewResponse()
}

// word2x makes calls of 2.x short to compare: "Updated Authorized Charging", "1 Occupied".
func word2x(g got) string {
	switch r := g.request.(type) {
	case *v21.StatusNotificationRequest:
		return fmt.Sprintf("%d %s", r.EVSEID, r.ConnectorStatus)
	case *v21.TransactionEventRequest:
		word := fmt.Sprintf("%s %s %s", r.EventType, r.TriggerReason, r.TransactionInfo.ChargingState)
		if r.TransactionInfo.StoppedReason != "" {
			word += " " + string(r.TransactionInfo.StoppedReason)
		}
		return word
	case *v21.FirmwareStatusNotificationRequest:
		return "firmware " + string(r.Status)
	case *v21.LogStatusNotificationRequest:
		return "log " + string(r.Status)
	case *v21.SecurityEventNotificationRequest:
		return "security " + r.Type
	}
	return g.action
}

// charge2x begins a session on EVSE 1 and returns its id.
func charge2x(t *testing.T, c *csms, s *Station) string {
	t.Helper()
	c.take()
	ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 60_000, SoC: 0.3, MaxACPowerW: 11_000, MaxDCPowerW: 100_000}))
	ok(t, s.StartLocal(t.Context(), 1, "TAG-1"))
	calls := c.take()
	if last := words(calls)[len(calls)-1]; last != "Updated ChargingStateChanged Charging" {
		t.Fatalf("no session began: %q", words(calls))
	}
	return all[v21.TransactionEventRequest](calls)[0].TransactionInfo.TransactionID
}

// ask calls the station and returns its answer, typed.
func ask[A any](c *csms, action string, request schema.Message) *A {
	c.t.Helper()
	return c.call(request, action).(any).(*A)
}

// bubble21 runs a test in a bubble for 2.1.
func bubble21(t *testing.T, test func(t *testing.T, c *csms)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newCSMS2x(t, frame.V21)) })
}
