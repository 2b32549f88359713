package ocpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// limit is a profile with one limit in ampere.
func limit(purpose charging.ProfilePurpose, ampere string) charging.ChargingProfile {
	return charging.ChargingProfile{Purpose: purpose, Kind: "ABSOLUTE", Schedules: []charging.ProfileSchedule{{
		Unit: "A", Periods: []charging.SchedulePeriod{{DynamicLimits: charging.DynamicLimits{Limit: json.Number(ampere)}}},
	}}}
}

// ordered gives an order in the background and returns what waits for its outcome.
func ordered(t *testing.T, w *worldtest.World, give func(ctx context.Context) (*ent.Command, error)) func() *ent.Command {
	t.Helper()
	type outcome struct {
		command *ent.Command
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		command, err := give(w.A.As(tenancy.Operator))
		done <- outcome{command, err}
	}()
	return func() *ent.Command {
		t.Helper()
		o := <-done
		if o.err != nil {
			t.Fatal(o.err)
		}
		return o.command
	}
}

// answered expects a call of an action, with some texts in it, and answers it.
func answered(t *testing.T, s *worldtest.Station, action, answer string, has ...string) {
	t.Helper()
	c := s.NextCall()
	if c.Action != action {
		t.Fatalf("%s came, not %s: %s", c.Action, action, c.Payload)
	}
	for _, text := range has {
		if !strings.Contains(string(c.Payload), text) {
			t.Errorf("%s has no %s: %s", action, text, c.Payload)
		}
	}
	s.Answer(c, answer)
}

// profiles are those of a station, as one line.
func profiles(w *worldtest.World, st uuid.UUID) string {
	return worldtest.OwnerValue[string](w, `select coalesce(string_agg(purpose || ' ' || evse_no || '/' || stack_level || ' ' || status || ' ' ||
		(schedules->0->'periods'->0->>'limit') || coalesce(' of ' || left(session_id::text, 0) || 'a session', ''), ', ' order by created_at, id), '') from charging_profiles where station_id = $1`, st)
}

const accepted = `{"status":"Accepted"}`

// A profile goes through its life at a station of OCPP 1.6: it is set, replaced, kept where the station refuses another, and cleared.
func TestProfiles_Of16(t *testing.T) {
	t.Parallel()
	w, st, s := openAs(t, `{}`)
	set := func(evse int, p charging.ChargingProfile) func() *ent.Command {
		return ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetChargingProfile(ctx, st, evse, uuid.Nil, p, 20)
		})
	}
	wait := set(1, limit(charging.PurposeTxDefault, "16.27"))
	c := s.NextCall()
	var request struct {
		ConnectorID        int
		CsChargingProfiles struct {
			ChargingProfileID      int64
			ChargingProfilePurpose string
			ChargingSchedule       struct {
				StartSchedule          time.Time
				ChargingSchedulePeriod []struct{ Limit json.Number }
			}
		}
	}
	if err := json.Unmarshal(c.Payload, &request); err != nil {
		t.Fatal(err)
	}
	p := request.CsChargingProfiles
	if c.Action != "SetChargingProfile" || request.ConnectorID != 1 || p.ChargingProfilePurpose != "TxDefaultProfile" || p.ChargingSchedule.ChargingSchedulePeriod[0].Limit != "16.2" {
		t.Errorf("the profile came as %s %s", c.Action, c.Payload)
	}
	if early := time.Since(p.ChargingSchedule.StartSchedule); early < time.Minute {
		t.Errorf("the schedule begins only %s ago: a clock that runs late would delay it", early)
	}
	if got := profiles(w, st); got != "TX_DEFAULT_PROFILE 1/0 REQUESTED 16.2" {
		t.Errorf("while the station is asked its profiles are %s", got)
	}
	s.Answer(c, accepted)
	got := wait()
	if got.Status != "ACCEPTED" || got.Result == nil || !strings.Contains(string(*got.Result), "lowered to 16.2 A") || !strings.Contains(string(*got.Result), fmt.Sprintf(`"profileNo": %d`, p.ChargingProfileID)) {
		t.Errorf("the command is %s with %v", got.Status, got.Result)
	}
	number := fmt.Sprintf(`"chargingProfileId":%d`, p.ChargingProfileID)

	wait = set(1, limit(charging.PurposeTxDefault, "10"))
	answered(t, s, "SetChargingProfile", `{"status":"Rejected"}`, number)
	wait()
	if got := profiles(w, st); got != "TX_DEFAULT_PROFILE 1/0 INSTALLED 16.2, TX_DEFAULT_PROFILE 1/0 REFUSED 10" {
		t.Errorf("after a refusal its profiles are %s", got)
	}
	wait = set(1, limit(charging.PurposeTxDefault, "8"))
	answered(t, s, "SetChargingProfile", accepted, number)
	wait()
	if got := profiles(w, st); got != "TX_DEFAULT_PROFILE 1/0 CLEARED 16.2, TX_DEFAULT_PROFILE 1/0 REFUSED 10, TX_DEFAULT_PROFILE 1/0 INSTALLED 8" {
		t.Errorf("after another its profiles are %s", got)
	}
	one := 1
	wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
		return w.Charging.ClearChargingProfile(ctx, st, charging.ClearProfileOrder{EvseNo: &one, Purpose: charging.PurposeTxDefault}, 20)
	})
	answered(t, s, "ClearChargingProfile", accepted, `"connectorId":1`, `"chargingProfilePurpose":"TxDefaultProfile"`)
	wait()
	if got := profiles(w, st); strings.Contains(got, "INSTALLED") {
		t.Errorf("after they were cleared its profiles are %s", got)
	}
	wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
		return w.Charging.CompositeSchedule(ctx, st, charging.CompositeScheduleOrder{EvseNo: 1, DurationS: 300, Unit: "A"}, 20)
	})
	answered(t, s, "GetCompositeSchedule", `{"status":"Accepted","connectorId":1,"scheduleStart":"2030-01-01T00:00:00Z",
		"chargingSchedule":{"duration":300,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":6.5,"numberPhases":3}]}}`)
	const want = `{"evseNo": 1, "startAt": "2030-01-01T00:00:00Z", "durationS": 300, "unit": "A", "periods": [{"startS": 0, "phases": 3, "limit": 6.5}]}`
	if got := wait(); !sameJSON(t, string(*got.Result), want) {
		t.Errorf("the composite schedule is %s", *got.Result)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}

