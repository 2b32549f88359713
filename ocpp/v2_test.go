package ocpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// bothOf2 runs a test once for each version of OCPP 2.x.
func bothOf2(t *testing.T, test func(t *testing.T, version string)) {
	t.Parallel()
	for _, version := range []string{"2.0.1", "2.1"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// onboarded2 connects a station of OCPP 2.x, boots it and reports two variables in two parts, the last part first.
func onboarded2(t *testing.T, w *worldtest.World, st *ent.Station, version string) *worldtest.Station {
	t.Helper()
	s, _, err := w.Dial("/ocpp/alpha/"+st.Identity, st.Identity, worldtest.Password, "ocpp"+version)
	if err != nil {
		t.Fatal(err)
	}
	boot := worldtest.Do[map[string]any](s, "BootNotification", map[string]any{"reason": "PowerUp", "chargingStation": map[string]any{
		"vendorName": "Voltara", "model": "AC22", "serialNumber": "SN1", "firmwareVersion": "2.0", "modem": map[string]any{"iccid": "89"}}})
	if boot["status"] != "Accepted" {
		t.Fatalf("the boot was answered %v", boot)
	}
	c := s.NextCall()
	if c.Action != "GetBaseReport" {
		t.Fatalf("after the boot came %s, not GetBaseReport", c.Action)
	}
	var report struct {
		RequestID int64 `json:"requestId"`
	}
	if err := json.Unmarshal(c.Payload, &report); err != nil {
		t.Fatal(err)
	}
	s.Answer(c, `{"status":"Accepted"}`)
	part := func(seq int, more bool, component, variable, value, characteristics string) {
		worldtest.Do[any](s, "NotifyReport", json.RawMessage(fmt.Sprintf(`{"requestId":%d,"seqNo":%d,"tbc":%t,"generatedAt":"2026-01-01T00:00:00Z","reportData":[{
			"component":{"name":%q,"evse":{"id":1}},"variable":{"name":%q},"variableAttribute":[{"type":"Actual","value":%q,"mutability":"ReadOnly"}]
			,"variableCharacteristics":%s}]}`, report.RequestID, seq, more, component, variable, value, characteristics)))
	}
	part(1, false, "EVSE", "Power", "11000", `{"dataType":"decimal","unit":"W","maxLimit":22000,"supportsMonitoring":true}`)
	if onboarding := worldtest.OwnerValue[string](w, "select coalesce(inventory_at::text, '') from stations where id = $1", st.ID); onboarding != "" {
		t.Error("the inventory counts as complete although a part is missing")
	}
	part(0, true, "EVSE", "AvailabilityState", "Available", `{"dataType":"OptionList","valuesList":"Available,Occupied","supportsMonitoring":false}`)
	w.Eventually("the station is onboarded", func() bool {
		return worldtest.OwnerValue[string](w, "select onboarding from stations where id = $1", st.ID) == "ONBOARDED"
	})
	return s
}

type event2 struct {
	kind, trigger string
	seq           int
	evse          bool
	token, state  string
	wh            float64
	context       string
	more          string
}

func send2(s *worldtest.Station, transaction string, e event2) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	info := map[string]any{"transactionId": transaction}
	if e.state != "" {
		info["chargingState"] = e.state
	}
	if e.more != "" {
		info["stoppedReason"] = e.more
	}
	payload := map[string]any{"eventType": e.kind, "triggerReason": e.trigger, "seqNo": e.seq, "timestamp": now, "transactionInfo": info}
	if e.evse {
		payload["evse"] = map[string]any{"id": 1, "connectorId": 1}
	}
	if e.token != "" {
		payload["idToken"] = map[string]any{"idToken": e.token, "type": "ISO14443"}
	}
	if e.wh > 0 {
		payload["meterValue"] = []any{map[string]any{"timestamp": now, "sampledValue": []any{map[string]any{
			"value": e.wh / 1000, "context": e.context, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": map[string]any{"unit": "Wh", "multiplier": 3},
			"signedMeterValue": map[string]any{"signedMeterData": "T0NNRnx7fQ==", "signingMethod": "ECDSA", "encodingMethod": "OCMF", "publicKey": "MFk="}}}}}
	}
	return worldtest.Do[map[string]any](s, "TransactionEvent", payload)
}

func session2(w *worldtest.World, st uuid.UUID) string {
	return worldtest.OwnerValue[string](w, `select status || ' ' || energy_wh::float8 || ' ' || id_tag || ' ' || evse_no || ' ' || stop_reason || ' ' || coalesce(flags::text, '-')
		from charging_sessions where station_id = $1`, st)
}

// A station of OCPP 2.x is onboarded, charges and stops, and looks like any other.
func TestV2_StationIsOnboardedAndCharges(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		w.Owner("insert into tokens (id, tenant_id, id_tag, group_id) values (gen_random_uuid(), $1, 'TAG-1', 'FLEET')", w.A.ID)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		if got := worldtest.OwnerValue[string](w, "select vendor || ' ' || serial_number || ' ' || connection_version from stations where id = $1", st.ID); got != "Voltara SN1 "+version {
			t.Errorf("the station is %s", got)
		}
		if got := worldtest.OwnerValue[string](w, `select string_agg(variable || ' ' || value || ' ' || mutability || ' ' || data_type || ' ' || evse_no, ', ' order by variable)
			from station_variables where station_id = $1`, st.ID); got != "AvailabilityState Available READ_ONLY OPTION_LIST 1, Power 11000 READ_ONLY DECIMAL 1" {
			t.Errorf("its variables are %s", got)
		}
		worldtest.Do[any](s, "StatusNotification", map[string]any{"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1})
		if got := worldtest.OwnerValue[string](w, "select status from connectors where station_id = $1", st.ID); got != "OCCUPIED" {
			t.Errorf("the connector shows %s", got)
		}
		authorized := worldtest.Do[map[string]map[string]any](s, "Authorize", map[string]any{"idToken": map[string]any{"idToken": "tag-1", "type": "ISO14443"}})
		if info := authorized["idTokenInfo"]; info["status"] != "Accepted" || fmt.Sprint(info["groupIdToken"]) != "map[idToken:FLEET type:ISO14443]" {
			t.Errorf("the token was answered %v", authorized)
		}
		send2(s, "t-1", event2{kind: "Started", trigger: "CablePluggedIn", seq: 0, evse: true, state: "EVConnected", wh: 1000, context: "Transaction.Begin"})
		answer := send2(s, "t-1", event2{kind: "Updated", trigger: "Authorized", seq: 1, token: "TAG-1", state: "Charging"})
		if fmt.Sprint(answer["idTokenInfo"]) != "map[groupIdToken:map[idToken:FLEET type:ISO14443] status:Accepted]" {
			t.Errorf("the token in the session was answered %v", answer)
		}
		send2(s, "t-1", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 2, wh: 5000.1, context: "Sample.Periodic", state: "Charging"})
		if got := worldtest.OwnerValue[string](w, "select status || ' ' || energy_wh::float8 || ' ' || charging_state from charging_sessions where station_id = $1", st.ID); got != "RUNNING 4000.1 Charging" {
			t.Errorf("while it runs the session shows %s", got)
		}
		send2(s, "t-1", event2{kind: "Ended", trigger: "EVDeparted", seq: 3, wh: 9500, context: "Transaction.End", more: "EVDisconnected"})
		if got := session2(w, st.ID); got != "COMPLETED 8500 TAG-1 1 EVDisconnected -" {
			t.Errorf("the session ended as %s", got)
		}
		if got := worldtest.OwnerValue[string](w, "select signed->>'signedMeterData' from meter_values where station_id = $1 limit 1", st.ID); got != "T0NNRnx7fQ==" {
			t.Errorf("the signed value is kept as %q", got)
		}
	})
}

