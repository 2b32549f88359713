package conformance_test

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
)

// firmware updates the firmware and takes the reports on the way.
func firmware(t *testing.T, reports ...string) *csms {
	t.Helper()
	c := open201(t)
	c.update(9, "Accepted")
	c.progress(9, reports...)
	return c
}

func (c *csms) update(request int, answer string) {
	c.t.Helper()
	c.raw("UpdateFirmware", object{"requestId": request, "firmware": object{
		"location": somewhere, "retrieveDateTime": stamp(time.Now()), "installDateTime": inAnHour(), "signingCertificate": certificate, "signature": signed64,
	}}, status(answer))
}

// progress takes reports of an update, each of which is kept as an event.
func (c *csms) progress(request int, reports ...string) {
	c.t.Helper()
	before := len(c.events())
	for _, report := range reports {
		c.s.call("FirmwareStatusNotification", object{"status": report, "requestId": request}, nil)
	}
	if got := len(c.events()) - before; got != len(reports) {
		c.t.Errorf("%d events are kept of %d reports", got, len(reports))
	}
}

func TestTC_L_01_CSMS_FirmwareInstalled(t *testing.T) {
	t.Parallel()
	c := firmware(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("2.0.1")
	c.s.call("BootNotification", object{"reason": "FirmwareUpdate", "chargingStation": object{"vendorName": "Voltara", "model": "AC22", "firmwareVersion": "1.1.0"}}, nil)
	c.progress(9, "Installed")
	if got := c.state().FirmwareVersion; got != "1.1.0" {
		t.Errorf("the firmware shown is %s", got)
	}
}

func TestTC_L_02_CSMS_FirmwareInstallScheduled(t *testing.T) {
	t.Parallel()
	firmware(t, "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled", "Installing", "Installed")
}

func TestTC_L_03_CSMS_FirmwareDownloadScheduled(t *testing.T) {
	t.Parallel()
	firmware(t, "DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
}

func TestTC_L_04_CSMS_FirmwareRevokedCertificate(t *testing.T) {
	t.Parallel()
	open201(t).update(9, "RevokedCertificate")
}

func TestTC_L_05_CSMS_FirmwareInvalidCertificate(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.update(9, "InvalidCertificate")
	c.s.call("SecurityEventNotification", object{"type": "InvalidFirmwareSigningCertificate", "timestamp": stamp(time.Now())}, nil)
	if events := c.events(); len(events) != 1 || events[0].Kind != "SECURITY" || events[0].Type != "InvalidFirmwareSigningCertificate" {
		t.Errorf("the events are %+v", events)
	}
}

func TestTC_L_06_CSMS_FirmwareInvalidSignature(t *testing.T) {
	t.Parallel()
	firmware(t, "Downloading", "Downloaded", "InvalidSignature")
}

func TestTC_L_07_CSMS_FirmwareDownloadFailed(t *testing.T) {
	t.Parallel()
	firmware(t, "Downloading", "DownloadFailed")
}

func TestTC_L_08_CSMS_FirmwareVerificationFailed(t *testing.T) {
	t.Parallel()
	firmware(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallVerificationFailed")
}

func TestTC_L_09_CSMS_FirmwareInstallationFailed(t *testing.T) {
	t.Parallel()
	firmware(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallationFailed")
}

func TestTC_L_10_CSMS_FirmwareReplaced(t *testing.T) {
	t.Parallel()
	c := firmware(t, "Downloading")
	c.update(10, "AcceptedCanceled")
	c.progress(10, "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
}

func TestTC_L_11_CSMS_FirmwareNotReplaced(t *testing.T) {
	t.Parallel()
	c := firmware(t, "Downloading", "Downloaded", "SignatureVerified", "Installing")
	c.update(10, "Rejected")
	c.progress(9, "Installed")
}

func TestTC_L_13_CSMS_FirmwareWaitsForTransaction(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	c.update(9, "Accepted")
	c.progress(9, "DownloadScheduled")
	x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1100})
	c.progress(9, "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
	c.showsSession("COMPLETED", 100, "Local")
}

func TestTC_M_01_CSMS_InstallCSMSRoot(t *testing.T) {
	t.Parallel()
	install201(t, "CSMSRootCertificate", "Accepted", "ACCEPTED")
}

func TestTC_M_02_CSMS_InstallManufacturerRoot(t *testing.T) {
	t.Parallel()
	install201(t, "ManufacturerRootCertificate", "Accepted", "ACCEPTED")
}

func TestTC_M_05_CSMS_InstallFailed(t *testing.T) {
	t.Parallel()
	install201(t, "CSMSRootCertificate", "Failed", "REJECTED")
}

func install201(t *testing.T, kind, answer, want string) {
	t.Helper()
	if got := open201(t).raw("InstallCertificate", object{"certificateType": kind, "certificate": certificate}, status(answer)); string(got.Status) != want {
		t.Errorf("an installation that was answered %s is %s", answer, got.Status)
	}
}

func TestTC_M_13_CSMS_ListManufacturerRoots(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetInstalledCertificateIds", object{"certificateType": []string{"ManufacturerRootCertificate"}}, object{
		"status": "Accepted", "certificateHashDataChain": []object{{"certificateType": "ManufacturerRootCertificate", "certificateHashData": hashData}},
	})
}

func TestTC_M_18_CSMS_ListAllCertificates(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetInstalledCertificateIds", object{}, object{"status": "Accepted", "certificateHashDataChain": []object{
		{"certificateType": "ManufacturerRootCertificate", "certificateHashData": hashData}, {"certificateType": "CSMSRootCertificate", "certificateHashData": hashData},
	}})
}

