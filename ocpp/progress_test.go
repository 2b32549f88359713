package ocpp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// underway puts an update of the firmware and an upload of a log in place, as commands do.
func underway(w *worldtest.World, tenant worldtest.Tenant, station uuid.UUID, request int, age time.Duration) {
	w.Owner(`insert into firmware_updates (id, tenant_id, network_id, station_id, request_id, location, status, retrieve_at, created_at)
		values (gen_random_uuid(), $1, $2, $3, $4, 'https://files.example/f', 'REQUESTED', now(), $5)`, tenant.ID, tenant.Main, station, request, time.Now().Add(-age))
	w.Owner(`insert into log_uploads (id, tenant_id, network_id, station_id, request_id, type, location, status, created_at)
		values (gen_random_uuid(), $1, $2, $3, $4, 'DIAGNOSTICS', 'https://files.example/l', 'REQUESTED', $5)`, tenant.ID, tenant.Main, station, request, time.Now().Add(-age))
}

// stand says where the updates or uploads of a station are, each with its history.
func stand(w *worldtest.World, table string, station uuid.UUID) string {
	return worldtest.OwnerValue[string](w, `select string_agg(request_id || ' ' || status || ' ' || ended || ' ' || coalesce((select string_agg(h->>'status', '>')
		from jsonb_array_elements(history) h), '-'), '; ' order by request_id) from `+table+` where station_id = $1`, station)
}

// Statuses of OCPP 1.6 name no request: they are of the newest that hasn't ended. Those of the security whitepaper do.
func TestProgress_OfStationsOf16(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	tell(s, "FirmwareStatusNotification", `{"status":"Downloading"}`) // of nothing: kept, and that is all
	underway(w, w.A, st.ID, 1, time.Hour)
	underway(w, w.A, st.ID, 2, time.Minute)
	for _, status := range []string{"Idle", "Downloading", "Downloaded", "Downloading", "Installing", "Installed", "DownloadFailed"} {
		tell(s, "FirmwareStatusNotification", fmt.Sprintf(`{"status":%q}`, status))
	}
	if got := stand(w, "firmware_updates", st.ID); got != "1 DownloadFailed true DownloadFailed; 2 Installed true Downloading>Downloaded>Downloading>Installing>Installed" {
		t.Errorf("the updates are %s", got)
	}
	for _, status := range []string{"Uploading", "Uploaded", "Idle"} {
		tell(s, "DiagnosticsStatusNotification", fmt.Sprintf(`{"status":%q}`, status))
	}
	tell(s, "LogStatusNotification", `{"status":"UploadFailure","requestId":1}`)
	if got := stand(w, "log_uploads", st.ID); got != "1 UploadFailure true UploadFailure; 2 Uploaded true Uploading>Uploaded" {
		t.Errorf("the uploads are %s", got)
	}
	tell(s, "SignedFirmwareStatusNotification", `{"status":"Installed","requestId":1}`)
	if got := stand(w, "firmware_updates", st.ID); !strings.HasPrefix(got, "1 Installed true DownloadFailed>Installed;") {
		t.Errorf("after a second try the updates are %s", got)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from station_events where station_id = $1 and kind in ('FIRMWARE', 'LOG')", st.ID); n != 13 {
		t.Errorf("%d events are kept, want 13", n)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where station_id = $1 and type = 'CALLRESULT' and action like '%StatusNotification'", st.ID); n != 13 {
		t.Errorf("%d answers are logged, want 13", n)
	}
}

