package ocpp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// behaves sets a station's own quirks, as its operator does.
func behaves(t *testing.T, w *worldtest.World, st uuid.UUID, own string) {
	t.Helper()
	raw := json.RawMessage(own)
	if _, err := w.Charging.UpdateStation(w.A.As(tenancy.Owner), st, charging.StationChange{Quirks: &raw}); err != nil {
		t.Fatal(err)
	}
}

// openAs makes a world with one station that behaves as said, is known already, and is connected.
func openAs(t *testing.T, own string) (*worldtest.World, uuid.UUID, *worldtest.Station) {
	t.Helper()
	w := worldtest.New(t)
	w.Owner("update networks set accept_unknown_tokens = true")
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	behaves(t, w, st.ID, own)
	onboardedBefore(w, st.ID)
	return w, st.ID, connected(w)
}

// connected connects a station, and returns once commands reach it.
func connected(w *worldtest.World) *worldtest.Station {
	s := w.Connect(w.A, "CP1")
	worldtest.Do[any](s, "Heartbeat", struct{}{})
	return s
}

// onboardedBefore makes a station one that was onboarded before.
func onboardedBefore(w *worldtest.World, st uuid.UUID) {
	w.Owner("update stations set onboarding = 'ONBOARDED', onboarded_at = now(), inventory_at = now(), registration_status = 'ACCEPTED' where id = $1", st)
}

func sample(s *worldtest.Station, transaction int64, value, unit string) {
	worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": transaction, "meterValue": []any{map[string]any{
		"timestamp": stamp(time.Now()), "sampledValue": []any{map[string]any{"value": value, "unit": unit, "measurand": "Energy.Active.Import.Register"}}}}})
}

func energy(w *worldtest.World) string {
	return worldtest.OwnerValue[string](w, "select energy_wh::float8 || ' ' || coalesce(flags::text, '-') from charging_sessions order by started_at desc limit 1")
}

// Energy that is labelled Wh and is in kWh counts a thousandfold, at the start, in between and at the end.
func TestQuirk_EnergyUnit(t *testing.T) {
	t.Parallel()
	w, st, s := openAs(t, `{"energyUnit": "kWh"}`)
	begun := start(s, 1, "CARD", 361, time.Now())
	sample(s, begun.TransactionID, "363", "Wh")
	if got := energy(w); got != "2000 -" {
		t.Errorf("while it runs the session has %s", got)
	}
	stop(s, begun.TransactionID, 366, time.Now(), nil)
	if got := energy(w); got != "5000 -" {
		t.Errorf("the session has %s", got)
	}
	if got := worldtest.OwnerValue[string](w, "select value || ' ' || unit || ', ' || raw_value || ' ' || raw_unit from meter_values where station_id = $1", st); got != "363000 Wh, 363 Wh" {
		t.Errorf("the sample is kept as %s", got)
	}
}

// A register that is near the one at the start is the session's own where the station is known to count so. In OCPP 2.x, where both
// are samples, it isn't.
func TestQuirk_RegisterPerSession(t *testing.T) {
	t.Parallel()
	w, _, s := openAs(t, `{"registerPerSession": true}`)
	begun := start(s, 1, "CARD", 1000, time.Now())
	sample(s, begun.TransactionID, "900", "Wh")
	if got := energy(w); got != "900 -" {
		t.Errorf("while it runs the session has %s", got)
	}
	stop(s, begun.TransactionID, 2500, time.Now(), nil)
	if got := energy(w); got != "1500 -" {
		t.Errorf("the session has %s", got)
	}
	s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp2.0.1")
	if err != nil {
		t.Fatal(err)
	}
	send2(s, "t-1", event2{kind: "Started", trigger: "Authorized", seq: 0, evse: true, token: "CARD", wh: 1000, context: "Transaction.Begin"})
	worldtest.Do[any](s, "MeterValues", map[string]any{"evseId": 1, "meterValue": []any{map[string]any{"timestamp": stamp(time.Now()), "sampledValue": []any{
		map[string]any{"value": 1500, "measurand": "Energy.Active.Import.Register"}}}}})
	send2(s, "t-1", event2{kind: "Updated", trigger: "MeterValuePeriodic", seq: 1, wh: 1900, context: "Sample.Periodic"})
	if got := energy(w); got != "900 -" {
		t.Errorf("while it runs the session of OCPP 2.0.1 has %s", got)
	}
}

