package conformance_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
)

// firmware201 updates the firmware and takes the reports on the way.
func firmware201(t *testing.T, reports ...string) (*csms, int64) {
	t.Helper()
	c := open201(t)
	request := c.updating201("Accepted", "ACCEPTED")
	c.tells("FirmwareStatusNotification", request, reports...)
	return c, request
}

// updating201 asks for an update and has the station answer so.
func (c *csms) updating201(answer, ends string) int64 {
	c.t.Helper()
	asked, p := c.update("UpdateFirmware", c.signed(), status(answer))
	p.ends(ends)
	return asked.RequestID
}

// firmwareEnds updates the firmware and expects the last of the reports to end the update.
func firmwareEnds(t *testing.T, reports ...string) *csms {
	t.Helper()
	c, _ := firmware201(t, reports...)
	c.updates(reports[len(reports)-1] + ", ended: " + strings.Join(reports, " > "))
	if got := len(c.events()); got != len(reports) {
		t.Errorf("%d events are kept of %d reports", got, len(reports))
	}
	return c
}

func TestTC_L_01_CSMS_FirmwareInstalled(t *testing.T) {
	t.Parallel()
	c, request := firmware201(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
	c.updates("InstallRebooting: Downloading > Downloaded > SignatureVerified > Installing > InstallRebooting")
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("2.0.1")
	c.s.call("BootNotification", object{"reason": "FirmwareUpdate", "chargingStation": object{"vendorName": "Voltara", "model": "AC22", "firmwareVersion": "1.1.0"}}, nil)
	c.tells("FirmwareStatusNotification", request, "Installed")
	u := c.updates("Installed, ended: Downloading > Downloaded > SignatureVerified > Installing > InstallRebooting > Installed")[0]
	if !u.Signed || u.FromVersion != "1.0.0" || u.InstallAt == nil || int64(u.RequestID) != request {
		t.Errorf("the update is kept as %+v", u)
	}
	if got := c.state().FirmwareVersion; got != "1.1.0" {
		t.Errorf("the firmware shown is %s", got)
	}
}

func TestTC_L_02_CSMS_FirmwareInstallScheduled(t *testing.T) {
	t.Parallel()
	firmwareEnds(t, "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled", "Installing", "Installed")
}

func TestTC_L_03_CSMS_FirmwareDownloadScheduled(t *testing.T) {
	t.Parallel()
	firmwareEnds(t, "DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
}

func TestTC_L_04_CSMS_FirmwareRevokedCertificate(t *testing.T) {
	t.Parallel()
	c := open201(t)
	_, p := c.update("UpdateFirmware", c.signed(), status("RevokedCertificate"))
	p.endsFor("REJECTED", "was revoked")
	c.updates("RevokedCertificate, ended")
}

func TestTC_L_05_CSMS_FirmwareInvalidCertificate(t *testing.T) {
	t.Parallel()
	c := open201(t)
	_, p := c.update("UpdateFirmware", c.signed(), status("InvalidCertificate"))
	p.endsFor("REJECTED", "trust the signing certificate")
	c.s.call("SecurityEventNotification", object{"type": "InvalidFirmwareSigningCertificate", "timestamp": stamp(time.Now())}, nil)
	if events := c.events(); len(events) != 1 || events[0].Kind != "SECURITY" || events[0].Type != "InvalidFirmwareSigningCertificate" {
		t.Errorf("the events are %+v", events)
	}
	c.updates("InvalidCertificate, ended")
}

func TestTC_L_06_CSMS_FirmwareInvalidSignature(t *testing.T) {
	t.Parallel()
	firmwareEnds(t, "Downloading", "Downloaded", "InvalidSignature")
}

func TestTC_L_07_CSMS_FirmwareDownloadFailed(t *testing.T) {
	t.Parallel()
	firmwareEnds(t, "Downloading", "DownloadFailed")
}

func TestTC_L_08_CSMS_FirmwareVerificationFailed(t *testing.T) {
	t.Parallel()
	firmwareEnds(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallVerificationFailed")
}

func TestTC_L_09_CSMS_FirmwareInstallationFailed(t *testing.T) {
	t.Parallel()
	firmwareEnds(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallationFailed")
}

func TestTC_L_10_CSMS_FirmwareReplaced(t *testing.T) {
	t.Parallel()
	c, _ := firmware201(t, "Downloading")
	second := c.updating201("AcceptedCanceled", "ACCEPTED")
	c.tells("FirmwareStatusNotification", second, "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
	c.updates("AcceptedCanceled, ended: Downloading", "Installed, ended: Downloading > Downloaded > SignatureVerified > Installing > Installed")
}

func TestTC_L_11_CSMS_FirmwareNotReplaced(t *testing.T) {
	t.Parallel()
	c, first := firmware201(t, "Downloading", "Downloaded", "SignatureVerified", "Installing")
	c.updating201("Rejected", "REJECTED")
	c.tells("FirmwareStatusNotification", first, "Installed")
	c.updates("Installed, ended: Downloading > Downloaded > SignatureVerified > Installing > Installed", "Rejected, ended")
}

func TestTC_L_13_CSMS_FirmwareWaitsForTransaction(t *testing.T) {
	t.Parallel()
	c := open201(t)
	x := c.charging201(1)
	request := c.updating201("Accepted", "ACCEPTED")
	c.tells("FirmwareStatusNotification", request, "DownloadScheduled")
	x.tell(event{kind: "Ended", trigger: "StopAuthorized", stopped: "Local", token: valid, wh: 1100})
	c.tells("FirmwareStatusNotification", request, "Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed")
	c.updates("Installed, ended: DownloadScheduled > Downloading > Downloaded > SignatureVerified > Installing > Installed")
	c.showsSession("COMPLETED", 100, "Local")
}

func TestTC_N_25_CSMS_GetDiagnosticsLog(t *testing.T) {
	t.Parallel()
	fetchLog(open201(t), charging.LogRequest{Type: "DIAGNOSTICS"}, "DiagnosticsLog")
}

func TestTC_N_35_CSMS_GetSecurityLog(t *testing.T) {
	t.Parallel()
	fetchLog(open201(t), charging.LogRequest{Type: "SECURITY"}, "SecurityLog")
}

// A station that refuses sends nothing: the link that it was given is dead.
func TestTC_N_34_CSMS_GetLogRejected(t *testing.T) {
	t.Parallel()
	c := open201(t)
	asked, p := c.getLog("GetLog", charging.LogRequest{Type: "DIAGNOSTICS"}, status("Rejected"))
	p.endsFor("REJECTED", "Rejected")
	c.uploads("Rejected, ended")
	if got := c.sends(asked, "late.log"); got != http.StatusNotFound {
		t.Errorf("an upload over the link was answered %d", got)
	}
}

func TestTC_N_36_CSMS_GetLogAgain(t *testing.T) {
	t.Parallel()
	c := open201(t)
	first, p := c.getLog("GetLog", charging.LogRequest{Type: "DIAGNOSTICS"}, object{"status": "Accepted", "filename": "first.log"})
	p.ends("ACCEPTED")
	c.tells("LogStatusNotification", first.RequestID, "Uploading")
	second, p := c.getLog("GetLog", charging.LogRequest{Type: "DIAGNOSTICS"}, object{"status": "AcceptedCanceled", "filename": "second.log"})
	p.ends("ACCEPTED")
	c.tells("LogStatusNotification", first.RequestID, "AcceptedCanceled")
	c.tells("LogStatusNotification", second.RequestID, "Uploading")
	if got := c.sends(first, "first.log"); got != http.StatusNotFound {
		t.Errorf("an upload over the first link was answered %d", got)
	}
	c.arrives(second, "second.log")
	c.tells("LogStatusNotification", second.RequestID, "Uploaded")
	c.uploads("AcceptedCanceled, ended: Uploading > AcceptedCanceled", "Uploaded, ended: Uploading > Uploaded")
}

func TestTC_N_29_CSMS_CustomerInformationNotAccepted(t *testing.T) {
	t.Parallel()
	customer(t, true, false, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Rejected")
}

func TestTC_N_32_CSMS_ClearCustomerInformation(t *testing.T) {
	t.Parallel()
	customer(t, false, true, charging.Customer{IDTag: valid, TokenType: "RFID"}, "Accepted")
}