// Events come again, out of order, and after the connection was lost. Each counts once, and what is missing shows.
func TestSec040_EventsRepeatedAndOutOfOrderCountOnce(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		w.Owner("update networks set accept_unknown_tokens = true where id = $1", w.A.Main)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		// The end first, then the beginning, then the middle: twice, and once more over a new connection.
		send2(s, "t-1", event2{kind: "Ended", trigger: "StopAuthorized", seq: 2, evse: true, wh: 3000, context: "Transaction.End", more: "Local"})
		if got := session2(w, st.ID); !strings.Contains(got, charging.FlagStopWithoutStart) || !strings.Contains(got, charging.FlagEventsMissing) {
			t.Errorf("an end without a beginning shows as %s", got)
		}
		for range 2 {
			send2(s, "t-1", event2{kind: "Started", trigger: "Authorized", seq: 0, evse: true, token: "CARD", wh: 1000, context: "Transaction.Begin"})
		}
		if got := session2(w, st.ID); got != `COMPLETED 2000 CARD 1 Local ["EVENTS_MISSING"]` {
			t.Errorf("with the beginning it shows as %s", got)
		}
		for range 2 {
			send2(s, "t-1", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 1, wh: 2000, context: "Sample.Periodic"})
		}
		s.Hang()
		s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp"+version)
		if err != nil {
			t.Fatal(err)
		}
		send2(s, "t-1", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 1, wh: 2000, context: "Sample.Periodic"})
		if got := session2(w, st.ID); got != "COMPLETED 2000 CARD 1 Local -" {
			t.Errorf("with everything there it shows as %s", got)
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from meter_values where station_id = $1", st.ID); n != 3 {
			t.Errorf("%d samples are stored, want 3", n)
		}
		// A running session goes on over a new connection, and a repeated sample is stored once.
		send2(s, "t-2", event2{kind: "Started", trigger: "Authorized", seq: 0, evse: true, token: "CARD", wh: 3000, context: "Transaction.Begin"})
		for range 2 {
			send2(s, "t-2", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 1, wh: 4000, context: "Sample.Periodic"})
		}
		s.Hang()
		if s, _, err = w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp"+version); err != nil {
			t.Fatal(err)
		}
		send2(s, "t-2", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 1, wh: 4000, context: "Sample.Periodic"})
		if got := worldtest.OwnerValue[string](w, "select (select count(*) from meter_values m where m.session_id = s.id) || ' ' || seq_seen::text from charging_sessions s where ocpp_transaction_id = 't-2'"); got != "2 {[0,2)}" {
			t.Errorf("the second session has samples and events %s", got)
		}
	})
}

