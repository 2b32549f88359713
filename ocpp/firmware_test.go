package ocpp_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/firmwarefile"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// Of updates of the firmware the last one counts, and one that the station refuses has ended.
func TestFirmware_UpdatesTakeEachOthersPlace(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	old := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, old)
	ctx := w.A.As(tenancy.Admin)
	update := func(st *ent.Station, r charging.FirmwareRequest) func() (*ent.Command, error) {
		r.Location = "https://user:secret@files.example/fw.bin"
		return func() (*ent.Command, error) { return w.Charging.UpdateFirmware(ctx, st.ID, r, 10) }
	}
	certificate := authority(t, "Maker Root", time.Hour)
	signed := charging.FirmwareRequest{Signature: "c2lnbmF0dXJl", SigningCertificate: certificate, InstallAt: time.Now().Add(time.Hour)}
	for i, answer := range []string{`{}`, `{}`} {
		_, calls := given(t, s, update(old, charging.FirmwareRequest{}), answer)
		if calls[0].Action != "UpdateFirmware" || !strings.Contains(string(calls[0].Payload), `"retrieveDate"`) {
			t.Errorf("update %d was %s %s", i+1, calls[0].Action, calls[0].Payload)
		}
	}
	tell(s, "FirmwareStatusNotification", `{"status":"Downloading"}`)
	c, calls := given(t, s, update(old, signed), `{"status":"InvalidCertificate"}`)
	if calls[0].Action != "SignedUpdateFirmware" || !strings.Contains(outcomeOf(c), "maker's root") {
		t.Errorf("the signed update was %s and ended %s", calls[0].Action, outcomeOf(c))
	}
	if got := stand(w, "firmware_updates", old.ID); !inOrder(got, "AcceptedCanceled true -", "Downloading false Downloading", "InvalidCertificate true -") {
		t.Errorf("the updates are %s", got)
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(distinct location, ' ') from firmware_updates"); strings.Contains(got, "secret") {
		t.Errorf("the password of the server shows in %s", got)
	}
	if _, err := w.Charging.UpdateFirmware(ctx, old.ID, charging.FirmwareRequest{Location: "https://files.example/f", InstallAt: time.Now().Add(time.Hour)}, 0); fault.Of(err) == nil {
		t.Errorf("unsigned firmware with a time to install was answered %v", err)
	}

	st := w.AddStation(w.A, w.A.Main, "CP2", 1)
	s = onboarded2(t, w, st, "2.0.1")
	for _, answer := range []string{`{"status":"Accepted"}`, `{"status":"AcceptedCanceled"}`} {
		given(t, s, update(st, signed), answer)
	}
	c, calls = given(t, s, func() (*ent.Command, error) {
		return w.Charging.PublishFirmware(ctx, st.ID, charging.PublishRequest{Location: "https://files.example/f", Checksum: "D41D8CD98F00B204E9800998ECF8427E"}, 10)
	}, `{"status":"Accepted"}`)
	if got := outcomeOf(c); got != "ACCEPTED" || !strings.Contains(string(calls[0].Payload), "d41d8cd9") {
		t.Errorf("publishing ended %s: %s", got, calls[0].Payload)
	}
	if got := stand(w, "firmware_updates", st.ID); !inOrder(got, "AcceptedCanceled true -", "Requested false -", "Requested false -") {
		t.Errorf("the updates are %s", got)
	}
	c, _ = given(t, s, func() (*ent.Command, error) {
		return w.Charging.UnpublishFirmware(ctx, st.ID, "d41d8cd98f00b204e9800998ecf8427e", 10)
	}, `{"status":"DownloadOngoing"}`)
	if got := outcomeOf(c); !strings.HasPrefix(got, "REJECTED") || !strings.Contains(got, "try again later") {
		t.Errorf("unpublishing ended %s", got)
	}
}

// inOrder reports whether the lines of a stand end so, each after its number.
func inOrder(stand string, want ...string) bool {
	lines := strings.Split(stand, "; ")
	if len(lines) != len(want) {
		return false
	}
	for i, line := range lines {
		if _, rest, _ := strings.Cut(line, " "); rest != want[i] {
			return false
		}
	}
	return true
}

// made is what the station said that it is when it booted.
func made(w *worldtest.World, st *ent.Station) charging.FirmwareSpec {
	return charging.FirmwareSpec{
		Version: "2.0", FileName: "fw 2.0.bin",
		Vendor: worldtest.OwnerValue[string](w, "select vendor from stations where id = $1", st.ID),
		Models: []string{"Other", worldtest.OwnerValue[string](w, "select model from stations where id = $1", st.ID)},
	}
}

