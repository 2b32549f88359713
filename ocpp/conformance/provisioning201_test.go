package conformance_test

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

func TestTC_A_01_CSMS_BasicAuthentication(t *testing.T) {
	t.Parallel()
	c := open201(t)
	if got := c.state(); got.CredentialVerifiedAt == nil || got.ConnectionVersion != "2.0.1" {
		t.Errorf("the credential was verified at %v, the version is %s", got.CredentialVerifiedAt, got.ConnectionVersion)
	}
}

func TestTC_A_02_CSMS_UserIsNotTheIdentity(t *testing.T) {
	t.Parallel()
	c := bare(t)
	if s, status, err := c.Dial("/ocpp/"+c.A.Slug+"/"+identity, "CP-OTHER", worldtest.Password, "ocpp2.0.1"); err == nil || status != 401 {
		if err == nil {
			s.Hang()
		}
		t.Errorf("another user's name was answered %d, %v", status, err)
	}
	if c.state().Online {
		t.Error("the station counts as online")
	}
}

func TestTC_A_03_CSMS_WrongPassword(t *testing.T) {
	t.Parallel()
	c := bare(t)
	if _, refusal := newStation(t).connect("2.0.1", c.endpoint(), identity, "this is not the password"); refusal != "401" {
		t.Errorf("a wrong password was answered %q", refusal)
	}
	if c.state().Online {
		t.Error("the station counts as online")
	}
}

func TestTC_A_04_CSMS_TLSServerCertificate(t *testing.T) {
	t.Parallel()
	c := bare(t)
	endpoint, ca := c.overTLS()
	c.s = newStation(t)
	c.s.ca = ca
	if _, refusal := c.s.connect("2.0.1", endpoint, identity, worldtest.Password); refusal != "" {
		t.Fatalf("over TLS the station is refused with %s", refusal)
	}
	if got := c.boot201("PowerUp"); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	if got := c.state(); !got.Online || got.ConnectionProfile != 2 {
		t.Errorf("the station is online: %v, with profile %d", got.Online, got.ConnectionProfile)
	}
}

const passwordVariable = "SecurityCtrlr.BasicAuthPassword"

func TestTC_A_09_CSMS_UpdatePassword(t *testing.T) {
	t.Parallel()
	c := open201(t)
	const another = "fedcba9876543210fedcba9876543210fedcba98"
	_, _, err := c.Charging.RotatePassword(c.ctx, c.station.ID, another)
	c.must(err, "give the station another password")
	c.set(passwordVariable, another, "Accepted").ends("ACCEPTED")
	c.s.hangUp()
	c.s = newStation(t)
	if _, refusal := c.s.connect("2.0.1", c.endpoint(), identity, another); refusal != "" {
		t.Fatalf("with its new password the station is refused with %s", refusal)
	}
	c.boot201("PowerUp")
	if _, refusal := newStation(t).connect("2.0.1", c.endpoint(), identity, worldtest.Password); refusal != "401" {
		t.Errorf("the old password is answered %q", refusal)
	}
}

// The station keeps its password, and is let in with it as before.
func TestTC_A_10_CSMS_UpdatePasswordRejected(t *testing.T) {
	t.Parallel()
	c := open201(t)
	const another = "fedcba9876543210fedcba9876543210fedcba98"
	_, _, err := c.Charging.RotatePassword(c.ctx, c.station.ID, another)
	c.must(err, "give the station another password")
	c.set(passwordVariable, another, "Rejected").endsFor("REJECTED", "Rejected")
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("2.0.1")
	c.s.call("Heartbeat", nil, nil)
}

func TestTC_B_01_CSMS_ColdBootAccepted(t *testing.T) {
	t.Parallel()
	c := connected(t, "2.0.1")
	answer := c.boot201("PowerUp")
	if answer.Status != "Accepted" || answer.Interval != int(c.Charging.HeartbeatInterval()/time.Second) {
		t.Errorf("the boot was answered %+v", answer)
	}
	if off := time.Since(answer.CurrentTime).Abs(); off > time.Minute {
		t.Errorf("the time given at the boot is %v away", off)
	}
	c.onboard201()
	c.s.status201(1, "Available")
	c.shows(1, "AVAILABLE")
	c.s.call("Heartbeat", nil, nil)
	if got := c.state(); !got.Online || got.BootedAt == nil || got.Vendor != "Voltara" || got.Model != "AC22" || got.FirmwareVersion != "1.0.0" {
		t.Errorf("the station is kept as %+v", got)
	}
}