// The commands are the same as for a station of OCPP 1.6.
func TestV2_CommandsReachTheStation(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		w.Owner("insert into tokens (id, tenant_id, id_tag, type) values (gen_random_uuid(), $1, 'TAG-1', 'VIRTUAL')", w.A.ID)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		ctx := w.A.As(tenancy.Owner)
		for _, c := range []struct {
			order           charging.Order
			action, request string
			answer          string
			status, reason  string
		}{
			{charging.ResetOrder{Type: "SOFT"}, "Reset", `{"type":"OnIdle"}`, `{"status":"Scheduled"}`, "ACCEPTED", ""},
			{charging.ResetOrder{Type: "IMMEDIATE", EvseNo: 1}, "Reset", `{"type":"Immediate","evseId":1}`, `{"status":"Rejected","statusInfo":{"reasonCode":"Busy"}}`, "REJECTED", "Busy"},
			{charging.AvailabilityOrder{EvseNo: 1, ConnectorNo: 1}, "ChangeAvailability", `{"evse":{"id":1,"connectorId":1},"operationalStatus":"Inoperative"}`, `{"status":"Accepted"}`, "ACCEPTED", ""},
			{charging.UnlockOrder{EvseNo: 1}, "UnlockConnector", `{"evseId":1,"connectorId":1}`, `{"status":"Unlocked"}`, "ACCEPTED", ""},
			{charging.TriggerOrder{Message: "STATUS_NOTIFICATION", EvseNo: 1}, "TriggerMessage", `{"evse":{"id":1,"connectorId":1},"requestedMessage":"StatusNotification"}`, `{"status":"NotImplemented"}`, "REJECTED", "NotImplemented"},
			{charging.ClearCacheOrder{}, "ClearCache", `{}`, `{"status":"Accepted"}`, "ACCEPTED", ""},
			{charging.DataTransferOrder{VendorID: "v", Data: "text"}, "DataTransfer", `{"data":"text","vendorId":"v"}`, `{"status":"UnknownVendorId"}`, "REJECTED", "UnknownVendorId"},
			{charging.GetConfigurationOrder{Keys: []string{"AlignedDataCtrlr.Interval"}}, "GetVariables", `{"getVariableData":[{"component":{"name":"AlignedDataCtrlr"},"variable":{"name":"Interval"}}]}`,
				`{"getVariableResult":[{"attributeStatus":"Accepted","attributeValue":"900","component":{"name":"AlignedDataCtrlr"},"variable":{"name":"Interval"}}]}`, "ACCEPTED", ""},
			{charging.ChangeConfigurationOrder{Key: "AlignedDataCtrlr.Interval", Value: "60"}, "SetVariables",
				`{"setVariableData":[{"attributeValue":"60","component":{"name":"AlignedDataCtrlr"},"variable":{"name":"Interval"}}]}`,
				`{"setVariableResult":[{"attributeStatus":"RebootRequired","component":{"name":"AlignedDataCtrlr"},"variable":{"name":"Interval"}}]}`, "ACCEPTED", ""},
		} {
			done := make(chan *ent.Command, 1)
			go func() {
				command, err := w.Charging.Order(ctx, st.ID, c.order, 20)
				if err != nil {
					t.Errorf("%s: %v", c.action, err)
				}
				done <- command
			}()
			call := s.NextCall()
			if call.Action != c.action || string(call.Payload) != c.request {
				t.Errorf("%s %s was sent, want %s %s", call.Action, call.Payload, c.action, c.request)
			}
			s.Answer(call, c.answer)
			command := <-done
			if command == nil {
				continue
			}
			reason := ""
			if command.Error != nil {
				reason = *command.Error
			}
			if string(command.Status) != c.status || !strings.Contains(reason, c.reason) {
				t.Errorf("%s ended %s, %q", c.action, command.Status, reason)
			}
		}
		if got := worldtest.OwnerValue[string](w, "select value || ' ' || reboot_required from station_variables where station_id = $1 and component = 'AlignedDataCtrlr'", st.ID); got != "60 true" {
			t.Errorf("the changed variable shows %s", got)
		}
		if _, err := w.Charging.Order(ctx, st.ID, charging.ChangeConfigurationOrder{Key: "Interval", Value: "60"}, 0); err == nil {
			t.Error("a setting without a component was sent")
		}

		// A remote start is tied to its session, and a remote stop ends it.
		done := make(chan error, 1)
		go func() {
			_, err := w.Charging.RemoteStart(ctx, st.ID, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, IDTag: "TAG-1"}, 20)
			done <- err
		}()
		call := s.NextCall()
		var start struct {
			RemoteStartID int64 `json:"remoteStartId"`
			IDToken       struct{ IDToken, Type string }
		}
		if err := json.Unmarshal(call.Payload, &start); err != nil || call.Action != "RequestStartTransaction" || start.IDToken.Type != "Central" {
			t.Fatalf("%s %s was sent", call.Action, call.Payload)
		}
		s.Answer(call, `{"status":"Accepted"}`)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		worldtest.Do[any](s, "TransactionEvent", map[string]any{"eventType": "Started", "triggerReason": "RemoteStart", "seqNo": 0, "timestamp": time.Now().UTC().Format(time.RFC3339),
			"transactionInfo": map[string]any{"transactionId": "t-9", "remoteStartId": start.RemoteStartID}, "evse": map[string]any{"id": 1}, "idToken": map[string]any{"idToken": "TAG-1", "type": "Central"}})
		session := worldtest.OwnerValue[uuid.UUID](w, "select c.session_id from commands c join charging_sessions s on s.id = c.session_id and s.command_id = c.id where s.ocpp_transaction_id = 't-9'")
		go func() {
			_, err := w.Charging.RemoteStop(ctx, session, 20)
			done <- err
		}()
		call = s.NextCall()
		if call.Action != "RequestStopTransaction" || string(call.Payload) != `{"transactionId":"t-9"}` {
			t.Errorf("%s %s was sent", call.Action, call.Payload)
		}
		s.Answer(call, `{"status":"Accepted"}`)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

