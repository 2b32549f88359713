package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/stationreport"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// asks gives a command and answers its call, whose payload is read into asked.
func (c *csms) asks(give func(ctx context.Context) (*ent.Command, error), action string, asked any, answer object) *pending {
	c.t.Helper()
	p := c.command(give)
	c.s.expect(action, asked).answer(answer)
	return p
}

func TestTC_B_10_CSMS_SetSeveralVariables(t *testing.T) {
	t.Parallel()
	c := open201(t)
	offline, remote := object{"name": "OCPPCommCtrlr"}, object{"name": "AuthCtrlr"}
	var asked struct {
		SetVariableData []struct {
			AttributeValue string `json:"attributeValue"`
		} `json:"setVariableData"`
	}
	p := c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.Order(ctx, c.station.ID, charging.SetVariablesOrder{Settings: []charging.VariableSetting{
			{VariableKey: charging.VariableKey{Component: "OCPPCommCtrlr", Name: "OfflineThreshold"}, Value: "300"},
			{VariableKey: charging.VariableKey{Component: "AuthCtrlr", Name: "AuthorizeRemoteStart"}, Value: "true"},
		}}, 30)
	}, "SetVariables", &asked, object{"setVariableResult": []object{
		{"attributeStatus": "Accepted", "component": offline, "variable": object{"name": "OfflineThreshold"}},
		{"attributeStatus": "Rejected", "component": remote, "variable": object{"name": "AuthorizeRemoteStart"}},
	}})
	got := p.ends("REJECTED")
	if len(asked.SetVariableData) != 2 || got.Result == nil || !strings.Contains(string(*got.Result), `"Accepted"`) || !strings.Contains(orEmpty(got.Error), "AuthorizeRemoteStart: Rejected") {
		t.Errorf("%d variables were set, with %s", len(asked.SetVariableData), orEmpty(got.Error))
	}
	if v := c.variable("OfflineThreshold"); v == nil || v.Value != "300" {
		t.Errorf("the variable is stored as %+v", v)
	}
}

func TestTC_B_12_CSMS_ConfigurationInventory(t *testing.T) {
	t.Parallel()
	c := open201(t)
	var asked struct {
		RequestID  int64  `json:"requestId"`
		ReportBase string `json:"reportBase"`
	}
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.Order(ctx, c.station.ID, charging.BaseReportOrder{Base: charging.ConfigurationInventory}, 30)
	}, "GetBaseReport", &asked, accepted).ends("ACCEPTED")
	if asked.ReportBase != "ConfigurationInventory" {
		t.Errorf("the station was asked for %s", asked.ReportBase)
	}
	part := func(seqNo int, more bool, data object) {
		c.s.call("NotifyReport", object{"requestId": asked.RequestID, "seqNo": seqNo, "tbc": more, "generatedAt": stamp(time.Now()), "reportData": []object{data}}, nil)
	}
	part(0, true, reported("AlignedDataCtrlr", "Interval", "900", "ReadWrite"))
	part(1, false, reported("TxCtrlr", "EVConnectionTimeOut", "45", "ReadWrite"))
	for name, want := range map[string]string{"Interval": "900", "EVConnectionTimeOut": "45"} {
		if got := c.variable(name); got == nil || got.Value != want {
			t.Errorf("%s is stored as %+v", name, got)
		}
	}
	c.complete(stationreport.KindVARIABLES, asked.RequestID, "")
}

// setNetworkProfile sets the station's first network profile and has it answer so.
func (c *csms) setNetworkProfile(securityProfile int, answer, ends string) {
	c.t.Helper()
	profile, err := json.Marshal(object{
		"ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://csms.example/ocpp/alpha", "messageTimeout": 30,
		"securityProfile": securityProfile, "ocppInterface": "Wired0",
	})
	c.must(err, "write the profile")
	var asked struct {
		ConfigurationSlot int `json:"configurationSlot"`
		ConnectionData    struct {
			SecurityProfile int `json:"securityProfile"`
		} `json:"connectionData"`
	}
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SetNetworkProfile(ctx, c.station.ID, 1, profile, 30)
	}, "SetNetworkProfile", &asked, status(answer)).ends(ends)
	if asked.ConfigurationSlot != 1 || asked.ConnectionData.SecurityProfile != securityProfile {
		c.t.Errorf("the station was asked %+v", asked)
	}
}

func TestTC_B_42_CSMS_SetNetworkProfile(t *testing.T) {
	t.Parallel()
	open201(t).setNetworkProfile(1, "Accepted", "ACCEPTED")
}

