package sentences_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/ocppmessage"
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/internal/sentences"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

const (
	received, sent = ocppmessage.DirectionReceived, ocppmessage.DirectionSent
	call, result   = ocppmessage.TypeCall, ocppmessage.TypeCallResult
)

func sentenceOf(direction ocppmessage.Direction, kind ocppmessage.Type, action, payload string) string {
	return sentences.Of(&ent.OcppMessage{Direction: direction, Type: kind, Action: action, Payload: vocabulary.JSON(payload)})
}

// spoken are the messages of a version by where they come from and what they are.
var spoken = map[string]struct {
	actions map[string]schema.Action
	folder  string
}{"1.6": {v16.Actions, "v16"}, "2.0.1": {v201.Actions, "v201"}, "2.1": {v21.Actions, "v21"}}

// message is a kind of message: an action, who sends it, and whether it asks or answers.
type message struct {
	direction ocppmessage.Direction
	kind      ocppmessage.Type
	action    string
	// answer is the type of an answer.
	answer reflect.Type
}

// messages are all kinds of messages of a version.
func messages(actions map[string]schema.Action) (list []message) {
	for name, action := range actions {
		var answer reflect.Type
		if action.NewResponse != nil {
			answer = reflect.TypeOf(action.NewResponse()).Elem()
		}
		for asks, answers := range map[ocppmessage.Direction]ocppmessage.Direction{received: sent, sent: received} {
			if asks == received && !action.ByStation() || asks == sent && !action.ByCSMS() {
				continue
			}
			list = append(list, message{asks, call, name, nil})
			if answer != nil {
				list = append(list, message{answers, result, name, answer})
			}
		}
	}
	return list
}

// Every message of every version has a sentence of its own, and so has every status that an answer may have.
func TestSentence_EveryMessageHasItsOwn(t *testing.T) {
	t.Parallel()
	for version, v := range spoken {
		statuses := enums(t, v.folder)
		for _, m := range messages(v.actions) {
			generic := map[string]bool{
				"The station sent " + m.action + ".": true, "Busbar asked the station: " + m.action + ".": true, "Busbar confirmed.": true, "The station answered.": true,
			}
			if got := sentenceOf(m.direction, m.kind, m.action, `{}`); generic[got] || len(got) < 12 || !strings.HasSuffix(strings.TrimSpace(got), ".") && !strings.HasSuffix(got, "?") {
				t.Errorf("%s of %s, %s %s, reads %q", m.action, version, m.direction, m.kind, got)
			}
			if m.answer == nil {
				continue
			}
			status, ok := m.answer.FieldByName("Status")
			if !ok {
				continue
			}
			said := map[string]string{}
			for _, word := range statuses[status.Type.Name()] {
				got := sentenceOf(m.direction, m.kind, m.action, `{"status":"`+word+`"}`)
				if strings.Contains(got, word+".") {
					t.Errorf("%s of %s answered with %s reads %q", m.action, version, word, got)
				}
				said[word] = got
			}
			if len(said) == 0 || len(said) > 1 && said["Accepted"] != "" && said["Accepted"] == said["Rejected"] {
				t.Errorf("the answers to %s of %s read %v", m.action, version, said)
			}
		}
	}
}

var constant = regexp.MustCompile(`(?m)^\t\w+\s+(\w+) = "(\w+)"$`)

// enums are the values of each enumeration of a version.
func enums(t *testing.T, folder string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "ocpp", folder, "enums_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
		values[m[1]] = append(values[m[1]], m[2])
	}
	return values
}

// Stations send what they like: whatever a member is, the sentence is told.
func TestSentence_OfAnyPayload(t *testing.T) {
	t.Parallel()
	const odd = `{"status":7,"evse":"x","evseId":{},"connectorId":[1],"idTag":null,"idToken":[],"meterValue":{"a":1},"chargingProfile":["x",7],"csChargingProfiles":3,
		"chargingSchedule":[[]],"transactionInfo":9,"eventData":[1,"x",{}],"getVariableResult":[null],"setVariableData":{},"key":[{}],"seqNo":"1","statusInfo":{"reasonCode":1},
		"chargingLimit":"x","batteryData":[{}],"certificateHashData":"x","scheduleUpdate":[]}`
	for version, v := range spoken {
		for _, m := range messages(v.actions) {
			for _, payload := range []string{"", "null", "[]", `"text"`, "{", odd} {
				if got := sentenceOf(m.direction, m.kind, m.action, payload); got == "" {
					t.Errorf("%s of %s with %s reads nothing", m.action, version, payload)
				}
			}
		}
	}
}

