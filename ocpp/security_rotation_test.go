package ocpp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A station without any credential is given a password, and isn't let in without it afterwards.
func TestUpgrade_FromNothingToAPassword(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		r.Owner("update networks set allow_unsecured = true")
		s := r.station("CP1", version)
		r.Owner("update stations set security_profile = 0, password_salt = null, password_mac = null where id = $1", s.id)
		s.mu.Lock()
		s.ways[1] = way{s.ways[1].url, 0}
		s.mu.Unlock()
		s.reconnects()
		if status, why := r.ends(r.upgrade(s, 1).ID, s.id); status != "COMPLETED" || s.stands() != "1 1 password" {
			t.Errorf("the upgrade ended %s (%s), and the station stands %q", status, why, s.stands())
		}
		s.reconnects()
		if _, status, err := r.Dial("/ocpp/alpha/CP1", "", "", "ocpp"+version); err == nil || status != 401 {
			t.Errorf("without a password the station is answered %d", status)
		}
	})
}

// Nobody's session is broken off: a station on which one runs is switched once it is idle. Meanwhile it can be cancelled, and is put back.
func TestUpgrade_WaitsForSessionsAndCanBeCancelled(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t)
		s := r.station("CP1", version)
		r.Owner(`insert into charging_sessions (id, tenant_id, network_id, station_id, evse_no, connector_no, ocpp_transaction_id, status, started_at, start_received_at)
			select gen_random_uuid(), tenant_id, network_id, id, 1, 1, 'T1', 'RUNNING', now(), now() from stations where id = $1`, s.id)
		o := r.upgrade(s, 2)
		for range 8 {
			r.work(context.Background(), r.peer.Charging, o.ID, s.id)
			r.pass(time.Minute)
		}
		if got := worldtest.OwnerValue[string](r.World, "select status || ' ' || step || ' ' || explanation from security_operations where id = $1", o.ID); got != "RUNNING SWITCH Waiting until no session runs on the station." {
			t.Errorf("while a session runs it is %s", got)
		}
		if _, err := r.Charging.PushPassword(r.A.As(tenancy.Admin), s.id); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second change beside it was answered %v", err)
		}
		for range 2 { // twice is once
			if _, err := r.Charging.CancelOperation(r.A.As(tenancy.Admin), o.ID); err != nil {
				t.Fatal(err)
			}
		}
		if status, why := r.ends(o.ID, s.id); status != "CANCELLED" || !strings.Contains(why, "cancelled by") {
			t.Errorf("it ended %s: %s", status, why)
		}
		if got := s.stands(); got != "1 1 password" || s.order() != "1" && version != "1.6" {
			t.Errorf("the station stands %q and tries %s", got, s.order())
		}
		if n := worldtest.OwnerValue[int](r.World, "select count(*) from detected_issues where kind = 'SECURITY_UPGRADE_FAILED'"); n != 0 {
			t.Errorf("%d issues tell of what was cancelled", n)
		}
		o = r.upgrade(s, 2)
		r.work(context.Background(), r.peer.Charging, o.ID, s.id)
		r.Owner("update charging_sessions set status = 'COMPLETED'")
		if status, why := r.ends(o.ID, s.id); status != "COMPLETED" || s.stands() != "2 2 password" {
			t.Errorf("once idle it ended %s (%s), and the station stands %q", status, why, s.stands())
		}
		if _, err := r.Charging.CancelOperation(r.A.As(tenancy.Admin), o.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("cancelling what has ended was answered %v", err)
		}
	})
}