// Statuses of 2.x name their request. Another tenant's station can't move it, and numbers that no request has change nothing.
func TestProgress_OfStationsOf2(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		w.AddStation(w.B, w.B.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		underway(w, w.A, st.ID, 1, time.Hour)
		underway(w, w.A, st.ID, 2, time.Minute)
		moved := moves(t, w, st.ID)
		for _, status := range []string{"DownloadScheduled", "Downloading", "InstallRebooting"} {
			tell(s, "FirmwareStatusNotification", fmt.Sprintf(`{"status":%q,"requestId":1}`, status))
		}
		moved()
		tell(s, "FirmwareStatusNotification", `{"status":"Idle"}`)
		tell(s, "FirmwareStatusNotification", `{"status":"Installed","requestId":9007199254740991}`)
		tell(s, "PublishFirmwareStatusNotification", `{"status":"Published","requestId":2,"location":["https://files.example/f"]}`)
		s = again2(t, w, s, version)
		tell(s, "FirmwareStatusNotification", `{"status":"InvalidSignature","requestId":1}`)
		tell(s, "LogStatusNotification", `{"status":"Uploading","requestId":1}`)
		tell(s, "LogStatusNotification", `{"status":"AcceptedCanceled","requestId":1}`)
		tell(s, "LogStatusNotification", `{"status":"PermissionDenied","requestId":2}`)
		other, _, err := w.Dial("/ocpp/beta/CP1", "CP1", worldtest.Password, "ocpp"+version)
		if err != nil {
			t.Fatal(err)
		}
		tell(other, "FirmwareStatusNotification", `{"status":"Installed","requestId":1}`)
		tell(other, "LogStatusNotification", `{"status":"Uploaded","requestId":1}`)
		tell(other, "LogStatusNotification", `{"status":"Uploaded"}`)
		if got := stand(w, "firmware_updates", st.ID); got != "1 InvalidSignature true DownloadScheduled>Downloading>InstallRebooting>InvalidSignature; 2 Published true Published" {
			t.Errorf("the updates are %s", got)
		}
		if got := stand(w, "log_uploads", st.ID); got != "1 AcceptedCanceled true Uploading>AcceptedCanceled; 2 PermissionDenied true PermissionDenied" {
			t.Errorf("the uploads are %s", got)
		}
	})
}

// moves listens to what is told of a station, and gives a way to wait until a record of it is said to have changed.
func moves(t *testing.T, w *worldtest.World, station uuid.UUID) func() {
	t.Helper()
	sub, err := w.Bus.Subscribe(charging.AllStationEvents(w.A.ID, station), 256)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sub.Close)
	return func() {
		t.Helper()
		deadline := time.After(20 * time.Second)
		for {
			select {
			case e := <-sub.C:
				told, err := charging.ParseEvent(e.Payload)
				if err == nil && strings.HasSuffix(e.Subject.String(), "."+string(charging.EventStation)) && told.Object != uuid.Nil {
					return
				}
			case <-deadline:
				t.Fatal("nobody was told that a record of the station changed")
			}
		}
	}
}

func reserved(w *worldtest.World, tenant worldtest.Tenant, station uuid.UUID, number int, status string, ends time.Duration) {
	w.Owner(`insert into reservations (id, tenant_id, network_id, station_id, reservation_id, evse_no, id_tag, expires_at, status)
		values (gen_random_uuid(), $1, $2, $3, $4, 1, 'CARD', $5, $6)`, tenant.ID, tenant.Main, station, number, time.Now().Add(ends), status)
}

func reservations(w *worldtest.World, station uuid.UUID) string {
	return worldtest.OwnerValue[string](w, `select string_agg(r.reservation_id || ' ' || r.status || case when r.ended_at is null then '' else ' ended' end ||
		coalesce(' by ' || s.ocpp_transaction_id, ''), ', ' order by r.reservation_id) from reservations r left join charging_sessions s on s.id = r.session_id
			and s.reservation_id = r.id where r.station_id = $1`, station)
}