// A time without a zone is in the zone that is known of the station: one that is named, or the one of its location.
func TestQuirk_ZoneForZonelessTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ own, zone, protocol string }{
		{`{"zoneForZonelessTimes": "location"}`, "Asia/Kolkata", "ocpp1.6"},
		{`{"zoneForZonelessTimes": "America/New_York"}`, "America/New_York", "ocpp1.6"},
		{`{"zoneForZonelessTimes": "America/New_York"}`, "America/New_York", "ocpp2.0.1"},
		{`{}`, "UTC", "ocpp1.6"},
	} {
		t.Run(c.zone+" "+c.protocol, func(t *testing.T) {
			t.Parallel()
			w := worldtest.New(t)
			w.Owner("update networks set accept_unknown_tokens = true")
			st := w.AddStation(w.A, w.A.Main, "CP1", 1)
			name, zone := "Yard", "Asia/Kolkata"
			place, err := w.Charging.CreateLocation(w.A.As(tenancy.Owner), charging.LocationSpec{Name: &name, Timezone: &zone, Network: w.A.Main})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Charging.UpdateStation(w.A.As(tenancy.Owner), st.ID, charging.StationChange{Location: &place.ID}); err != nil {
				t.Fatal(err)
			}
			behaves(t, w, st.ID, c.own)
			onboardedBefore(w, st.ID)
			s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, c.protocol)
			if err != nil {
				t.Fatal(err)
			}
			in, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Now().Add(-24 * time.Hour).Truncate(time.Second)
			local := at.In(in).Format("2006-01-02T15:04:05")
			worldtest.Do[any](s, "SecurityEventNotification", map[string]any{"type": "TamperDetectionActivated", "timestamp": local})
			if c.protocol == "ocpp1.6" {
				worldtest.Do[any](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": local})
				begun := worldtest.Do[started](s, "StartTransaction", map[string]any{"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": local})
				worldtest.Do[any](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": begun.TransactionID, "meterValue": []any{
					map[string]any{"timestamp": local, "sampledValue": []any{map[string]any{"value": "1"}}}}})
				worldtest.Do[any](s, "StopTransaction", map[string]any{"transactionId": begun.TransactionID, "meterStop": 5, "timestamp": local, "transactionData": []any{
					map[string]any{"timestamp": local, "sampledValue": []any{map[string]any{"value": "5"}}}}})
			} else {
				worldtest.Do[any](s, "StatusNotification", map[string]any{"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied", "timestamp": local})
				for seq, kind := range []string{"Started", "Ended"} {
					worldtest.Do[any](s, "TransactionEvent", map[string]any{"eventType": kind, "triggerReason": "Authorized", "seqNo": seq, "timestamp": local,
						"transactionInfo": map[string]any{"transactionId": "t"}, "evse": map[string]any{"id": 1}, "meterValue": []any{
							map[string]any{"timestamp": local, "sampledValue": []any{map[string]any{"value": 1}}}}})
				}
			}
			for what, sql := range map[string]string{
				"status": "select status_at from connectors where station_id = $1", "start": "select started_at from charging_sessions where station_id = $1",
				"stop": "select stopped_at from charging_sessions where station_id = $1", "first sample": "select min(at) from meter_values where station_id = $1",
				"last sample": "select max(at) from meter_values where station_id = $1", "event": "select at from station_events where station_id = $1",
			} {
				if got := worldtest.OwnerValue[time.Time](w, sql, st.ID); !got.Equal(at) {
					t.Errorf("%s, sent as %s, is kept as %s, want %s", what, local, got.UTC(), at.UTC())
				}
			}
			if repairs := worldtest.OwnerValue[string](w, "select repairs::text from ocpp_messages where station_id = $1 and action = 'StatusNotification' and direction = 'RECEIVED'", st.ID); !strings.Contains(repairs, "names no zone") {
				t.Errorf("the log says %s", repairs)
			}
		})
	}
}

