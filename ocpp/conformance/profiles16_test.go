package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargingprofile"
	"github.com/busbar-ev/busbar/internal/charging"
)

// profileGiven is a profile as it arrives at a station, of either version.
type profileGiven struct {
	evse        int
	number      int64
	level       int
	purpose     string
	kind        string
	recurrency  string
	transaction string
	schedule    scheduleGiven
}

type scheduleGiven struct {
	StartSchedule          *time.Time     `json:"startSchedule"`
	Duration               *int64         `json:"duration"`
	ChargingRateUnit       string         `json:"chargingRateUnit"`
	ChargingSchedulePeriod []periodLimits `json:"chargingSchedulePeriod"`
}

type periodLimits struct {
	StartPeriod  int64   `json:"startPeriod"`
	Limit        float64 `json:"limit"`
	NumberPhases *int64  `json:"numberPhases"`
}

// readProfile reads the profile of a call, in which 1.6 and 2.x have other names and 2.x a list of schedules.
func readProfile(t *testing.T, c call) profileGiven {
	t.Helper()
	var m struct {
		ConnectorID, EvseID                 int
		CsChargingProfiles, ChargingProfile *struct {
			ChargingProfileID, ID                                       int64
			StackLevel                                                  int
			ChargingProfilePurpose, ChargingProfileKind, RecurrencyKind string
			TransactionID                                               any
			ChargingSchedule                                            json.RawMessage
		}
	}
	decode(t, c, &m)
	p := m.CsChargingProfiles
	if p == nil {
		p = m.ChargingProfile
	}
	if p == nil {
		t.Fatalf("%s came without a profile: %s", c.action, c.payload)
	}
	got := profileGiven{
		evse: m.ConnectorID + m.EvseID, number: p.ChargingProfileID + p.ID, level: p.StackLevel, purpose: p.ChargingProfilePurpose,
		kind: p.ChargingProfileKind, recurrency: p.RecurrencyKind,
	}
	switch id := p.TransactionID.(type) {
	case string:
		got.transaction = id
	case float64:
		got.transaction = fmt.Sprint(int64(id))
	}
	var several []scheduleGiven
	if json.Unmarshal(p.ChargingSchedule, &several) == nil && len(several) > 0 {
		got.schedule = several[0]
	} else if err := json.Unmarshal(p.ChargingSchedule, &got.schedule); err != nil {
		t.Fatalf("read the schedule of %s: %v", c.payload, err)
	}
	return got
}

// steps are two limits, of which the second holds after a minute. They begin in a while, so that no clock can be late for them.
func steps(purpose charging.ProfilePurpose) charging.ChargingProfile {
	start, duration, phases := time.Now().Add(time.Minute).Truncate(time.Second).UTC(), int64(300), int64(3)
	return charging.ChargingProfile{Purpose: purpose, Kind: "ABSOLUTE", Schedules: []charging.ProfileSchedule{{
		StartAt: &start, DurationS: &duration, Unit: "A", Periods: []charging.SchedulePeriod{
			{Phases: &phases, DynamicLimits: charging.DynamicLimits{Limit: "6"}}, {StartS: 60, DynamicLimits: charging.DynamicLimits{Limit: "10.5"}},
		},
	}}}
}

// wire is how a purpose is called by the version that the station speaks.
func (c *csms) wire(purpose charging.ProfilePurpose) string {
	if purpose == charging.PurposeStationMax && c.state().ConnectionVersion == "1.6" {
		return "ChargePointMaxProfile"
	}
	return map[charging.ProfilePurpose]string{
		charging.PurposeStationMax: "ChargingStationMaxProfile", charging.PurposeTxDefault: "TxDefaultProfile", charging.PurposeTx: "TxProfile",
		charging.PurposeExternalConstraints: "ChargingStationExternalConstraints",
	}[purpose]
}

// isAsAsked expects at the station what was asked for: no limit is changed on the way.
func (c *csms) isAsAsked(got profileGiven, evse int, p *charging.ChargingProfile) {
	c.t.Helper()
	kind := map[string]string{"ABSOLUTE": "Absolute", "RECURRING": "Recurring", "RELATIVE": "Relative"}[p.Kind]
	recurrency := map[string]string{"DAILY": "Daily", "WEEKLY": "Weekly"}[p.Recurrency]
	if got.evse != evse || got.level != p.StackLevel || got.purpose != c.wire(p.Purpose) || got.kind != kind || got.recurrency != recurrency || got.number <= 0 {
		c.t.Errorf("the profile arrived as %+v", got)
	}
	want, is := p.Schedules[0], got.schedule
	if is.ChargingRateUnit != want.Unit || is.StartSchedule == nil || !is.StartSchedule.Equal(*want.StartAt) || is.Duration == nil || *is.Duration != *want.DurationS ||
		len(is.ChargingSchedulePeriod) != len(want.Periods) {
		c.t.Fatalf("the schedule arrived as %+v", is)
	}
	for i, period := range want.Periods {
		if got := is.ChargingSchedulePeriod[i]; got.StartPeriod != period.StartS || fmt.Sprint(got.Limit) != string(period.Limit) || (got.NumberPhases == nil) != (period.Phases == nil) {
			c.t.Errorf("period %d arrived as %+v", i, got)
		}
	}
}

