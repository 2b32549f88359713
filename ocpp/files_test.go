package ocpp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// logLocation is where a call has a station upload to, whatever the version.
func logLocation(t *testing.T, c worldtest.Call) string {
	t.Helper()
	var asked struct {
		Location string
		Log      struct{ RemoteLocation string }
	}
	if err := json.Unmarshal(c.Payload, &asked); err != nil {
		t.Fatal(err)
	}
	return asked.Location + asked.Log.RemoteLocation
}

// transfer makes a request of a station's and returns how it was answered.
func transfer(t *testing.T, w *worldtest.World, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := w.HTTP.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func getLog(w *worldtest.World, ctx context.Context, st *ent.Station, r charging.LogRequest) func() (*ent.Command, error) {
	return func() (*ent.Command, error) { return w.Charging.GetLog(ctx, st.ID, r, 10) }
}

func upload(t *testing.T, w *worldtest.World, ctx context.Context, station uuid.UUID) *ent.LogUpload {
	t.Helper()
	all, err := w.DB.Ent().LogUpload.Query().All(ctx)
	if err != nil || len(all) != 1 || all[0].StationID != station {
		t.Fatalf("the uploads are %v, %v; want one", all, err)
	}
	return all[0]
}

// Diagnostics of OCPP 1.6 come over a link that serves once, and are seen by those who may.
func TestFiles_DiagnosticsOf16(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Admin)
	retries := 2
	c, calls := given(t, s, getLog(w, ctx, st, charging.LogRequest{Type: "DIAGNOSTICS", Diagnostics: true, From: time.Now().Add(-time.Hour), Retries: &retries}),
		`{"fileName":"../logs/diag.zip"}`)
	if got := outcomeOf(c); calls[0].Action != "GetDiagnostics" || !strings.HasPrefix(got, "ACCEPTED") || !strings.Contains(string(calls[0].Payload), `"retries":2`) {
		t.Fatalf("%s ended %s: %s", calls[0].Action, got, calls[0].Payload)
	}
	link := logLocation(t, calls[0])
	u := upload(t, w, ctx, st.ID)
	if u.Status != "Requested" || u.FileName != "diag.zip" || !strings.HasPrefix(link, u.Location+"/") || u.Location == link {
		t.Errorf("the upload is %s, called %q, goes to %q; the link is %q", u.Status, u.FileName, u.Location, link)
	}
	if url, err := w.Charging.LogURL(ctx, u); url != "" || err != nil {
		t.Errorf("before the file is here its link is %q, %v", url, err)
	}
	tell(s, "DiagnosticsStatusNotification", `{"status":"Uploading"}`)
	moved := moves(t, w, st.ID)
	if status, text := transfer(t, w, http.MethodPut, link+"/diag.zip", "what happened"); status != http.StatusOK {
		t.Fatalf("the upload was answered %d %s", status, text)
	}
	moved()
	tell(s, "DiagnosticsStatusNotification", `{"status":"Uploaded"}`)
	if got := stand(w, "log_uploads", st.ID); !strings.HasSuffix(got, " Uploaded true Uploading>Uploaded") {
		t.Errorf("the upload stands %s", got)
	}
	if status, _ := transfer(t, w, http.MethodPut, link, "again"); status != http.StatusNotFound {
		t.Errorf("a second upload over the link was answered %d", status)
	}
	u = upload(t, w, ctx, st.ID)
	url, err := w.Charging.LogURL(ctx, u)
	if err != nil {
		t.Fatal(err)
	}
	if status, text := transfer(t, w, http.MethodGet, url, ""); status != http.StatusOK || text != "what happened" {
		t.Errorf("the log reads %d %q", status, text)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from audit_events where action = 'log.link'"); n != 1 {
		t.Errorf("%d events tell who fetched the log, want 1", n)
	}
	for who, other := range map[string]context.Context{"a viewer": w.A.As(tenancy.Reader), "another tenant": w.B.As(tenancy.Owner), "another network": w.A.In(w.A.Sub, tenancy.Owner)} {
		if url, _ := w.Charging.LogURL(other, u); url != "" {
			t.Errorf("%s got the link %q", who, url)
		}
	}
}