func kept(t *testing.T, w *worldtest.World, ctx context.Context, spec charging.FirmwareSpec) charging.FirmwareUpload {
	t.Helper()
	f, err := w.Charging.UploadFirmware(ctx, spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Firmware that is kept here reaches a station over a link of its own, and stays while a station needs it.
func TestFirmware_KeptHere(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ctx := w.A.As(tenancy.Admin)
	const content = "better than ever"
	sum := sha256.Sum256([]byte(content))
	checksum := md5.Sum([]byte(content))
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	spec := made(w, st)
	spec.SHA256 = strings.ToUpper(hex.EncodeToString(sum[:]))
	up := kept(t, w, ctx, spec)
	update := func() (*ent.Command, error) {
		return w.Charging.UpdateFirmware(ctx, st.ID, charging.FirmwareRequest{Firmware: up.Firmware.ID}, 10)
	}
	if _, err := update(); fault.Of(err) == nil || fault.Of(err).Code != fault.Conflict {
		t.Errorf("an update with firmware that isn't here yet was answered %v", err)
	}
	if status, text := transfer(t, w, http.MethodPut, up.URL, content); status != http.StatusOK {
		t.Fatalf("the upload was answered %d %s", status, text)
	}
	if status, _ := transfer(t, w, http.MethodPut, up.URL, "something else"); status != http.StatusNotFound {
		t.Errorf("a second upload over the link was answered %d", status)
	}
	f, err := w.DB.Ent().FirmwareFile.Get(ctx, up.Firmware.ID)
	if err != nil || f.Status != firmwarefile.StatusREADY || *f.Size != len(content) || f.Sha256 != hex.EncodeToString(sum[:]) || f.Md5 != hex.EncodeToString(checksum[:]) {
		t.Fatalf("the firmware is %v, %v", f, err)
	}
	c, calls := given(t, s, update, `{}`)
	var asked struct{ Location string }
	if err := json.Unmarshal(calls[0].Payload, &asked); err != nil {
		t.Fatal(err)
	}
	if status, text := transfer(t, w, http.MethodGet, asked.Location, ""); !strings.HasPrefix(outcomeOf(c), "ACCEPTED") || status != http.StatusOK || text != content {
		t.Errorf("the update ended %s; the station fetched %d %q", outcomeOf(c), status, text)
	}
	u, err := w.DB.Ent().FirmwareUpdate.Query().Only(ctx)
	if err != nil || u.FirmwareID == nil || *u.FirmwareID != f.ID || strings.HasPrefix(asked.Location, u.Location) && u.Location == asked.Location {
		t.Errorf("the update is %v, %v", u, err)
	}
	if err := w.Charging.DeleteFirmware(ctx, f.ID); fault.Of(err) == nil || fault.Of(err).Code != fault.Conflict {
		t.Errorf("deleting firmware under a station was answered %v", err)
	}
	tell(s, "FirmwareStatusNotification", `{"status":"Installed"}`)
	for who, other := range map[string]context.Context{"another tenant": w.B.As(tenancy.Owner), "another network": w.A.In(w.A.Sub, tenancy.Owner)} {
		if err := w.Charging.DeleteFirmware(other, f.ID); fault.Of(err) == nil || fault.Of(err).Code != fault.NotFound {
			t.Errorf("%s deleting it was answered %v", who, err)
		}
	}
	if err := w.Charging.DeleteFirmware(ctx, f.ID); err != nil {
		t.Fatal(err)
	}
	if status, _ := transfer(t, w, http.MethodGet, asked.Location, ""); status != http.StatusNotFound {
		t.Errorf("the link to deleted firmware was answered %d", status)
	}
	if u, err = w.DB.Ent().FirmwareUpdate.Query().Only(ctx); err != nil || u.FirmwareID != nil {
		t.Errorf("after the deletion the update is %v, %v", u, err)
	}
}

// A station isn't given firmware that is for others, damaged, or of another network, unless the first is insisted on. What makes
// want of a link, and what local controllers compare with, comes with it.
func TestFirmware_FitsTheStation(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ctx := w.A.As(tenancy.Admin)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := onboarded2(t, w, st, "2.0.1")
	fits := made(w, st)
	named := json.RawMessage(`{"fileNameInURL":true}`)
	if _, err := w.Charging.UpdateStation(ctx, st.ID, charging.StationChange{Quirks: &named}); err != nil {
		t.Fatal(err)
	}
	vendor, model, damaged, foreign := fits, fits, fits, fits
	vendor.Vendor, model.Models, damaged.SHA256, foreign.Network = "Somebody else", []string{"Another"}, strings.Repeat("0", 64), w.A.Sub
	for what, c := range map[string]struct {
		spec  charging.FirmwareSpec
		force bool
		code  fault.Code
	}{
		"vendor": {vendor, false, fault.Invalid}, "model": {model, false, fault.Invalid}, "damaged": {damaged, true, fault.Conflict},
		"network": {foreign, true, fault.Invalid}, "vendor, but insisted on": {vendor, true, ""}, "fits": {fits, false, ""},
	} {
		up := kept(t, w, ctx, c.spec)
		if status, _ := transfer(t, w, http.MethodPut, up.URL, what); status != http.StatusOK {
			t.Fatalf("the upload was answered %d", status)
		}
		publish := func() (*ent.Command, error) {
			return w.Charging.PublishFirmware(ctx, st.ID, charging.PublishRequest{Firmware: up.Firmware.ID, Force: c.force}, 10)
		}
		if c.code != "" {
			if _, err := publish(); fault.Of(err) == nil || fault.Of(err).Code != c.code {
				t.Errorf("%s was answered %v", what, err)
			}
			continue
		}
		_, calls := given(t, s, publish, `{"status":"Accepted"}`)
		var asked struct{ Location, Checksum string }
		if err := json.Unmarshal(calls[0].Payload, &asked); err != nil {
			t.Fatal(err)
		}
		sum := md5.Sum([]byte(what))
		if status, text := transfer(t, w, http.MethodGet, asked.Location, ""); !strings.HasSuffix(asked.Location, "/fw%202.0.bin") || status != http.StatusOK || text != what || asked.Checksum != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: the station was told %+v and fetched %d %q", what, asked, status, text)
		}
	}
}

// What can't be firmware is said before a link is made; a file whose arrival nobody was told of is tied by upkeep, and firmware that
// nobody uploads is dropped.
func TestFirmware_UploadsOfADeadNode(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ctx := w.A.As(tenancy.Admin)
	good := charging.FirmwareSpec{Version: "2.0", Vendor: "Demo", FileName: "fw.bin"}
	for field, spoil := range map[string]func(*charging.FirmwareSpec){
		"version": func(f *charging.FirmwareSpec) { f.Version = " " }, "vendor": func(f *charging.FirmwareSpec) { f.Vendor = strings.Repeat("x", 51) },
		"models": func(f *charging.FirmwareSpec) { f.Models = []string{""} }, "fileName": func(f *charging.FirmwareSpec) { f.FileName = "../fw.bin" },
		"sha256": func(f *charging.FirmwareSpec) { f.SHA256 = "abc" }, "signature": func(f *charging.FirmwareSpec) { f.Signature = "c2ln" },
	} {
		spec := good
		spoil(&spec)
		if _, err := w.Charging.UploadFirmware(ctx, spec); fault.Of(err) == nil || fault.Of(err).Field != field {
			t.Errorf("a wrong %s was answered %v", field, err)
		}
	}
	if _, err := w.Charging.UploadFirmware(w.A.As(tenancy.Reader), good); fault.Of(err) == nil || fault.Of(err).Code != fault.Forbidden {
		t.Errorf("a viewer's firmware was answered %v", err)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from file_transfers"); n != 0 {
		t.Errorf("%d links are left", n)
	}
	w.Files.OnReceived(func(context.Context, files.Received) {})
	arrived, late := kept(t, w, ctx, good), kept(t, w, ctx, good)
	if status, _ := transfer(t, w, http.MethodPut, arrived.URL, "firmware"); status != http.StatusOK {
		t.Fatalf("the upload was answered %d", status)
	}
	w.Owner("update firmwares set created_at = now() - interval '1 hour'")
	upkeep := tenancy.NewContext(t.Context(), tenancy.Maintenance(w.A.ID))
	if n, err := w.Charging.SettleFirmware(upkeep); n != 1 || err != nil {
		t.Fatalf("%d were settled, %v; want 1", n, err)
	}
	w.Owner("update file_transfers set expires_at = now() - interval '2 hours' where finished_at is null")
	if n, err := w.Charging.SettleFirmware(upkeep); n != 1 || err != nil {
		t.Fatalf("%d were settled, %v; want 1", n, err)
	}
	if f, err := w.DB.Ent().FirmwareFile.Query().Only(ctx); err != nil || f.ID != arrived.Firmware.ID || f.Status != firmwarefile.StatusREADY || f.ID == late.Firmware.ID {
		t.Errorf("what is left is %v, %v", f, err)
	}
}
