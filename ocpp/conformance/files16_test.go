package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/firmwareupdate"
	"github.com/busbar-ev/busbar/ent/logupload"
	"github.com/busbar-ev/busbar/internal/charging"
)

// Firmware and logs. What a station reports on the way moves the update or the upload that it was asked for.

const (
	somewhere = "https://csms.example/files/0123456789abcdef"
	signed64  = "c2lnbmF0dXJl"
)

// firmwareGiven is an update as it arrives at a station, of any version.
type firmwareGiven struct {
	RequestID int64  `json:"requestId"`
	Location  string `json:"location"`
	Firmware  struct {
		Location           string `json:"location"`
		RetrieveDateTime   string `json:"retrieveDateTime"`
		InstallDateTime    string `json:"installDateTime"`
		SigningCertificate string `json:"signingCertificate"`
		Signature          string `json:"signature"`
	} `json:"firmware"`
}

// update updates the firmware and has the station answer so.
func (c *csms) update(action string, r charging.FirmwareRequest, answer object) (asked firmwareGiven, p *pending) {
	c.t.Helper()
	r.Location = somewhere
	p = c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.UpdateFirmware(ctx, c.station.ID, r, 30)
	}, action, &asked, answer)
	if f := asked.Firmware; asked.Location+f.Location != somewhere || f.Signature != r.Signature || f.SigningCertificate != r.SigningCertificate ||
		(f.InstallDateTime == "") != r.InstallAt.IsZero() || (asked.RequestID == 0) != (action == "UpdateFirmware" && r.Signature == "") {
		c.t.Errorf("the station was asked %+v", asked)
	}
	return asked, p
}

// signed is a request for firmware that is signed.
func (c *csms) signed() charging.FirmwareRequest {
	return charging.FirmwareRequest{Signature: signed64, SigningCertificate: authority(c.t, "Signing of the maker"), InstallAt: time.Now().Add(time.Hour)}
}

// stands is a line for a record that goes from its request to an end: "Installed, ended: Downloading > Installed".
func stands(status string, ended bool, history []byte) string {
	var steps []struct{ Status string }
	_ = json.Unmarshal(history, &steps) // nothing was said yet
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = step.Status
	}
	if ended {
		status += ", ended"
	}
	return strings.TrimSuffix(status+": "+strings.Join(names, " > "), ": ")
}

func text[T ~string](json *T) []byte {
	if json == nil {
		return nil
	}
	return []byte(*json)
}

// updates expects how the updates of the station stand, in the order in which they were asked for.
func (c *csms) updates(want ...string) []*ent.FirmwareUpdate {
	c.t.Helper()
	found, err := c.DB.Ent().FirmwareUpdate.Query().Where(firmwareupdate.StationID(c.station.ID)).All(c.ctx)
	c.must(err, "load the updates")
	slices.SortFunc(found, func(a, b *ent.FirmwareUpdate) int { return a.RequestID - b.RequestID })
	var got []string
	for _, u := range found {
		got = append(got, stands(u.Status, u.Ended, text(u.History)))
	}
	if !slices.Equal(got, want) {
		c.t.Fatalf("the updates stand as %q, want %q", got, want)
	}
	return found
}

// uploads expects how the uploads of the station stand, in the order in which they were asked for.
func (c *csms) uploads(want ...string) []*ent.LogUpload {
	c.t.Helper()
	found, err := c.DB.Ent().LogUpload.Query().Where(logupload.StationID(c.station.ID)).All(c.ctx)
	c.must(err, "load the uploads")
	slices.SortFunc(found, func(a, b *ent.LogUpload) int { return a.RequestID - b.RequestID })
	var got []string
	for _, u := range found {
		got = append(got, stands(u.Status, u.Ended, text(u.History)))
	}
	if !slices.Equal(got, want) {
		c.t.Fatalf("the uploads stand as %q, want %q", got, want)
	}
	return found
}