// What a station notices beside status and meter is kept as its events.
func TestV2_NoticesAreKept(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		const at = `"2026-01-01T00:00:00Z"`
		for action, payload := range map[string]string{
			"SecurityEventNotification":  `{"type":"TamperDetectionActivated","timestamp":` + at + `}`,
			"FirmwareStatusNotification": `{"status":"Installed","requestId":7}`,
			"LogStatusNotification":      `{"status":"Uploaded","requestId":8}`,
			"ReservationStatusUpdate":    `{"reservationId":3,"reservationUpdateStatus":"Expired"}`,
			"NotifyChargingLimit":        `{"chargingLimit":{"chargingLimitSource":"EMS"},"evseId":1}`,
			"ClearedChargingLimit":       `{"chargingLimitSource":"EMS"}`,
			"NotifyEvent": `{"generatedAt":` + at + `,"seqNo":0,"eventData":[{"eventId":1,"timestamp":` + at + `,"trigger":"Alerting","actualValue":"Faulted","eventNotificationType":"HardWiredNotification",
				"component":{"name":"Connector","evse":{"id":1,"connectorId":1}},"variable":{"name":"AvailabilityState"}}]}`,
		} {
			worldtest.Do[any](s, action, json.RawMessage(payload))
		}
		if got := worldtest.OwnerValue[string](w, "select string_agg(kind || ' ' || type, ', ' order by kind, type) from station_events where station_id = $1", st.ID); got !=
			"CHARGING_LIMIT Cleared, CHARGING_LIMIT Set, FIRMWARE Installed, LOG Uploaded, MONITORING Alerting, RESERVATION Expired, SECURITY TamperDetectionActivated" {
			t.Errorf("the events are %s", got)
		}
		if got := worldtest.OwnerValue[string](w, "select status from connectors where station_id = $1", st.ID); got != "FAULTED" {
			t.Errorf("the connector that reported its availability as an event shows %s", got)
		}
		// A monitor's severity is that of its events, where these don't say it.
		w.Owner(`insert into station_settings (id, tenant_id, network_id, station_id, kind, key, data, reported_at) values (gen_random_uuid(), $1, $2, $3, 'MONITOR', '77', '{"severity": 3}', now())`,
			w.A.ID, w.A.Main, st.ID)
		for _, monitor := range []string{"77", "78"} {
			tell(s, "NotifyEvent", `{"generatedAt":`+at+`,"seqNo":0,"eventData":[{"eventId":`+monitor+`,"timestamp":`+at+`,"trigger":"Delta","actualValue":"81","eventNotificationType":"CustomMonitor",
				"variableMonitoringId":`+monitor+`,"component":{"name":"Connector"},"variable":{"name":"Temperature"}}]}`)
		}
		if got := worldtest.OwnerValue[string](w, "select string_agg(coalesce(severity::text, '-'), ' ' order by severity) from station_events where station_id = $1 and type = 'Delta'", st.ID); got != "3 -" {
			t.Errorf("the severities of the monitors' events are %s", got)
		}
		// What only OCPP 2.1 has is unknown in 2.0.1.
		reply, err := s.Ask("x", `[2,"x","NotifySettlement",{"pspRef":"p","status":"Settled","settlementAmount":8.5,"settlementTime":`+at+`}]`)
		if err != nil || (version == "2.1") != (reply.Code == "") {
			t.Errorf("a settlement in OCPP %s was answered %s %v", version, reply.Raw, err)
		}
		if version == "2.0.1" && reply.Code != "NotImplemented" {
			t.Errorf("an action of another version was answered %s", reply.Raw)
		}
	})
}

