package conformance_test

import (
	"testing"
	"time"
)

func profile16(purpose string, transaction int64) object {
	p := object{
		"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute",
		"chargingSchedule": object{
			"duration": 300, "startSchedule": stamp(time.Now()), "chargingRateUnit": "A",
			"chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0, "numberPhases": 3}, {"startPeriod": 60, "limit": 10.5}},
		},
	}
	if transaction > 0 {
		p["transactionId"] = transaction
	}
	return p
}

func TestTC_056_CSMS_TxDefaultProfile(t *testing.T) {
	t.Parallel()
	open16(t).raw("SetChargingProfile", object{"connectorId": 1, "csChargingProfiles": profile16("TxDefaultProfile", 0)}, accepted)
}

func TestTC_057_CSMS_TxProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	c.raw("SetChargingProfile", object{"connectorId": 1, "csChargingProfiles": profile16("TxProfile", transaction)}, accepted)
	c.showsSession("RUNNING", 0, "")
}

func TestTC_059_CSMS_RemoteStartWithProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("RemoteStartTransaction", object{"connectorId": 1, "idTag": valid, "chargingProfile": profile16("TxProfile", 0)}, accepted)
	c.charging()
}

func TestTC_066_CSMS_GetCompositeSchedule(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("SetChargingProfile", object{"connectorId": 1, "csChargingProfiles": profile16("TxDefaultProfile", 0)}, accepted)
	c.raw("GetCompositeSchedule", object{"connectorId": 1, "duration": 300}, object{
		"status": "Accepted", "connectorId": 1, "scheduleStart": stamp(time.Now()),
		"chargingSchedule": object{"duration": 300, "chargingRateUnit": "A", "chargingSchedulePeriod": []object{{"startPeriod": 0, "limit": 6.0}}},
	})
}

func TestTC_067_CSMS_ClearChargingProfile(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("SetChargingProfile", object{"connectorId": 1, "csChargingProfiles": profile16("TxDefaultProfile", 0)}, accepted)
	c.raw("ClearChargingProfile", object{"id": 1}, accepted)
	if got := c.raw("ClearChargingProfile", object{"id": 1}, status("Unknown")); got.Status != "REJECTED" {
		t.Errorf("clearing what isn't there is %s", got.Status)
	}
}

func TestTC_075_1_CSMS_InstallManufacturerRoot(t *testing.T) {
	t.Parallel()
	install16(t, "ManufacturerRootCertificate")
}

func TestTC_075_2_CSMS_InstallCentralSystemRoot(t *testing.T) {
	t.Parallel()
	install16(t, "CentralSystemRootCertificate")
}

func install16(t *testing.T, kind string) {
	t.Helper()
	c := open16(t)
	c.raw("InstallCertificate", object{"certificateType": kind, "certificate": certificate}, accepted)
	c.raw("GetInstalledCertificateIds", object{"certificateType": kind}, object{"status": "Accepted", "certificateHashData": []object{hashData}})
}

func TestTC_076_CSMS_DeleteCertificate(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("GetInstalledCertificateIds", object{"certificateType": "CentralSystemRootCertificate"}, object{"status": "Accepted", "certificateHashData": []object{hashData}})
	c.raw("DeleteCertificate", object{"certificateHashData": hashData}, accepted)
	c.raw("GetInstalledCertificateIds", object{"certificateType": "CentralSystemRootCertificate"}, status("NotFound"))
}

func TestTC_079_CSMS_GetSecurityLog(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("GetLog", object{"log": object{"remoteLocation": somewhere}, "logType": "SecurityLog", "requestId": 5}, object{"status": "Accepted", "filename": "security.log"})
	for _, report := range []string{"Uploading", "Uploaded"} {
		c.s.call("LogStatusNotification", object{"status": report, "requestId": 5}, nil)
	}
	c.kept("LogStatusNotification", 2)
}

func TestTC_080_CSMS_SecureFirmwareUpdate(t *testing.T) {
	t.Parallel()
	secureUpdate16(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed")
}

func TestTC_081_CSMS_SecureFirmwareUpdateInvalidSignature(t *testing.T) {
	t.Parallel()
	c := secureUpdate16(t, "Downloading", "Downloaded", "InvalidSignature")
	c.s.call("SecurityEventNotification", object{"type": "InvalidFirmwareSignature", "timestamp": stamp(time.Now())}, nil)
	c.kept("SecurityEventNotification", 1)
}

func secureUpdate16(t *testing.T, reports ...string) *csms {
	t.Helper()
	c := open16(t)
	c.raw("SignedUpdateFirmware", object{"requestId": 9, "firmware": object{
		"location": somewhere, "retrieveDateTime": stamp(time.Now()), "signingCertificate": certificate, "signature": signed64,
	}}, accepted)
	for _, report := range reports {
		c.s.call("SignedFirmwareStatusNotification", object{"status": report, "requestId": 9}, nil)
	}
	c.kept("SignedFirmwareStatusNotification", len(reports))
	return c
}