// Where the station's clock jumps the status that comes last is the status.
func TestQuirk_IgnoreStatusOrder(t *testing.T) {
	t.Parallel()
	for own, want := range map[string]string{`{"ignoreStatusOrder": true}`: "AVAILABLE", `{}`: "CHARGING"} {
		w, st, s := openAs(t, own)
		worldtest.Do[any](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": stamp(time.Now())})
		worldtest.Do[any](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": stamp(time.Now().Add(-time.Hour))})
		if got := worldtest.OwnerValue[string](w, "select status from connectors where station_id = $1", st); got != want {
			t.Errorf("with %s the connector is %s, want %s", own, got, want)
		}
	}
}

// What a make adds to tokens doesn't count. The make is known from the boot on, without anybody setting anything.
func TestQuirk_TokenCleanup(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("insert into tokens (id, tenant_id, id_tag) values (gen_random_uuid(), $1, 'CARD')", w.A.ID)
	onboardedBefore(w, st.ID)
	s := w.Connect(w.A, "CP1")
	ask := func(tag string) string {
		return worldtest.Do[struct {
			IDTagInfo struct{ Status string } `json:"idTagInfo"`
		}](s, "Authorize", map[string]string{"idTag": tag}).IDTagInfo.Status
	}
	if got := ask("CARD_4711"); got != "Invalid" {
		t.Errorf("before the boot the token is %s", got)
	}
	worldtest.Do[any](s, "BootNotification", map[string]string{"chargePointVendor": "KEBA", "chargePointModel": "P30", "firmwareVersion": "1.14"})
	for tag, want := range map[string]string{"CARD_4711": "Accepted", "card_1": "Accepted", "CARD": "Accepted", "_CARD": "Invalid", "CARD;1": "Invalid"} {
		if got := ask(tag); got != want {
			t.Errorf("token %q is %s, want %s", tag, got, want)
		}
	}
	begun := start(s, 1, "CARD_4711", 0, time.Now())
	stop(s, begun.TransactionID, 10, time.Now(), map[string]any{"idTag": "CARD_4712"})
	if got := worldtest.OwnerValue[string](w, "select id_tag || ' ' || stop_id_tag || ' ' || coalesce(flags::text, '-') from charging_sessions"); got != "CARD CARD -" {
		t.Errorf("the session is %s", got)
	}
	// The operator's word wins over the table's.
	behaves(t, w, st.ID, `{"tokenCleanup": "before_semicolon"}`)
	s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp2.1")
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"CARD;9": "Accepted", "CARD_9": "Invalid"} {
		answer := send2(s, "t-"+tag, event2{kind: "Started", trigger: "Authorized", seq: 0, evse: true, token: tag})
		if info, _ := answer["idTokenInfo"].(map[string]any); info["status"] != want {
			t.Errorf("in OCPP 2.1 token %q was answered %v, want %s", tag, answer, want)
		}
	}
}

// A station that takes its password as hex digits is given no other one.
func TestQuirk_HexPassword(t *testing.T) {
	t.Parallel()
	w, st, s := openAs(t, `{}`)
	ctx := w.A.As(tenancy.Owner)
	if _, _, err := w.Charging.RotatePassword(ctx, st, "not hex but long enough"); err != nil {
		t.Errorf("a station of an unknown make takes any password: %v", err)
	}
	worldtest.Do[any](s, "BootNotification", map[string]string{"chargePointVendor": "Zaptec", "chargePointModel": "Pro"})
	for password, good := range map[string]bool{"not hex but long enough": false, "0123456789abcdef0": false, "0123456789ABCDEF": true} {
		_, _, err := w.Charging.RotatePassword(ctx, st, password)
		if f := fault.Of(err); good != (err == nil) || !good && (f == nil || f.Field != "password" || !strings.Contains(f.Message, "hex digits")) {
			t.Errorf("password %q: %v", password, err)
		}
	}
	if _, generated, err := w.Charging.RotatePassword(ctx, st, ""); err != nil || strings.Trim(generated, "0123456789abcdef") != "" || len(generated)%2 != 0 {
		t.Errorf("%q was made as a password: %v", generated, err)
	}
}

// A token of the group that the session was started with may stop it, and that is nothing odd.
func TestStopByATokenOfTheSameGroup(t *testing.T) {
	t.Parallel()
	w, _, s := openAs(t, `{}`)
	for tag, group := range map[string]string{"ONE": "FLEET", "TWO": "fleet", "THREE": "OTHERS", "FOUR": ""} {
		w.Owner("insert into tokens (id, tenant_id, id_tag, group_id) values (gen_random_uuid(), $1, $2, $3)", w.A.ID, tag, group)
	}
	for _, c := range []struct{ start, stop, want string }{
		{"ONE", "TWO", "10 -"}, {"ONE", "one", "10 -"}, {"ONE", "THREE", `10 ["STOPPED_BY_ANOTHER_TOKEN"]`}, {"FOUR", "UNKNOWN", `10 ["STOPPED_BY_ANOTHER_TOKEN"]`},
	} {
		begun := start(s, 1, c.start, 0, time.Now())
		stop(s, begun.TransactionID, 10, time.Now(), map[string]any{"idTag": c.stop})
		if got := energy(w); got != c.want {
			t.Errorf("started with %s and stopped with %s it is %s, want %s", c.start, c.stop, got, c.want)
		}
	}
}

// A signed value is kept with all its members, those too that are empty, and in the station's own order of values.
func TestV2_SignedValuesAreKeptAsSent(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		s, _, err := w.Dial("/ocpp/alpha/"+st.Identity, st.Identity, worldtest.Password, "ocpp"+version)
		if err != nil {
			t.Fatal(err)
		}
		const signed = `{"signedMeterData":"T0NNRnx7fQ==\u00e9","signingMethod":"","encodingMethod":"OCMF","publicKey":""}`
		value := func(n int, more string) string { return fmt.Sprintf(`{"value":%d.50%s}`, n, more) }
		at := stamp(time.Now())
		values := fmt.Sprintf(`"meterValue":[{"timestamp":%q,"sampledValue":[%s,%s]},{"timestamp":%q,"sampledValue":[%s]}]`,
			at, value(1, ""), value(2, `,"signedMeterValue":`+signed), at, value(3, `,"signedMeterValue":{"signedMeterData":"last","signingMethod":"ES","encodingMethod":"O","publicKey":"k"}`))
		worldtest.Do[any](s, "MeterValues", json.RawMessage(`{"evseId":1,`+values+`}`))
		worldtest.Do[any](s, "TransactionEvent", json.RawMessage(`{"eventType":"Started","triggerReason":"Authorized","seqNo":0,"timestamp":"`+at+`","transactionInfo":{"transactionId":"t"},"evse":{"id":1},`+values+`}`))
		for _, of := range []string{"session_id is null", "session_id is not null"} {
			if got := worldtest.OwnerValue[string](w, "select string_agg(raw_value || ' ' || coalesce(signed->>'signedMeterData' || '/' || (signed->>'signingMethod') || '/' || (signed->>'publicKey'), '-'), ', ' order by value) from meter_values where "+of); got != "1.5 -, 2.5 T0NNRnx7fQ==é//, 3.5 last/ES/k" {
				t.Errorf("%s: the values are kept as %s", of, got)
			}
		}
	})
}