// Of several versions on offer the newest is spoken.
func TestV2_TheNewestVersionOnOfferIsSpoken(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	for want, offer := range map[string][]string{"2.1": {"ocpp1.6", "ocpp2.0.1", "ocpp2.1"}, "2.0.1": {"ocpp1.6", "ocpp2.0.1"}, "1.6": {"ocpp1.6", "ocpp1.5"}} {
		if _, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, offer...); err != nil {
			t.Fatal(err)
		}
		w.Eventually("OCPP "+want+" is spoken", func() bool {
			return worldtest.OwnerValue[string](w, "select connection_version from stations where id = $1", st.ID) == want
		})
	}
}

// A stream of values comes as a SEND, which has no answer. As a call it is refused.
func TestV2_AStreamIsSentAndNotAnswered(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	const stream = `{"id":4,"pending":0,"basetime":"2026-01-01T00:00:00Z","data":[{"t":1.5,"v":"230.1"}]}`
	s.SendRaw(`[6,"s1","NotifyPeriodicEventStream",` + stream + `]`)
	s.SendRaw(`[6,"s2","BootNotification",{}]`)
	s.SendRaw(`[6,"s3","NotifyPeriodicEventStream",{"id":"no"}]`)
	if reply, err := s.Ask("c1", `[2,"c1","NotifyPeriodicEventStream",`+stream+`]`); err != nil || reply.Code != "NotSupported" {
		t.Errorf("a stream as a call was answered %s %v", reply.Raw, err)
	}
	worldtest.Do[any](s, "Heartbeat", struct{}{})
	if got := worldtest.OwnerValue[string](w, "select string_agg(kind || ' ' || value, ', ') from station_events where station_id = $1", st.ID); got != "STREAM 4" {
		t.Errorf("the events are %s", got)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and type = 'SEND'", st.ID); n != 3 {
		t.Errorf("%d sent messages are logged, want 3", n)
	}
}