// The profile of a session is named by the session's transaction, and gone with it.
func TestProfiles_EndWithTheirSession(t *testing.T) {
	t.Parallel()
	w, st, s := openAs(t, `{}`)
	begun := start(s, 1, "CARD", 0, time.Now())
	session := worldtest.OwnerValue[uuid.UUID](w, "select id from charging_sessions where station_id = $1", st)
	wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
		return w.Charging.SetChargingProfile(ctx, st, 0, session, limit(charging.PurposeTx, "6"), 20)
	})
	answered(t, s, "SetChargingProfile", accepted, `"connectorId":1`, fmt.Sprintf(`"transactionId":%d`, begun.TransactionID))
	wait()
	if got := profiles(w, st); got != "TX_PROFILE 1/0 INSTALLED 6 of a session" {
		t.Errorf("while it runs the profiles are %s", got)
	}
	stop(s, begun.TransactionID, 100, time.Now(), nil)
	if got := profiles(w, st); got != "TX_PROFILE 1/0 CLEARED 6 of a session" {
		t.Errorf("after it the profiles are %s", got)
	}
	_, err := w.Charging.SetChargingProfile(w.A.As(tenancy.Operator), st, 0, session, limit(charging.PurposeTx, "6"), 0)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a profile for a session that has ended is refused with %v", err)
	}
}

// A start brings its limit along, or has it sent afterwards to stations that refuse such a start.
func TestProfiles_OfRemoteStarts(t *testing.T) {
	t.Parallel()
	for _, later := range []bool{false, true} {
		t.Run(fmt.Sprint("later ", later), func(t *testing.T) {
			t.Parallel()
			w, st, s := openAs(t, fmt.Sprintf(`{"noProfileInRemoteStart": %t}`, later))
			p := limit(charging.PurposeTx, "10")
			wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
				return w.Charging.RemoteStart(ctx, st, charging.RemoteStart{EvseNo: 1, ConnectorNo: 1, IDTag: "CARD", Profile: &p}, 20)
			})
			c := s.NextCall()
			if has := strings.Contains(string(c.Payload), "chargingProfile"); has == later {
				t.Errorf("the start came as %s", c.Payload)
			}
			s.Answer(c, accepted)
			wait()
			begun := start(s, 1, "CARD", 0, time.Now())
			if later {
				answered(t, s, "SetChargingProfile", accepted, fmt.Sprintf(`"transactionId":%d`, begun.TransactionID), `"limit":10`)
			}
			w.Eventually("the session has its profile", func() bool {
				return strings.HasSuffix(profiles(w, st), "TX_PROFILE 1/0 INSTALLED 10 of a session")
			})
		})
	}
}

