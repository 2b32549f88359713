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

// A limit that somebody else set stands among the station's profiles until its source takes it back: a new one of the same source
// takes its place, one at another EVSE stands beside it. A car gets no more than it, and our clearing leaves it alone.
func TestExternalLimits_StandUntilTheyAreTakenBack(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		external := func() string {
			return worldtest.OwnerValue[string](w, `select coalesce(string_agg(concat_ws(' ', evse_no, source, status, coalesce(schedules->0->'periods'->0->>'limit', '-'),
				details->>'gridCritical'), ', ' order by evse_no, source, created_at), '') from charging_profiles where station_id = $1 and purpose = 'CHARGING_STATION_EXTERNAL_CONSTRAINTS'`, st)
		}
		tells := func(evse, source, ampere string) {
			schedule := ""
			if ampere != "" {
				schedule = fmt.Sprintf(`,"chargingSchedule":[{"id":1,"chargingRateUnit":"A","chargingSchedulePeriod":[{"startPeriod":0,"limit":%s}]}]`, ampere)
			}
			tell(s, "NotifyChargingLimit", fmt.Sprintf(`{%s"chargingLimit":{"chargingLimitSource":%q,"isGridCritical":true}%s}`, evse, source, schedule))
		}
		tells("", "SO", "20")
		tells(`"evseId":1,`, "SO", "")
		tells("", "EMS", "30")
		tells("", "SO", "9")
		if got := external(); got != "0 EMS INSTALLED 30 true, 0 SO INSTALLED 9 true, 1 SO INSTALLED - true" {
			t.Errorf("the limits of others are %s", got)
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from station_events where station_id = $1 and kind = 'CHARGING_LIMIT'", st); n != 4 {
			t.Errorf("%d events tell of limits, want 4", n)
		}
		wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
			level := 0
			return w.Charging.ClearChargingProfile(ctx, st, charging.ClearProfileOrder{StackLevel: &level}, 20)
		})
		answered(t, s, "ClearChargingProfile", accepted)
		wait()
		send2(s, "tx-1", event2{kind: "Started", trigger: "CablePluggedIn", evse: true, token: "CARD", state: "Charging"})
		tell(s, "NotifyEVChargingNeeds", `{"evseId":1,"chargingNeeds":{"requestedEnergyTransfer":"AC_three_phase","acChargingParameters":{"energyAmount":20000,"evMinCurrent":6,"evMaxCurrent":32,"evMaxVoltage":400}}}`)
		answered(t, s, "SetChargingProfile", accepted, `"limit":9`)

		awaited(w, w.A, st, "CHARGING_PROFILES", 6, true)
		tell(s, "ReportChargingProfiles", `{"requestId":6,"chargingLimitSource":"EMS","evseId":0,"tbc":false,"chargingProfile":[`+profile(8, "ChargingStationExternalConstraints", "Absolute", "25", "")+`]}`)
		if got := external(); got != "0 EMS CLEARED 30 true, 0 EMS INSTALLED 25, 0 SO INSTALLED 9 true, 1 SO INSTALLED - true" {
			t.Errorf("after a report that numbers one of them the limits of others are %s", got)
		}
		tell(s, "ClearedChargingLimit", `{"chargingLimitSource":"SO","evseId":0}`)
		tell(s, "ClearedChargingLimit", `{"chargingLimitSource":"Other"}`)
		if got := external(); got != "0 EMS CLEARED 30 true, 0 EMS INSTALLED 25, 0 SO CLEARED 9 true, 1 SO INSTALLED - true" {
			t.Errorf("once a limit is gone they are %s", got)
		}
		tell(s, "ClearedChargingLimit", `{"chargingLimitSource":"SO"}`)
		if got := external(); strings.Count(got, "INSTALLED") != 1 {
			t.Errorf("once all of a source are gone they are %s", got)
		}
	})
}

// What only OCPP 2.1 can say of a profile reaches the station, is kept, and is refused for other versions.
func TestProfiles_SayWhatOnly21Has(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		offline, delay, forgotten := int64(600), int64(30), true
		p := limit(charging.PurposeTxDefault, "16")
		p.MaxOfflineS, p.InvalidAfterOffline = &offline, &forgotten
		p.Schedules[0].RandomizedDelayS, p.Schedules[0].UseLocalTime = &delay, true
		p.Schedules[0].Periods[0].OperationMode, p.Schedules[0].Periods[0].Setpoint, p.Schedules[0].Periods[0].Limit = "CentralSetpoint", "-8.5", ""
		give := func(ctx context.Context) (*ent.Command, error) {
			return w.Charging.SetChargingProfile(ctx, st, 1, uuid.Nil, p, 20)
		}
		if version == "2.0.1" {
			if _, err := give(w.A.As(tenancy.Operator)); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
				t.Errorf("the profile was answered %v", err)
			}
			return
		}
		wait := ordered(t, w, give)
		answered(t, s, "SetChargingProfile", accepted, `"maxOfflineDuration":600`, `"invalidAfterOfflineDuration":true`, `"randomizedDelay":30`, `"useLocalTime":true`,
			`"operationMode":"CentralSetpoint"`, `"setpoint":-8.5`)
		wait()
		if got := worldtest.OwnerValue[string](w, "select details::text from charging_profiles where station_id = $1", st); got != `{"maxOfflineS": 600, "invalidAfterOffline": true}` {
			t.Errorf("the details are kept as %s", got)
		}
	})
}