// Any call of the version can be sent as it stands; what the schema doesn't allow only when it is forced.
func TestSendRaw(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.0.1")
	ctx := w.A.As(tenancy.Admin)
	raw := func(action, payload string, force bool) (*ent.Command, error) {
		return w.Charging.Order(ctx, st.ID, charging.RawOrder{Action: action, Payload: []byte(payload), Force: force}, 20)
	}
	for action, payload := range map[string]string{
		"GetLocalListVersion": `{"no":1}`, "UpdateDynamicSchedule": `{}`, "Heartbeat": `{}`, "GetLog": `{}`, "Reset": `{"type":"Now"}`, "": `{}`, "ClearCache": `[]`,
	} {
		if _, err := raw(action, payload, false); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
			t.Errorf("%s %s: %v", action, payload, err)
		}
	}
	if _, err := w.Charging.Order(w.A.As(tenancy.Operator), st.ID, charging.RawOrder{Action: "ClearCache", Payload: []byte("{}")}, 0); fault.Of(err) == nil || fault.Of(err).Code != fault.Forbidden {
		t.Errorf("an operator may send anything: %v", err)
	}
	for _, c := range []struct {
		action, payload string
		force           bool
		reply           string
		status          string
	}{
		{"GetLocalListVersion", "{ }", false, `[3,%q,{"versionNumber":7}]`, "ACCEPTED"},
		{"SendLocalList", `{"versionNumber":1,"updateType":"Full"}`, false, `[3,%q,{"status":"VersionMismatch"}]`, "REJECTED"},
		{"Reset", `{"type":"Now"}`, true, `[4,%q,"PropertyConstraintViolation","no such type",{"at":"type"}]`, "FAILED"},
	} {
		done := make(chan *ent.Command, 1)
		go func() {
			command, err := raw(c.action, c.payload, c.force)
			if err != nil {
				t.Error(err)
			}
			done <- command
		}()
		call := s.NextCall()
		s.SendRaw(fmt.Sprintf(c.reply, call.ID))
		command := <-done
		if command == nil || string(command.Status) != c.status || command.Response == nil {
			t.Fatalf("%s ended %+v", c.action, command)
		}
		if text := string(*command.Response); !strings.Contains(text, "versionNumber") && !strings.Contains(text, "VersionMismatch") && !strings.Contains(text, "no such type") {
			t.Errorf("%s came back with %s", c.action, text)
		}
	}
}

// A station that comes back is asked about the session that it left running. Once it knows no more of it, and has nothing to
// send, the session has ended; the end that comes after all corrects it.
func TestV2_SessionLeftRunningIsReconciled(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{SettleDelay: time.Millisecond, ReconcileDelay: time.Millisecond}))
		w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		send2(s, "t-1", event2{kind: "Started", trigger: "CablePluggedIn", seq: 0, evse: true, state: "Charging", wh: 1000, context: "Transaction.Begin", token: "TAG-1"})
		send2(s, "t-1", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 1, wh: 3000, context: "Sample.Periodic"})
		s.Hang()
		s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp"+version)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range []string{`{"ongoingIndicator":false,"messagesInQueue":true}`, `{"ongoingIndicator":false,"messagesInQueue":false}`} {
			c := s.NextCall()
			if c.Action != "GetTransactionStatus" || string(c.Payload) != `{"transactionId":"t-1"}` {
				t.Errorf("the station was asked %s %s", c.Action, c.Payload)
			}
			if got := worldtest.OwnerValue[string](w, "select status from charging_sessions"); got != "RUNNING" {
				t.Errorf("before its station has said so, the session is %s", got)
			}
			s.Answer(c, answer)
		}
		w.Eventually("the session has ended", func() bool {
			return worldtest.OwnerValue[string](w, "select status from charging_sessions") == "COMPLETED"
		})
		if got := session2(w, st.ID); got != `COMPLETED 2000 TAG-1 1 Other ["INFERRED_STOP"]` {
			t.Errorf("the session is %s", got)
		}
		send2(s, "t-1", event2{kind: "Ended", trigger: "EVDeparted", seq: 2, wh: 9500, context: "Transaction.End", more: "EVDisconnected"})
		if got := session2(w, st.ID); got != `COMPLETED 8500 TAG-1 1 EVDisconnected ["INFERRED_STOP", "LATE_STOP"]` {
			t.Errorf("after its end the session is %s", got)
		}
	})
}

