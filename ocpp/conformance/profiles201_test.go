package conformance_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
)

func TestTC_K_01_CSMS_TxDefaultProfileAtOneEVSE(t *testing.T) {
	t.Parallel()
	c := open201(t)
	got := c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	if p := c.profileIs(got.number, "INSTALLED"); p.EvseNo != 1 || p.Purpose != string(charging.PurposeTxDefault) || p.Source != "CSO" {
		t.Errorf("the profile is kept as %+v", p)
	}
}

// For a transaction that isn't there no profile can be asked for; one that has ended at the station alone is refused by it.
func TestTC_K_02_CSMS_TxProfileWithoutTransaction(t *testing.T) {
	t.Parallel()
	c := open201(t)
	if _, err := c.Charging.SetChargingProfile(c.ctx, c.station.ID, 1, uuid.Nil, steps(charging.PurposeTx), 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("a profile for no transaction is answered %v", err)
	}
	x := c.charging201(1)
	if got := c.setProfile(1, c.session().ID, steps(charging.PurposeTx), "Rejected"); got.transaction != x.id {
		t.Errorf("the profile names the transaction %q", got.transaction)
	}
}

func TestTC_K_03_CSMS_StationMaxProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setProfile(0, uuid.Nil, steps(charging.PurposeStationMax), "Accepted")
}

// A profile is replaced by its number: the station holds one of them, whatever the level.
func TestTC_K_04_CSMS_ReplaceProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	first := c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	next := steps(charging.PurposeTxDefault)
	next.ID, next.StackLevel = first.number, 2
	p := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SetChargingProfile(ctx, c.station.ID, 1, uuid.Nil, next, 30)
	})
	call := c.s.expect("SetChargingProfile", nil)
	got := readProfile(t, call)
	c.isAsAsked(got, 1, &next)
	call.answer(accepted)
	p.ends("ACCEPTED")
	if got.number != first.number {
		t.Errorf("profile %d was to be replaced by %d", first.number, got.number)
	}
	if p := c.profileIs(got.number, "INSTALLED", "CLEARED"); p.StackLevel != 2 {
		t.Errorf("the profile in force has level %d", p.StackLevel)
	}
}

func TestTC_K_05_CSMS_ClearProfileByID(t *testing.T) {
	t.Parallel()
	c := open201(t)
	got := c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	var asked struct{ ChargingProfileID int64 }
	c.clear(charging.ClearProfileOrder{ProfileID: &got.number}, "Accepted", &asked).ends("ACCEPTED")
	if asked.ChargingProfileID != got.number {
		t.Errorf("profile %d was cleared, not %d", asked.ChargingProfileID, got.number)
	}
	c.profileIs(got.number, "CLEARED")
}

func TestTC_K_06_CSMS_ClearProfileByCriteria(t *testing.T) {
	t.Parallel()
	c := open201(t)
	here := c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	there := c.setProfile(2, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	evse, level := 1, 0
	var asked struct {
		ChargingProfileCriteria struct {
			EvseID, StackLevel     *int
			ChargingProfilePurpose string
		}
	}
	c.clear(charging.ClearProfileOrder{EvseNo: &evse, Purpose: charging.PurposeTxDefault, StackLevel: &level}, "Accepted", &asked).ends("ACCEPTED")
	if a := asked.ChargingProfileCriteria; a.EvseID == nil || *a.EvseID != 1 || a.StackLevel == nil || *a.StackLevel != 0 || a.ChargingProfilePurpose != "TxDefaultProfile" {
		t.Errorf("asked to clear %+v", a)
	}
	c.profileIs(here.number, "CLEARED")
	c.profileIs(there.number, "INSTALLED")
}

func TestTC_K_08_CSMS_ClearWithoutProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	number := int64(1)
	c.clear(charging.ClearProfileOrder{ProfileID: &number}, "Unknown", nil).endsFor("REJECTED", "no such profile")
}

func TestTC_K_10_CSMS_TxDefaultProfileAtEveryEVSE(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setProfile(0, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
}

// A station without smart charging may refuse, or answer with an error.
func TestTC_K_15_CSMS_ProfileNotSupported(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SetChargingProfile(ctx, c.station.ID, 0, uuid.Nil, steps(charging.PurposeStationMax), 30)
	})
	call := c.s.expect("SetChargingProfile", nil)
	got := readProfile(t, call)
	call.refuse("NotSupported", "no smart charging here")
	p.endsFor("FAILED", "no smart charging here")
	c.profileIs(got.number, "REFUSED")
}

func TestTC_K_19_CSMS_RecurringProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := steps(charging.PurposeTxDefault)
	p.Kind, p.Recurrency = "RECURRING", "DAILY"
	c.setProfile(1, uuid.Nil, p, "Accepted")
}

func TestTC_K_37_CSMS_RemoteStartWithProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	p := steps(charging.PurposeTx)
	pending := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.RemoteStart(ctx, c.station.ID, charging.RemoteStart{EvseNo: 1, IDTag: valid, Profile: &p}, 30)
	})
	var asked struct{ RemoteStartID int }
	call := c.s.expect("RequestStartTransaction", &asked)
	got := readProfile(t, call)
	if c.isAsAsked(got, 1, &p); got.transaction != "" { // F01.FR.11
		t.Errorf("the profile names the transaction %q", got.transaction)
	}
	call.answer(accepted)
	pending.ends("ACCEPTED")
	x := c.transaction(1)
	x.tell(event{kind: "Started", trigger: "RemoteStart", state: "EVConnected", token: valid, remote: asked.RemoteStartID, wh: 1000})
	c.runs()
	if p := c.profileIs(got.number, "INSTALLED"); p.SessionID == nil || *p.SessionID != c.session().ID {
		t.Errorf("the profile is kept for %v", p.SessionID)
	}
}

func TestTC_K_43_CSMS_CompositeScheduleOfEVSE(t *testing.T) {
	t.Parallel()
	compositeSchedule(t, 1)
}

func TestTC_K_44_CSMS_CompositeScheduleOfStation(t *testing.T) {
	t.Parallel()
	compositeSchedule(t, 0)
}

func compositeSchedule(t *testing.T, evse int) {
	t.Helper()
	open201(t).composite(evse, object{"status": "Accepted", "schedule": object{
		"evseId": evse, "duration": 300, "scheduleStart": stamp(time.Now()), "chargingRateUnit": "A",
		"chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0}},
	}})
}

func TestTC_K_60_CSMS_TxProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	got := c.setProfile(1, c.session().ID, steps(charging.PurposeTx), "Accepted")
	if got.transaction != x.id {
		t.Errorf("the profile names the transaction %q", got.transaction)
	}
	c.runs()
	x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1500})
	c.profileIs(got.number, "CLEARED")
}

func TestTC_K_70_CSMS_SeveralProfiles(t *testing.T) {
	t.Parallel()
	c := open201(t)
	higher := steps(charging.PurposeTxDefault)
	higher.StackLevel = 1
	numbers := map[int64]bool{}
	for _, got := range []profileGiven{
		c.setProfile(0, uuid.Nil, steps(charging.PurposeStationMax), "Accepted"),
		c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted"),
		c.setProfile(1, uuid.Nil, higher, "Accepted"),
	} {
		numbers[got.number] = true
	}
	if len(numbers) != 3 {
		t.Errorf("three profiles have the numbers %v", numbers)
	}
	for number := range numbers {
		c.profileIs(number, "INSTALLED")
	}
}