// set changes a variable and has the station answer so.
func (c *csms) set(name, value, status string) *pending {
	c.t.Helper()
	p := c.order(charging.ChangeConfigurationOrder{Key: name, Value: value})
	var asked struct {
		SetVariableData []struct {
			AttributeValue      string
			Component, Variable object
		} `json:"setVariableData"`
	}
	call := c.next201("SetVariables", &asked)
	if len(asked.SetVariableData) != 1 || asked.SetVariableData[0].AttributeValue != value {
		c.t.Fatalf("asked to set %+v", asked.SetVariableData)
	}
	d := asked.SetVariableData[0]
	if got := d.Component["name"].(string) + "." + d.Variable["name"].(string); got != name {
		c.t.Errorf("asked to set %s, not %s", got, name)
	}
	call.answer(object{"setVariableResult": []object{{"attributeStatus": status, "component": d.Component, "variable": d.Variable}}})
	return p
}

func TestTC_B_06_CSMS_GetOneVariable(t *testing.T) {
	t.Parallel()
	getVariables(t, "OCPPCommCtrlr.OfflineThreshold")
}

func TestTC_B_07_CSMS_GetSeveralVariables(t *testing.T) {
	t.Parallel()
	getVariables(t, "OCPPCommCtrlr.OfflineThreshold", "AuthCtrlr.AuthorizeRemoteStart")
}

func getVariables(t *testing.T, names ...string) {
	t.Helper()
	c := open201(t)
	p := c.order(charging.GetConfigurationOrder{Keys: names})
	var asked struct {
		GetVariableData []struct{ Component, Variable object } `json:"getVariableData"`
	}
	call := c.s.expect("GetVariables", &asked)
	if len(asked.GetVariableData) != len(names) {
		t.Fatalf("asked for %+v", asked.GetVariableData)
	}
	results := make([]object, len(names))
	for i, d := range asked.GetVariableData {
		if got := d.Component["name"].(string) + "." + d.Variable["name"].(string); got != names[i] {
			t.Errorf("asked for %s, not %s", got, names[i])
		}
		results[i] = object{"attributeStatus": "Accepted", "attributeValue": "value of " + names[i], "component": d.Component, "variable": d.Variable}
	}
	call.answer(object{"getVariableResult": results})
	p.ends("ACCEPTED")
	for i, d := range asked.GetVariableData {
		if got := c.variable(d.Variable["name"].(string)); got == nil || got.Value != "value of "+names[i] {
			t.Errorf("%s is stored as %+v", names[i], got)
		}
	}
}

func TestTC_B_09_CSMS_SetOneVariable(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.set("OCPPCommCtrlr.OfflineThreshold", "300", "Accepted").ends("ACCEPTED")
	if got := c.variable("OfflineThreshold"); got == nil || got.Value != "300" || got.RebootRequired {
		t.Errorf("the variable is stored as %+v", got)
	}
	c.set("OCPPCommCtrlr.OfflineThreshold", "400", "RebootRequired").ends("ACCEPTED")
	if got := c.variable("OfflineThreshold"); got == nil || !got.RebootRequired {
		t.Errorf("a change that waits for a boot is stored as %+v", got)
	}
	c.set("OCPPCommCtrlr.OfflineThreshold", "500", "Rejected").endsFor("REJECTED", "Rejected")
	if got := c.variable("OfflineThreshold"); got == nil || got.Value != "400" {
		t.Errorf("a value that the station refused is stored as %+v", got)
	}
}

