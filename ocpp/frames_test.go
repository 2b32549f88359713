package ocpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// open makes a world with one onboarded station on which every token may charge.
func open(t *testing.T, connectors int) (*worldtest.World, *ent.Station, *worldtest.Station) {
	t.Helper()
	w := worldtest.New(t)
	w.Owner("update networks set accept_unknown_tokens = true")
	st := w.AddStation(w.A, w.A.Main, "CP1", connectors)
	return w, st, w.Onboarded(w.A, st)
}

func start(s *worldtest.Station, connector int, tag string, meter int, at time.Time) started {
	return worldtest.Do[started](s, "StartTransaction", map[string]any{"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": stamp(at)})
}

func stop(s *worldtest.Station, transaction int64, meter int, at time.Time, more map[string]any) {
	payload := map[string]any{"transactionId": transaction, "meterStop": meter, "timestamp": stamp(at)}
	for k, v := range more {
		payload[k] = v
	}
	worldtest.Do[map[string]any](s, "StopTransaction", payload)
}

// sessions are the sessions of a world, as one line each.
func sessions(w *worldtest.World) []string {
	conn, err := pgx.Connect(context.Background(), w.URL)
	if err != nil {
		panic(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(context.Background(), `select status || ' ' || coalesce(energy_wh::float8::text, '-') || ' ' || stop_reason || ' ' || coalesce(flags::text, '[]')
		from charging_sessions order by started_at, id`)
	if err != nil {
		panic(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		panic(err)
	}
	return lines
}

func expectSessions(t *testing.T, w *worldtest.World, want ...string) {
	t.Helper()
	got := sessions(w)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the sessions are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSec026And027_BadFramesCostThemselvesAlone(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	for id, c := range map[string]struct{ text, code string }{
		"unknown":  {`[2,"unknown","MakeCoffee",{}]`, "NotImplemented"},
		"ours":     {`[2,"ours","RemoteStartTransaction",{"idTag":"X"}]`, "NotSupported"},
		"missing":  {`[2,"missing","StartTransaction",{"idTag":"X"}]`, "OccurenceConstraintViolation"},
		"noobject": {`[2,"noobject","Heartbeat",[1]]`, ""},
		"deep":     {`[2,"deep","DataTransfer",{"vendorId":"x","data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}]`, "FormationViolation"},
	} {
		r, err := s.Ask(id, c.text)
		if err != nil || (c.code != "" && r.Code != c.code) {
			t.Errorf("%s was answered %s, %v; want %s", id, r.Raw, err, c.code)
		}
	}
	for _, text := range []string{"", "null", "{}", "[]", `[2]`, `["2","x"]`, "\x00\x01\x02", `[2,"x"`, `{"a":1e400}`, "not json", `[9,"x",{}]`} {
		s.SendRaw(text)
	}
	worldtest.Do[map[string]any](s, "Heartbeat", struct{}{})
	if n := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and type = 'UNREADABLE' and raw is not null", st.ID); n < 8 {
		t.Errorf("%d unreadable frames are in the log", n)
	}
}

func TestSec028_OddTimesAreKeptAndNotBelieved(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	for i, at := range []string{"222222017-01-01T00:00:00Z", "2026-00-10T00:00:00Z", "2099-01-01T00:00:00Z", "", "1970-01-01T00:00:00Z", "yesterday"} {
		worldtest.Do[struct{}](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": []string{"Preparing", "Charging"}[i%2], "timestamp": at})
		if off := worldtest.OwnerValue[float64](w, "select abs(extract(epoch from now() - status_at)) from connectors where station_id = $1", st.ID); off > 60 {
			t.Errorf("the time %q is believed: the status is %v s away", at, off)
		}
		if got := worldtest.OwnerValue[string](w, "select status from connectors where station_id = $1", st.ID); got != []string{"PREPARING", "CHARGING"}[i%2] {
			t.Errorf("after the time %q the connector shows %s", at, got)
		}
	}
}

func TestReplayedStatusDoesNotUndoANewerOne(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	now := time.Now()
	for _, c := range []struct {
		status string
		at     time.Time
	}{{"Charging", now}, {"Available", now.Add(-7 * time.Hour)}} {
		worldtest.Do[struct{}](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": "NoError", "status": c.status, "timestamp": stamp(c.at)})
	}
	if got := worldtest.OwnerValue[string](w, "select status from connectors where station_id = $1", st.ID); got != "CHARGING" {
		t.Errorf("a replayed status shows: %s", got)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from status_changes where station_id = $1", st.ID); n != 2 {
		t.Errorf("%d statuses are in the history", n)
	}
}

func TestSec029_RepeatsHaveOneEffect(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	at := time.Now()
	frame := fmt.Sprintf(`[2,"1","StartTransaction",{"connectorId":1,"idTag":"TAG","meterStart":5,"timestamp":%q}]`, stamp(at))
	first, err := s.Ask("1", frame)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Ask("1", frame)
	if err != nil || again.Raw != first.Raw {
		t.Errorf("the repeat was answered %s, first %s", again.Raw, first.Raw)
	}
	// Sec035: a retry under another id, on another connection, gets the same transaction.
	s2 := w.Connect(w.A, "CP1")
	if got := start(s2, 1, "TAG", 5, at); fmt.Sprintf(`[3,"1",%s]`, mustJSON(got)) == "" || !strings.Contains(first.Raw, fmt.Sprint(got.TransactionID)) {
		t.Errorf("the retry got transaction %d, the first answer was %s", got.TransactionID, first.Raw)
	}
	// The same id with another payload is another message.
	other, err := s2.Ask("1", fmt.Sprintf(`[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging","timestamp":%q}]`, stamp(at)))
	if err != nil || other.Code != "" {
		t.Errorf("a reused id was answered %s, %v", other.Raw, err)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from charging_sessions where station_id = $1", st.ID); n != 1 {
		t.Errorf("there are %d sessions", n)
	}
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestSec030_UnsolicitedAnswersAreIgnoredAndLogged(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	s.SendRaw(`[3,"nobody-asked",{"status":"Accepted"}]`)
	s.SendRaw(`[4,"nobody-asked","GenericError",""]`)
	worldtest.Do[map[string]any](s, "Heartbeat", struct{}{})
	if n := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and message_id = 'nobody-asked' and repairs is not null", st.ID); n != 2 {
		t.Errorf("%d unsolicited answers are in the log", n)
	}
}

func TestSec031_TrafficBeforeBootIsAccepted(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("update networks set accept_unknown_tokens = true")
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Connect(w.A, "CP1")
	if got := start(s, 1, "TAG", 0, time.Now()); got.IDTagInfo.Status != "Accepted" {
		t.Errorf("a start before the boot was answered %+v", got)
	}
	// A station that never boots is asked to, asked for its settings, and onboarded all the same.
	if c := s.NextCall(); c.Action != "TriggerMessage" {
		t.Errorf("the first call was %s", c.Action)
	} else {
		s.Answer(c, `{"status":"Rejected"}`)
	}
	s.Answer(s.NextCall(), `{"configurationKey":[{"key":"A","readonly":false,"value":"1"}]}`)
	w.Eventually("it is onboarded", func() bool {
		return worldtest.OwnerValue[string](w, "select onboarding from stations where id = $1", st.ID) == "ONBOARDED"
	})
}

func TestSec032_AnotherStationsTransactionIsOutOfReach(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 1)
	w.AddStation(w.A, w.A.Main, "CP2", 1)
	w.AddStation(w.B, w.B.Main, "CP1", 1)
	session := start(s, 1, "TAG", 1000, time.Now())
	for _, thief := range []*worldtest.Station{w.Connect(w.A, "CP2"), w.Connect(w.B, "CP1")} {
		stop(thief, session.TransactionID, 99_000, time.Now(), nil)
	}
	if got := worldtest.OwnerValue[string](w, "select status from charging_sessions where ocpp_transaction_id = $1 and meter_start_wh = 1000", fmt.Sprint(session.TransactionID)); got != "RUNNING" {
		t.Errorf("another station's stop ended the session: %s", got)
	}
}

func TestSec034To036_StopsAreReports(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 1)
	now := time.Now()
	one := start(s, 1, "TAG", 1000, now.Add(-4*time.Minute))
	stop(s, one.TransactionID, 999, now.Add(-3*time.Minute), map[string]any{"idTag": "OTHER", "reason": "Local"})
	two := start(s, 1, "TAG", 999, now.Add(-2*time.Minute))
	stop(s, two.TransactionID, 1999, now.Add(-time.Minute), nil)
	stop(s, two.TransactionID, 5000, now, nil) // a retry that says something else
	three := start(s, 1, "TAG", 2000, now)
	stop(s, three.TransactionID, 9_002_000, now.Add(time.Second), nil)
	expectSessions(t, w,
		`COMPLETED 0 Local ["STOPPED_BY_ANOTHER_TOKEN", "METER_RAN_BACKWARDS"]`,
		`COMPLETED 1000 Local []`,
		`COMPLETED 9000000 Local ["METER_IMPLAUSIBLE"]`)
}

func TestTransactionIdsThatStationsMakeUp(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{0, -1, math.MaxInt64, 1936029036} {
		t.Run(fmt.Sprint(id), func(t *testing.T) {
			t.Parallel()
			w, _, s := open(t, 1)
			start(s, 1, "TAG", 100, time.Now().Add(-time.Minute))
			stop(s, id, 600, time.Now(), map[string]any{"idTag": "tag"})
			stop(s, id, 600, time.Now().Add(time.Second), map[string]any{"idTag": "tag"}) // replayed with another time
			expectSessions(t, w, `COMPLETED 500 Local ["MATCHED_WITHOUT_TRANSACTION_ID"]`)
		})
	}
}

func TestStopWithoutMeterEndsAtTheLastSample(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 1)
	one := start(s, 1, "TAG", 1000, time.Now().Add(-time.Minute))
	worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": one.TransactionID, "meterValue": []any{
		map[string]any{"timestamp": stamp(time.Now()), "sampledValue": []any{map[string]any{"value": "1750"}}}}})
	worldtest.Do[map[string]any](s, "StopTransaction", map[string]any{"transactionId": one.TransactionID, "timestamp": stamp(time.Now())})
	expectSessions(t, w, `COMPLETED 750 Local ["METER_MISSING"]`)
}