// What a station can't keep to isn't sent, and whoever asks learns why.
func TestProfiles_AreChecked(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	change := func(change func(p *charging.ChargingProfile)) charging.ChargingProfile {
		p := limit(charging.PurposeTxDefault, "16")
		change(&p)
		return p
	}
	now := time.Now()
	for i, c := range []struct {
		name, own, says, field string
		version                string
		evse                   int
		p                      charging.ChargingProfile
	}{
		{"a TxProfile without a session", `{}`, "name it", "sessionId", "1.6", 1, limit(charging.PurposeTx, "16")},
		{"the station's limit at an EVSE", `{}`, "leave the EVSE out", "evseNo", "1.6", 1, limit(charging.PurposeStationMax, "16")},
		{"an EVSE that isn't there", `{}`, "no EVSE 7", "evseNo", "1.6", 7, limit(charging.PurposeTxDefault, "16")},
		{"a recurring one without recurrency", `{}`, "daily or weekly", "recurrency", "1.6", 1, change(func(p *charging.ChargingProfile) { p.Kind = "RECURRING" })},
		{"a recurring one without start", `{}`, "needs a start", "startAt", "1.6", 1, change(func(p *charging.ChargingProfile) { p.Kind, p.Recurrency = "RECURRING", "DAILY" })},
		{"a relative one with a start", `{}`, "leave its start out", "startAt", "1.6", 1, change(func(p *charging.ChargingProfile) { p.Kind, p.Schedules[0].StartAt = "RELATIVE", &now })},
		{"a first period that isn't at 0", `{}`, "starts at 0", "periods", "1.6", 1, change(func(p *charging.ChargingProfile) { p.Schedules[0].Periods[0].StartS = 5 })},
		{"a level above the station's", `{}`, "up to 8", "stackLevel", "1.6", 1, change(func(p *charging.ChargingProfile) { p.StackLevel = 9 })},
		{"a level above the make's", `{"maxStackLevel": 0}`, "up to 0", "stackLevel", "1.6", 1, change(func(p *charging.ChargingProfile) { p.StackLevel = 1 })},
		{"a unit that the station doesn't take", `{}`, "in A only", "unit", "1.6", 1, change(func(p *charging.ChargingProfile) { p.Schedules[0].Unit = "W" })},
		{"more periods than the station takes", `{}`, "at most 2", "periods", "1.6", 1, change(func(p *charging.ChargingProfile) {
			one := p.Schedules[0].Periods[0]
			two, three := one, one
			two.StartS, three.StartS = 60, 120
			p.Schedules[0].Periods = []charging.SchedulePeriod{one, two, three}
		})},
		{"a make without smart charging", `{"noSmartCharging": true}`, "can't be limited", "", "1.6", 1, limit(charging.PurposeTxDefault, "16")},
		{"a purpose that the make ignores", `{"ignoredProfilePurposes": ["ChargePointMaxProfile"]}`, "ignores it", "purpose", "1.6", 0, limit(charging.PurposeStationMax, "16")},
		{"a limit at which the session ends", `{"minLimitA": 6}`, "keep a session alive", "limit", "1.6", 1, limit(charging.PurposeTxDefault, "5")},
		{"a pause that ends the session", `{"zeroLimitEndsSession": true}`, "ends the session", "limit", "1.6", 1, limit(charging.PurposeTxDefault, "0")},
		{"less than the lowest step", `{"limitSteps": ["6", "10"]}`, "below them all", "limit", "1.6", 1, limit(charging.PurposeTxDefault, "5")},
		{"a dynamic one before 2.1", `{}`, "no dynamic", "kind", "2.0.1", 1, change(func(p *charging.ChargingProfile) { p.Kind = "DYNAMIC" })},
		{"smart charging that is off", `{}`, "switched off", "", "2.1", 1, limit(charging.PurposeTxDefault, "16")},
	} {
		st := w.AddStation(w.A, w.A.Main, fmt.Sprintf("CP%d", i), 1)
		behaves(t, w, st.ID, c.own)
		onboardedBefore(w, st.ID)
		w.Owner("update stations set online = true, connection_version = $2 where id = $1", st.ID, c.version)
		for _, v := range [][3]string{
			{"", "ChargeProfileMaxStackLevel", "8"}, {"", "ChargingScheduleAllowedChargingRateUnit", "Current"}, {"", "ChargingScheduleMaxPeriods", "2"},
			{"SmartChargingCtrlr", "Enabled", "false"},
		} {
			if (v[0] == "") == (c.version == "1.6") {
				w.Owner(`insert into station_variables (id, tenant_id, network_id, station_id, component, variable, attribute, value, reported_at)
					values (gen_random_uuid(), $1, $2, $3, $4, $5, 'Actual', $6, now())`, w.A.ID, w.A.Main, st.ID, v[0], v[1], v[2])
			}
		}
		var f *fault.Error
		var err error
		w.Eventually("the station counts as online for long enough", func() bool {
			w.Owner("update stations set online = true where id = $1", st.ID)
			_, err = w.Charging.SetChargingProfile(w.A.As(tenancy.Operator), st.ID, c.evse, uuid.Nil, c.p, 0)
			f = fault.Of(err)
			return f == nil || f.Code != fault.StationOffline
		})
		if f == nil || f.Field != c.field || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s is refused with %+v", c.name, err)
		}
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from charging_profiles"); n != 0 {
		t.Errorf("%d profiles that were never sent are kept", n)
	}
}