// Of several stations those are begun that can be, and what stands against the others is said.
func TestUpgrade_OfASelection(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two, three := r.station("CP1", "1.6"), r.station("CP2", "2.0.1"), r.AddStation(r.A, r.A.Main, "CP3", 1)
	r.Owner("update stations set security_profile = 2 where id = $1", two.id)
	u, err := r.Charging.UpgradeProfile(r.A.As(tenancy.Admin), charging.UpgradeSpec{Stations: []uuid.UUID{one.id, two.id, three.ID, one.id}, Profile: 2})
	if err != nil || len(u.Operations) != 1 || len(u.Refused) != 2 || u.Batch == uuid.Nil || u.Refused[0].Identity != "CP2" || !strings.Contains(u.Refused[0].Why, "already") || !strings.Contains(u.Refused[1].Why, "onboarded") {
		t.Errorf("a selection was answered %+v, %v", u, err)
	}
	if _, err := r.Charging.UpgradeProfile(r.A.As(tenancy.Admin), charging.UpgradeSpec{Stations: []uuid.UUID{one.id}, Profile: 4}); fault.Of(err) == nil || fault.Of(err).Field != "profile" {
		t.Errorf("profile 4 was answered %v", err)
	}
	plain := worldtest.New(t)
	st := plain.AddStation(plain.A, plain.A.Main, "CP1", 1)
	plain.Onboarded(plain.A, st)
	if u, err := plain.Charging.UpgradeProfile(plain.A.As(tenancy.Admin), charging.UpgradeSpec{Stations: []uuid.UUID{st.ID}, Profile: 2}); err != nil || len(u.Refused) != 1 || !strings.Contains(u.Refused[0].Why, "no TLS endpoint") {
		t.Errorf("without TLS it was answered %+v, %v", u, err)
	}
}

// A tenant's root is changed without any station losing its way: the next root is installed and confirmed before anything is signed by it, and
// what the old one signed is renewed under it, spread.
func TestRootRotation_InstallsConfirmsThenSigns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner := r.A.As(tenancy.Owner)
	stations := []*scripted{r.station("CP1", "1.6"), r.station("CP2", "2.0.1"), r.station("CP3", "2.1")}
	for _, s := range stations {
		if status, why := r.ends(r.upgrade(s, 3).ID, s.id); status != "COMPLETED" {
			t.Fatalf("%s: the upgrade ended %s: %s", s.identity, status, why)
		}
	}
	if err := r.Authorities.Prepare(owner, "the old root is old"); err != nil {
		t.Fatal(err)
	}
	next := worldtest.OwnerValue[uuid.UUID](r.World, "select id from certificate_authorities where kind = 'ROOT' and status = 'NEXT'")
	if err := r.Authorities.Activate(owner, false); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "missing: 3") {
		t.Errorf("signing by a root that no station has was answered %v", err)
	}
	u, err := r.Charging.InstallRoot(owner, nil, next)
	if err != nil || len(u.Operations) != 3 {
		t.Fatalf("installing the next root everywhere was answered %+v, %v", u, err)
	}
	for _, o := range u.Operations {
		if status, why := r.ends(o.ID, o.StationID); status != "COMPLETED" {
			t.Errorf("it ended %s: %s", status, why)
		}
	}
	if again, err := r.Charging.InstallRoot(owner, nil, next); err != nil || len(again.Operations) != 0 {
		t.Errorf("once all have it, it is begun anew: %+v, %v", again, err)
	}
	if err := r.Authorities.Activate(owner, false); err != nil {
		t.Fatal(err)
	}
	if n := worldtest.OwnerValue[int](r.World, "select count(*) from station_certificates where status = 'IN_USE' and renew_at < now() + (not_after - now()) / 3 + interval '1 minute'"); n != 3 {
		t.Errorf("%d of 3 certificates are renewed within a third of what they have left", n)
	}
	if n := worldtest.OwnerValue[int](r.World, "select count(distinct renew_at) from station_certificates where status = 'IN_USE'"); n != 3 {
		t.Errorf("they are renewed at %d moments", n)
	}
	for _, s := range stations {
		r.issue(s)
		if got := worldtest.OwnerValue[string](r.World, `select a.status from stations s join station_certificates c on c.id = s.certificate_id join certificate_authorities a on a.id = c.authority_id where s.id = $1`, s.id); got != "ACTIVE" {
			t.Errorf("%s connects with a certificate of an authority that is %s", s.identity, got)
		}
		s.reconnects()
	}
}