// The full inventory comes in parts, and what it doesn't name is gone.
func TestTC_B_13_CSMS_FullInventory(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := c.order(charging.GetConfigurationOrder{})
	var asked struct {
		RequestID  int `json:"requestId"`
		ReportBase string
	}
	call := c.s.expect("GetBaseReport", &asked)
	if asked.ReportBase != "FullInventory" {
		t.Errorf("asked for %s", asked.ReportBase)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	part := func(seqNo int, more bool, data object) {
		c.s.call("NotifyReport", object{"requestId": asked.RequestID, "seqNo": seqNo, "tbc": more, "generatedAt": stamp(time.Now()), "reportData": []object{data}}, nil)
	}
	part(0, true, reported("AlignedDataCtrlr", "Interval", "900", "ReadWrite"))
	part(1, true, reported("SampledDataCtrlr", "TxUpdatedInterval", "60", "ReadWrite"))
	part(2, false, reported("TxCtrlr", "EVConnectionTimeOut", "45", "ReadWrite"))
	for name, want := range map[string]string{"Interval": "900", "TxUpdatedInterval": "60", "EVConnectionTimeOut": "45"} {
		if got := c.variable(name); got == nil || got.Value != want {
			t.Errorf("%s is stored as %+v", name, got)
		}
	}
	c.Eventually("what the station no longer has is gone", func() bool { return c.variable("HeartbeatInterval") == nil })
}

func TestTC_B_20_CSMS_ResetOnIdle(t *testing.T) {
	t.Parallel()
	reset201(t, "SOFT", "OnIdle", "Accepted", 0, false)
}

func TestTC_B_21_CSMS_ResetOnIdleDuringATransaction(t *testing.T) {
	t.Parallel()
	reset201(t, "SOFT", "OnIdle", "Scheduled", 0, true)
}

func TestTC_B_22_CSMS_ResetAtOnceDuringATransaction(t *testing.T) {
	t.Parallel()
	reset201(t, "HARD", "Immediate", "Accepted", 0, true)
}

func TestTC_B_25_CSMS_ResetEVSE(t *testing.T) {
	t.Parallel()
	reset201(t, "SOFT", "OnIdle", "Accepted", 1, false)
}

func TestTC_B_26_CSMS_ResetEVSEOnIdleDuringATransaction(t *testing.T) {
	t.Parallel()
	reset201(t, "SOFT", "OnIdle", "Scheduled", 1, true)
}

func TestTC_B_27_CSMS_ResetEVSEAtOnceDuringATransaction(t *testing.T) {
	t.Parallel()
	reset201(t, "HARD", "Immediate", "Accepted", 1, true)
}

// reset201 resets the station or an EVSE. A transaction ends by its driver when the reset waits, and by the reset when not.
func reset201(t *testing.T, kind, wire, status string, evseNo int, running bool) {
	t.Helper()
	c := open201(t)
	var x *transaction
	if running {
		x = c.charging201(1)
	}
	p := c.order(charging.ResetOrder{Type: kind, EvseNo: evseNo})
	var asked struct {
		Type   string
		EvseID int `json:"evseId"`
	}
	call := c.s.expect("Reset", &asked)
	if asked.Type != wire || asked.EvseID != evseNo {
		t.Errorf("asked for %+v", asked)
	}
	call.answer(object{"status": status})
	p.ends("ACCEPTED")
	if x != nil {
		trigger, reason := "ResetCommand", "ImmediateReset"
		if status == "Scheduled" {
			trigger, reason = "EVCommunicationLost", "EVDisconnected"
		}
		x.tell(event{kind: "Ended", trigger: trigger, state: "Idle", stopped: reason, wh: 1300})
		c.showsSession("COMPLETED", 300, reason)
	}
	if evseNo > 0 {
		c.s.status201(evseNo, "Unavailable")
		c.shows(evseNo, "UNAVAILABLE")
		c.s.status201(evseNo, "Available")
		c.shows(evseNo, "AVAILABLE")
		return
	}
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	before := c.state().BootedAt
	c.s = c.dial("2.0.1")
	if got := c.boot201("RemoteReset"); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	c.s.status201(1, "Available")
	c.shows(1, "AVAILABLE")
	if after := c.state(); !after.Online || !after.BootedAt.After(*before) {
		t.Errorf("after the reset the station is kept as booted at %v, before at %v", after.BootedAt, before)
	}
}

// pending201 is a station without a password, which waits for approval, and was told so at its boot.
func pending201(t *testing.T) *csms {
	t.Helper()
	c := bare(t)
	c.Owner("update networks set allow_unsecured = true")
	c.Owner("update stations set security_profile = 0, password_salt = null, password_mac = null, registration_status = 'PENDING' where id = $1", c.station.ID)
	c.dialUnsecured()
	if got := c.boot201("PowerUp"); got.Status != "Pending" || got.Interval <= 0 {
		t.Errorf("the boot was answered %+v", got)
	}
	return c
}

func (c *csms) dialUnsecured() {
	c.t.Helper()
	c.s = newStation(c.t)
	if _, refusal := c.s.connect("2.0.1", c.endpoint(), identity, ""); refusal != "" {
		c.t.Fatalf("without a password the station is refused with %s", refusal)
	}
}

// A station without a password waits for approval: it is told so with a time to boot again, and is accepted once it is
// approved.
func TestTC_B_02_CSMS_ColdBootPending(t *testing.T) {
	t.Parallel()
	c := pending201(t)
	_, err := c.Charging.ApproveStation(c.ctx, c.station.ID)
	c.must(err, "approve the station")
	c.s.sentAway() // to boot again
	c.dialUnsecured()
	if got := c.boot201("PowerUp"); got.Status != "Accepted" {
		t.Errorf("after its approval the boot was answered %+v", got)
	}
	c.onboard201()
}

// Until it is accepted a station may only boot. What it says otherwise, well formed or not, has no effect.
func TestTC_B_30_CSMS_MessagesOfAStationThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	for _, registration := range []string{"PENDING", "REJECTED"} {
		t.Run(registration, func(t *testing.T) {
			t.Parallel()
			c := pending201(t)
			if registration == "REJECTED" {
				c.Owner("update stations set registration_status = 'REJECTED' where id = $1", c.station.ID)
				if got := c.boot201("PowerUp"); got.Status != "Rejected" {
					t.Errorf("the boot was answered %+v", got)
				}
			}
			for action, payload := range map[string]string{
				"StatusNotification": `{"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1}`,
				"Heartbeat":          `{}`,
				"NotifyReport":       `{"requestId":1,"seqNo":0,"generatedAt":"2026-01-01T00:00:00Z"}`,
				"TransactionEvent":   `{}`,
				"Authorize":          `{"idToken":{"idToken":"` + valid + `","type":"ISO14443"}}`,
			} {
				if code := c.s.frame(action, payload); code != "SecurityError" {
					t.Errorf("%s was answered %q", action, code)
				}
			}
			if n := worldtest.OwnerValue[int](c.World, "select count(*) from status_changes"); n != 0 {
				t.Errorf("%d statuses are stored", n)
			}
			if got := c.boot201("PowerUp"); got.Status == "Accepted" {
				t.Errorf("another boot was answered %+v", got)
			}
		})
	}
}