// tells sends reports on the way, each of which is answered and kept.
func (c *csms) tells(action string, request int64, reports ...string) {
	c.t.Helper()
	before := c.logged(action)
	for _, report := range reports {
		payload := status(report)
		if request != 0 {
			payload["requestId"] = request
		}
		c.s.call(action, payload, nil)
	}
	if got := c.logged(action) - before; got != 2*len(reports) {
		c.t.Errorf("%d rows of %s are in the log for %d reports", got, action, len(reports))
	}
}

// update16 updates the firmware and takes the reports on the way.
func update16(t *testing.T, reports ...string) *csms {
	t.Helper()
	c := open16(t)
	_, p := c.update("UpdateFirmware", charging.FirmwareRequest{}, object{})
	p.ends("ACCEPTED")
	c.updates("Requested")
	c.tells("FirmwareStatusNotification", 0, reports...)
	return c
}

func TestTC_044_1_CSMS_FirmwareUpdate(t *testing.T) {
	t.Parallel()
	c := update16(t, "Downloading", "Downloaded", "Installing")
	c.updates("Installing: Downloading > Downloaded > Installing")
	c.s.hangUp()
	c.Eventually("the station is offline", func() bool { return !c.state().Online })
	c.s = c.dial("1.6")
	c.s.call("BootNotification", object{"chargePointVendor": "Voltara", "chargePointModel": "AC22", "firmwareVersion": "1.1.0"}, nil)
	c.tells("FirmwareStatusNotification", 0, "Installed")
	if u := c.updates("Installed, ended: Downloading > Downloaded > Installing > Installed")[0]; u.FromVersion != "1.0.0" || u.Signed {
		t.Errorf("the update is kept as %+v", u)
	}
	if got := c.state().FirmwareVersion; got != "1.1.0" {
		t.Errorf("the firmware shown is %s", got)
	}
}

func TestTC_044_2_CSMS_FirmwareDownloadFailed(t *testing.T) {
	t.Parallel()
	update16(t, "Downloading", "DownloadFailed").updates("DownloadFailed, ended: Downloading > DownloadFailed")
}

func TestTC_044_3_CSMS_FirmwareInstallationFailed(t *testing.T) {
	t.Parallel()
	update16(t, "Downloading", "Downloaded", "Installing", "InstallationFailed").
		updates("InstallationFailed, ended: Downloading > Downloaded > Installing > InstallationFailed")
}

func TestTC_080_CSMS_SecureFirmwareUpdate(t *testing.T) {
	t.Parallel()
	c := secureUpdate16(t, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed")
	if u := c.updates("Installed, ended: Downloading > Downloaded > SignatureVerified > Installing > InstallRebooting > Installed")[0]; !u.Signed || u.InstallAt == nil {
		t.Errorf("the update is kept as %+v", u)
	}
}

func TestTC_081_CSMS_SecureFirmwareUpdateInvalidSignature(t *testing.T) {
	t.Parallel()
	c := secureUpdate16(t, "Downloading", "Downloaded", "InvalidSignature")
	c.s.call("SecurityEventNotification", object{"type": "InvalidFirmwareSignature", "timestamp": stamp(time.Now())}, nil)
	c.kept("SecurityEventNotification", 1)
	c.updates("InvalidSignature, ended: Downloading > Downloaded > InvalidSignature")
}

func secureUpdate16(t *testing.T, reports ...string) *csms {
	t.Helper()
	c := open16(t)
	asked, p := c.update("SignedUpdateFirmware", c.signed(), accepted)
	p.ends("ACCEPTED")
	c.tells("SignedFirmwareStatusNotification", asked.RequestID, reports...)
	return c
}

// logGiven is an upload as it arrives at a station, of any version.
type logGiven struct {
	RequestID int64  `json:"requestId"`
	LogType   string `json:"logType"`
	Location  string `json:"location"`
	Log       struct {
		RemoteLocation string `json:"remoteLocation"`
	} `json:"log"`
}

// getLog has the station upload a log and answer so.
func (c *csms) getLog(action string, r charging.LogRequest, answer object) (asked logGiven, p *pending) {
	c.t.Helper()
	p = c.asks(func(ctx context.Context) (*ent.Command, error) { return c.Charging.GetLog(ctx, c.station.ID, r, 30) }, action, &asked, answer)
	return asked, p
}

// sends sends a log to where the station was asked to, and returns how that was answered.
func (c *csms) sends(asked logGiven, name string) int {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPut, asked.Location+asked.Log.RemoteLocation+"/"+name, strings.NewReader("what happened"))
	c.must(err, "make the upload")
	response, err := c.HTTP.Client().Do(request)
	c.must(err, "send the log")
	c.must(response.Body.Close(), "end the upload")
	return response.StatusCode
}

