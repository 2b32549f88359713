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

// reserve16 reserves a connector and has the station answer so.
func reserve16(t *testing.T, connector int, answer string) *csms {
	t.Helper()
	c := open16(t)
	c.raw("ReserveNow", object{"connectorId": connector, "idTag": valid, "parentIdTag": group, "reservationId": 11, "expiryDate": inAnHour()}, status(answer))
	return c
}

// useReservation charges with the reservation.
func (c *csms) useReservation(idTag string) {
	c.t.Helper()
	c.s.authorize(idTag, "Accepted")
	var answer started
	c.s.call("StartTransaction", object{"connectorId": 1, "idTag": idTag, "meterStart": 1000, "reservationId": 11, "timestamp": stamp(time.Now())}, &answer)
	if answer.IDTagInfo.Status != "Accepted" || answer.TransactionID <= 0 {
		c.t.Errorf("the start was answered %+v", answer)
	}
	c.s.status(1, "Charging")
	c.shows(1, "CHARGING")
	c.showsSession("RUNNING", 0, "")
}

func TestTC_046_CSMS_ReserveConnectorAndCharge(t *testing.T) {
	t.Parallel()
	c := reserve16(t, 1, "Accepted")
	c.s.status(1, "Reserved")
	c.shows(1, "RESERVED")
	c.useReservation(valid)
}

func TestTC_047_CSMS_ReservationExpires(t *testing.T) {
	t.Parallel()
	c := reserve16(t, 1, "Accepted")
	c.s.status(1, "Reserved")
	c.shows(1, "RESERVED")
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
}

func TestTC_048_1_CSMS_ReserveFaulted(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Faulted")
}

func TestTC_048_2_CSMS_ReserveOccupied(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Occupied")
}

func TestTC_048_3_CSMS_ReserveUnavailable(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Unavailable")
}

func TestTC_048_4_CSMS_ReserveRejected(t *testing.T) {
	t.Parallel()
	reserve16(t, 1, "Rejected")
}

func TestTC_049_CSMS_ReserveStationAndCharge(t *testing.T) {
	t.Parallel()
	c := reserve16(t, 0, "Accepted")
	c.useReservation(valid)
}

func TestTC_051_CSMS_CancelReservation(t *testing.T) {
	t.Parallel()
	c := reserve16(t, 1, "Accepted")
	c.s.status(1, "Reserved")
	c.raw("CancelReservation", object{"reservationId": 11}, accepted)
	c.s.status(1, "Available")
	c.shows(1, "AVAILABLE")
}

func TestTC_052_CSMS_CancelReservationRejected(t *testing.T) {
	t.Parallel()
	c := reserve16(t, 1, "Accepted")
	if got := c.raw("CancelReservation", object{"reservationId": 12}, status("Rejected")); got.Status != "REJECTED" {
		t.Errorf("a cancellation that was refused is %s", got.Status)
	}
}

func TestTC_053_CSMS_UseReservationOfTheGroup(t *testing.T) {
	t.Parallel()
	c := reserve16(t, 1, "Accepted")
	c.s.status(1, "Reserved")
	if got := c.s.authorize(relative, "Accepted"); got.IDTagInfo.ParentIDTag != group {
		t.Errorf("the group is told as %q", got.IDTagInfo.ParentIDTag)
	}
	c.useReservation(relative)
}