// A make that takes watt alone gets what ampere are in watt, and steps are rounded down.
func TestProfiles_AreSuited(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ own, ampere, sent, says string }{
		{`{"rateUnit": "W"}`, "10", `"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":6900`, "converted with 3 × 230 V"},
		{`{"limitSteps": ["6", "10", "13"]}`, "12", `"limit":10`, "12 A was lowered to 10 A"},
	} {
		t.Run(c.own, func(t *testing.T) {
			t.Parallel()
			w, st, s := openAs(t, c.own)
			wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
				return w.Charging.SetChargingProfile(ctx, st, 1, uuid.Nil, limit(charging.PurposeTxDefault, c.ampere), 20)
			})
			answered(t, s, "SetChargingProfile", accepted, c.sent)
			if got := wait(); !strings.Contains(string(*got.Result), c.says) {
				t.Errorf("the result is %s", *got.Result)
			}
		})
	}
}

// connected2 connects a station of OCPP 2.x that is known already.
func connected2(t *testing.T, version string) (*worldtest.World, uuid.UUID, *worldtest.Station) {
	t.Helper()
	w := worldtest.New(t)
	w.Owner("update networks set accept_unknown_tokens = true")
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	onboardedBefore(w, st.ID)
	s, _, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp"+version)
	if err != nil {
		t.Fatal(err)
	}
	worldtest.Do[any](s, "Heartbeat", struct{}{})
	return w, st.ID, s
}

// A profile of OCPP 2.x keeps its number when it is replaced, and is cleared by it.
func TestProfiles_Of2(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		var number int64
		for _, ampere := range []string{"16", "10"} {
			wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
				return w.Charging.SetChargingProfile(ctx, st, 0, uuid.Nil, limit(charging.PurposeStationMax, ampere), 20)
			})
			answered(t, s, "SetChargingProfile", accepted, `"evseId":0`, `"chargingProfilePurpose":"ChargingStationMaxProfile"`, `"limit":`+ampere)
			var result struct{ ProfileNo int64 }
			if err := json.Unmarshal([]byte(*wait().Result), &result); err != nil || number != 0 && result.ProfileNo != number {
				t.Errorf("the profile got the number %d after %d, %v", result.ProfileNo, number, err)
			}
			number = result.ProfileNo
		}
		if got := profiles(w, st); got != "CHARGING_STATION_MAX_PROFILE 0/0 CLEARED 16, CHARGING_STATION_MAX_PROFILE 0/0 INSTALLED 10" {
			t.Errorf("the profiles are %s", got)
		}
		wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.ClearChargingProfile(ctx, st, charging.ClearProfileOrder{ProfileID: &number}, 20)
		})
		answered(t, s, "ClearChargingProfile", `{"status":"Unknown"}`, fmt.Sprintf(`"chargingProfileId":%d`, number))
		if got := wait(); got.Status != "REJECTED" || strings.Contains(profiles(w, st), "INSTALLED") {
			t.Errorf("clearing what the station doesn't know is %s, the profiles are %s", got.Status, profiles(w, st))
		}
		wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.ChargingProfiles(ctx, st, charging.ProfileQuery{Purpose: charging.PurposeTxDefault}, 20)
		})
		answered(t, s, "GetChargingProfiles", `{"status":"NoProfiles"}`, `"chargingProfilePurpose":"TxDefaultProfile"`)
		if got := wait(); got.Status != "ACCEPTED" {
			t.Errorf("having no profiles is %s", got.Status)
		}
		wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.CompositeSchedule(ctx, st, charging.CompositeScheduleOrder{DurationS: 60}, 20)
		})
		answered(t, s, "GetCompositeSchedule", `{"status":"Accepted","schedule":{"evseId":0,"duration":60,"scheduleStart":"2030-01-01T00:00:00Z","chargingRateUnit":"W",
			"chargingSchedulePeriod":[{"startPeriod":0,"limit":11000}]}}`)
		const want = `{"evseNo": 0, "startAt": "2030-01-01T00:00:00Z", "durationS": 60, "unit": "W", "periods": [{"startS": 0, "limit": 11000}]}`
		if got := wait(); !sameJSON(t, string(*got.Result), want) {
			t.Errorf("the composite schedule is %s", *got.Result)
		}
	})
}

