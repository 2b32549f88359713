package ocpp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	pkiauthority "github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// certified gives a station a certificate of its tenant, by the way that stations take: asked for, signed, delivered.
func certified(t *testing.T, w *worldtest.World, of worldtest.Tenant, st *ent.Station, s *worldtest.Station, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got := worldtest.Do[struct{ Status string }](s, "SignCertificate", map[string]any{"csr": csr(t, name, key)}).Status; got != "Accepted" {
		t.Fatalf("the request of %s was answered %s", name, got)
	}
	w.Eventually("the certificate is signed", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from station_certificates where station_id = $1", st.ID) > 0
	})
	c := s.NextCall()
	if c.Action != "CertificateSigned" {
		t.Fatalf("after the request came %s", c.Action)
	}
	var signed struct{ CertificateChain string }
	if err := json.Unmarshal(c.Payload, &signed); err != nil {
		t.Fatal(err)
	}
	s.Answer(c, `{"status":"Accepted"}`)
	w.Eventually("the certificate is noted as installed", func() bool {
		return worldtest.OwnerValue[int](w, "select count(*) from station_certificates where station_id = $1 and status = 'INSTALLED'", st.ID) == 1
	})
	return together(t, signed.CertificateChain, key)
}

func together(t *testing.T, chain string, key *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.X509KeyPair([]byte(chain), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatalf("the chain %q doesn't go with the key: %v", chain, err)
	}
	return c
}

// refusedFor is why the newest handshake of a station was refused.
func refusedFor(w *worldtest.World) string {
	return worldtest.OwnerValue[string](w, "select coalesce((select cause || ': ' || explanation || ' ' || fix from connection_attempts where outcome = 'REFUSED' order by last_at desc, id desc limit 1), '')")
}

