package conformance_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/metervalue"
)

// What a station of version 2.0.1 says in most cases.

// open201 is a station of version 2.0.1 that has booted and is onboarded.
func open201(t *testing.T) *csms {
	t.Helper()
	return open2x(t, "2.0.1")
}

func open2x(t *testing.T, version string) *csms {
	t.Helper()
	c := connected(t, version)
	if got := c.boot201("PowerUp"); got.Status != "Accepted" {
		t.Fatalf("the boot was answered %+v", got)
	}
	c.onboard201()
	return c
}

func (c *csms) boot201(reason string) (answer boot) {
	c.t.Helper()
	c.s.call("BootNotification", object{"reason": reason, "chargingStation": object{"vendorName": "Voltara", "model": "AC22", "firmwareVersion": "1.0.0"}}, &answer)
	return answer
}

// onboard201 answers what a station is asked after its first boot until it is onboarded.
func (c *csms) onboard201() {
	c.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for c.state().Onboarding != "ONBOARDED" {
		select {
		case call := <-c.s.calls:
			c.settle201(call)
		case <-tick.C:
		case <-deadline:
			c.t.Fatal("the station isn't onboarded")
		}
	}
}

// next201 is expect, past what the CSMS asks on its own account after a boot.
func (c *csms) next201(action string, payload any) call {
	c.t.Helper()
	for {
		got := c.s.any()
		if got.action == action {
			decode(c.t, got, payload)
			return got
		}
		c.settle201(got)
	}
}

// settle201 answers a question of the onboarding.
func (c *csms) settle201(got call) {
	c.t.Helper()
	switch got.action {
	case "GetBaseReport", "GetReport":
		var asked struct {
			RequestID int `json:"requestId"`
		}
		decode(c.t, got, &asked)
		got.answer(accepted)
		c.report(asked.RequestID, true, reported("ClockCtrlr", "DateTime", "2026-01-01T00:00:00Z", "ReadOnly"), reported("OCPPCommCtrlr", "HeartbeatInterval", "300", "ReadWrite"))
	case "GetVariables":
		var asked struct {
			GetVariableData []struct{ Component, Variable object } `json:"getVariableData"`
		}
		decode(c.t, got, &asked)
		results := make([]object, len(asked.GetVariableData))
		for i, d := range asked.GetVariableData {
			results[i] = object{"attributeStatus": "UnknownVariable", "component": d.Component, "variable": d.Variable}
		}
		got.answer(object{"getVariableResult": results})
	case "GetLocalListVersion":
		got.answer(object{"versionNumber": 0})
	case "GetTransactionStatus":
		got.answer(object{"messagesInQueue": false})
	default:
		got.refuse("NotSupported", "not a question of onboarding")
	}
}

// report sends one part of an inventory.
func (c *csms) report(request int, last bool, data ...object) {
	c.t.Helper()
	c.s.call("NotifyReport", object{"requestId": request, "seqNo": 0, "tbc": !last, "generatedAt": stamp(time.Now()), "reportData": data}, nil)
}

func reported(component, variable, value, mutability string) object {
	return object{"component": object{"name": component}, "variable": object{"name": variable},
		"variableAttribute": []object{{"value": value, "mutability": mutability}}}
}

// status201 reports the state of a connector.
func (s *station) status201(evse int, status string) {
	s.t.Helper()
	s.call("StatusNotification", object{"evseId": evse, "connectorId": 1, "connectorStatus": status, "timestamp": stamp(time.Now())}, nil)
}

type tokenInfo struct {
	IDTokenInfo *struct {
		Status       string
		GroupIDToken *struct{ IDToken, Type string } `json:"groupIdToken"`
	} `json:"idTokenInfo"`
}

// is tells whether the token was answered with one of the statuses.
func (i tokenInfo) is(status ...string) bool {
	for _, s := range status {
		if i.IDTokenInfo != nil && i.IDTokenInfo.Status == s {
			return true
		}
	}
	return false
}

func card(idToken string) object { return object{"idToken": idToken, "type": "ISO14443"} }

// authorize201 asks for a token and expects one of the answers.
func (s *station) authorize201(idToken string, want ...string) (answer tokenInfo) {
	s.t.Helper()
	s.call("Authorize", object{"idToken": card(idToken)}, &answer)
	if !answer.is(want...) {
		s.t.Errorf("%s was answered %+v, want %v", idToken, answer.IDTokenInfo, want)
	}
	return answer
}

