package conformance_test

import (
	"testing"
	"time"
)

func profile201(id int, purpose string, more object) object {
	p := object{
		"id": id, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute",
		"chargingSchedule": []object{{
			"id": 1, "duration": 300, "startSchedule": stamp(time.Now()), "chargingRateUnit": "A",
			"chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0, "numberPhases": 3}, {"startPeriod": 60, "limit": 10.5}},
		}},
	}
	for k, v := range more {
		p[k] = v
	}
	return p
}

// setProfile sets a profile and has the station answer so.
func (c *csms) setProfile(evse int, profile object, answer string) {
	c.t.Helper()
	got := c.raw("SetChargingProfile", object{"evseId": evse, "chargingProfile": profile}, status(answer))
	if want := map[string]string{"Accepted": "ACCEPTED", "Rejected": "REJECTED"}[answer]; string(got.Status) != want {
		c.t.Errorf("a profile that was answered %s is %s", answer, got.Status)
	}
}

func TestTC_K_01_CSMS_TxDefaultProfileAtOneEVSE(t *testing.T) {
	t.Parallel()
	open201(t).setProfile(1, profile201(1, "TxDefaultProfile", nil), "Accepted")
}

func TestTC_K_02_CSMS_TxProfileWithoutTransaction(t *testing.T) {
	t.Parallel()
	open201(t).setProfile(1, profile201(1, "TxProfile", object{"transactionId": "tx-unknown"}), "Rejected")
}

func TestTC_K_03_CSMS_StationMaxProfile(t *testing.T) {
	t.Parallel()
	open201(t).setProfile(0, profile201(1, "ChargingStationMaxProfile", nil), "Accepted")
}

func TestTC_K_04_CSMS_ReplaceProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setProfile(1, profile201(1, "TxDefaultProfile", nil), "Accepted")
	c.setProfile(1, profile201(1, "TxDefaultProfile", object{"stackLevel": 2}), "Accepted")
}

func TestTC_K_05_CSMS_ClearProfileByID(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setProfile(1, profile201(1, "TxDefaultProfile", nil), "Accepted")
	c.raw("ClearChargingProfile", object{"chargingProfileId": 1}, accepted)
}

func TestTC_K_06_CSMS_ClearProfileByCriteria(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setProfile(1, profile201(1, "TxDefaultProfile", nil), "Accepted")
	c.raw("ClearChargingProfile", object{"chargingProfileCriteria": object{"evseId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}}, accepted)
}

func TestTC_K_08_CSMS_ClearWithoutProfile(t *testing.T) {
	t.Parallel()
	if got := open201(t).raw("ClearChargingProfile", object{"chargingProfileId": 1}, status("Unknown")); got.Status != "REJECTED" {
		t.Errorf("clearing what isn't there is %s", got.Status)
	}
}

func TestTC_K_10_CSMS_TxDefaultProfileAtEveryEVSE(t *testing.T) {
	t.Parallel()
	open201(t).setProfile(0, profile201(1, "TxDefaultProfile", nil), "Accepted")
}

// A station without smart charging may refuse, or answer with an error.
func TestTC_K_15_CSMS_ProfileNotSupported(t *testing.T) {
	t.Parallel()
	c := open201(t)
	g := c.give("SetChargingProfile", object{"evseId": 0, "chargingProfile": profile201(1, "ChargingStationMaxProfile", nil)})
	g.refuse("NotSupported", "no smart charging here")
	g.p.endsFor("FAILED", "no smart charging here")
}

func TestTC_K_19_CSMS_RecurringProfile(t *testing.T) {
	t.Parallel()
	open201(t).setProfile(1, profile201(1, "TxDefaultProfile", object{"chargingProfileKind": "Recurring", "recurrencyKind": "Daily"}), "Accepted")
}

func TestTC_K_37_CSMS_RemoteStartWithProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.raw("RequestStartTransaction", object{
		"evseId": 1, "remoteStartId": 99, "idToken": card(valid), "chargingProfile": profile201(1, "TxProfile", nil),
	}, accepted)
	x := c.transaction(1)
	x.tell(event{kind: "Started", trigger: "RemoteStart", state: "EVConnected", token: valid, remote: 99, wh: 1000})
	c.runs()
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
	open201(t).raw("GetCompositeSchedule", object{"evseId": evse, "duration": 300, "chargingRateUnit": "A"}, object{"status": "Accepted", "schedule": object{
		"evseId": evse, "duration": 300, "scheduleStart": stamp(time.Now()), "chargingRateUnit": "A",
		"chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0}},
	}})
}

func TestTC_K_60_CSMS_TxProfile(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	c.setProfile(1, profile201(1, "TxProfile", object{"transactionId": x.id}), "Accepted")
	c.runs()
}

func TestTC_K_70_CSMS_SeveralProfiles(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.setProfile(0, profile201(1, "ChargingStationMaxProfile", nil), "Accepted")
	c.setProfile(1, profile201(2, "TxDefaultProfile", nil), "Accepted")
	c.setProfile(1, profile201(3, "TxDefaultProfile", object{"stackLevel": 1}), "Accepted")
}