// A session gets priority, and loses it; a station without a profile for that says so. Before 2.1 there is no such thing.
func TestPriorityCharging(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		send2(s, "tx-1", event2{kind: "Started", trigger: "CablePluggedIn", evse: true, token: "CARD", state: "Charging"})
		session := worldtest.OwnerValue[uuid.UUID](w, "select id from charging_sessions where station_id = $1", st)
		give := func(active bool) func(ctx context.Context) (*ent.Command, error) {
			return func(ctx context.Context) (*ent.Command, error) {
				return w.Charging.UsePriorityCharging(ctx, session, active, 20)
			}
		}
		if version == "2.0.1" {
			if _, err := give(true)(w.A.As(tenancy.Operator)); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
				t.Errorf("priority was answered %v", err)
			}
			return
		}
		wait := ordered(t, w, give(true))
		answered(t, s, "UsePriorityCharging", accepted, `"transactionId":"tx-1"`, `"activate":true`)
		if got := wait(); got.Status != "ACCEPTED" {
			t.Errorf("priority ended %s", outcomeOf(got))
		}
		wait = ordered(t, w, give(false))
		answered(t, s, "UsePriorityCharging", `{"status":"NoProfile"}`, `"activate":false`)
		if got := wait(); got.Status != "REJECTED" || got.Error == nil {
			t.Errorf("priority without a profile ended %s", outcomeOf(got))
		}
		for who, other := range map[string]context.Context{"another tenant": w.B.As(tenancy.Owner), "another network": w.A.In(w.A.Sub, tenancy.Owner)} {
			if _, err := give(true)(other); fault.Of(err) == nil || fault.Of(err).Code != fault.NotFound {
				t.Errorf("%s was answered %v", who, err)
			}
		}
	})
}

// The limit that a remote start brings is the session's once it begins. One whose session never begins is over after a while.
func TestProfiles_OfARemoteStartOf2(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w, st, s := connected2(t, version)
		p := limit(charging.PurposeTx, "11")
		for range 2 {
			wait := ordered(t, w, func(ctx context.Context) (*ent.Command, error) {
				return w.Charging.RemoteStart(ctx, st, charging.RemoteStart{EvseNo: 1, IDTag: "CARD", Profile: &p}, 20)
			})
			c := s.NextCall()
			var asked struct {
				RemoteStartID   int
				ChargingProfile struct {
					TransactionID          *string
					ChargingProfilePurpose string
				}
			}
			if err := json.Unmarshal(c.Payload, &asked); err != nil || asked.ChargingProfile.ChargingProfilePurpose != "TxProfile" || asked.ChargingProfile.TransactionID != nil {
				t.Fatalf("the start is %s, %v", c.Payload, err)
			}
			s.Answer(c, accepted)
			wait()
			if worldtest.OwnerValue[int](w, "select count(*) from charging_sessions where status = 'RUNNING'") == 0 {
				tell(s, "TransactionEvent", fmt.Sprintf(`{"eventType":"Started","timestamp":%q,"triggerReason":"RemoteStart","seqNo":0,"evse":{"id":1,"connectorId":1},
					"idToken":{"idToken":"CARD","type":"Central"},"transactionInfo":{"transactionId":"tx-9","remoteStartId":%d,"chargingState":"Charging"}}`,
					time.Now().UTC().Format(time.RFC3339), asked.RemoteStartID))
				w.Eventually("the limit is the session's", func() bool { return profiles(w, st) == "TX_PROFILE 1/0 INSTALLED 11 of a session" })
			}
		}
		upkeep := tenancy.NewContext(t.Context(), tenancy.Maintenance(w.A.ID))
		for _, want := range []int{0, 1} {
			if n, err := w.Charging.ExpireProfiles(upkeep); n != want || err != nil {
				t.Errorf("%d profiles were over, %v; want %d", n, err, want)
			}
			w.Owner("update charging_profiles set created_at = now() - interval '2 hours'")
		}
		if got := profiles(w, st); !strings.Contains(got, "INSTALLED 11 of a session") || !strings.Contains(got, "CLEARED 11") {
			t.Errorf("in the end the profiles are %s", got)
		}
	})
}