// A station that takes another upload in the place of the first ends that, and its link is dead. One that refuses ends its own.
func TestFiles_LogsAreSuperseded(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		supersede(t, w, st, onboarded2(t, w, st, version))
	})
	t.Run("1.6", func(t *testing.T) {
		t.Parallel()
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		supersede(t, w, st, w.Onboarded(w.A, st))
	})
}

func supersede(t *testing.T, w *worldtest.World, st *ent.Station, s *worldtest.Station) {
	t.Helper()
	ctx := w.A.As(tenancy.Admin)
	var links []string
	for _, answer := range []string{`{"status":"Accepted","filename":"1.log"}`, `{"status":"AcceptedCanceled","filename":"2.log"}`, `{"status":"Rejected"}`} {
		_, calls := given(t, s, getLog(w, ctx, st, charging.LogRequest{Type: "SECURITY"}), answer)
		links = append(links, logLocation(t, calls[0]))
	}
	got := worldtest.OwnerValue[string](w, "select string_agg(status || ' ' || ended || ' ' || file_name, ', ' order by request_id) from log_uploads where station_id = $1 and file_name not like 'security%'", st.ID)
	if got != "AcceptedCanceled true 1.log, Requested false 2.log" {
		t.Errorf("the uploads are %s", got)
	}
	for i, want := range []int{http.StatusNotFound, http.StatusOK, http.StatusNotFound} {
		if status, _ := transfer(t, w, http.MethodPost, links[i], "log"); status != want {
			t.Errorf("an upload over link %d was answered %d, want %d", i+1, status, want)
		}
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(status, ', ' order by request_id) from log_uploads where station_id = $1", st.ID); got != "AcceptedCanceled, Uploaded, Rejected" {
		t.Errorf("the uploads are %s", got)
	}
}

// A file whose arrival nobody was told of, because the node died, is tied to its request by upkeep. What never came is ended.
func TestFiles_UploadsOfADeadNode(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Admin)
	upkeep := tenancy.NewContext(t.Context(), tenancy.Maintenance(w.A.ID))
	w.Files.OnReceived(func(context.Context, files.Received) {})
	for range 2 {
		_, calls := given(t, s, getLog(w, ctx, st, charging.LogRequest{Type: "DIAGNOSTICS", Diagnostics: true}), `{"fileName":"a.log"}`)
		if n := worldtest.OwnerValue[int](w, "select count(*) from log_uploads"); n == 1 {
			if status, _ := transfer(t, w, http.MethodPut, logLocation(t, calls[0]), "log"); status != http.StatusOK {
				t.Fatalf("the upload was answered %d", status)
			}
		}
	}
	w.Owner("update log_uploads set created_at = now() - interval '1 hour'")
	if n, err := w.Charging.SettleUploads(upkeep); n != 1 || err != nil {
		t.Fatalf("%d uploads were settled, %v; want 1", n, err)
	}
	w.Owner("update file_transfers set expires_at = now() - interval '2 hours' where finished_at is null")
	if n, err := w.Charging.SettleUploads(upkeep); n != 1 || err != nil {
		t.Fatalf("%d uploads were settled, %v; want 1", n, err)
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(status || ' ' || ended || ' ' || (file_id is not null), ', ' order by request_id) from log_uploads"); got != "Uploaded true true, Expired true false" {
		t.Errorf("the uploads are %s", got)
	}
}

// What the station couldn't do is said before it is asked, and leaves no link behind.
func TestSec047_LogsAreCheckedBeforeTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Admin)
	many, now := 1000, time.Now()
	for what, r := range map[string]charging.LogRequest{
		"type":           {Type: "DATA_COLLECTOR"},
		"to":             {Type: "SECURITY", From: now, To: now.Add(-time.Hour)},
		"retries":        {Type: "SECURITY", Retries: &many},
		"location":       {Type: "SECURITY", Location: "file:///etc/passwd"},
		"location again": {Type: "SECURITY", Location: "ftp:///nowhere"},
		"case 47, $":     {Type: "SECURITY", Location: "https://logs.example/$(reboot)"},
		"case 47, ;":     {Type: "SECURITY", Location: "https://logs.example/a;reboot"},
		"case 47, `":     {Type: "SECURITY", Location: "https://logs.example/`reboot`"},
	} {
		if _, err := w.Charging.GetLog(ctx, st.ID, r, 0); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
			t.Errorf("%s was answered %v", what, err)
		}
	}
	if got := worldtest.OwnerValue[string](w, "select (select count(*) from log_uploads) || ' ' || (select count(*) from file_transfers)"); got != "0 0" {
		t.Errorf("uploads and links that are left: %s", got)
	}
}