// A reservation ends as its station says, or is used up by a session. The station's number is worth nothing elsewhere.
func TestReservations_EndAsTheStationSays(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		w.Owner("update networks set accept_unknown_tokens = true")
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		b := w.AddStation(w.B, w.B.Main, "CP1", 1)
		s := onboarded2(t, w, st, version)
		for number, status := range map[int]string{1: "ACTIVE", 2: "REQUESTED", 3: "ACTIVE", 4: "CANCELLED", 5: "ACTIVE", 6: "EXPIRED", 7: "ACTIVE"} {
			reserved(w, w.A, st.ID, number, status, time.Hour)
		}
		reserved(w, w.B, b.ID, 8, "ACTIVE", time.Hour)
		last := "Removed"
		if version == "2.1" {
			last = "NoTransaction"
		}
		for number, status := range map[int]string{1: "Expired", 2: "Removed", 3: last, 4: "Expired", 8: "Expired", 99: "Removed"} {
			tell(s, "ReservationStatusUpdate", fmt.Sprintf(`{"reservationId":%d,"reservationUpdateStatus":%q}`, number, status))
		}
		event := func(transaction, kind string, seq, reservation int) {
			for range 2 {
				tell(s, "TransactionEvent", fmt.Sprintf(`{"eventType":%q,"triggerReason":"Authorized","seqNo":%d,"timestamp":%q,"reservationId":%d,"transactionInfo":{"transactionId":%q},
					"evse":{"id":1,"connectorId":1},"idToken":{"idToken":"CARD","type":"ISO14443"}}`, kind, seq, time.Now().UTC().Format(time.RFC3339Nano), reservation, transaction))
			}
		}
		event("t-1", "Started", 0, 5)
		event("t-2", "Started", 0, 6) // our clock ran out before the station's word came
		event("t-3", "Started", 0, 8) // another tenant's
		// The car was there first, and the driver with the reservation later; the event has no token.
		send2(s, "t-4", event2{kind: "Started", trigger: "CablePluggedIn", seq: 0, evse: true, wh: 1000, context: "Transaction.Begin"})
		tell(s, "TransactionEvent", `{"eventType":"Updated","triggerReason":"Authorized","seqNo":1,"timestamp":"`+time.Now().UTC().Format(time.RFC3339Nano)+`","reservationId":7,"transactionInfo":{"transactionId":"t-4"}}`)
		third := map[string]string{"2.0.1": "REMOVED", "2.1": "EXPIRED"}[version]
		if got := reservations(w, st.ID); got != "1 EXPIRED ended, 2 REMOVED ended, 3 "+third+" ended, 4 CANCELLED, 5 USED ended by t-1, 6 USED ended by t-2, 7 USED ended by t-4" {
			t.Errorf("the reservations are %s", got)
		}
		if got := reservations(w, b.ID); got != "8 ACTIVE" {
			t.Errorf("another tenant's reservation is %s", got)
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from charging_sessions where reservation_id is not null"); n != 3 {
			t.Errorf("%d sessions have a reservation, want 3", n)
		}
	})
}

// A start of OCPP 1.6 uses its reservation up, and one that has run out ends by the clock, which OCPP 1.6 never reports.
func TestReservations_OfStationsOf16(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Owner("update networks set accept_unknown_tokens = true")
	st := w.AddStation(w.A, w.A.Main, "CP1", 2)
	b := w.AddStation(w.B, w.B.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	reserved(w, w.A, st.ID, 1, "ACTIVE", time.Hour)
	reserved(w, w.A, st.ID, 2, "ACTIVE", -2*time.Minute)
	reserved(w, w.A, st.ID, 3, "ACTIVE", -30*time.Second)
	reserved(w, w.A, st.ID, 4, "USED", -time.Hour)
	reserved(w, w.A, st.ID, 5, "REQUESTED", -time.Hour)
	reserved(w, w.B, b.ID, 1, "ACTIVE", -time.Hour)
	at := time.Now().UTC().Format(time.RFC3339)
	for range 2 {
		worldtest.Do[map[string]any](s, "StartTransaction", json.RawMessage(`{"connectorId":1,"idTag":"CARD","meterStart":0,"reservationId":1,"timestamp":"`+at+`"}`))
	}
	transaction := worldtest.OwnerValue[string](w, "select ocpp_transaction_id from charging_sessions where station_id = $1", st.ID)
	moved := moves(t, w, st.ID)
	n, err := w.Charging.ExpireReservations(w.A.As(tenancy.Owner))
	if err != nil || n != 2 {
		t.Errorf("%d reservations ended: %v", n, err)
	}
	moved()
	if got := reservations(w, st.ID); got != "1 USED ended by "+transaction+", 2 EXPIRED ended, 3 ACTIVE, 4 USED, 5 EXPIRED ended" {
		t.Errorf("the reservations are %s", got)
	}
	if got := reservations(w, b.ID); got != "1 ACTIVE" {
		t.Errorf("another tenant's reservation is %s", got)
	}
}