func TestStopWithoutStartIsKept(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 1)
	data := []any{map[string]any{"timestamp": stamp(time.Now().Add(-time.Hour)), "sampledValue": []any{map[string]any{"value": "1.0", "unit": "kWh", "context": "Transaction.Begin"}}}}
	for range 2 {
		stop(s, 4711, 3500, time.Now(), map[string]any{"idTag": "TAG", "transactionData": data})
	}
	expectSessions(t, w, `COMPLETED 2500 Local ["STOP_WITHOUT_START"]`)
	if n := worldtest.OwnerValue[int](w, "select count(*) from meter_values"); n != 1 {
		t.Errorf("%d samples are stored, want the one", n)
	}
}

func TestSec037_LateMeterValuesDoNotReopenASession(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	one := start(s, 1, "TAG", 0, time.Now().Add(-time.Minute))
	stop(s, one.TransactionID, 1000, time.Now(), nil)
	worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": one.TransactionID, "meterValue": []any{
		map[string]any{"timestamp": stamp(time.Now()), "sampledValue": []any{map[string]any{"value": "9999"}}}}})
	expectSessions(t, w, `COMPLETED 1000 Local []`)
	if n := worldtest.OwnerValue[int](w, "select count(*) from meter_values where station_id = $1 and session_id is not null", st.ID); n != 1 {
		t.Errorf("%d late samples are kept with their session", n)
	}
}

