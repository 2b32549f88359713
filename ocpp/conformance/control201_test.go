package conformance_test

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
)

func TestTC_C_37_CSMS_ClearCache(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := c.order(charging.ClearCacheOrder{})
	c.s.expect("ClearCache", nil).answer(accepted)
	p.ends("ACCEPTED")
}

func TestTC_C_38_CSMS_ClearCacheRejected(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := c.order(charging.ClearCacheOrder{})
	c.s.expect("ClearCache", nil).answer(object{"status": "Rejected"})
	p.endsFor("REJECTED", "Rejected")
}

func TestTC_E_21_CSMS_StopFromAfar(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	p := c.stop()
	var asked struct {
		TransactionID string `json:"transactionId"`
	}
	call := c.s.expect("RequestStopTransaction", &asked)
	if asked.TransactionID != x.id {
		t.Errorf("asked to stop %s, the transaction is %s", asked.TransactionID, x.id)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	x.tell(event{kind: "Ended", trigger: "RemoteStop", state: "EVConnected", stopped: "Remote", wh: 1500})
	c.showsSession("COMPLETED", 500, "Remote")
}

// remoteStart201 starts from afar and returns the number under which the station reports the start.
func (c *csms) remoteStart201() (p *pending, remote int) {
	c.t.Helper()
	p = c.start(1, valid)
	var asked struct {
		IDToken       struct{ IDToken, Type string } `json:"idToken"`
		EvseID        int                            `json:"evseId"`
		RemoteStartID int                            `json:"remoteStartId"`
	}
	call := c.s.expect("RequestStartTransaction", &asked)
	if asked.IDToken.IDToken != valid || asked.EvseID != 1 {
		c.t.Errorf("asked for %+v", asked)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	return p, asked.RemoteStartID
}

func TestTC_F_01_CSMS_RemoteStartCableFirst(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.s.status201(1, "Occupied")
	x := c.transaction(1)
	x.tell(event{kind: "Started", trigger: "CablePluggedIn", state: "EVConnected", wh: 1000})
	p, remote := c.remoteStart201()
	x.tell(event{kind: "Updated", trigger: "RemoteStart", state: "EVConnected", token: valid, remote: remote})
	x.tell(event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging"})
	if got := c.runs(); got.IDTag != valid {
		t.Errorf("the session's token is %q", got.IDTag)
	}
	c.tied(p)
}

func TestTC_F_02_CSMS_RemoteStartFirstWithAuthorize(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p, remote := c.remoteStart201()
	c.s.authorize201(valid, "Accepted")
	c.remotely(p, remote)
}

func TestTC_F_03_CSMS_RemoteStartFirstWithoutAuthorize(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p, remote := c.remoteStart201()
	c.remotely(p, remote)
}

// remotely plugs in after a start from afar and expects the session to be known as the command's.
func (c *csms) remotely(p *pending, remote int) {
	c.t.Helper()
	x := c.transaction(1)
	x.tell(event{kind: "Started", trigger: "RemoteStart", token: valid, remote: remote})
	c.s.status201(1, "Occupied")
	x.tell(event{kind: "Updated", trigger: "CablePluggedIn", state: "EVConnected", wh: 1000})
	x.tell(event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging"})
	c.runs()
	c.tied(p)
}

func TestTC_F_04_CSMS_RemoteStartNoCableFollows(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p, remote := c.remoteStart201()
	x := c.transaction(1)
	x.tell(event{kind: "Started", trigger: "RemoteStart", token: valid, remote: remote, wh: 1000})
	x.tell(event{kind: "Ended", trigger: "EVConnectTimeout", stopped: "Timeout", wh: 1000})
	c.showsSession("COMPLETED", 0, "Timeout")
	c.tied(p)
}

func TestTC_F_06_CSMS_UnlockConnector(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := c.order(charging.UnlockOrder{EvseNo: 1, ConnectorNo: 1})
	var asked struct {
		EvseID      int `json:"evseId"`
		ConnectorID int `json:"connectorId"`
	}
	call := c.s.expect("UnlockConnector", &asked)
	if asked.EvseID != 1 || asked.ConnectorID != 1 {
		t.Errorf("asked to unlock %+v", asked)
	}
	call.answer(object{"status": "Unlocked"})
	p.ends("ACCEPTED")
}

func TestTC_F_11_CSMS_TriggerMeterValuesOfOneEVSE(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.trigger("METER_VALUES", "MeterValues", 1)
	c.s.call("MeterValues", object{"evseId": 1, "meterValue": []object{sampled(1000, "Trigger", nil)}}, nil)
	if n := c.samples(); n != 1 {
		t.Errorf("%d values are kept", n)
	}
}

func TestTC_F_12_CSMS_TriggerMeterValuesOfEveryEVSE(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.trigger("METER_VALUES", "MeterValues", 0)
	for evse := range 2 {
		c.s.call("MeterValues", object{"evseId": evse + 1, "meterValue": []object{sampled(1000, "Trigger", nil)}}, nil)
	}
	if n := c.samples(); n != 2 {
		t.Errorf("%d values are kept", n)
	}
}

func TestTC_F_15_CSMS_TriggerLogStatus(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.trigger("DIAGNOSTICS_STATUS_NOTIFICATION", "LogStatusNotification", 0)
	c.s.call("LogStatusNotification", object{"status": "Idle"}, nil)
}

func TestTC_F_18_CSMS_TriggerFirmwareStatus(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.trigger("FIRMWARE_STATUS_NOTIFICATION", "FirmwareStatusNotification", 0)
	c.s.call("FirmwareStatusNotification", object{"status": "Idle"}, nil)
}

func TestTC_F_20_CSMS_TriggerHeartbeat(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.trigger("HEARTBEAT", "Heartbeat", 0)
	c.s.call("Heartbeat", nil, nil)
}

func TestTC_F_23_CSMS_TriggerStatusAvailable(t *testing.T) {
	t.Parallel()
	triggerStatus(t, "Available", "AVAILABLE")
}

func TestTC_F_24_CSMS_TriggerStatusOccupied(t *testing.T) {
	t.Parallel()
	triggerStatus(t, "Occupied", "OCCUPIED")
}

func triggerStatus(t *testing.T, status, shown string) {
	t.Helper()
	c := open201(t)
	asked := c.trigger("STATUS_NOTIFICATION", "StatusNotification", 1)
	if asked.Evse == nil || asked.Evse.ConnectorID != 1 {
		t.Errorf("a status is asked of %+v, not of a connector", asked.Evse)
	}
	c.s.status201(1, status)
	c.shows(1, shown)
}

func TestTC_F_27_CSMS_TriggerNotImplemented(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := c.order(charging.TriggerOrder{Message: "FIRMWARE_STATUS_NOTIFICATION"})
	c.s.expect("TriggerMessage", nil).answer(object{"status": "NotImplemented"})
	p.endsFor("REJECTED", "NotImplemented")
}

type triggered struct {
	RequestedMessage string
	Evse             *struct {
		ID          int
		ConnectorID int `json:"connectorId"`
	}
}

// trigger asks for a message and expects how that goes over the wire.
func (c *csms) trigger(message, wire string, evseNo int) (asked triggered) {
	c.t.Helper()
	p := c.order(charging.TriggerOrder{Message: message, EvseNo: evseNo})
	call := c.s.expect("TriggerMessage", &asked)
	if asked.RequestedMessage != wire || (evseNo == 0) != (asked.Evse == nil) || (asked.Evse != nil && asked.Evse.ID != evseNo) {
		c.t.Errorf("for %s at EVSE %d was asked %+v", message, evseNo, asked)
	}
	call.answer(accepted)
	p.ends("ACCEPTED")
	return asked
}

func TestTC_G_03_CSMS_EVSEOutOfService(t *testing.T) {
	t.Parallel()
	availability(t, 1, 0, false, "Accepted")
}

func TestTC_G_04_CSMS_EVSEIntoService(t *testing.T) {
	t.Parallel()
	availability(t, 1, 0, true, "Accepted")
}

func TestTC_G_05_CSMS_StationOutOfService(t *testing.T) {
	t.Parallel()
	availability(t, 0, 0, false, "Accepted")
}

func TestTC_G_06_CSMS_StationIntoService(t *testing.T) {
	t.Parallel()
	availability(t, 0, 0, true, "Accepted")
}

func TestTC_G_07_CSMS_ConnectorOutOfService(t *testing.T) {
	t.Parallel()
	availability(t, 1, 1, false, "Accepted")
}

func TestTC_G_08_CSMS_ConnectorIntoService(t *testing.T) {
	t.Parallel()
	availability(t, 1, 1, true, "Accepted")
}

func TestTC_G_11_CSMS_EVSEOutOfServiceDuringATransaction(t *testing.T) {
	t.Parallel()
	availability(t, 1, 0, false, "Scheduled")
}

func TestTC_G_14_CSMS_StationOutOfServiceDuringATransaction(t *testing.T) {
	t.Parallel()
	availability(t, 0, 0, false, "Scheduled")
}

func TestTC_G_17_CSMS_ConnectorOutOfServiceDuringATransaction(t *testing.T) {
	t.Parallel()
	availability(t, 1, 1, false, "Scheduled")
}

// availability takes something in or out of service. Where a transaction runs, the station waits for its end.
func availability(t *testing.T, evseNo, connectorNo int, operative bool, status string) {
	t.Helper()
	c := open201(t)
	var x *transaction
	if status == "Scheduled" {
		x = c.charging201(1)
	}
	p := c.order(charging.AvailabilityOrder{EvseNo: evseNo, ConnectorNo: connectorNo, Operative: operative})
	var asked struct {
		OperationalStatus string
		Evse              *struct {
			ID          int
			ConnectorID int `json:"connectorId"`
		}
	}
	call := c.s.expect("ChangeAvailability", &asked)
	want := map[bool]string{true: "Operative", false: "Inoperative"}[operative]
	if asked.OperationalStatus != want || (evseNo == 0) != (asked.Evse == nil) ||
		(asked.Evse != nil && (asked.Evse.ID != evseNo || asked.Evse.ConnectorID != connectorNo)) {
		t.Errorf("asked for %+v", asked)
	}
	call.answer(object{"status": status})
	p.ends("ACCEPTED")
	if x != nil {
		c.runs()
		x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1100})
		c.showsSession("COMPLETED", 100, "Local")
	}
	if operative {
		c.s.status201(1, "Available")
		c.shows(1, "AVAILABLE")
		return
	}
	c.s.status201(1, "Unavailable")
	c.shows(1, "UNAVAILABLE")
}

// The lock fails: the station tells it as an event of a component, and the connector as faulted.
func TestTC_G_20_CSMS_LockFailure(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.s.authorize201(valid, "Accepted")
	c.s.call("NotifyEvent", object{"generatedAt": stamp(time.Now()), "seqNo": 0, "eventData": []object{{
		"eventId": 1, "timestamp": stamp(time.Now()), "trigger": "Delta", "actualValue": "true", "eventNotificationType": "HardWiredNotification",
		"component": object{"name": "ConnectorPlugRetentionLock", "evse": object{"id": 1, "connectorId": 1}}, "variable": object{"name": "Problem"},
	}}}, nil)
	events := c.events()
	if len(events) != 1 || events[0].Component != "ConnectorPlugRetentionLock" || events[0].Variable != "Problem" || events[0].Value != "true" {
		t.Errorf("the events are %+v", events)
	}
	c.s.status201(1, "Faulted")
	c.shows(1, "FAULTED")
}

// events are what the station noticed.
func (c *csms) events() []*ent.ReportedEvent {
	c.t.Helper()
	found, err := c.DB.Ent().ReportedEvent.Query().All(c.ctx)
	c.must(err, "load the events")
	return found
}

func TestTC_K_48_CSMS_ExternalLimitIsSet(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.s.call("NotifyChargingLimit", object{
		"evseId": 1, "chargingLimit": object{"chargingLimitSource": "EMS", "isGridCritical": false},
		"chargingSchedule": []object{{"id": 1, "chargingRateUnit": "A", "startSchedule": stamp(time.Now()), "chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 8.0}}}},
	}, nil)
	if events := c.events(); len(events) != 1 || events[0].EvseNo != 1 || events[0].Kind != "CHARGING_LIMIT" {
		t.Errorf("the events are %+v", events)
	}
}

func TestTC_K_50_CSMS_ExternalLimitIsGone(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.s.call("ClearedChargingLimit", object{"chargingLimitSource": "EMS", "evseId": 1}, nil)
	if n := len(c.events()); n != 1 {
		t.Errorf("%d events are kept", n)
	}
}

func TestTC_K_51_CSMS_ExternalLimitIsGoneDuringATransaction(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	c.s.call("ClearedChargingLimit", object{"chargingLimitSource": "EMS", "evseId": 1}, nil)
	x.tell(event{kind: "Updated", trigger: "ChargingRateChanged", state: "Charging", wh: 1400})
	if n := len(c.events()); n != 1 {
		t.Errorf("%d events are kept", n)
	}
	if got := c.runs().EnergyWh; got == nil || got.Trim(0).String() != "400" {
		t.Errorf("the session shows %v Wh", got)
	}
}