// A station that waits for approval can be asked to boot, and for what a trigger or a report brings; nothing else of it is taken.
func TestTC_B_31_CSMS_TriggerTheBootOfAStationThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	c := pending201(t)
	trigger := func(message, wire string) {
		t.Helper()
		p := c.order(charging.TriggerOrder{Message: message})
		var asked struct {
			RequestedMessage string `json:"requestedMessage"`
		}
		call := c.s.expect("TriggerMessage", &asked)
		if asked.RequestedMessage != wire {
			t.Errorf("asked for %s", asked.RequestedMessage)
		}
		call.answer(accepted)
		p.ends("ACCEPTED")
	}
	trigger("BOOT_NOTIFICATION", "BootNotification")
	if got := c.boot201("Triggered"); got.Status != "Pending" {
		t.Errorf("the boot that was asked for was answered %+v", got)
	}
	// B02.FR.09: what was asked for is taken.
	const status = `{"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1}`
	if code := c.s.frame("StatusNotification", status); code != "SecurityError" {
		t.Errorf("an unasked status was answered %q", code)
	}
	trigger("STATUS_NOTIFICATION", "StatusNotification")
	if code := c.s.frame("StatusNotification", status); code != "" {
		t.Errorf("the status that was asked for was answered with the error %s", code)
	}
	// B02.FR.05: sessions can't be started.
	if _, err := c.Charging.RemoteStart(c.ctx, c.station.ID, charging.RemoteStart{EvseNo: 1, IDTag: valid}, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("a remote start is answered %v", err)
	}
}