// Whoever removes or rejects a station, or revokes its certificate, shuts it out at once.
func TestSec016_CertificatesEndWithTheirStation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin := r.A.As(tenancy.Admin)
	for what, shut := range map[string]func(s *scripted, certificate uuid.UUID) error{
		"removed":  func(s *scripted, _ uuid.UUID) error { return r.Charging.RemoveStation(admin, s.id) },
		"rejected": func(s *scripted, _ uuid.UUID) error { _, err := r.Charging.RejectStation(admin, s.id); return err },
		"revoked": func(_ *scripted, certificate uuid.UUID) error {
			_, err := r.Charging.RevokeCertificate(admin, certificate, pki.KeyCompromise)
			return err
		},
	} {
		s := r.station("CP-"+what, "2.0.1")
		if status, why := r.ends(r.upgrade(s, 3).ID, s.id); status != "COMPLETED" {
			t.Fatalf("%s: the upgrade ended %s: %s", what, status, why)
		}
		if what != "revoked" {
			if _, err := r.Charging.RenewCertificate(admin, s.id); err != nil {
				t.Fatal(err)
			}
		}
		certificate := worldtest.OwnerValue[uuid.UUID](r.World, "select certificate_id from stations where id = $1", s.id)
		if err := shut(s, certificate); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		r.Eventually("the station is shut out", func() bool { return !s.online() })
		if got := worldtest.OwnerValue[string](r.World, "select status from station_certificates where id = $1", certificate); got != "REVOKED" {
			t.Errorf("%s: its certificate is %s", what, got)
		}
		if n := worldtest.OwnerValue[int](r.World, "select count(*) from security_operations where station_id = $1 and status = 'RUNNING'", s.id); n != 0 {
			t.Errorf("%s: %d operations go on", what, n)
		}
		s.stop()
	}
}

// Where the node dies that shuts a station out, after that was stored and before the connection was closed, upkeep closes it.
func TestSec016_WhoeverIsShutOutIsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	upkeep := tenancy.NewContext(context.Background(), tenancy.Certificates(r.A.ID))
	for what, stored := range map[string]string{
		"removed": "update stations set removed_at = now() where id = $1", "rejected": "update stations set registration_status = 'REJECTED' where id = $1",
		"revoked": "update station_certificates set status = 'REVOKED', revoked_at = now(), revocation_reason = 'KEY_COMPROMISE' where station_id = $1",
	} {
		s, other := r.station("CP-"+what, "2.0.1"), r.station("BESIDE-"+what, "1.6")
		if status, why := r.ends(r.upgrade(s, 3).ID, s.id); status != "COMPLETED" {
			t.Fatalf("%s: the upgrade ended %s: %s", what, status, why)
		}
		r.Owner(stored, s.id)
		if err := r.peer.Charging.ResumeSecurity(upkeep); err != nil {
			t.Fatal(err)
		}
		r.Eventually("the station that was "+what+" is cut off", func() bool { return !s.online() })
		if !other.online() {
			t.Errorf("%s: another station was cut off", what)
		}
		s.stop()
		other.stop()
	}
}

// What the standard calls critical becomes an issue in the transaction that keeps the notice, once for a station and an event; what every start
// reports does not.
func TestSecurityEvents_CriticalOnesBecomeIssues(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	handshake := charging.Handshake{Tenant: "alpha", Identities: []string{"CP1"}, HasBasic: true, BasicUser: "CP1", Password: []byte(worldtest.Password)}
	a, _, err := w.Charging.Admit(t.Context(), handshake)
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.Charging.Connect(t.Context(), a, charging.Connection{Version: "1.6"})
	if err != nil {
		t.Fatal(err)
	}
	none := func(struct{}) ([]journal.Message, error) { return nil, nil }
	for _, kind := range []string{"TamperDetectionActivated", "TamperDetectionActivated", "InvalidCentralSystemCertificate", "StartupOfTheDevice", "InvalidMessages", "OfItsMaker"} {
		if err := l.SecurityEvent(t.Context(), charging.Notice{Type: kind, Info: "what was found", At: time.Now(), ReceivedAt: time.Now()}, none); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if got := worldtest.OwnerValue[string](w, `select string_agg(severity || ' ' || (details->>'type') || ' ' || occurrences, ', ' order by occurrences) from detected_issues where kind = 'SECURITY_EVENT'`); got != "CRITICAL InvalidCentralSystemCertificate 1, CRITICAL TamperDetectionActivated 2" {
		t.Errorf("the issues are %s", got)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from station_events where kind = 'SECURITY'"); n != 6 {
		t.Errorf("%d of 6 notices are kept", n)
	}
}