// Each message is asked for with the call that knows it, or not at all.
func TestTriggers_OfEveryVersion(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	ctx := w.A.As(tenancy.Admin)
	stations := map[string]*ent.Station{}
	sockets := map[string]*worldtest.Station{}
	for i, version := range []string{"1.6", "2.0.1", "2.1"} {
		st := w.AddStation(w.A, w.A.Main, fmt.Sprintf("CP%d", i+1), 1)
		stations[version] = st
		if version == "1.6" {
			sockets[version] = w.Onboarded(w.A, st)
		} else {
			sockets[version] = onboarded2(t, w, st, version)
		}
	}
	for _, c := range []struct {
		version string
		order   charging.TriggerOrder
		want    string
	}{
		{"1.6", charging.TriggerOrder{Message: "HEARTBEAT"}, `TriggerMessage {"requestedMessage":"Heartbeat"}`},
		{"1.6", charging.TriggerOrder{Message: "HEARTBEAT", Extended: true}, `ExtendedTriggerMessage {"requestedMessage":"Heartbeat"}`},
		{"1.6", charging.TriggerOrder{Message: "SIGN_CHARGING_STATION_CERTIFICATE"}, `ExtendedTriggerMessage {"requestedMessage":"SignChargePointCertificate"}`},
		{"1.6", charging.TriggerOrder{Message: "LOG_STATUS_NOTIFICATION"}, `ExtendedTriggerMessage {"requestedMessage":"LogStatusNotification"}`},
		{"1.6", charging.TriggerOrder{Message: "DIAGNOSTICS_STATUS_NOTIFICATION", Extended: true}, ""},
		{"1.6", charging.TriggerOrder{Message: "TRANSACTION_EVENT"}, ""},
		{"2.0.1", charging.TriggerOrder{Message: "SIGN_COMBINED_CERTIFICATE"}, `TriggerMessage {"requestedMessage":"SignCombinedCertificate"}`},
		{"2.0.1", charging.TriggerOrder{Message: "PUBLISH_FIRMWARE_STATUS_NOTIFICATION"}, `TriggerMessage {"requestedMessage":"PublishFirmwareStatusNotification"}`},
		{"2.0.1", charging.TriggerOrder{Message: "CUSTOM", Custom: "Weather"}, ""},
		{"2.0.1", charging.TriggerOrder{Message: "SIGN_V2G20_CERTIFICATE"}, ""},
		{"2.1", charging.TriggerOrder{Message: "SIGN_V2G20_CERTIFICATE"}, `TriggerMessage {"requestedMessage":"SignV2G20Certificate"}`},
		{"2.1", charging.TriggerOrder{Message: "CUSTOM", Custom: "Weather"}, `TriggerMessage {"requestedMessage":"CustomTrigger","customTrigger":"Weather"}`},
		{"2.1", charging.TriggerOrder{Message: "CUSTOM"}, ""},
	} {
		give := func() (*ent.Command, error) { return w.Charging.Order(ctx, stations[c.version].ID, c.order, 10) }
		if c.want == "" {
			if _, err := give(); fault.Of(err) == nil || fault.Of(err).Code != fault.Invalid {
				t.Errorf("%s %+v was answered %v", c.version, c.order, err)
			}
			continue
		}
		_, calls := given(t, sockets[c.version], give, `{"status":"Accepted"}`)
		if got := calls[0].Action + " " + string(calls[0].Payload); got != c.want {
			t.Errorf("%s was asked %s, want %s", c.version, got, c.want)
		}
	}
}
