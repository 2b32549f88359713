package simulator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

func powerOf(t *testing.T, s *Station) float64 {
	t.Helper()
	view, err := s.Snapshot(t.Context())
	ok(t, err)
	return view.Connectors[0].PowerW
}

func near(t *testing.T, what string, have, want float64) {
	t.Helper()
	if have < want-50 || have > want+50 {
		t.Errorf("%s it charges with %.0f W, not %.0f", what, have, want)
	}
}

// limits makes a schedule from start and limit, turn by turn.
func limits(unit v21.ChargingRateUnit, pairs ...float64) []v21.ChargingSchedule {
	sched := v21.ChargingSchedule{ID: 1, ChargingRateUnit: unit}
	for i := 0; i < len(pairs); i += 2 {
		sched.ChargingSchedulePeriod = append(sched.ChargingSchedulePeriod, v21.ChargingSchedulePeriod{StartPeriod: int64(pairs[i]), Limit: schema.Some(pairs[i+1])})
	}
	return []v21.ChargingSchedule{sched}
}

func TestProfiles2xCapThePower(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		s := c.switchOn(Options{SampleInterval: time.Hour})
		tx := charge2x(t, c, s)
		pass(time.Minute)
		near(t, "without a profile", powerOf(t, s), 11_000)
		set := func(evse int64, p v21.ChargingProfile) *v21.SetChargingProfileResponse {
			return ask[v21.SetChargingProfileResponse](c, "SetChargingProfile", &v21.SetChargingProfileRequest{EVSEID: evse, ChargingProfile: p})
		}
		base := v21.ChargingProfile{
			ID: 1, ChargingProfilePurpose: v21.ChargingProfilePurposeTxDefaultProfile, ChargingProfileKind: v21.ChargingProfileKindAbsolute,
			ChargingSchedule: limits(v21.ChargingRateUnitA, 0, 10),
		}
		if a := set(0, base); a.Status != v21.ChargingProfileStatusAccepted {
			t.Fatalf("the default was %+v", a)
		}
		near(t, "with 10 A", powerOf(t, s), 6_900)
		own := base
		own.ID, own.ChargingProfilePurpose, own.ChargingProfileKind = 2, v21.ChargingProfilePurposeTxProfile, v21.ChargingProfileKindRelative
		own.ChargingSchedule = limits(v21.ChargingRateUnitW, 0, 8_000, 600, 0, 1200, 5_000)
		if a := set(1, own); a.Status != v21.ChargingProfileStatusRejected || a.StatusInfo == nil {
			t.Errorf("a profile of no transaction was %+v", a)
		}
		own.TransactionID = tx
		if a := set(1, own); a.Status != v21.ChargingProfileStatusAccepted {
			t.Fatalf("the session's profile was %+v", a)
		}
		near(t, "with its own 8 kW", powerOf(t, s), 8_000)
		schedule := ask[v21.GetCompositeScheduleResponse](c, "GetCompositeSchedule", &v21.GetCompositeScheduleRequest{EVSEID: 1, Duration: 3600, ChargingRateUnit: v21.ChargingRateUnitW}).Schedule
		if p := schedule.ChargingSchedulePeriod; len(p) != 3 || p[0].Limit.Value != 8_000 || p[1].Limit.Value != 0 || p[2].Limit.Value != 5_000 {
			t.Errorf("the composite schedule is %+v", p)
		}
		c.take()
		pass(10 * time.Minute)
		expect(t, quiet(c.take()), "Updated ChargingStateChanged SuspendedEVSE")
		near(t, "in the pause", powerOf(t, s), 0)
		pass(10 * time.Minute)
		expect(t, quiet(c.take()), "Updated ChargingStateChanged Charging")
		near(t, "after the pause", powerOf(t, s), 5_000)
		station := base
		station.ID, station.ChargingProfilePurpose, station.ChargingSchedule = 3, v21.ChargingProfilePurposeChargingStationMaxProfile, limits(v21.ChargingRateUnitW, 0, 4_500)
		set(0, station)
		near(t, "below the station's limit", powerOf(t, s), 4_500)
		ask[v21.GetChargingProfilesResponse](c, "GetChargingProfiles", &v21.GetChargingProfilesRequest{RequestID: 4})
		reports := all[v21.ReportChargingProfilesRequest](c.take())
		if len(reports) != 2 || reports[0].EVSEID != 0 || len(reports[0].ChargingProfile) != 2 || !reports[0].Tbc.Value || reports[1].Tbc.Value || reports[1].RequestID != 4 {
			t.Errorf("the reports are %+v", reports)
		}
		ok(t, s.StopLocal(t.Context(), 1))
		gone := ask[v21.ClearChargingProfileResponse](c, "ClearChargingProfile", &v21.ClearChargingProfileRequest{ChargingProfileID: schema.Some[int64](2)})
		rest := ask[v21.ClearChargingProfileResponse](c, "ClearChargingProfile", &v21.ClearChargingProfileRequest{ChargingProfileCriteria: &v21.ClearChargingProfile{
			ChargingProfilePurpose: v21.ChargingProfilePurposeTxDefaultProfile,
		}})
		if gone.Status != v21.ClearChargingProfileStatusUnknown || rest.Status != v21.ClearChargingProfileStatusAccepted {
			t.Errorf("the session's profile was cleared with %s, the default with %s", gone.Status, rest.Status)
		}
	})
}