// A station of OCPP 2.1 learns what a session may take with the answer to the event that it is asked for, and what the driver
// set at the station is kept.
func TestV2_SessionLimits(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.1")
	send2(s, "t-1", event2{kind: "Started", trigger: "CablePluggedIn", seq: 0, evse: true, state: "Charging", wh: 1000, context: "Transaction.Begin", token: "TAG-1"})
	session := worldtest.OwnerValue[uuid.UUID](w, "select id from charging_sessions")
	ctx := w.A.As(tenancy.Operator)
	soc := int64(80)
	c, calls := given(t, s, func() (*ent.Command, error) {
		return w.Charging.SetLimits(ctx, session, charging.SessionLimits{MaxCost: "12.50", MaxEnergyWh: "20000.5", MaxSoC: &soc}, 10)
	}, `{"status":"Accepted"}`)
	if c.Status != "ACCEPTED" || calls[0].Action != "TriggerMessage" || string(calls[0].Payload) != `{"evse":{"id":1},"requestedMessage":"TransactionEvent"}` {
		t.Errorf("the station was asked %s %s, and the command ended %s", calls[0].Action, calls[0].Payload, outcomeOf(c))
	}
	answer := send2(s, "t-1", event2{kind: "Updated", trigger: "Trigger", seq: 1, wh: 2000, context: "Trigger"})
	if got := fmt.Sprint(answer["transactionLimit"]); got != "map[maxCost:12.5 maxEnergy:20000.5 maxSoC:80]" {
		t.Errorf("the station was told %s", got)
	}
	now := time.Now().UTC().Format(time.RFC3339Nano)
	worldtest.Do[any](s, "TransactionEvent", map[string]any{"eventType": "Updated", "triggerReason": "LimitSet", "seqNo": 2, "timestamp": now,
		"transactionInfo": map[string]any{"transactionId": "t-1", "transactionLimit": map[string]any{"maxTime": 3600}},
		"costDetails":     map[string]any{"totalCost": map[string]any{"currency": "EUR", "typeOfCost": "NormalCost", "total": map[string]any{"exclTax": 1.5}}, "totalUsage": map[string]any{"energy": 1, "chargingTime": 60, "idleTime": 0}}})
	if got := worldtest.OwnerValue[string](w, "select limits::text || ' ' || (station_cost->'totalCost'->>'currency') from charging_sessions"); got != `{"maxTimeS": 3600} EUR` {
		t.Errorf("the session keeps %s", got)
	}
	for name, limits := range map[string]charging.SessionLimits{"maxCost": {MaxCost: "-1"}, "maxSoC": {MaxSoC: new(int64)}} {
		if _, err := w.Charging.SetLimits(ctx, session, limits, 1); fault.Of(err) == nil || fault.Of(err).Field != name {
			t.Errorf("a wrong %s was answered %v", name, err)
		}
	}
}

// Whoever reckons what sessions cost has stations of OCPP 2.x told so with every event.
func TestV2_CostIsTold(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		cost := decimal.MustParse("12.345")
		w := worldtest.New(t, worldtest.WithCost(func(context.Context, *db.Tx, uuid.UUID) (*decimal.Decimal, error) { return &cost, nil }))
		w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'TAG-1')", w.A.ID)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		send2(s, "t-1", event2{kind: "Started", trigger: "CablePluggedIn", seq: 0, evse: true, state: "Charging", wh: 1000, context: "Transaction.Begin", token: "TAG-1"})
		for i, kind := range []string{"Updated", "Ended"} {
			answer := send2(s, "t-1", event2{kind: kind, trigger: "MeterValuePeriodic", seq: i + 1, wh: 2000, context: "Sample.Periodic"})
			if answer["totalCost"] != 12.345 {
				t.Errorf("after %s the station was told %v", kind, answer)
			}
		}
	})
}