// The limits of a dynamic profile change while it holds, and are what the station gets when it asks.
func TestProfiles_Dynamic(t *testing.T) {
	t.Parallel()
	w, st, s := connected2(t, "2.1")
	p := limit(charging.PurposeTxDefault, "16")
	p.Kind = "DYNAMIC"
	wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
		return w.Charging.SetChargingProfile(ctx, st, 1, uuid.Nil, p, 20)
	})
	answered(t, s, "SetChargingProfile", accepted, `"chargingProfileKind":"Dynamic"`)
	wait()
	number := worldtest.OwnerValue[int64](w, "select profile_id from charging_profiles where station_id = $1", st)
	wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
		return w.Charging.UpdateDynamicSchedule(ctx, st, charging.DynamicScheduleOrder{ProfileID: number, Limits: charging.DynamicLimits{Limit: "7.5"}}, 20)
	})
	answered(t, s, "UpdateDynamicSchedule", accepted, `"limit":7.5`)
	wait()
	pulled := worldtest.Do[struct{ ScheduleUpdate struct{ Limit float64 } }](s, "PullDynamicScheduleUpdate", map[string]any{"chargingProfileId": number})
	if pulled.ScheduleUpdate.Limit != 7.5 {
		t.Errorf("the station gets %v when it asks", pulled)
	}
}

// A car that states its needs gets a schedule within them, the power of its EVSE and the limits that hold; one that makes a schedule
// beyond that gets it again. What an operator sets goes before that. Without a session there is nothing to limit.
func TestProfiles_ForACarsNeeds(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		needs := map[string]any{"evseId": 1, "chargingNeeds": map[string]any{
			"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": map[string]any{"energyAmount": 20000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400}}}
		if got := worldtest.Do[map[string]any](s, "NotifyEVChargingNeeds", needs); got["status"] != "Rejected" {
			t.Errorf("without a session the needs are answered %v", got)
		}
		wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetChargingProfile(ctx, st, 0, uuid.Nil, limit(charging.PurposeStationMax, "13"), 20)
		})
		answered(t, s, "SetChargingProfile", accepted)
		wait()
		send2(s, "tx-1", event2{kind: "Started", trigger: "CablePluggedIn", evse: true, token: "CARD", state: "Charging"})
		if got := worldtest.Do[map[string]any](s, "NotifyEVChargingNeeds", needs); got["status"] != "Accepted" {
			t.Errorf("the needs are answered %v", got)
		}
		answered(t, s, "SetChargingProfile", accepted, `"transactionId":"tx-1"`, `"limit":13`, `"TxProfile"`)
		w.Eventually("the car has its schedule", func() bool { return strings.HasSuffix(profiles(w, st), "TX_PROFILE 1/0 INSTALLED 13 of a session") })
		made := map[string]any{"evseId": 1, "timeBase": time.Now().UTC().Format(time.RFC3339), "chargingSchedule": map[string]any{
			"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": []any{map[string]any{"startPeriod": 0, "limit": 20}}}}
		worldtest.Do[map[string]any](s, "NotifyEVChargingSchedule", made)
		answered(t, s, "SetChargingProfile", accepted, `"limit":13`)

		session := worldtest.OwnerValue[uuid.UUID](w, "select id from charging_sessions where station_id = $1", st)
		wait = ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetChargingProfile(ctx, st, 1, session, limit(charging.PurposeTx, "7"), 20)
		})
		answered(t, s, "SetChargingProfile", accepted, `"limit":7`)
		wait()
		for range 2 {
			worldtest.Do[map[string]any](s, "NotifyEVChargingNeeds", needs)
			answered(t, s, "SetChargingProfile", accepted, `"limit":7`)
			w.Eventually("the car has its schedule", func() bool { return strings.HasSuffix(profiles(w, st), "TX_PROFILE 1/0 INSTALLED 7 of a session") })
		}
	})
}