// A station that asks by itself gets a certificate of its tenant, connects with it, and nobody else does: security cases 12 and 13.
func TestSec012And013_CertificatesAreTheStationsOwn(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Work()
	for _, tenant := range []worldtest.Tenant{w.A, w.B} {
		if err := w.Authorities.Create(tenant.As(tenancy.Owner), ""); err != nil {
			t.Fatal(err)
		}
	}
	first, second, foreign := w.AddStation(w.A, w.A.Main, "CP1", 1), w.AddStation(w.A, w.A.Main, "CP2", 1), w.AddStation(w.B, w.B.Main, "CP1", 1)
	own := certified(t, w, w.A, first, w.Onboarded(w.A, first), "CP1")
	others := certified(t, w, w.B, foreign, w.Onboarded(w.B, foreign), "CP1")

	leaf := own.Leaf
	if leaf.Subject.CommonName != "CP1" || leaf.Subject.Organization[0] != "Same name" || time.Until(leaf.NotAfter) < 364*24*time.Hour {
		t.Errorf("the certificate is %s until %s", leaf.Subject, leaf.NotAfter)
	}
	s, status, err := w.DialTLS("/ocpp/alpha/CP1", "", "", &own, "ocpp1.6")
	if err != nil {
		t.Fatalf("with its own certificate the station was answered %d, %v: %s", status, err, refusedFor(w))
	}
	worldtest.Do[struct{}](s, "Heartbeat", map[string]any{})
	if got := worldtest.OwnerValue[string](w, "select connection_profile || ' ' || c.status || ' ' || (c.first_used_at is not null) from stations s join station_certificates c on c.id = s.certificate_id where s.id = $1", first.ID); got != "3 IN_USE true" {
		t.Errorf("the connection is kept as %s", got)
	}

	maker, err := pki.NewRoot("Maker", "Maker", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	request, err := pki.ReadRequest(csr(t, "CP1", key))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(p pki.Profile) tls.Certificate {
		c, err := maker.Sign(request, p, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return together(t, pki.WritePEM(c), key)
	}
	stranger := sign(pki.Profile{Organization: "Same name", CommonName: "CP1", Lifetime: time.Hour})
	server, err := maker.SignServer(key.Public(), pki.NamesOf("CP1"), time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	wrongUse := together(t, pki.WritePEM(server), key)
	for what, c := range map[string]struct {
		path        string
		certificate tls.Certificate
		cause       string
	}{
		"another station's":            {"/ocpp/alpha/CP2", own, `WRONG_CERTIFICATE: The station connects as "CP2" with the certificate of "CP1".`},
		"another tenant's":             {"/ocpp/alpha/CP1", others, `UNKNOWN_CA: The certificate of "CP1" was signed by`},
		"one that nobody here knows":   {"/ocpp/alpha/CP1", stranger, "UNKNOWN_CA"},
		"one without the tenant":       {"/ocpp/CP2", own, "WRONG_CERTIFICATE"},
		"one of a server, of nobody's": {"/ocpp/alpha/CP1", wrongUse, "UNKNOWN_CA"},
	} {
		if _, status, err := w.DialTLS(c.path, "", "", &c.certificate, "ocpp1.6"); err == nil || status != http.StatusUnauthorized {
			t.Errorf("%s was answered %d, %v", what, status, err)
		}
		if got := refusedFor(w); !strings.HasPrefix(got, c.cause) {
			t.Errorf("%s was refused for %s", what, got)
		}
	}
	_ = second

	// A maker that the tenant believes says who the station is by its serial number, and by nothing else.
	if _, err := w.Authorities.AddManufacturer(w.A.As(tenancy.Owner), "Maker", pki.WritePEM(maker.Certificate)); err != nil {
		t.Fatal(err)
	}
	// Asked of the domain, because a door that is knocked at so often closes.
	w.Eventually("the maker is believed", func() bool {
		_, err := w.Authorities.Verify(context.Background(), w.A.ID, []*x509.Certificate{wrongUse.Leaf})
		var distrust *pki.Distrust
		return errors.As(err, &distrust) && distrust.Reason == pki.WrongUse
	})
	serial := sign(pki.Profile{Organization: "Maker", CommonName: "SN-77", Lifetime: time.Hour})
	if _, _, err := w.DialTLS("/ocpp/alpha/CP2", "", "", &serial, "ocpp1.6"); err == nil || !strings.HasPrefix(refusedFor(w), "WRONG_CERTIFICATE") {
		t.Errorf("a certificate of the maker for another serial number was answered %v, %s", err, refusedFor(w))
	}

	// Revoked, it lets nobody in.
	id := worldtest.OwnerValue[[16]byte](w, "select id from station_certificates where station_id = $1 and origin = 'SIGNED'", first.ID)
	if _, err := w.Authorities.Revoke(w.A.As(tenancy.Owner), id, pki.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	if _, status, err := w.DialTLS("/ocpp/alpha/CP1", "", "", &own, "ocpp1.6"); err == nil || status != http.StatusUnauthorized || !strings.HasPrefix(refusedFor(w), "REVOKED_CERTIFICATE") {
		t.Errorf("a revoked certificate was answered %d, %v: %s", status, err, refusedFor(w))
	}
}

// A factory certificate with the serial number that the operator expects leads to a certificate of the tenant, and with that the station
// is onboarded. What is let in for renewal alone does nothing else: security case 14.
func TestSec014_RenewalOnly(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.Work()
	owner := w.A.As(tenancy.Owner)
	if err := w.Authorities.Create(owner, ""); err != nil {
		t.Fatal(err)
	}
	maker, err := pki.NewRoot("Maker", "Maker", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authorities.AddManufacturer(owner, "Maker", pki.WritePEM(maker.Certificate)); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("update stations set expected_serial = 'SN-1' where id = $1", st.ID)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := pki.ReadRequest(csr(t, "SN-1", key))
	if err != nil {
		t.Fatal(err)
	}
	c, err := maker.Sign(request, pki.Profile{Organization: "Maker", CommonName: "SN-1", Lifetime: time.Hour}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	factory := together(t, pki.WritePEM(c), key)
	s, status, err := w.DialTLS("/ocpp/alpha/CP1", "", "", &factory, "ocpp1.6")
	if err != nil {
		t.Fatalf("with its factory certificate the station was answered %d, %v: %s", status, err, refusedFor(w))
	}
	boot := worldtest.Do[struct{ Status string }](s, "BootNotification", map[string]any{"chargePointVendor": "Maker", "chargePointModel": "M", "chargePointSerialNumber": "SN-1"})
	if boot.Status != "Pending" {
		t.Errorf("its boot was answered %s, want Pending", boot.Status)
	}
	if r, err := s.Ask("start", `[2,"start","StartTransaction",{"connectorId":1,"idTag":"TAG","meterStart":0,"timestamp":"2026-01-01T00:00:00Z"}]`); err != nil || r.Code == "" {
		t.Errorf("a session began: %s, %v", r.Raw, err)
	}
	trigger := s.NextCall()
	if trigger.Action != "ExtendedTriggerMessage" || !strings.Contains(string(trigger.Payload), "SignChargePointCertificate") {
		t.Fatalf("the station was sent %s %s", trigger.Action, trigger.Payload)
	}
	s.Answer(trigger, `{"status":"Accepted"}`)
	if _, err := w.Charging.RemoteStart(owner, st.ID, charging.RemoteStart{EvseNo: 1, IDTag: "TAG"}, 1); err == nil {
		t.Error("a remote start was accepted")
	}
	own := certified(t, w, w.A, st, s, "SN-1")
	closed(t, w, s) // it is cut off so that it looks for its certificate
	s, _, err = w.DialTLS("/ocpp/alpha/CP1", "", "", &own, "ocpp1.6")
	if err != nil {
		t.Fatalf("with its new certificate the station was refused: %v, %s", err, refusedFor(w))
	}
	s.Boot()
	w.Eventually("the station is onboarded", func() bool {
		return worldtest.OwnerValue[string](w, "select onboarding || ' ' || renewal_only from stations where id = $1", st.ID) == "ONBOARDED false"
	})
	w.Eventually("the renewal is complete", func() bool {
		return worldtest.OwnerValue[string](w, "select coalesce(string_agg(status, ','), '') from security_operations") == "COMPLETED"
	})
}

// Where the policy says that a maker's certificate is good enough, it takes a station from Pending to Onboarded by itself.
func TestFactoryCertificateOnboards(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	if _, err := w.Authorities.SetPolicy(owner, pkiauthority.Policy{LifetimeDays: 365, Factory: "ADMIT"}); err != nil {
		t.Fatal(err)
	}
	maker, err := pki.NewRoot("Maker", "Maker", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authorities.AddManufacturer(owner, "Maker", pki.WritePEM(maker.Certificate)); err != nil {
		t.Fatal(err)
	}
	three := 3
	st, password, err := w.Charging.AddStation(owner, charging.StationSpec{Identity: "CP1", Network: w.A.Main, SecurityProfile: &three, SerialNumber: "SN-1"})
	if err != nil || password != "" {
		t.Fatalf("adding the station gave the password %q, %v", password, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := pki.ReadRequest(csr(t, "SN-1", key))
	if err != nil {
		t.Fatal(err)
	}
	c, err := maker.Sign(request, pki.Profile{Organization: "Maker", CommonName: "SN-1", Lifetime: time.Hour}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	factory := together(t, pki.WritePEM(c), key)
	s, _, err := w.DialTLS("/ocpp/alpha/CP1", "", "", &factory, "ocpp1.6")
	if err != nil {
		t.Fatalf("the station was refused: %v, %s", err, refusedFor(w))
	}
	s.Boot()
	w.Eventually("the station is onboarded", func() bool {
		return worldtest.OwnerValue[string](w, "select onboarding || ' ' || connection_profile || ' ' || renewal_only from stations where id = $1", st.ID) == "ONBOARDED 3 false"
	})
	if _, status, err := w.Dial("/ocpp/alpha/CP1", "CP1", worldtest.Password, "ocpp1.6"); err == nil || status != http.StatusUnauthorized {
		t.Errorf("by password it was answered %d, %v", status, err)
	}
}

// An expired certificate lets its station in to be given a new one for as long as the policy says, and not after that: security case 14.
func TestSec014_Expired(t *testing.T) {
	t.Parallel()
	clock := &movable{}
	w := worldtest.New(t, worldtest.WithClock(clock.now))
	owner := w.A.As(tenancy.Owner)
	if err := w.Authorities.Create(owner, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authorities.SetPolicy(owner, pkiauthority.Policy{LifetimeDays: 10, GraceDays: 5, Factory: "RENEW"}); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	worldtest.Do[struct{ Status string }](s, "SignCertificate", map[string]any{"csr": csr(t, "CP1", key)})
	ctx := tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
	if err := w.Charging.SignRequest(ctx, st.ID, "CHARGING_STATION"); err != nil {
		t.Fatal(err)
	}
	der := worldtest.OwnerValue[[]byte](w, "select certificate from station_certificates where station_id = $1", st.ID)
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	between := worldtest.OwnerValue[[]byte](w, "select certificate from certificate_authorities where kind = 'INTERMEDIATE' and tenant_id = $1", w.A.ID)
	above, err := x509.ParseCertificate(between)
	if err != nil {
		t.Fatal(err)
	}
	own := together(t, pki.WritePEM(c, above), key)
	dial := func() error {
		_, _, err := w.DialTLS("/ocpp/alpha/CP1", "", "", &own, "ocpp1.6")
		return err
	}
	connects := func(as string) {
		t.Helper()
		if err := dial(); err != nil {
			t.Errorf("the station was refused: %v, %s", err, refusedFor(w))
		}
		w.Eventually("the connection is kept as "+as, func() bool {
			return worldtest.OwnerValue[string](w, "select connection_profile || ' ' || renewal_only from stations where id = $1", st.ID) == as
		})
	}
	connects("3 false")
	clock.ahead(11 * 24 * time.Hour)
	connects("3 true")
	if n := worldtest.OwnerValue[int](w, "select count(*) from security_operations where kind = 'RENEWAL' and status = 'RUNNING'"); n != 1 {
		t.Errorf("%d renewals were begun, want 1", n)
	}
	clock.ahead(5 * 24 * time.Hour)
	if err := dial(); err == nil || !strings.HasPrefix(refusedFor(w), "EXPIRED_CERTIFICATE") {
		t.Errorf("after the time to renew it was answered %v, %s", err, refusedFor(w))
	}
}

// movable is a clock that can be set ahead.
type movable struct{ by atomic.Int64 }

func (m *movable) now() time.Time        { return time.Now().Add(time.Duration(m.by.Load())) }
func (m *movable) ahead(d time.Duration) { m.by.Add(int64(d)) }

// closed waits until the CSMS closed the socket.
func closed(t *testing.T, w *worldtest.World, s *worldtest.Station) {
	t.Helper()
	select {
	case <-s.Closed:
	case <-time.After(15 * time.Second):
		t.Fatalf("the station was never cut off; its operations are %s", worldtest.OwnerValue[string](w, "select coalesce(jsonb_agg(o)::text, '') from security_operations o"))
	}
}

// A station that connects with its certificate while it is shut out waits for that, and isn't let in; neither waits for the other for ever.
func TestSec016_ConnectingWhileItIsShutOut(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := pki.ReadRequest(csr(t, "CP1", key))
	if err != nil {
		t.Fatal(err)
	}
	ctx := tenancy.NewContext(t.Context(), tenancy.Certificates(w.A.ID))
	var issued *pkiauthority.Issued
	err = w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		issued, err = w.Authorities.Sign(ctx, tx, pkiauthority.Signing{Origin: journal.Origin{Tenant: w.A.ID, Network: w.A.Main, Station: st.ID}, Use: "CHARGING_STATION", Request: request, CommonName: "CP1"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	admission, refusal, err := w.Charging.Admit(t.Context(), charging.Handshake{Tenant: "alpha", Identities: []string{"CP1"}, TLS: "TLS 1.3", Certificates: []*x509.Certificate{issued.Certificate}})
	if err != nil || refusal != nil {
		t.Fatal(err, refusal)
	}
	connected := make(chan error, 1)
	err = w.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "update stations set registration_status = 'REJECTED' where id = $1", st.ID); err != nil {
			return err
		}
		go func() {
			_, err := w.Charging.Connect(context.Background(), admission, charging.Connection{Version: "1.6"})
			connected <- err
		}()
		w.Eventually("the connection waits", func() bool {
			return worldtest.OwnerValue[bool](w, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')")
		})
		return w.Authorities.RevokeAll(ctx, tx, st.ID, pki.PrivilegeWithdrawn)
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-connected:
		if !errors.Is(err, charging.ErrNotAdmitted) {
			t.Errorf("the connection was answered %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("the connection never ended")
	}
}
