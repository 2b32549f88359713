package conformance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
)

type remoteStart struct {
	ConnectorID int    `json:"connectorId"`
	IDTag       string `json:"idTag"`
}

// accepted answers a call with a status that says yes.
var accepted = object{"status": "Accepted"}

func TestTC_010_CSMS_RemoteStartCablePluggedInFirst(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.s.status(1, "Preparing")
	p := c.start(1, valid)
	var asked remoteStart
	call := c.s.expect("RemoteStartTransaction", &asked)
	if asked.IDTag != valid || asked.ConnectorID != 1 {
		t.Errorf("asked for %+v", asked)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	c.s.authorize(valid, "Accepted")
	c.s.begin(1, valid, 0, time.Now(), "Accepted")
	c.s.status(1, "Charging")
	c.showsSession("RUNNING", 0, "")
	c.tied(p)
}

// tied expects the session to be known as the command's.
func (c *csms) tied(p *pending) {
	c.t.Helper()
	if got := c.session().CommandID; got == nil || *got != p.got.ID {
		c.t.Errorf("the session isn't tied to its command %s but to %v", p.got.ID, got)
	}
}

func TestTC_011_1_CSMS_RemoteStartFirst(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.s.status(1, "Available")
	p := c.start(1, valid)
	c.s.expect("RemoteStartTransaction", nil).answer(accepted)
	p.ends("ACCEPTED")
	c.s.authorize(valid, "Accepted")
	c.s.status(1, "Preparing")
	c.s.begin(1, valid, 0, time.Now(), "Accepted")
	c.s.status(1, "Charging")
	c.showsSession("RUNNING", 0, "")
	c.tied(p)
}

func TestTC_011_2_CSMS_RemoteStartTimeOut(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.start(1, valid)
	c.s.expect("RemoteStartTransaction", nil).answer(accepted)
	p.ends("ACCEPTED")
	c.s.status(1, "Preparing")
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
	if n := len(c.sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
}

func TestTC_012_CSMS_RemoteStop(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	p := c.stop()
	var asked struct {
		TransactionID int64 `json:"transactionId"`
	}
	call := c.s.expect("RemoteStopTransaction", &asked)
	if asked.TransactionID != transaction {
		t.Errorf("asked to stop %d, the transaction is %d", asked.TransactionID, transaction)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	c.s.finish(transaction, "", 3000, time.Now(), "Remote")
	c.s.status(1, "Finishing")
	c.s.status(1, "Available")
	c.showsSession("COMPLETED", 2000, "Remote")
	c.shows(1, "AVAILABLE")
}

func TestTC_013_CSMS_HardReset(t *testing.T) {
	t.Parallel()
	reset16(t, "HARD", "Hard", "HardReset")
}

func TestTC_014_CSMS_SoftReset(t *testing.T) {
	t.Parallel()
	reset16(t, "SOFT", "Soft", "SoftReset")
}

func reset16(t *testing.T, kind, wire, reason string) {
	t.Helper()
	c := open16(t)
	transaction := c.charging()
	p := c.order(charging.ResetOrder{Type: kind})
	var asked struct{ Type string }
	call := c.s.expect("Reset", &asked)
	if asked.Type != wire {
		t.Errorf("asked for a %s reset, want %s", asked.Type, wire)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	c.s.finish(transaction, "", 1300, time.Now(), reason)
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	before := c.state().BootedAt
	c.s = c.dial("1.6")
	if got := c.boot16(); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	c.s.status(0, "Available")
	c.s.status(1, "Available")
	c.showsSession("COMPLETED", 300, reason)
	c.shows(1, "AVAILABLE")
	if after := c.state(); !after.Online || !after.BootedAt.After(*before) {
		t.Errorf("after the reset the station is kept as booted at %v, before at %v", after.BootedAt, before)
	}
}

func TestTC_017_1_CSMS_UnlockWithoutSession(t *testing.T) {
	t.Parallel()
	unlock16(t, 1, "Unlocked", "ACCEPTED", "")
}

// A fixed cable has no lock: the station says that it can't.
func TestTC_017_2_CSMS_UnlockFixedCable(t *testing.T) {
	t.Parallel()
	unlock16(t, 1, "NotSupported", "REJECTED", "NotSupported")
}

func TestTC_018_1_CSMS_UnlockWithSession(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	p := c.order(charging.UnlockOrder{EvseNo: 1})
	c.s.expect("UnlockConnector", nil).answer(object{"status": "Unlocked"})
	p.ends("ACCEPTED")
	c.s.finish(transaction, "", 1001, time.Now(), "UnlockCommand")
	c.s.status(1, "Available")
	c.showsSession("COMPLETED", 1, "UnlockCommand")
}

func TestTC_030_CSMS_UnlockFailure(t *testing.T) {
	t.Parallel()
	unlock16(t, 1, "UnlockFailed", "REJECTED", "UnlockFailed")
}

func TestTC_031_CSMS_UnlockUnknownConnector(t *testing.T) {
	t.Parallel()
	unlock16(t, 2, "NotSupported", "REJECTED", "NotSupported")
}

// unlock16 unlocks a connector and expects the outcome, with the station's word in the reason.
func unlock16(t *testing.T, evseNo int, answer, status, word string) {
	t.Helper()
	c := open16(t)
	p := c.order(charging.UnlockOrder{EvseNo: evseNo})
	var asked struct {
		ConnectorID int `json:"connectorId"`
	}
	call := c.s.expect("UnlockConnector", &asked)
	if asked.ConnectorID != evseNo {
		t.Errorf("asked to unlock connector %d, not %d", asked.ConnectorID, evseNo)
	}
	call.answer(object{"status": answer})
	p.endsFor(status, word)
}

// endsFor is ends, with a word of the reason that is told.
func (p *pending) endsFor(status, word string) {
	p.c.t.Helper()
	got := p.ends(status)
	if why := orEmpty(got.Error); !strings.Contains(why, word) {
		p.c.t.Errorf("the reason reads %q, without %q", why, word)
	}
}

func TestTC_019_1_CSMS_RetrieveAllConfigurationKeys(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.order(charging.GetConfigurationOrder{})
	var asked struct{ Key []string }
	call := c.s.expect("GetConfiguration", &asked)
	if len(asked.Key) != 0 {
		t.Errorf("asked for %v, not for all", asked.Key)
	}
	call.answer(object{"configurationKey": []object{
		{"key": "ConnectionTimeOut", "readonly": false, "value": "60"},
		{"key": "NumberOfConnectors", "readonly": true, "value": "2"},
	}})
	p.ends("ACCEPTED")
	if got := c.variable("NumberOfConnectors"); got == nil || got.Value != "2" {
		t.Errorf("the setting is stored as %+v", got)
	}
	// What the station no longer has is gone.
	if got := c.variable("HeartbeatInterval"); got != nil {
		t.Errorf("a setting that wasn't reported is still there: %+v", got)
	}
}

func TestTC_019_2_CSMS_RetrieveOneConfigurationKey(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.order(charging.GetConfigurationOrder{Keys: []string{"SupportedFeatureProfiles"}})
	var asked struct{ Key []string }
	call := c.s.expect("GetConfiguration", &asked)
	if len(asked.Key) != 1 || asked.Key[0] != "SupportedFeatureProfiles" {
		t.Errorf("asked for %v", asked.Key)
	}
	call.answer(object{"configurationKey": []object{{"key": "SupportedFeatureProfiles", "readonly": true, "value": "Core,RemoteTrigger"}}})
	p.ends("ACCEPTED")
	if got := c.variable("SupportedFeatureProfiles"); got == nil || got.Value != "Core,RemoteTrigger" {
		t.Errorf("the setting is stored as %+v", got)
	}
	if got := c.variable("HeartbeatInterval"); got == nil {
		t.Error("a setting that wasn't asked for is gone")
	}
}

func TestTC_021_CSMS_ChangeConfiguration(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.configure("Accepted").ends("ACCEPTED")
	if got := c.variable("MeterValueSampleInterval"); got == nil || got.Value != "30" || got.RebootRequired {
		t.Errorf("the setting is stored as %+v", got)
	}
	c.configure("RebootRequired").ends("ACCEPTED")
	if got := c.variable("MeterValueSampleInterval"); got == nil || !got.RebootRequired {
		t.Errorf("a change that waits for a boot is stored as %+v", got)
	}
}

func TestTC_040_1_CSMS_ConfigurationKeyNotSupported(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.configure("NotSupported").endsFor("REJECTED", "NotSupported")
	if got := c.variable("MeterValueSampleInterval"); got != nil {
		t.Errorf("a setting that the station doesn't know is stored as %+v", got)
	}
}

func TestTC_040_2_CSMS_ConfigurationInvalidValue(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.configure("Rejected").endsFor("REJECTED", "Rejected")
	if got := c.variable("MeterValueSampleInterval"); got != nil {
		t.Errorf("a value that the station refused is stored as %+v", got)
	}
}

// configure changes a setting and has the station answer so.
func (c *csms) configure(status string) *pending {
	c.t.Helper()
	p := c.order(charging.ChangeConfigurationOrder{Key: "MeterValueSampleInterval", Value: "30"})
	var asked struct{ Key, Value string }
	call := c.s.expect("ChangeConfiguration", &asked)
	if asked.Key != "MeterValueSampleInterval" || asked.Value != "30" {
		c.t.Errorf("asked to change %+v", asked)
	}
	call.answer(object{"status": status})
	return p
}

func TestTC_026_CSMS_RemoteStartRejected(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.start(1, valid)
	c.s.expect("RemoteStartTransaction", nil).answer(object{"status": "Rejected"})
	p.endsFor("REJECTED", "Rejected")
	if n := len(c.sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
}

func TestTC_028_CSMS_RemoteStopRejected(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.charging()
	p := c.stop()
	c.s.expect("RemoteStopTransaction", nil).answer(object{"status": "Rejected"})
	p.endsFor("REJECTED", "Rejected")
	c.showsSession("RUNNING", 0, "")
}

func TestTC_061_CSMS_ClearCache(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.order(charging.ClearCacheOrder{})
	c.s.expect("ClearCache", nil).answer(accepted)
	p.ends("ACCEPTED")
	p = c.order(charging.ClearCacheOrder{})
	c.s.expect("ClearCache", nil).answer(object{"status": "Rejected"})
	p.endsFor("REJECTED", "Rejected")
}

// Every message that OCPP 1.6 lets a CSMS ask for is asked for, and what then comes has its effect.
func TestTC_054_CSMS_TriggerMessage(t *testing.T) {
	t.Parallel()
	c := open16(t)
	for _, want := range []struct {
		message, wire string
		send          func()
	}{
		{"METER_VALUES", "MeterValues", func() {
			c.s.call("MeterValues", object{"connectorId": 1, "meterValue": []object{{"timestamp": stamp(time.Now()), "sampledValue": []object{{"value": "1", "context": "Trigger"}}}}}, nil)
		}},
		{"HEARTBEAT", "Heartbeat", func() { c.s.call("Heartbeat", nil, nil) }},
		{"STATUS_NOTIFICATION", "StatusNotification", func() { c.s.status(1, "Available"); c.shows(1, "AVAILABLE") }},
		{"DIAGNOSTICS_STATUS_NOTIFICATION", "DiagnosticsStatusNotification", func() {
			c.s.call("DiagnosticsStatusNotification", object{"status": "Idle"}, nil)
		}},
		{"FIRMWARE_STATUS_NOTIFICATION", "FirmwareStatusNotification", func() {
			c.s.call("FirmwareStatusNotification", object{"status": "Idle"}, nil)
		}},
		{"BOOT_NOTIFICATION", "BootNotification", func() { c.boot16() }},
	} {
		p := c.order(charging.TriggerOrder{Message: want.message})
		var asked struct{ RequestedMessage string }
		call := c.s.expect("TriggerMessage", &asked)
		if asked.RequestedMessage != want.wire {
			t.Errorf("for %s was asked %s", want.message, asked.RequestedMessage)
		}
		call.answer(accepted)
		p.ends("ACCEPTED")
		before := c.logged(want.wire)
		want.send()
		if after := c.logged(want.wire); after != before+2 {
			t.Errorf("%s brought %d rows into the log, want the call and its answer", want.wire, after-before)
		}
	}
}

func TestTC_055_CSMS_TriggerMessageRejected(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.order(charging.TriggerOrder{Message: "METER_VALUES", EvseNo: 2})
	var asked struct {
		ConnectorID int `json:"connectorId"`
	}
	call := c.s.expect("TriggerMessage", &asked)
	if asked.ConnectorID != 2 {
		t.Errorf("asked connector %d", asked.ConnectorID)
	}
	call.answer(object{"status": "Rejected"})
	p.endsFor("REJECTED", "Rejected")
	p = c.order(charging.TriggerOrder{Message: "FIRMWARE_STATUS_NOTIFICATION"})
	c.s.expect("TriggerMessage", nil).answer(object{"status": "NotImplemented"})
	p.endsFor("REJECTED", "NotImplemented")
}

// A command for a station that isn't there fails at once, and one that the version doesn't have is refused before it is sent.
func TestCommandsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	c := open16(t)
	if _, err := c.Charging.Order(c.ctx, c.station.ID, charging.TriggerOrder{Message: "NO_SUCH_MESSAGE"}, 1); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
		t.Errorf("a message that nobody knows was answered %v", err)
	}
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	if _, err := c.Charging.RemoteStart(c.ctx, c.station.ID, charging.RemoteStart{EvseNo: 1, IDTag: valid}, 30); fault.Of(err) == nil || fault.Of(err).Code != fault.StationOffline {
		t.Errorf("a start at an offline station was answered %v", err)
	}
}

// A station may answer a command with an error: the command has failed, and says with which.
func TestCommandAnsweredWithAnError(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := c.order(charging.ClearCacheOrder{})
	c.s.expect("ClearCache", nil).refuse("NotSupported", "no cache here")
	p.endsFor("FAILED", "no cache here")
	if got := p.got.ErrorCode; got == nil || *got != "NotSupported" {
		t.Errorf("the error code is %v", got)
	}
}