// A sentence tells what matters of the message, and no secret.
func TestSentence_TellsWhatMatters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		direction ocppmessage.Direction
		kind      ocppmessage.Type
		action    string
		payload   string
		want      string
	}{
		{received, call, "StatusNotification", `{"connectorId":2,"status":"Faulted","errorCode":"GroundFailure","info":"leak"}`, "Connector 2 is now Faulted. It reports GroundFailure leak."},
		{received, call, "StatusNotification", `{"evseId":2,"connectorId":1,"connectorStatus":"Occupied"}`, "EVSE 2 is now Occupied."},
		{received, call, "StartTransaction", `{"connectorId":1,"idTag":"TAG","meterStart":1000}`, "Connector 1 has begun a session with the token TAG, at 1000 Wh."},
		{received, call, "StopTransaction", `{"transactionId":7,"meterStop":1500,"reason":"EVDisconnected"}`, "Session 7 has ended at 1500 Wh. The cable was pulled out of the car."},
		{received, call, "MeterValues", `{"connectorId":1,"meterValue":[{"sampledValue":[{"value":"1750","unit":"Wh"},{"value":"7360.5","measurand":"Power.Active.Import","unit":"W"},{"value":"230","measurand":"Voltage","phase":"L1"}]}]}`,
			"Connector 1 reports its meter: 1750 Wh, 7360.5 W."},
		{received, call, "TransactionEvent", `{"eventType":"Updated","triggerReason":"Authorized","idToken":{"idToken":"TAG"},"transactionInfo":{"transactionId":"tx-1","chargingState":"SuspendedEV"},"meterValue":[{"sampledValue":[{"value":2000,"unitOfMeasure":{"unit":"Wh"}}]}]}`,
			"Session tx-1 goes on (the token was accepted). Token TAG. Meter: 2000 Wh. The car takes no energy."},
		{received, call, "TransactionEvent", `{"eventType":"Ended","triggerReason":"EnergyLimitReached","transactionInfo":{"transactionId":"tx-1","stoppedReason":"EnergyLimitReached"}}`,
			"Session tx-1 has ended (the limit of its energy is reached). It had taken the energy that it was limited to."},
		{received, call, "FirmwareStatusNotification", `{"status":"DownloadFailed","requestId":9}`, "The firmware update (request 9) failed: the file couldn't be fetched."},
		{received, call, "NotifyEVChargingNeeds", `{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"AC_three_phase","departureTime":"2026-01-01T18:00:00Z","acChargingParameters":{"energyAmount":20000,"evMaxCurrent":16}}}`,
			"The car at EVSE 1 asks how it may charge: AC_three_phase, up to 16 A, 20000 Wh, leaving 1 January 2026 18:00 UTC."},
		{received, call, "NotifyEvent", `{"eventData":[{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"},"actualValue":"11000"}]}`, `The station noticed: EVSE (EVSE 1).Power is "11000".`},
		{received, call, "NotifyReport", `{"requestId":9,"seqNo":0,"tbc":true,"reportData":[{},{}]}`, "The station told 2 of its settings (request 9, part 1; more follows)."},
		{received, call, "ReportChargingProfiles", `{"requestId":9,"evseId":1,"chargingLimitSource":"EMS","chargingProfile":[{"id":3,"chargingProfilePurpose":"TxProfile","chargingSchedule":[{"chargingRateUnit":"A","chargingSchedulePeriod":[{"limit":8}]}]}]}`,
			"EVSE 1 holds limit 3: 8 A, for one session, set by the energy management (request 9)."},
		{received, call, "NotifySettlement", `{"transactionId":"tx-1","pspRef":"P-1","status":"Settled","settlementAmount":12.5}`, "The payment of session tx-1 of 12.5 was settled at the terminal (P-1)."},
		{received, ocppmessage.TypeSend, "NotifyPeriodicEventStream", `{"id":3,"data":[{},{}]}`, "The station sent 2 values of stream 3."},
		{sent, result, "TransactionEvent", `{"idTokenInfo":{"status":"Blocked"},"totalCost":1.25,"transactionLimit":{"maxEnergy":5000}}`, "The event is stored. The token is blocked. The session costs 1.25 so far. It may take at most 5000 Wh."},
		{sent, call, "ChangeConfiguration", `{"key":"HeartbeatInterval","value":"60"}`, `The setting HeartbeatInterval is changed to "60".`},
		{sent, call, "ChangeConfiguration", `{"key":"AuthorizationKey","value":"0123456789abcdef"}`, "The setting AuthorizationKey is changed to a secret."},
		{sent, call, "SetVariables", `{"setVariableData":[{"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"},"attributeValue":"0123456789abcdef"},{"component":{"name":"OCPPCommCtrlr"},"variable":{"name":"HeartbeatInterval"},"attributeValue":"60"}]}`,
			`Settings are changed: SecurityCtrlr.BasicAuthPassword to a secret and OCPPCommCtrlr.HeartbeatInterval to "60".`},
		{sent, call, "SetChargingProfile", `{"connectorId":1,"csChargingProfiles":{"chargingProfileId":4,"chargingProfilePurpose":"TxDefaultProfile","chargingSchedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":16}]}}}`,
			"Connector 1 gets limit 4: 16 A, for every session."},
		{sent, call, "SetChargingProfile", `{"evseId":0,"chargingProfile":{"id":5,"chargingProfilePurpose":"ChargingStationMaxProfile","chargingSchedule":[{"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":11000},{"startPeriod":60,"limit":5500}]}]}}`,
			"The station gets limit 5: 5500 to 11000 W in 2 steps, for the station as a whole."},
		{sent, call, "RequestStartTransaction", `{"evseId":2,"idToken":{"idToken":"TAG","type":"ISO14443"},"remoteStartId":1}`, "The station is asked to start a session at EVSE 2 with the token TAG."},
		{sent, call, "SendLocalList", `{"listVersion":3,"updateType":"Full","localAuthorizationList":[{"idTag":"A"},{"idTag":"B"}]}`, "The station gets a whole list of tokens, version 3, with 2 tokens."},
		{sent, call, "Reset", `{"type":"OnIdle","evseId":1}`, "EVSE 1 is told to restart as soon as nobody charges."},
		{sent, call, "SetNetworkProfile", `{"configurationSlot":2,"connectionData":{"ocppCsmsUrl":"wss://csms.example","securityProfile":2,"basicAuthPassword":"0123456789abcdef"}}`, "The station gets connection 2: wss://csms.example, security profile 2."},
		{received, result, "SetVariables", `{"setVariableResult":[{"attributeStatus":"RebootRequired","component":{"name":"C"},"variable":{"name":"V"}},{"attributeStatus":"Rejected","component":{"name":"C"},"variable":{"name":"W"}}]}`,
			"At the next restart for C.V. Not for C.W (Rejected)."},
		{received, result, "RequestStartTransaction", `{"status":"Rejected","statusInfo":{"reasonCode":"TxInProgress","additionalInfo":"EVSE 1 is taken."}}`, "The station doesn't start a session. It says: TxInProgress EVSE 1 is taken."},
		{received, result, "GetCompositeSchedule", `{"status":"Accepted","schedule":{"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.5}]}}`, "The station may deliver 6.5 A."},
		{received, result, "GetLocalListVersion", `{"listVersion":-1}`, "The station can keep no list of tokens."},
		{received, result, "DataTransfer", `{"status":"UnknownVendorId"}`, "The station knows no messages of this maker."},
		{sent, result, "DataTransfer", `{"status":"UnknownVendorId"}`, "Busbar knows no messages of this maker."},
		{received, ocppmessage.TypeUnreadable, "", "x", "The station sent something that can't be read. It was kept as it came."},
		{received, call, "MakeCoffee", `{}`, "The station sent MakeCoffee."},
		{sent, call, "MakeCoffee", `{}`, "Busbar asked the station: MakeCoffee."},
		{received, result, "MakeCoffee", `{"status":"Brewing"}`, "The station answered: Brewing."},
		{sent, result, "MakeCoffee", `{}`, "Busbar confirmed."},
	} {
		if got := sentenceOf(c.direction, c.kind, c.action, c.payload); got != c.want {
			t.Errorf("%s %s %s reads\n%q, not\n%q", c.direction, c.action, c.payload, got, c.want)
		}
	}
	broken := &ent.OcppMessage{Direction: received, Type: ocppmessage.TypeCallError, Action: "Reset", ErrorCode: "NotSupported", Payload: `{"errorDescription":"Not here."}`}
	if got := sentences.Of(broken); got != "The station answered with an error: NotSupported. Not here." {
		t.Errorf("an error reads %q", got)
	}
	broken.Type = ocppmessage.TypeCallResultError
	if got := sentences.Of(broken); got != "The station couldn't use the answer: NotSupported. Not here." {
		t.Errorf("an error about an answer reads %q", got)
	}
}
