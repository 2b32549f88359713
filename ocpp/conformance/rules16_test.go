package conformance_test

import (
	"testing"
	"time"
)

// Rules that no case asks for by name and every station depends on.

// A station repeats what isn't answered with a result, for ever: these always are, whatever they report.
func TestNotificationsAreAlwaysAnsweredWithAResult(t *testing.T) {
	t.Parallel()
	c := open16(t)
	for _, status := range []string{"Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing", "Installed"} {
		c.s.call("FirmwareStatusNotification", object{"status": status}, nil)
	}
	for _, status := range []string{"Idle", "Uploaded", "UploadFailed", "Uploading"} {
		c.s.call("DiagnosticsStatusNotification", object{"status": status}, nil)
	}
	for _, status := range []string{
		"Downloaded", "DownloadFailed", "Downloading", "DownloadScheduled", "DownloadPaused", "Idle", "InstallationFailed", "Installing", "Installed",
		"InstallRebooting", "InstallScheduled", "InstallVerificationFailed", "InvalidSignature", "SignatureVerified",
	} {
		c.s.call("SignedFirmwareStatusNotification", object{"status": status, "requestId": 7}, nil)
	}
	for _, status := range []string{"BadMessage", "Idle", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure", "Uploading"} {
		c.s.call("LogStatusNotification", object{"status": status, "requestId": 7}, nil)
	}
	c.s.call("SecurityEventNotification", object{"type": "StartupOfTheDevice", "timestamp": stamp(time.Now())}, nil)
	// A status that no version knows is repaired and answered as well.
	if code := c.s.frame("FirmwareStatusNotification", `{"status":"Rebooting"}`); code != "" {
		t.Errorf("an unknown firmware status was answered with the error %s", code)
	}
}

// Error codes have OCPP 1.6's own spelling (OCPP-J 1.6 §4.2.3), and what is broken costs itself alone.
func TestErrorsAreSpeltAsInVersion16(t *testing.T) {
	t.Parallel()
	c := open16(t)
	for _, bad := range []struct{ action, payload, code string }{
		{"MakeCoffee", `{}`, "NotImplemented"},
		{"RemoteStartTransaction", `{"idTag":"X"}`, "NotSupported"},
		{"StartTransaction", `{"idTag":"X"}`, "OccurenceConstraintViolation"},
		{"Authorize", `"text"`, "FormationViolation"},
	} {
		if code := c.s.frame(bad.action, bad.payload); code != bad.code {
			t.Errorf("%s %s was answered %q, want %s", bad.action, bad.payload, code, bad.code)
		}
		c.s.call("Heartbeat", nil, nil)
	}
	transaction := c.charging()
	c.s.text("\x00 not json")
	c.s.text(`[2]`)
	c.s.text(`[3,"nobody-asked",{}]`)
	c.s.finish(transaction, valid, 1500, time.Now(), "Local")
	c.showsSession("COMPLETED", 500, "Local")
}

// A token may stop another's session of the same group: the station decides by the group that it is told (OCPP 1.6 §3.5.1).
func TestParentTagStopsTheSession(t *testing.T) {
	t.Parallel()
	c := open16(t)
	transaction := c.charging()
	if got := c.s.authorize(relative, "Accepted"); got.IDTagInfo.ParentIDTag != group {
		t.Errorf("the relative's group is told as %q", got.IDTagInfo.ParentIDTag)
	}
	c.s.finish(transaction, relative, 1500, time.Now(), "Local")
	c.showsSession("COMPLETED", 500, "Local")
	if got := c.session(); got.StopIDTag != relative || got.IDTag != valid {
		t.Errorf("the session was started by %q and stopped by %q", got.IDTag, got.StopIDTag)
	}
}