func TestTC_M_19_CSMS_ListNoCertificates(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetInstalledCertificateIds", object{"certificateType": []string{"CSMSRootCertificate"}}, status("NotFound"))
}

func TestTC_M_20_CSMS_DeleteCertificate(t *testing.T) {
	t.Parallel()
	open201(t).raw("DeleteCertificate", object{"certificateHashData": hashData}, accepted)
}

func TestTC_M_21_CSMS_DeleteCertificateFailed(t *testing.T) {
	t.Parallel()
	if got := open201(t).raw("DeleteCertificate", object{"certificateHashData": hashData}, status("Failed")); got.Status != "REJECTED" {
		t.Errorf("a deletion that failed is %s", got.Status)
	}
}

func TestTC_N_25_CSMS_GetDiagnosticsLog(t *testing.T) {
	t.Parallel()
	fetchLog(t, "DiagnosticsLog")
}

func TestTC_N_35_CSMS_GetSecurityLog(t *testing.T) {
	t.Parallel()
	fetchLog(t, "SecurityLog")
}

func (c *csms) getLog(kind string, request int, answer object) {
	c.t.Helper()
	c.raw("GetLog", object{"logType": kind, "requestId": request, "log": object{"remoteLocation": somewhere}}, answer)
}

func (c *csms) uploads(request int, reports ...string) {
	c.t.Helper()
	before := len(c.events())
	for _, report := range reports {
		c.s.call("LogStatusNotification", object{"status": report, "requestId": request}, nil)
	}
	if got := len(c.events()) - before; got != len(reports) {
		c.t.Errorf("%d events are kept of %d reports", got, len(reports))
	}
}

func fetchLog(t *testing.T, kind string) {
	t.Helper()
	c := open201(t)
	c.getLog(kind, 5, object{"status": "Accepted", "filename": "station.log"})
	c.uploads(5, "Uploading", "Uploaded")
}

func TestTC_N_34_CSMS_GetLogRejected(t *testing.T) {
	t.Parallel()
	open201(t).getLog("DiagnosticsLog", 5, status("Rejected"))
}

func TestTC_N_36_CSMS_GetLogAgain(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.getLog("DiagnosticsLog", 5, object{"status": "Accepted", "filename": "first.log"})
	c.uploads(5, "Uploading")
	c.getLog("DiagnosticsLog", 6, object{"status": "AcceptedCanceled", "filename": "second.log"})
	c.uploads(5, "AcceptedCanceled")
	c.uploads(6, "Uploading", "Uploaded")
}

func TestTC_N_29_CSMS_CustomerInformationNotAccepted(t *testing.T) {
	t.Parallel()
	customer(t, true, false, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Rejected")
}

func TestTC_N_32_CSMS_ClearCustomerInformation(t *testing.T) {
	t.Parallel()
	customer(t, false, true, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Accepted")
}
