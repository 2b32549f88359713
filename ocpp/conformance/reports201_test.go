package conformance_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargingprofile"
	"github.com/busbar-ev/busbar/ent/stationreport"
	"github.com/busbar-ev/busbar/internal/charging"
)

// Reports that a station delivers in parts: the profiles that it holds, and what it knows of a customer.

func TestTC_K_29_CSMS_GetProfilesOfStation(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{EvseNo: ref(0), Purpose: charging.PurposeStationMax}, object{"evseId": 0.0}, object{"chargingProfilePurpose": "ChargingStationMaxProfile"})
}

func TestTC_K_30_CSMS_GetProfilesOfEVSE(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{EvseNo: ref(1), Purpose: charging.PurposeTxDefault}, object{"evseId": 1.0}, object{"chargingProfilePurpose": "TxDefaultProfile"})
}

func TestTC_K_31_CSMS_GetAllProfiles(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{Purpose: charging.PurposeTxDefault}, object{}, object{"chargingProfilePurpose": "TxDefaultProfile"})
}

func TestTC_K_32_CSMS_GetProfileByID(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{ProfileIDs: []int{1}}, object{}, object{"chargingProfileId": []any{1.0}})
}

func TestTC_K_33_CSMS_GetProfilesByLevel(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{EvseNo: ref(1), StackLevel: ref(0)}, object{"evseId": 1.0}, object{"stackLevel": 0.0})
}

func TestTC_K_34_CSMS_GetProfilesBySource(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{EvseNo: ref(1), Sources: []string{"CSO"}}, object{"evseId": 1.0}, object{"chargingLimitSource": []any{"CSO"}})
}

func TestTC_K_35_CSMS_GetProfilesByPurpose(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{EvseNo: ref(1), Purpose: charging.PurposeTxDefault}, object{"evseId": 1.0}, object{"chargingProfilePurpose": "TxDefaultProfile"})
}

func TestTC_K_36_CSMS_GetProfilesByPurposeAndLevel(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{EvseNo: ref(1), Purpose: charging.PurposeTxDefault, StackLevel: ref(0)}, object{"evseId": 1.0},
		object{"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0.0})
}

func TestTC_K_52_CSMS_ExternalProfilesInAReport(t *testing.T) {
	t.Parallel()
	getProfiles(t, charging.ProfileQuery{Purpose: charging.PurposeExternalConstraints}, object{}, object{"chargingProfilePurpose": "ChargingStationExternalConstraints"})
}

func ref(n int) *int { return &n }

// profileReported is a profile as a station reports it.
func profileReported(id int, purpose string) object {
	return object{
		"id": id, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute",
		"chargingSchedule": []object{{
			"id": 1, "duration": 300, "startSchedule": stamp(time.Now()), "chargingRateUnit": "A",
			"chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0, "numberPhases": 3}, {"startPeriod": 60, "limit": 10.5}},
		}},
	}
}

// getProfiles asks for profiles, which come in two reports.
func getProfiles(t *testing.T, q charging.ProfileQuery, where, criteria object) {
	t.Helper()
	c := open201(t)
	var asked object
	c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.ChargingProfiles(ctx, c.station.ID, q, 30)
	},
		"GetChargingProfiles", &asked, accepted).ends("ACCEPTED")
	request, _ := asked["requestId"].(float64)
	where["requestId"], where["chargingProfile"] = request, criteria
	if !reflect.DeepEqual(asked, where) {
		t.Errorf("the station was asked for %v, not %v", asked, where)
	}
	evse, purpose, source := 1, "TxDefaultProfile", "CSO"
	if q.Purpose != "" {
		purpose = c.wire(q.Purpose)
	}
	if q.EvseNo != nil {
		evse = *q.EvseNo
	}
	if q.Purpose == charging.PurposeExternalConstraints {
		source = "EMS"
	}
	for id := 1; id <= 2; id++ {
		c.s.call("ReportChargingProfiles", object{
			"requestId": request, "chargingLimitSource": source, "evseId": evse, "tbc": id < 2, "chargingProfile": []object{profileReported(id, purpose)},
		}, nil)
	}
	c.kept("ReportChargingProfiles", 2)
	c.holds(evse, purpose, source, 1, 2)
	c.complete(stationreport.KindCHARGING_PROFILES, int64(request), "")
}

var purposesOf = map[string]string{
	"TxDefaultProfile": "TX_DEFAULT_PROFILE", "ChargingStationMaxProfile": "CHARGING_STATION_MAX_PROFILE",
	"ChargingStationExternalConstraints": "CHARGING_STATION_EXTERNAL_CONSTRAINTS",
}

// holds expects the profiles that are installed on the station.
func (c *csms) holds(evse int, purpose, source string, ids ...int64) {
	c.t.Helper()
	found, err := c.DB.Ent().ChargingProfile.Query().Where(chargingprofile.StationID(c.station.ID)).Order(chargingprofile.ByProfileID()).All(c.ctx)
	c.must(err, "load the profiles")
	var got []int64
	for _, p := range found {
		got = append(got, p.ProfileID)
		if p.Status != "INSTALLED" || p.EvseNo != evse || p.Purpose != purposesOf[purpose] || p.Source != source {
			c.t.Errorf("profile %d is %s at EVSE %d for %s from %s", p.ProfileID, p.Status, p.EvseNo, p.Purpose, p.Source)
		}
	}
	if !slices.Equal(got, ids) {
		c.t.Errorf("the profiles %v are installed, want %v", got, ids)
	}
}

// complete expects that every part of a report has come, and what they say together.
func (c *csms) complete(kind stationreport.Kind, request int64, text string) {
	c.t.Helper()
	found, err := c.DB.Ent().StationReport.Query().Where(stationreport.StationID(c.station.ID), stationreport.KindEQ(kind), stationreport.RequestID(request)).Only(c.ctx)
	c.must(err, "load the report")
	if found.CompletedAt == nil || found.Text != text {
		c.t.Errorf("the report says %q, completed at %v; want %q", found.Text, found.CompletedAt, text)
	}
}

func TestTC_N_27_CSMS_CustomerInformation(t *testing.T) {
	t.Parallel()
	customer(t, true, false, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Accepted", "what is known")
}

func TestTC_N_28_CSMS_CustomerInformationNone(t *testing.T) {
	t.Parallel()
	customer(t, true, false, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Accepted", "")
}

func TestTC_N_30_CSMS_ClearCustomerInformationAndReport(t *testing.T) {
	t.Parallel()
	customer(t, true, true, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Accepted", "what was known, one", "what was known, two")
}

func TestTC_N_31_CSMS_ClearCustomerInformationAndReportNone(t *testing.T) {
	t.Parallel()
	customer(t, true, true, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Accepted", "")
}

func TestTC_N_62_CSMS_ClearCustomerInformationByIdentifier(t *testing.T) {
	t.Parallel()
	customer(t, true, true, charging.Customer{Identifier: "customer-1"}, "Accepted", "what was known")
}