func TestSec038_StartOnABusyConnectorEndsTheOldSession(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 2)
	now := time.Now()
	old := start(s, 1, "TAG", 1000, now.Add(-time.Hour))
	worldtest.Do[struct{}](s, "MeterValues", map[string]any{"connectorId": 1, "transactionId": old.TransactionID, "meterValue": []any{
		map[string]any{"timestamp": stamp(now.Add(-30 * time.Minute)), "sampledValue": []any{map[string]any{"value": "1700"}}}}})
	start(s, 2, "TAG-2", 0, now.Add(-20*time.Minute))
	start(s, 1, "TAG", 1800, now)
	expectSessions(t, w,
		`COMPLETED 700 PowerLoss ["REPORTED_LATE", "INFERRED_STOP"]`,
		`RUNNING 0  ["REPORTED_LATE"]`,
		`RUNNING 0  []`)
	// The station's own word, when it comes at last, counts more than what was inferred.
	stop(s, old.TransactionID, 1790, now.Add(-10*time.Minute), nil)
	if got := sessions(w)[0]; got != `COMPLETED 790 Local ["REPORTED_LATE", "INFERRED_STOP", "LATE_STOP"]` {
		t.Errorf("after the late stop the session is %s", got)
	}
}

func TestSec041And042_TokensAreJudged(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 2)
	w.AddStation(w.A, w.A.Main, "CP2", 1)
	past := time.Now().Add(-time.Hour)
	admin := w.A.As(tenancy.Admin)
	for _, spec := range []charging.TokenSpec{{IDTag: "Good-Card"}, {IDTag: "BLOCKED"}, {IDTag: "EXPIRED", ValidUntil: &past}, {IDTag: "SUB-ONLY", Network: w.A.Sub}} {
		made, err := w.Charging.CreateToken(admin, spec)
		if err != nil {
			t.Fatal(err)
		}
		if spec.IDTag == "BLOCKED" {
			w.Owner("update tokens set status = 'BLOCKED' where id = $1", made.ID)
		}
	}
	if _, err := w.Charging.CreateToken(w.B.As(tenancy.Admin), charging.TokenSpec{IDTag: "B-CARD"}); err != nil {
		t.Fatal(err)
	}
	s := w.Connect(w.A, "CP1")
	ask := func(tag string) string {
		return worldtest.Do[struct {
			IDTagInfo struct{ Status string } `json:"idTagInfo"`
		}](s, "Authorize", map[string]string{"idTag": tag}).IDTagInfo.Status
	}
	for tag, want := range map[string]string{"GOOD-CARD": "Accepted", "good-card": "Accepted", "BLOCKED": "Blocked", "EXPIRED": "Expired", "NOBODY": "Invalid", "B-CARD": "Invalid", "SUB-ONLY": "Invalid", "": "Invalid", `Good-Card\\`: "Accepted"} {
		if got := ask(tag); got != want {
			t.Errorf("token %q is %s, want %s", tag, got, want)
		}
	}
	start(w.Connect(w.A, "CP2"), 1, "good-CARD", 0, time.Now())
	if got := ask("Good-Card"); got != "ConcurrentTx" {
		t.Errorf("a token that charges elsewhere is %s", got)
	}
	// A start is answered whatever the token is.
	if got := start(s, 1, "BLOCKED", 0, time.Now()); got.IDTagInfo.Status != "Blocked" || got.TransactionID == 0 {
		t.Errorf("a start with a blocked token was answered %+v", got)
	}
}