// arrives sends a log and expects it to be kept with its upload.
func (c *csms) arrives(asked logGiven, name string) {
	c.t.Helper()
	if got := c.sends(asked, name); got != http.StatusOK {
		c.t.Fatalf("the upload was answered %d", got)
	}
	c.Eventually("the file belongs to its upload", func() bool {
		found, err := c.DB.Ent().LogUpload.Query().Where(logupload.RequestID(c.requested(asked))).Only(c.ctx)
		c.must(err, "load the upload")
		return found.FileID != nil
	})
}

// requested is the number of an upload; OCPP 1.6 has none for diagnostics.
func (c *csms) requested(asked logGiven) int {
	c.t.Helper()
	if asked.RequestID != 0 {
		return int(asked.RequestID)
	}
	found, err := c.DB.Ent().LogUpload.Query().Where(logupload.StationID(c.station.ID)).Only(c.ctx)
	c.must(err, "load the upload")
	return found.RequestID
}

var diagnostics16 = charging.LogRequest{Type: "DIAGNOSTICS", Diagnostics: true}

func TestTC_045_1_CSMS_GetDiagnostics(t *testing.T) {
	t.Parallel()
	c := open16(t)
	asked, p := c.getLog("GetDiagnostics", diagnostics16, object{"fileName": "diagnostics.zip"})
	c.says(p.ends("ACCEPTED"), `"fileName":"diagnostics.zip"`)
	c.tells("DiagnosticsStatusNotification", 0, "Uploading")
	c.arrives(asked, "diagnostics.zip")
	c.tells("DiagnosticsStatusNotification", 0, "Uploaded")
	if u := c.uploads("Uploaded, ended: Uploading > Uploaded")[0]; u.FileName != "diagnostics.zip" || u.Type != "DIAGNOSTICS" {
		t.Errorf("the upload is kept as %+v", u)
	}
}

func TestTC_045_2_CSMS_GetDiagnosticsUploadFailed(t *testing.T) {
	t.Parallel()
	c := open16(t)
	_, p := c.getLog("GetDiagnostics", diagnostics16, object{"fileName": "diagnostics.zip"})
	p.ends("ACCEPTED")
	c.tells("DiagnosticsStatusNotification", 0, "Uploading", "UploadFailed")
	c.uploads("UploadFailed, ended: Uploading > UploadFailed")
}

func TestTC_079_CSMS_GetSecurityLog(t *testing.T) {
	t.Parallel()
	c := open16(t)
	fetchLog(c, charging.LogRequest{Type: "SECURITY"}, "SecurityLog")
}

// fetchLog fetches a log, which arrives.
func fetchLog(c *csms, r charging.LogRequest, wire string) {
	c.t.Helper()
	asked, p := c.getLog("GetLog", r, object{"status": "Accepted", "filename": "station.log"})
	p.ends("ACCEPTED")
	if asked.LogType != wire || asked.RequestID <= 0 {
		c.t.Errorf("the station was asked %+v", asked)
	}
	c.tells("LogStatusNotification", asked.RequestID, "Uploading")
	c.arrives(asked, "station.log")
	c.tells("LogStatusNotification", asked.RequestID, "Uploaded")
	if u := c.uploads("Uploaded, ended: Uploading > Uploaded")[0]; u.FileName != "station.log" || string(u.Type) != r.Type || fmt.Sprint(u.RequestID) != fmt.Sprint(asked.RequestID) {
		c.t.Errorf("the upload is kept as %+v", u)
	}
}