// event is one TransactionEvent, told by what differs.
type event struct {
	kind, trigger string
	// state and stopped are the charging state and the reason of the stop, where the event has one.
	state, stopped string
	token          string
	// wh is the meter's register; 0 leaves it out.
	wh     int
	more   object
	remote int
	noEvse bool
}

// transaction is a transaction of the station as it tells it.
type transaction struct {
	c    *csms
	id   string
	evse int
	seq  int
	from time.Time
}

func (c *csms) transaction(evse int) *transaction {
	return &transaction{c: c, id: fmt.Sprintf("tx-%d", evse), evse: evse, from: time.Now().Add(-time.Minute)}
}

// tell sends the next event of the transaction.
func (x *transaction) tell(e event) (answer tokenInfo) {
	x.c.t.Helper()
	info := object{"transactionId": x.id}
	if e.state != "" {
		info["chargingState"] = e.state
	}
	if e.stopped != "" {
		info["stoppedReason"] = e.stopped
	}
	if e.remote != 0 {
		info["remoteStartId"] = e.remote
	}
	at := stamp(x.from.Add(time.Duration(x.seq) * time.Second))
	payload := object{"eventType": e.kind, "triggerReason": e.trigger, "seqNo": x.seq, "timestamp": at, "transactionInfo": info}
	if !e.noEvse {
		payload["evse"] = object{"id": x.evse, "connectorId": 1}
	}
	if e.token != "" {
		payload["idToken"] = card(e.token)
	}
	if e.wh != 0 {
		context := map[string]string{"Started": "Transaction.Begin", "Updated": "Sample.Periodic", "Ended": "Transaction.End"}[e.kind]
		payload["meterValue"] = []object{{"timestamp": at, "sampledValue": []object{{
			"value": e.wh, "context": context, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": object{"unit": "Wh"},
		}}}}
	}
	for k, v := range e.more {
		payload[k] = v
	}
	x.seq++
	x.c.s.call("TransactionEvent", payload, &answer)
	if e.token != "" && answer.IDTokenInfo == nil {
		x.c.t.Errorf("the event with the token %s was answered without its state", e.token)
	}
	return answer
}

// runs expects that a session has begun and not ended.
func (c *csms) runs() *ent.ChargingSession {
	c.t.Helper()
	s := c.session()
	if s.Status != "RUNNING" && s.Status != "PENDING" {
		c.t.Errorf("the session is %s", s.Status)
	}
	return s
}

// transactionCase plays a transaction and expects how its session ends; an empty reason expects that it still runs.
func transactionCase(t *testing.T, energyWh int, reason string, before func(*csms), events ...event) *csms {
	t.Helper()
	c := open201(t)
	if before != nil {
		before(c)
	}
	x := c.transaction(1)
	for i, e := range events {
		if got := x.tell(e); e.token == valid && !got.is("Accepted") {
			t.Errorf("event %d was answered %+v", i, got.IDTokenInfo)
		}
	}
	if reason == "" {
		c.runs()
		return c
	}
	c.showsSession("COMPLETED", energyWh, reason)
	if got := c.session(); got.OcppTransactionID != x.id || got.EvseNo != 1 {
		t.Errorf("the session is of transaction %s at EVSE %d", got.OcppTransactionID, got.EvseNo)
	}
	return c
}

// charging201 goes from an idle connector to a running transaction.
func (c *csms) charging201(evse int) *transaction {
	c.t.Helper()
	x := c.transaction(evse)
	c.s.status201(evse, "Occupied")
	x.tell(event{kind: "Started", trigger: "CablePluggedIn", state: "EVConnected", wh: 1000})
	c.s.authorize201(valid, "Accepted")
	x.tell(event{kind: "Updated", trigger: "Authorized", state: "EVConnected", token: valid})
	x.tell(event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging", wh: 1000})
	return x
}

// samples counts the meter values that are kept of the station.
func (c *csms) samples() int {
	c.t.Helper()
	n, err := c.DB.Ent().MeterValue.Query().Where(metervalue.StationID(c.station.ID)).Count(context.WithoutCancel(c.ctx))
	c.must(err, "count the meter values")
	return n
}
