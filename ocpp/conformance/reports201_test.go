package conformance_test

import (
	"slices"
	"testing"

	"github.com/busbar-ev/busbar/ent/chargingprofile"
	"github.com/busbar-ev/busbar/ent/stationreport"
	"github.com/busbar-ev/busbar/internal/charging"
)

// Reports that a station delivers in parts: the profiles that it holds, and what it knows of a customer.

func TestTC_K_29_CSMS_GetProfilesOfStation(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{"evseId": 0}, object{"chargingProfilePurpose": "ChargingStationMaxProfile"})
}

func TestTC_K_30_CSMS_GetProfilesOfEVSE(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{"evseId": 1}, object{"chargingProfilePurpose": "TxDefaultProfile"})
}

func TestTC_K_31_CSMS_GetAllProfiles(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{}, object{"chargingProfilePurpose": "TxDefaultProfile"})
}

func TestTC_K_32_CSMS_GetProfileByID(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{}, object{"chargingProfileId": []int{1}})
}

func TestTC_K_33_CSMS_GetProfilesByLevel(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{"evseId": 1}, object{"stackLevel": 0})
}

func TestTC_K_34_CSMS_GetProfilesBySource(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{"evseId": 1}, object{"chargingLimitSource": []string{"CSO"}})
}

func TestTC_K_35_CSMS_GetProfilesByPurpose(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{"evseId": 1}, object{"chargingProfilePurpose": "TxDefaultProfile"})
}

func TestTC_K_36_CSMS_GetProfilesByPurposeAndLevel(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{"evseId": 1}, object{"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0})
}

func TestTC_K_52_CSMS_ExternalProfilesInAReport(t *testing.T) {
	t.Parallel()
	getProfiles(t, object{}, object{"chargingProfilePurpose": "ChargingStationExternalConstraints"})
}

// getProfiles asks for profiles, which come in two reports.
func getProfiles(t *testing.T, payload, criteria object) {
	t.Helper()
	c := open201(t)
	payload["requestId"], payload["chargingProfile"] = 31, criteria
	c.raw("GetChargingProfiles", payload, accepted)
	evse, purpose, source := 1, "TxDefaultProfile", "CSO"
	if p, ok := criteria["chargingProfilePurpose"].(string); ok {
		purpose = p
	}
	if e, ok := payload["evseId"].(int); ok {
		evse = e
	}
	if purpose == "ChargingStationExternalConstraints" {
		source = "EMS"
	}
	for id := 1; id <= 2; id++ {
		c.s.call("ReportChargingProfiles", object{
			"requestId": 31, "chargingLimitSource": source, "evseId": evse, "tbc": id < 2, "chargingProfile": []object{profile201(id, purpose, nil)},
		}, nil)
	}
	c.kept("ReportChargingProfiles", 2)
	c.holds(evse, purpose, source, 1, 2)
	c.complete(stationreport.KindCHARGING_PROFILES, 31, "")
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