// setProfile sets a profile at an EVSE, or for a session, and has the station answer so. What is kept follows the answer.
func (c *csms) setProfile(evse int, session uuid.UUID, p charging.ChargingProfile, answer string) profileGiven {
	c.t.Helper()
	pending := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SetChargingProfile(ctx, c.station.ID, evse, session, p, 30)
	})
	call := c.s.expect("SetChargingProfile", nil)
	got := readProfile(c.t, call)
	c.isAsAsked(got, evse, &p)
	c.profileIs(got.number, "REQUESTED")
	call.answer(status(answer))
	if answer == "Accepted" {
		c.says(pending.ends("ACCEPTED"), fmt.Sprintf(`"profileNo":%d`, got.number))
		c.profileIs(got.number, "INSTALLED")
	} else {
		pending.endsFor("REJECTED", answer)
		c.profileIs(got.number, "REFUSED")
	}
	return got
}

// profiles are what is known of a profile of the station, the newest first.
func (c *csms) profiles(number int64) []*ent.ChargingProfile {
	c.t.Helper()
	found, err := c.DB.Ent().ChargingProfile.Query().Where(chargingprofile.StationID(c.station.ID), chargingprofile.ProfileID(number)).All(c.ctx)
	c.must(err, "load the profiles")
	slices.SortFunc(found, func(a, b *ent.ChargingProfile) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return found
}

// profileIs expects what is known of a profile, the newest first; older ones may have any state.
func (c *csms) profileIs(number int64, states ...string) *ent.ChargingProfile {
	c.t.Helper()
	found := c.profiles(number)
	var got []string
	for _, p := range found {
		got = append(got, string(p.Status))
	}
	if len(got) < len(states) || !slices.Equal(got[:len(states)], states) {
		c.t.Fatalf("profile %d is kept as %q, want %q", number, got, states)
	}
	return found[0]
}

// clear clears profiles and has the station answer so.
func (c *csms) clear(o charging.ClearProfileOrder, answer string, asked any) *pending {
	c.t.Helper()
	return c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.ClearChargingProfile(ctx, c.station.ID, o, 30)
	},
		"ClearChargingProfile", asked, status(answer))
}

// composite asks for the limit that comes of all profiles, and expects it as the station told it.
func (c *csms) composite(evse int, answer object) {
	c.t.Helper()
	var asked struct{ ConnectorID, EvseID, Duration int }
	got := c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.CompositeSchedule(ctx, c.station.ID, charging.CompositeScheduleOrder{EvseNo: evse, DurationS: 300, Unit: "A"}, 30)
	}, "GetCompositeSchedule", &asked, answer).ends("ACCEPTED")
	if asked.ConnectorID+asked.EvseID != evse || asked.Duration != 300 {
		c.t.Errorf("asked for %+v", asked)
	}
	c.says(got, fmt.Sprintf(`"evseNo":%d`, evse), `"durationS":300`, `"unit":"A"`, `"limit":6`)
}

func TestTC_056_CSMS_TxDefaultProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	got := c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	if p := c.profileIs(got.number, "INSTALLED"); p.EvseNo != 1 || p.Purpose != string(charging.PurposeTxDefault) || p.Source != "CSO" || p.SessionID != nil {
		t.Errorf("the profile is kept as %+v", p)
	}
}

// The profile of a session names its transaction, and is gone with it.
func TestTC_057_CSMS_TxProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	got := c.setProfile(1, c.session().ID, steps(charging.PurposeTx), "Accepted")
	if got.transaction != fmt.Sprint(transaction) {
		t.Errorf("the profile names the transaction %q, not %d", got.transaction, transaction)
	}
	if p := c.profileIs(got.number, "INSTALLED"); p.SessionID == nil || *p.SessionID != c.session().ID {
		t.Errorf("the profile is kept for %v", p.SessionID)
	}
	c.showsSession("RUNNING", 0, "")
	c.s.finish(transaction, valid, 1100, time.Now(), "Local")
	c.profileIs(got.number, "CLEARED")
}

// The profile of a remote start names no transaction: there is none yet.
func TestTC_059_CSMS_RemoteStartWithProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	p := steps(charging.PurposeTx)
	pending := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.RemoteStart(ctx, c.station.ID, charging.RemoteStart{EvseNo: 1, IDTag: valid, Profile: &p}, 30)
	})
	call := c.s.expect("RemoteStartTransaction", nil)
	got := readProfile(t, call)
	if c.isAsAsked(got, 1, &p); got.transaction != "" {
		t.Errorf("the profile names the transaction %q", got.transaction)
	}
	call.answer(accepted)
	pending.ends("ACCEPTED")
	c.profileIs(got.number, "REQUESTED")
	c.charging()
	if p := c.profileIs(got.number, "INSTALLED"); p.SessionID == nil || *p.SessionID != c.session().ID {
		t.Errorf("the profile is kept for %v", p.SessionID)
	}
}

func TestTC_066_CSMS_GetCompositeSchedule(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	c.composite(1, object{
		"status": "Accepted", "connectorId": 1, "scheduleStart": stamp(time.Now()),
		"chargingSchedule": object{"duration": 300, "chargingRateUnit": "A", "chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0}}},
	})
}

func TestTC_067_CSMS_ClearChargingProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	got := c.setProfile(1, uuid.Nil, steps(charging.PurposeTxDefault), "Accepted")
	var asked struct{ ID int64 }
	c.clear(charging.ClearProfileOrder{ProfileID: &got.number}, "Accepted", &asked).ends("ACCEPTED")
	if asked.ID != got.number {
		t.Errorf("profile %d was cleared, not %d", asked.ID, got.number)
	}
	c.profileIs(got.number, "CLEARED")
	c.clear(charging.ClearProfileOrder{ProfileID: &got.number}, "Unknown", nil).endsFor("REJECTED", "no such profile")
}