func TestProfiles16CapThePower(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{SampleInterval: time.Hour})
		charge(t, c, s)
		pass(time.Minute)
		set := func(connector int64, purpose v16.ChargingProfilePurpose, limit float64) v16.ChargingProfileStatus {
			return ask[v16.SetChargingProfileResponse](c, "SetChargingProfile", &v16.SetChargingProfileRequest{ConnectorID: connector, CsChargingProfiles: v16.ChargingProfile{
				ChargingProfileID: 1, ChargingProfilePurpose: purpose, ChargingProfileKind: v16.ChargingProfileKindAbsolute,
				ChargingSchedule: v16.ChargingSchedule{ChargingRateUnit: v16.ChargingRateUnitA, ChargingSchedulePeriod: []v16.ChargingSchedulePeriod{{Limit: limit}}},
			}}).Status
		}
		if status := set(1, v16.ChargingProfilePurposeChargePointMaxProfile, 8); status != v16.ChargingProfileStatusRejected {
			t.Errorf("a profile of the station at a connector was %s", status)
		}
		if status := set(0, v16.ChargingProfilePurposeChargePointMaxProfile, 8); status != v16.ChargingProfileStatusAccepted {
			t.Errorf("the station's profile was %s", status)
		}
		near(t, "with 8 A", powerOf(t, s), 5_520)
		set(1, v16.ChargingProfilePurposeTxProfile, 3) // in place of the one with its id
		near(t, "below 6 A", powerOf(t, s), 0)
		expect(t, c.take(), "1 SuspendedEVSE")
		schedule := ask[v16.GetCompositeScheduleResponse](c, "GetCompositeSchedule", &v16.GetCompositeScheduleRequest{ConnectorID: 1, Duration: 600})
		if p := schedule.ChargingSchedule.ChargingSchedulePeriod; len(p) != 1 || p[0].Limit != 0 {
			t.Errorf("the composite schedule is %+v", p)
		}
		clear := func() v16.ClearChargingProfileStatus {
			return ask[v16.ClearChargingProfileResponse](c, "ClearChargingProfile", &v16.ClearChargingProfileRequest{ConnectorID: schema.Some[int64](1)}).Status
		}
		if a, b := clear(), clear(); a != v16.ClearChargingProfileStatusAccepted || b != v16.ClearChargingProfileStatusUnknown {
			t.Errorf("the profile was cleared with %s, then %s", a, b)
		}
		near(t, "without a profile", powerOf(t, s), 11_000)
	})
}

func TestRemoteStart16BringsItsProfile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCSMS(t)
		s := c.switchOn(Options{})
		ok(t, s.PlugIn(t.Context(), 1, Vehicle{CapacityWh: 50_000, MaxACPowerW: 11_000}))
		c.call(&v16.RemoteStartTransactionRequest{IDTag: "APP-1", ConnectorID: schema.Some[int64](1), ChargingProfile: &v16.ChargingProfile{
			ChargingProfileID: 1, ChargingProfilePurpose: v16.ChargingProfilePurposeTxProfile, ChargingProfileKind: v16.ChargingProfileKindRelative,
			ChargingSchedule: v16.ChargingSchedule{ChargingRateUnit: v16.ChargingRateUnitW, ChargingSchedulePeriod: []v16.ChargingSchedulePeriod{{Limit: 7_000}}},
		}}, "RemoteStartTransaction")
		pass(time.Minute)
		near(t, "with the profile", powerOf(t, s), 7_000)
	})
}
