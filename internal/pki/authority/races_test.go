package authority_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/failpoint"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// waits reports whether somebody in the database waits for somebody else's transaction.
func waits(w *worldtest.World) func() bool {
	return func() bool {
		return worldtest.OwnerValue[bool](w, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')")
	}
}

// meanwhile signs for a station, and before that is committed has something else begin and wait for it. It returns what was signed and how the other
// thing ended.
func meanwhile(t *testing.T, w *worldtest.World, st *ent.Station, r pki.Request, other func() error) (issued *authority.Issued, otherErr error) {
	t.Helper()
	done := make(chan error, 1)
	err := w.DB.InTx(tenancy.NewContext(context.Background(), tenancy.Certificates(st.TenantID)), func(ctx context.Context, tx *db.Tx) (err error) {
		issued, err = w.Authorities.Sign(ctx, tx, signing(st, r))
		if err != nil {
			return err
		}
		go func() { done <- other() }()
		w.Eventually("the other one waits for what is being signed", waits(w))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case otherErr = <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the other one never ended")
	}
	return issued, otherErr
}

func signing(st *ent.Station, r pki.Request) authority.Signing {
	return authority.Signing{
		Origin: journal.Origin{Tenant: st.TenantID, Network: st.NetworkID, Station: st.ID}, Use: "CHARGING_STATION", Request: r, CommonName: r.Subject.CommonName,
	}
}

// Two jobs for one request sign it once, and both give the same certificate.
func TestSign_TwoAtOnceSignOnce(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	r := request(t, "CP1")
	var second *authority.Issued
	first, err := meanwhile(t, w, st, r, func() (err error) {
		second, err = trySign(t, w, st, r, "CP1")
		return err
	})
	if err != nil || second.ID != first.ID || second.New || !bytes.Equal(second.Certificate.Raw, first.Certificate.Raw) {
		t.Errorf("the second was answered %+v, %v", second, err)
	}
}

// However many ask at once, what is signed for a station in a day is bounded.
func TestSec049_SigningAtOnceIsBounded(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	var signed, refused atomic.Int64
	var g errgroup.Group
	for range 26 {
		r := request(t, "CP1")
		g.Go(func() error {
			switch _, err := trySign(t, w, st, r, "CP1"); {
			case err == nil:
				signed.Add(1)
			case fault.Is(err, fault.Limit):
				refused.Add(1)
			default:
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil || signed.Load() != 20 || refused.Load() != 6 {
		t.Errorf("%d were signed and %d refused, %v", signed.Load(), refused.Load(), err)
	}
}

// What is signed while its station is removed, or its authority makes room for the next, isn't overlooked.
func TestSign_NothingIsOverlookedMeanwhile(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	if err := w.Authorities.Create(owner, ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	removed, err := meanwhile(t, w, st, request(t, "CP1"), func() error { return w.Charging.RemoveStation(owner, st.ID) })
	if err != nil {
		t.Fatal(err)
	}
	if got := worldtest.OwnerValue[string](w, "select status from station_certificates where id = $1", removed.ID); got != "REVOKED" {
		t.Errorf("what was signed while the station was removed is %s", got)
	}
	if err := w.Authorities.Prepare(owner, "The old one ends."); err != nil {
		t.Fatal(err)
	}
	st = w.AddStation(w.A, w.A.Main, "CP2", 1)
	last, err := meanwhile(t, w, st, request(t, "CP2"), func() error { return w.Authorities.Activate(owner, true) })
	if err != nil {
		t.Fatal(err)
	}
	w.Owner("update station_certificates set status = 'IN_USE' where id = $1", last.ID)
	if next := sign(t, w, st, "CP2"); next.Certificate.Issuer.String() == last.Certificate.Issuer.String() && bytes.Equal(next.Certificate.AuthorityKeyId, last.Certificate.AuthorityKeyId) {
		t.Error("after the change the former authority signs")
	}
}

// An authority is there until what it signed can't bring a station back any more, also what was replaced a moment ago.
func TestRetire_WaitsForWhatWasReplaced(t *testing.T) {
	t.Parallel()
	var by atomic.Int64
	w := worldtest.New(t, worldtest.WithClock(func() time.Time { return time.Now().Add(time.Duration(by.Load())) }))
	owner, ctx := w.A.As(tenancy.Owner), tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
	if err := w.Authorities.Create(owner, ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	old := sign(t, w, st, "CP1")
	if err := w.Authorities.Prepare(owner, "The old one ends."); err != nil {
		t.Fatal(err)
	}
	if err := w.Authorities.Activate(owner, true); err != nil {
		t.Fatal(err)
	}
	now := sign(t, w, st, "CP1")
	w.Owner("update station_certificates set status = 'SUPERSEDED' where id = $1", old.ID)
	w.Owner("update station_certificates set status = 'IN_USE', first_used_at = now() where id = $1", now.ID)
	state := func() string {
		t.Helper()
		if err := w.Charging.RetireSuperseded(ctx); err != nil {
			t.Fatal(err)
		}
		_, err := w.Authorities.Verify(context.Background(), w.A.ID, []*x509.Certificate{old.Certificate, old.Above[0]})
		return worldtest.OwnerValue[string](w, "select string_agg(distinct status, ' ' order by status) from certificate_authorities") + fmt.Sprint(" ", err == nil)
	}
	if got := state(); got != "ACTIVE RETIRING true" {
		t.Errorf("while the station may fall back it is %s", got)
	}
	by.Store(int64(8 * 24 * time.Hour))
	if got := state(); got != "ACTIVE RETIRED false" {
		t.Errorf("once what was replaced is revoked it is %s", got)
	}
}

// A key whose certificate was revoked because somebody else has it is signed no more; another one is.
func TestSec048_ACompromisedKeyIsNotSignedAgain(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	if err := w.Authorities.Create(owner, ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		reason pki.RevocationReason
		signed bool
	}{{pki.Superseded, true}, {pki.KeyCompromise, true}, {"", false}} {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "CP1"}}, key)
		if err != nil {
			t.Fatal(err)
		}
		r, err := pki.ReadRequest(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})))
		if err != nil {
			t.Fatal(err)
		}
		issued, err := trySign(t, w, st, r, "CP1")
		if (err == nil) != c.signed || err != nil && (!fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "new key")) {
			t.Fatalf("request %d was answered %v", i, err)
		}
		if err != nil {
			break
		}
		if _, err := w.Authorities.Revoke(owner, issued.ID, c.reason); err != nil {
			t.Fatal(err)
		}
	}
	sign(t, w, st, "CP1")
}

// A maker's root whose key could be broken is worth nothing: who breaks it is every station.
func TestAddManufacturer_RefusesWhatIsWorthNothing(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	root := func(key *rsa.PrivateKey, ca bool, end time.Duration) string {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Maker"}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(end), IsCA: ca, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ pem, says string }{
		"a weak key": {root(weak, true, time.Hour), "1024 bits"}, "no authority": {root(strong, false, time.Hour), "isn't an authority"}, "an expired one": {root(strong, true, -time.Hour), "expired"},
		"two": {root(strong, true, time.Hour) + root(strong, true, time.Hour), "2 certificates"}, "nonsense": {"x", "PEM"},
		"a key": {root(strong, true, time.Hour) + "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "private key"},
	} {
		if _, err := w.Authorities.AddManufacturer(owner, "Maker", c.pem); fault.Of(err) == nil || fault.Of(err).Field != "pem" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s was answered %v", what, err)
		}
	}
	if _, err := w.Authorities.AddManufacturer(owner, "Maker", root(strong, true, time.Hour)); err != nil {
		t.Errorf("a good one was answered %v", err)
	}
}

// Stations that come back at the same moment have their tenant's authorities loaded once.
func TestVerify_LoadsOnceForAll(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	issued := sign(t, w, st, "CP1")
	var loads atomic.Int64
	ctx := failpoint.Mortal(context.Background(), func(_, what string) {
		if strings.HasPrefix(what, "select kind, certificate from certificate_authorities") {
			loads.Add(1)
		}
	})
	var g errgroup.Group
	begin := make(chan struct{})
	for range 200 {
		g.Go(func() error {
			<-begin
			_, err := w.Authorities.Verify(ctx, w.A.ID, []*x509.Certificate{issued.Certificate})
			return err
		})
	}
	close(begin)
	if err := g.Wait(); err != nil || loads.Load() != 1 {
		t.Errorf("200 handshakes loaded the authorities %d times, %v", loads.Load(), err)
	}
}

// Whoever sends a question slowly is cut off, and holds up nobody meanwhile: security case 21.
func TestSec021_SlowQuestionsAreCutOff(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	path := "/pki/" + worldtest.OwnerValue[uuid.UUID](w, "select id from certificate_authorities where kind = 'INTERMEDIATE'").String()
	host := strings.TrimPrefix(w.HTTP.URL, "http://")
	var slow []net.Conn
	for range 30 {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := fmt.Fprintf(c, "POST %s/ocsp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/ocsp-request\r\nContent-Length: 200\r\n\r\nx", path, host); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	if status, _ := fetch(t, w.HTTP.URL+path+"/crl", nil); status != http.StatusOK {
		t.Errorf("beside 30 slow ones a list was answered %d", status)
	}
	for _, c := range slow {
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		answer, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
			t.Fatalf("a slow one was answered %q, %v", answer, err)
		}
	}
}
