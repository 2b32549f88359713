package conformance_test

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/worldtest"
)

func list201(version int, kind string, allowed, removed []string) object {
	entries := []object{}
	for _, tag := range allowed {
		entries = append(entries, object{"idToken": card(tag), "idTokenInfo": status("Accepted")})
	}
	for _, tag := range removed {
		entries = append(entries, object{"idToken": card(tag)})
	}
	o := object{"versionNumber": version, "updateType": kind}
	if len(entries) > 0 {
		o["localAuthorizationList"] = entries
	}
	return o
}

func TestTC_D_01_CSMS_SendLocalListFull(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(1, "Full", []string{valid, relative}, nil), accepted)
}

func TestTC_D_02_CSMS_SendLocalListDifferential(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(2, "Differential", []string{relative}, nil), accepted)
}

func TestTC_D_03_CSMS_SendLocalListRemove(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(3, "Differential", nil, []string{relative}), accepted)
}

func TestTC_D_04_CSMS_SendLocalListEmpty(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(4, "Full", nil, nil), accepted)
}

func TestTC_D_08_CSMS_LocalListVersion(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetLocalListVersion", object{}, object{"versionNumber": 4})
}

func TestTC_D_09_CSMS_LocalListVersionWithoutList(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetLocalListVersion", object{}, object{"versionNumber": 0})
}

func TestTC_B_10_CSMS_SetSeveralVariables(t *testing.T) {
	t.Parallel()
	c := open201(t)
	offline, remote := object{"name": "OCPPCommCtrlr"}, object{"name": "AuthCtrlr"}
	c.raw("SetVariables", object{"setVariableData": []object{
		{"attributeValue": "300", "component": offline, "variable": object{"name": "OfflineThreshold"}},
		{"attributeValue": "true", "component": remote, "variable": object{"name": "AuthorizeRemoteStart"}},
	}}, object{"setVariableResult": []object{
		{"attributeStatus": "Accepted", "component": offline, "variable": object{"name": "OfflineThreshold"}},
		{"attributeStatus": "Rejected", "component": remote, "variable": object{"name": "AuthorizeRemoteStart"}},
	}})
}

func TestTC_B_12_CSMS_ConfigurationInventory(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.raw("GetBaseReport", object{"requestId": 77, "reportBase": "ConfigurationInventory"}, accepted)
	part := func(seqNo int, more bool, data object) {
		c.s.call("NotifyReport", object{"requestId": 77, "seqNo": seqNo, "tbc": more, "generatedAt": stamp(time.Now()), "reportData": []object{data}}, nil)
	}
	part(0, true, reported("AlignedDataCtrlr", "Interval", "900", "ReadWrite"))
	part(1, false, reported("TxCtrlr", "EVConnectionTimeOut", "45", "ReadWrite"))
	for name, want := range map[string]string{"Interval": "900", "EVConnectionTimeOut": "45"} {
		if got := c.variable(name); got == nil || got.Value != want {
			t.Errorf("%s is stored as %+v", name, got)
		}
	}
}

func networkProfile(securityProfile int) object {
	return object{"configurationSlot": 1, "connectionData": object{
		"ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://csms.example/ocpp/alpha", "messageTimeout": 30,
		"securityProfile": securityProfile, "ocppInterface": "Wired0",
	}}
}

func TestTC_B_42_CSMS_SetNetworkProfile(t *testing.T) {
	t.Parallel()
	open201(t).raw("SetNetworkProfile", networkProfile(1), accepted)
}

func TestTC_B_44_CSMS_SetNetworkProfileFailed(t *testing.T) {
	t.Parallel()
	if got := open201(t).raw("SetNetworkProfile", networkProfile(1), status("Failed")); got.Status != "REJECTED" {
		t.Errorf("a profile that the station couldn't set is %s", got.Status)
	}
}

// The station is given a network profile with security profile 2 and comes back over TLS.
func TestTC_A_19_CSMS_UpgradeSecurityProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.raw("SetNetworkProfile", networkProfile(2), accepted)
	c.set("OCPPCommCtrlr.NetworkConfigurationPriority", "1", "RebootRequired").ends("ACCEPTED")
	c.raw("Reset", object{"type": "OnIdle"}, accepted)
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	endpoint, ca := c.overTLS()
	c.s = newStation(t)
	c.s.ca = ca
	if _, refusal := c.s.connect("2.0.1", endpoint, identity, worldtest.Password); refusal != "" {
		t.Fatalf("over TLS the station is refused with %s", refusal)
	}
	if got := c.boot201("RemoteReset"); got.Status != "Accepted" {
		t.Errorf("the boot was answered %+v", got)
	}
	if got := c.state().ConnectionProfile; got != 2 {
		t.Errorf("the connection counts as profile %d", got)
	}
}

func TestTC_E_29_CSMS_StateOfRunningTransactionWithQueue(t *testing.T) {
	t.Parallel()
	transactionState(t, false, object{"ongoingIndicator": true, "messagesInQueue": true})
}

func TestTC_E_30_CSMS_StateOfRunningTransactionWithoutQueue(t *testing.T) {
	t.Parallel()
	transactionState(t, false, object{"ongoingIndicator": true, "messagesInQueue": false})
}

func TestTC_E_31_CSMS_StateOfEndedTransactionWithQueue(t *testing.T) {
	t.Parallel()
	transactionState(t, true, object{"ongoingIndicator": false, "messagesInQueue": true})
}

// transactionState asks for a transaction; what was in the queue comes afterwards.
func transactionState(t *testing.T, ended bool, answer object) {
	t.Helper()
	c := open201(t)
	x := c.charging201(1)
	c.raw("GetTransactionStatus", object{"transactionId": x.id}, answer)
	if answer["messagesInQueue"] == true {
		x.tell(event{kind: "Updated", trigger: "MeterValuePeriodic", state: "Charging", wh: 1300, more: object{"offline": true}})
	}
	if ended {
		x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1400, more: object{"offline": true}})
		c.showsSession("COMPLETED", 400, "Local")
		return
	}
	c.runs()
}

func TestTC_E_33_CSMS_QueueWithMessages(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetTransactionStatus", object{}, object{"messagesInQueue": true})
}

func TestTC_E_34_CSMS_QueueWithoutMessages(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetTransactionStatus", object{}, object{"messagesInQueue": false})
}

func TestTC_F_13_CSMS_TriggerTransactionOfOneEVSE(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	c.raw("TriggerMessage", object{"requestedMessage": "TransactionEvent", "evse": object{"id": 1}}, accepted)
	x.tell(event{kind: "Updated", trigger: "Trigger", state: "Charging", wh: 1200})
	if got := c.runs().EnergyWh; got == nil || got.Trim(0).String() != "200" {
		t.Errorf("the session shows %v Wh", got)
	}
}

func TestTC_F_14_CSMS_TriggerTransactionOfEveryEVSE(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	c.raw("TriggerMessage", object{"requestedMessage": "TransactionEvent"}, accepted)
	x.tell(event{kind: "Updated", trigger: "Trigger", state: "Charging", wh: 1200})
	if got := c.runs().EnergyWh; got == nil || got.Trim(0).String() != "200" {
		t.Errorf("the session shows %v Wh", got)
	}
}
