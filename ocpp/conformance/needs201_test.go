package conformance_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
)

// Cars that plan with the CSMS (ISO 15118): their needs are met with a profile within the limits, and the schedule that they make of
// it is looked at (OCPP 2.0.1 Part 2, K15 to K17).

// needs tells what a car needs and takes the profile that it gets.
func (c *csms) needs(x *transaction, maxCurrent int) profileGiven {
	c.t.Helper()
	var answer struct{ Status string }
	c.s.call("NotifyEVChargingNeeds", object{"evseId": x.evse, "maxScheduleTuples": 10, "chargingNeeds": object{
		"requestedEnergyTransfer": "AC_three_phase", "departureTime": stamp(time.Now().Add(4 * time.Hour)),
		"acChargingParameters": object{"energyAmount": 50000, "evMinCurrent": 6, "evMaxCurrent": maxCurrent, "evMaxVoltage": 230},
	}}, &answer)
	if answer.Status != "Accepted" {
		c.t.Errorf("the needs were answered %s", answer.Status)
	}
	return c.renegotiated(x)
}

// renegotiated takes the profile of a car's transaction that the CSMS sends on its own account.
func (c *csms) renegotiated(x *transaction) profileGiven {
	c.t.Helper()
	call := c.s.expect("SetChargingProfile", nil)
	got := readProfile(c.t, call)
	call.answer(accepted)
	if periods := len(got.schedule.ChargingSchedulePeriod); got.evse != x.evse || got.purpose != "TxProfile" || got.transaction != x.id || periods == 0 || periods > 10 {
		c.t.Errorf("the car's profile arrived as %+v", got)
	}
	c.Eventually("the profile is in force", func() bool { found := c.profiles(got.number); return len(found) > 0 && found[0].Status == "INSTALLED" })
	return got
}

// plans tells the schedule that a car made, with a limit of its own, and expects how that is answered.
func (c *csms) plans(x *transaction, limit float64, want string) {
	c.t.Helper()
	var answer struct{ Status string }
	c.s.call("NotifyEVChargingSchedule", object{"evseId": x.evse, "timeBase": stamp(time.Now()), "chargingSchedule": object{
		"id": 1, "duration": 3600, "chargingRateUnit": "A", "chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": limit, "numberPhases": 3}},
	}}, &answer)
	if answer.Status != want {
		c.t.Errorf("a schedule with %v A was answered %s, want %s", limit, answer.Status, want)
	}
}

// allows expects the limit of a profile at its beginning.
func (p profileGiven) allows(t *testing.T, ampere float64) {
	t.Helper()
	if first := p.schedule.ChargingSchedulePeriod[0]; p.schedule.ChargingRateUnit != "A" || first.Limit != ampere {
		t.Errorf("the profile allows %v %s, want %v A", first.Limit, p.schedule.ChargingRateUnit, ampere)
	}
}

// nothingElse expects that the CSMS has sent nothing meanwhile: the next that it sends is what it is asked for now.
func (c *csms) nothingElse() {
	c.t.Helper()
	p := c.order(charging.ClearCacheOrder{})
	c.s.expect("ClearCache", nil).answer(accepted)
	p.ends("ACCEPTED")
}

// flat is one limit, which holds already.
func flat(purpose charging.ProfilePurpose, ampere string) charging.ChargingProfile {
	start, day := time.Now().Add(-time.Hour).Truncate(time.Second).UTC(), int64(24*60*60)
	return charging.ChargingProfile{Purpose: purpose, Kind: "ABSOLUTE", Schedules: []charging.ProfileSchedule{{
		StartAt: &start, DurationS: &day, Unit: "A", Periods: []charging.SchedulePeriod{{DynamicLimits: charging.DynamicLimits{Limit: json.Number(ampere)}}},
	}}}
}

// planned is a station at which a car has begun to charge by its plan, within the 16 A that the station may take.
func planned(t *testing.T) (*csms, *transaction, profileGiven) {
	t.Helper()
	c := open201(t)
	c.setProfile(0, uuid.Nil, flat(charging.PurposeStationMax, "16"), "Accepted")
	x := c.transaction(1)
	c.s.status201(1, "Occupied")
	x.tell(event{kind: "Started", trigger: "CablePluggedIn", state: "EVConnected", wh: 1000})
	c.s.authorize201(valid, "Accepted")
	x.tell(event{kind: "Updated", trigger: "Authorized", state: "EVConnected", token: valid})
	got := c.needs(x, 32)
	got.allows(t, 16)
	c.plans(x, 16, "Accepted")
	x.tell(event{kind: "Updated", trigger: "ChargingStateChanged", state: "Charging", wh: 1000})
	return c, x, got
}

func TestTC_K_53_CSMS_ChargingNeedsAreMet(t *testing.T) {
	t.Parallel()
	c, x, _ := planned(t)
	// Nobody has a reason to negotiate again.
	c.nothingElse()
	x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1500})
	c.showsSession("COMPLETED", 500, "Local")
}

// A schedule beyond the limits is refused, and the car is sent the limits once more (K15.FR.12, K15.FR.13).
func TestTC_K_55_CSMS_ScheduleBeyondTheLimits(t *testing.T) {
	t.Parallel()
	c, x, first := planned(t)
	c.plans(x, 20, "Rejected")
	again := c.renegotiated(x)
	again.allows(t, 16)
	if again.number != first.number {
		t.Errorf("profile %d was sent as %d", first.number, again.number)
	}
	c.plans(x, 16, "Accepted")
	c.nothingElse()
}

// A car that needs something else in between gets another profile in the place of the first (K17).
func TestTC_K_57_CSMS_RenegotiationByTheCar(t *testing.T) {
	t.Parallel()
	c, x, first := planned(t)
	next := c.needs(x, 10)
	next.allows(t, 10)
	c.profileIs(first.number, "INSTALLED", "CLEARED")
	c.plans(x, 10, "Accepted")
	c.nothingElse()
}

func TestTC_K_58_CSMS_RenegotiationByTheCSMS(t *testing.T) {
	t.Parallel()
	c, x, first := planned(t)
	next := c.setProfile(1, c.session().ID, flat(charging.PurposeTx, "8"), "Accepted")
	if next.number != first.number || next.transaction != x.id {
		t.Errorf("profile %d was to be replaced by %+v", first.number, next)
	}
	c.plans(x, 8, "Accepted")
	c.nothingElse()
}

// Asked to negotiate again, a car may state its needs once more, and gets a profile for them (K16.FR.12).
func TestTC_K_59_CSMS_RenegotiationWithNeeds(t *testing.T) {
	t.Parallel()
	c, x, _ := planned(t)
	c.setProfile(1, c.session().ID, flat(charging.PurposeTx, "10"), "Accepted")
	next := c.needs(x, 8)
	next.allows(t, 8)
	c.plans(x, 8, "Accepted")
	c.nothingElse()
}
