package conformance_test

import (
	"testing"
	"time"
)

func TestTC_042_1_CSMS_LocalListVersionNotSupported(t *testing.T) {
	t.Parallel()
	open16(t).raw("GetLocalListVersion", object{}, object{"listVersion": -1})
}

func TestTC_042_2_CSMS_LocalListVersionEmpty(t *testing.T) {
	t.Parallel()
	open16(t).raw("GetLocalListVersion", object{}, object{"listVersion": 0})
}

func list16(version int, kind string, idTags ...string) object {
	entries := make([]object, len(idTags))
	for i, tag := range idTags {
		entries[i] = object{"idTag": tag, "idTagInfo": status("Accepted")}
	}
	return object{"listVersion": version, "updateType": kind, "localAuthorizationList": entries}
}

func TestTC_043_1_CSMS_SendLocalListNotSupported(t *testing.T) {
	t.Parallel()
	open16(t).raw("SendLocalList", list16(1, "Full", valid), status("NotSupported"))
}

func TestTC_043_3_CSMS_SendLocalListFailed(t *testing.T) {
	t.Parallel()
	open16(t).raw("SendLocalList", list16(1, "Full", valid), status("Failed"))
}

func TestTC_043_4_CSMS_SendLocalListFull(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("SendLocalList", list16(1, "Full", valid), accepted)
	c.raw("GetLocalListVersion", object{}, object{"listVersion": 1})
}

func TestTC_043_5_CSMS_SendLocalListDifferential(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.raw("SendLocalList", list16(1, "Full", valid), accepted)
	c.raw("SendLocalList", list16(2, "Differential", relative), accepted)
	c.raw("GetLocalListVersion", object{}, object{"listVersion": 2})
}

// update16 updates the firmware and takes the reports on the way.
func update16(t *testing.T, reports ...string) *csms {
	t.Helper()
	c := open16(t)
	c.raw("UpdateFirmware", object{"location": somewhere, "retrieveDate": stamp(time.Now())}, object{})
	for _, report := range reports {
		c.s.call("FirmwareStatusNotification", status(report), nil)
	}
	c.kept("FirmwareStatusNotification", len(reports))
	return c
}

func TestTC_044_1_CSMS_FirmwareUpdate(t *testing.T) {
	t.Parallel()
	c := update16(t, "Downloading", "Downloaded", "Installing")
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("1.6")
	c.s.call("BootNotification", object{"chargePointVendor": "Voltara", "chargePointModel": "AC22", "firmwareVersion": "1.1.0"}, nil)
	c.s.call("FirmwareStatusNotification", status("Installed"), nil)
	if got := c.state().FirmwareVersion; got != "1.1.0" {
		t.Errorf("the firmware shown is %s", got)
	}
}

func TestTC_044_2_CSMS_FirmwareDownloadFailed(t *testing.T) {
	t.Parallel()
	update16(t, "Downloading", "DownloadFailed")
}

func TestTC_044_3_CSMS_FirmwareInstallationFailed(t *testing.T) {
	t.Parallel()
	update16(t, "Downloading", "Downloaded", "Installing", "InstallationFailed")
}

func TestTC_045_1_CSMS_GetDiagnostics(t *testing.T) {
	t.Parallel()
	diagnostics16(t, "Uploading", "Uploaded")
}

func TestTC_045_2_CSMS_GetDiagnosticsUploadFailed(t *testing.T) {
	t.Parallel()
	diagnostics16(t, "Uploading", "UploadFailed")
}

func diagnostics16(t *testing.T, reports ...string) {
	t.Helper()
	c := open16(t)
	c.raw("GetDiagnostics", object{"location": somewhere}, object{"fileName": "diagnostics.zip"})
	for _, report := range reports {
		c.s.call("DiagnosticsStatusNotification", status(report), nil)
	}
	c.kept("DiagnosticsStatusNotification", len(reports))
}