func TestSec044And045_StationTextIsInert(t *testing.T) {
	t.Parallel()
	w, st, s := open(t, 1)
	nasty := `<script>alert(1)</script>'; drop table stations; -- =cmd|' /C calc'!A0`
	worldtest.Do[map[string]any](s, "BootNotification", map[string]string{"chargePointVendor": nasty, "chargePointModel": nasty})
	worldtest.Do[struct{}](s, "StatusNotification", map[string]any{"connectorId": 1, "errorCode": nasty, "status": "Faulted", "info": nasty, "vendorErrorCode": nasty})
	if got := worldtest.OwnerValue[string](w, "select vendor from stations where id = $1", st.ID); got != nasty {
		t.Errorf("the vendor is kept as %q", got)
	}
}

func TestMeterValuesInEverySpelling(t *testing.T) {
	t.Parallel()
	w, _, s := open(t, 1)
	session := start(s, 1, "TAG", 0, time.Now())
	at := stamp(time.Now())
	s2 := fmt.Sprintf(`[2,"mv","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":{"timestamp":%q,"sampledValue":[`+
		`{"value":1.25,"unit":"kWh"},{"value":"7.4","measurand":"Power.Active.Import","unit":"kW"},{"value":"","measurand":"Voltage"},`+
		`{"value":"16","measurand":"Current.Import.L1"},{"value":"41","measurand":"SoC","unit":"Percent"},{"value":"49.9","measurand":"Frequency","unit":"Hz"},{"value":"31","measurand":"Temperature","unit":"Celcius"}]}}]`, session.TransactionID, at)
	if r, err := s.Ask("mv", s2); err != nil || r.Code != "" {
		t.Fatalf("the meter values were answered %s, %v", r.Raw, err)
	}
	got := worldtest.OwnerValue[string](w, "select string_agg(measurand || phase || '=' || coalesce(value::text, raw_value) || unit, ' ' order by measurand) from meter_values")
	want := "Current.ImportL1=16A Energy.Active.Import.Register=1250Wh Frequency=49.9Hz Power.Active.Import=7400W SoC=41% Temperature=31Celsius Voltage=V"
	if got != want {
		t.Errorf("stored as\n%s\nwant\n%s", got, want)
	}
	if got := worldtest.OwnerValue[string](w, "select energy_wh::float8 || ' ' || power_w || ' ' || soc from charging_sessions"); got != "1250 7400 41" {
		t.Errorf("the session shows %s", got)
	}
}

// Every frame that a station of version 1.6 sends in the fixtures, and in the captures where they are at hand, goes over a
// live socket: a call is answered, the socket stays, and what came is in the log.
func TestFramesOfRealStationsOverALiveSocket(t *testing.T) {
	t.Parallel()
	sources := []string{filepath.Join("testdata", "frames.jsonl")}
	if dir := os.Getenv("BUSBAR_CAPTURES"); dir != "" {
		sources = append(sources, filepath.Join(dir, "frames.jsonl"))
	}
	w, st, s := open(t, 4)
	n := 0
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var f struct {
				Version, Direction, Raw string
				Frame                   json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			if f.Version != "1.6" || (f.Direction != "" && f.Direction != "cp->cs") {
				continue
			}
			if f.Raw == "" {
				f.Raw = string(f.Frame)
			}
			s.SendRaw(f.Raw)
			n++
			worldtest.Do[map[string]any](s, "Heartbeat", struct{}{})
		}
	}
	if n < 50 {
		t.Errorf("only %d frames were sent", n)
	}
	if logged := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and direction = 'RECEIVED' and action is distinct from 'Heartbeat'", st.ID); logged < n-20 {
		t.Errorf("%d frames were sent and %d are in the log", n, logged)
	}
	if bad := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and type = 'CALLERROR' and error_code = 'InternalError'", st.ID); bad != 0 {
		t.Errorf("%d frames could not be handled by fault of ours", bad)
	}
}