func TestTC_B_44_CSMS_SetNetworkProfileFailed(t *testing.T) {
	t.Parallel()
	open201(t).setNetworkProfile(1, "Failed", "REJECTED")
}

// The station is given a network profile with security profile 2 and comes back over TLS.
func TestTC_A_19_CSMS_UpgradeSecurityProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setNetworkProfile(2, "Accepted", "ACCEPTED")
	c.set("OCPPCommCtrlr.NetworkConfigurationPriority", "1", "RebootRequired").ends("ACCEPTED")
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.Order(ctx, c.station.ID, charging.ResetOrder{Type: "ON_IDLE"}, 30)
	}, "Reset", nil, accepted).ends("ACCEPTED")
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
	session := c.session().ID
	var asked struct {
		TransactionID string `json:"transactionId"`
	}
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.TransactionStatus(ctx, uuid.Nil, session, 30)
	}, "GetTransactionStatus", &asked, answer).ends("ACCEPTED")
	if asked.TransactionID != x.id {
		t.Errorf("the station was asked for %s, not for %s", asked.TransactionID, x.id)
	}
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
	open201(t).queue(true)
}

func TestTC_E_34_CSMS_QueueWithoutMessages(t *testing.T) {
	t.Parallel()
	open201(t).queue(false)
}

// queue asks whether the station has messages about any session left to send.
func (c *csms) queue(waits bool) {
	c.t.Helper()
	p := c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.TransactionStatus(ctx, c.station.ID, uuid.Nil, 30)
	}, "GetTransactionStatus", nil, object{"messagesInQueue": waits})
	c.says(p.ends("ACCEPTED"), fmt.Sprintf(`"messagesInQueue":%t`, waits))
}

func TestTC_F_13_CSMS_TriggerTransactionOfOneEVSE(t *testing.T) {
	t.Parallel()
	triggerTransaction(t, 1)
}

func TestTC_F_14_CSMS_TriggerTransactionOfEveryEVSE(t *testing.T) {
	t.Parallel()
	triggerTransaction(t, 0)
}

// triggerTransaction asks for the event of a transaction.
func triggerTransaction(t *testing.T, evseNo int) {
	t.Helper()
	c := open201(t)
	x := c.charging201(1)
	var asked struct {
		RequestedMessage string           `json:"requestedMessage"`
		EVSE             struct{ ID int } `json:"evse"`
	}
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.Order(ctx, c.station.ID, charging.TriggerOrder{Message: "TRANSACTION_EVENT", EvseNo: evseNo}, 30)
	}, "TriggerMessage", &asked, accepted).ends("ACCEPTED")
	if asked.RequestedMessage != "TransactionEvent" || asked.EVSE.ID != evseNo {
		t.Errorf("the station was asked %+v", asked)
	}
	x.tell(event{kind: "Updated", trigger: "Trigger", state: "Charging", wh: 1200})
	if got := c.runs().EnergyWh; got == nil || got.Trim(0).String() != "200" {
		t.Errorf("the session shows %v Wh", got)
	}
}

// customer asks for, or deletes, what a station knows of somebody; a report comes in parts.
func customer(t *testing.T, report, clear bool, who charging.Customer, answer string, parts ...string) {
	t.Helper()
	c := open201(t)
	var asked struct {
		RequestID          int64 `json:"requestId"`
		Report, Clear      bool
		CustomerIdentifier string `json:"customerIdentifier"`
		IDToken            struct {
			IDToken string `json:"idToken"`
		} `json:"idToken"`
	}
	ends := "REJECTED"
	if answer == "Accepted" {
		ends = "ACCEPTED"
	}
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.CustomerInformation(ctx, c.station.ID, who, report, clear, 30)
	}, "CustomerInformation", &asked, status(answer)).ends(ends)
	if asked.Report != report || asked.Clear != clear || asked.IDToken.IDToken != who.IDTag || asked.CustomerIdentifier != who.Identifier {
		t.Errorf("the station was asked %+v", asked)
	}
	for i, part := range parts {
		c.s.call("NotifyCustomerInformation", object{"requestId": asked.RequestID, "seqNo": i, "tbc": i+1 < len(parts), "generatedAt": stamp(time.Now()), "data": part}, nil)
	}
	c.kept("NotifyCustomerInformation", len(parts))
	if len(parts) > 0 {
		c.complete(stationreport.KindCUSTOMER_INFORMATION, asked.RequestID, strings.Join(parts, ""))
	}
}
