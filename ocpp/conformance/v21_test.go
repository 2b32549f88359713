package conformance_test

import (
	"context"
	"testing"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// A station of version 2.1 goes from its boot to the end of a session, and takes a call that only its version has; the library
// checks each frame by the schemas of 2.1.
func TestSessionOfVersion21(t *testing.T) {
	t.Parallel()
	c := open2x(t, "2.1")
	x := c.charging201(1)
	c.shows(1, "OCCUPIED")
	session := c.session().ID
	var asked struct {
		TransactionID string `json:"transactionId"`
		Activate      bool   `json:"activate"`
	}
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.UsePriorityCharging(ctx, session, true, 30)
	},
		"UsePriorityCharging", &asked, status("NoProfile")).endsFor("REJECTED", "NoProfile")
	if asked.TransactionID != x.id || !asked.Activate {
		t.Errorf("the station was asked %+v", asked)
	}
	p := c.stop()
	c.s.expect("RequestStopTransaction", nil).answer(accepted)
	p.ends("ACCEPTED")
	x.tell(event{kind: "Ended", trigger: "RemoteStop", state: "EVConnected", stopped: "Remote", wh: 1500})
	c.showsSession("COMPLETED", 500, "Remote")
	if got := c.state().ConnectionVersion; got != "2.1" {
		t.Errorf("the station speaks %s", got)
	}
}

// Of several versions on offer the newest is agreed on.
func TestNewestVersionIsPreferred(t *testing.T) {
	t.Parallel()
	c := bare(t)
	c.s = newStation(t)
	if protocol, refusal := c.s.connect([]string{"1.6", "2.0.1", "2.1"}, c.endpoint(), identity, worldtest.Password); protocol != "ocpp2.1" {
		t.Errorf("agreed on %q, refused with %q", protocol, refusal)
	}
}

// Error codes have the spelling of 2.0.1 (Part 4 §4.3), and what is broken costs itself alone.
func TestErrorsAreSpeltAsInVersion201(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	for _, bad := range []struct{ action, payload, code string }{
		{"MakeCoffee", `{}`, "NotImplemented"},
		{"StartTransaction", `{"connectorId":1}`, "NotImplemented"},
		{"GetLog", `{}`, "NotSupported"},
		{"TransactionEvent", `{"eventType":"Updated"}`, "OccurrenceConstraintViolation"},
		{"Authorize", `"text"`, "FormatViolation"},
	} {
		if code := c.s.frame(bad.action, bad.payload); code != bad.code {
			t.Errorf("%s %s was answered %q, want %s", bad.action, bad.payload, code, bad.code)
		}
		c.s.call("Heartbeat", nil, nil)
	}
	x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1500})
	c.showsSession("COMPLETED", 500, "Local")
}
