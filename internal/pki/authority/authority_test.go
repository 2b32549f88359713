package authority_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ocsp"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// sign has a certificate signed for a station, for a new key.
func sign(t *testing.T, w *worldtest.World, st *ent.Station, name string) *authority.Issued {
	t.Helper()
	issued, err := trySign(t, w, st, request(t, name), name)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func request(t *testing.T, name string) pki.Request {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pki.ReadRequest(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func trySign(t *testing.T, w *worldtest.World, st *ent.Station, r pki.Request, name string) (issued *authority.Issued, err error) {
	t.Helper()
	err = w.DB.InTx(tenancy.NewContext(context.Background(), tenancy.Certificates(st.TenantID)), func(ctx context.Context, tx *db.Tx) error {
		issued, err = w.Authorities.Sign(ctx, tx, authority.Signing{
			Origin: journal.Origin{Tenant: st.TenantID, Network: st.NetworkID, Station: st.ID}, Use: "CHARGING_STATION", Request: r, CommonName: name,
		})
		return err
	})
	return issued, err
}

// fetch gets a URL, or posts to it.
func fetch(t *testing.T, address string, body []byte) (int, []byte) {
	t.Helper()
	var response *http.Response
	var err error
	if body == nil {
		response, err = http.Get(address)
	} else {
		response, err = http.Post(address, "application/ocsp-request", bytes.NewReader(body))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text
}

// What is signed says where its standing is told, and there it is: good, then revoked; what nobody signed is unknown.
func TestStandingIsTold(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	if err := w.Authorities.Create(owner, "Operator"); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	first, second := sign(t, w, st, "CP1"), sign(t, w, st, "CP1")
	c, above := first.Certificate, first.Above[0]
	if len(c.CRLDistributionPoints) != 1 || len(c.OCSPServer) != 1 || c.Subject.Organization[0] != "Operator" || len(first.Above) != 2 || !pki.SelfSigned(first.Above[1]) {
		t.Fatalf("the certificate is %s, its list at %v, its responder at %v, under %d", c.Subject, c.CRLDistributionPoints, c.OCSPServer, len(first.Above))
	}
	listed := func() []x509.RevocationListEntry {
		t.Helper()
		status, der := fetch(t, c.CRLDistributionPoints[0], nil)
		list, err := x509.ParseRevocationList(der)
		if status != http.StatusOK || err != nil || list.CheckSignatureFrom(above) != nil {
			t.Fatalf("the list was answered %d: %v", status, err)
		}
		return list.RevokedCertificateEntries
	}
	ask := func(of *x509.Certificate) *ocsp.Response {
		t.Helper()
		q, err := ocsp.CreateRequest(of, above, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, der := fetch(t, c.OCSPServer[0], q)
		answer, err := ocsp.ParseResponseForCert(der, of, above)
		if status != http.StatusOK || err != nil {
			t.Fatalf("the question was answered %d: %v", status, err)
		}
		status, again := fetch(t, c.OCSPServer[0]+"/"+url.PathEscape(base64.StdEncoding.EncodeToString(q)), nil)
		if byGet, err := ocsp.ParseResponseForCert(again, of, above); status != http.StatusOK || err != nil || byGet.Status != answer.Status {
			t.Errorf("the same question in the path was answered %d: %v", status, err)
		}
		return answer
	}
	if n := len(listed()); n != 0 || ask(c).Status != ocsp.Good {
		t.Errorf("before anything is revoked %d are listed, and it is %d", n, ask(c).Status)
	}
	if _, err := w.Authorities.Revoke(owner, first.ID, pki.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	if list := listed(); len(list) != 1 || list[0].SerialNumber.Cmp(c.SerialNumber) != 0 || list[0].ReasonCode != ocsp.KeyCompromise {
		t.Errorf("listed is %+v", list)
	}
	if a := ask(c); a.Status != ocsp.Revoked || a.RevocationReason != ocsp.KeyCompromise {
		t.Errorf("the revoked certificate is %d for %d", a.Status, a.RevocationReason)
	}
	if a := ask(second.Certificate); a.Status != ocsp.Good {
		t.Errorf("the other one is %d", a.Status)
	}
	// What the authority never signed.
	never := *c
	never.SerialNumber = new(big.Int).Add(c.SerialNumber, big.NewInt(1))
	if a := ask(&never); a.Status != ocsp.Unknown {
		t.Errorf("a certificate that was never signed is %d", a.Status)
	}
}

// Nobody learns more there than what is signed: what isn't there and what can't be read are answered alike for all.
func TestHandler_RefusesWhatIsNoQuestion(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	id := worldtest.OwnerValue[uuid.UUID](w, "select id from certificate_authorities where kind = 'INTERMEDIATE'").String()
	for path, want := range map[string]int{
		"/pki/" + uuid.NewString() + "/crl": http.StatusNotFound, "/pki/x/crl": http.StatusNotFound, "/pki/" + id + "/ocsp/AAAA": http.StatusBadRequest,
		"/pki/" + id + "/ocsp/%25": http.StatusBadRequest, "/pki/" + id + "/certificate": http.StatusOK, "/pki/" + id + "/key": http.StatusNotFound,
	} {
		if status, _ := fetch(t, w.HTTP.URL+path, nil); status != want {
			t.Errorf("%s was answered %d, want %d", path, status, want)
		}
	}
	for what, body := range map[string][]byte{"nonsense": []byte("x"), "too much": bytes.Repeat([]byte("x"), 10<<10)} {
		if status, _ := fetch(t, w.HTTP.URL+"/pki/"+id+"/ocsp", body); status != http.StatusBadRequest {
			t.Errorf("%s was answered %d", what, status)
		}
	}
}

// The same request is signed once, a removed station is signed nothing, and one that asks again and again is stopped: security case 49.
func TestSec049_SigningIsBounded(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	r := request(t, "CP1")
	if _, err := trySign(t, w, st, r, "CP1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("without an authority it was answered %v", err)
	}
	for range 2 { // the second time nothing changes
		if err := w.Authorities.Create(owner, ""); err != nil {
			t.Fatal(err)
		}
	}
	first, err := trySign(t, w, st, r, "CP1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := trySign(t, w, st, r, "CP1")
	if err != nil || again.ID != first.ID || again.New || !bytes.Equal(again.Certificate.Raw, first.Certificate.Raw) {
		t.Errorf("the same request was answered %+v, %v", again, err)
	}
	for range 19 {
		sign(t, w, st, "CP1")
	}
	if _, err := trySign(t, w, st, request(t, "CP1"), "CP1"); !fault.Is(err, fault.Limit) {
		t.Errorf("the 21st request of a day was answered %v", err)
	}
	gone := w.AddStation(w.A, w.A.Main, "CP2", 1)
	if err := w.Charging.RemoveStation(owner, gone.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := trySign(t, w, gone, request(t, "CP2"), "CP2"); !fault.Is(err, fault.Conflict) {
		t.Errorf("for a removed station it was answered %v", err)
	}
}

// Certificates that aren't renewed raise an issue two weeks, one week and a day before their end, each more pressing, and it is settled once
// the station connects with another.
func TestExpiryIsWatched(t *testing.T) {
	t.Parallel()
	var by atomic.Int64
	w := worldtest.New(t, worldtest.WithClock(func() time.Time { return time.Now().Add(time.Duration(by.Load())) }))
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	use := func(i *authority.Issued) {
		w.Owner("update station_certificates set status = case when id = $1 then 'IN_USE' else 'SUPERSEDED' end", i.ID)
		w.Owner("update stations set certificate_id = $1, online = true where id = $2", i.ID, st.ID)
	}
	use(sign(t, w, st, "CP1"))
	ctx := tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
	look := func(left time.Duration) string {
		t.Helper()
		by.Store(int64(365*24*time.Hour - left))
		if err := w.Charging.WatchExpiry(ctx); err != nil {
			t.Fatal(err)
		}
		return worldtest.OwnerValue[string](w, "select coalesce(string_agg(kind || ' ' || severity || ' ' || status, ', ' order by id), '') from detected_issues")
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		left time.Duration
		want string
	}{
		{20 * day, ""}, {13 * day, "CERTIFICATE_EXPIRING NOTICE OPEN"}, {6 * day, "CERTIFICATE_EXPIRING WARNING OPEN"}, {12 * time.Hour, "CERTIFICATE_EXPIRING CRITICAL OPEN"},
		{-time.Hour, "CERTIFICATE_EXPIRING CRITICAL RESOLVED, CERTIFICATE_EXPIRED CRITICAL OPEN"},
	} {
		if got := look(c.left); got != c.want {
			t.Errorf("with %s left there is %q, want %q", c.left, got, c.want)
		}
	}
	use(sign(t, w, st, "CP1"))
	if got := look(-time.Hour); strings.Contains(got, "OPEN") {
		t.Errorf("with a new certificate there is %q", got)
	}
}

// An authority that is about to end raises an issue, which is settled once its successor signs.
func TestAuthoritiesThatEndAreWatched(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	owner := w.A.As(tenancy.Owner)
	if err := w.Authorities.Create(owner, ""); err != nil {
		t.Fatal(err)
	}
	ctx := tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
	look := func() string {
		t.Helper()
		if err := w.Charging.WatchExpiry(ctx); err != nil {
			t.Fatal(err)
		}
		return worldtest.OwnerValue[string](w, "select coalesce(string_agg(kind || ' ' || severity || ' ' || status, ', ' order by id), '') from detected_issues")
	}
	if got := look(); got != "" {
		t.Errorf("with ten years left there is %q", got)
	}
	for left, want := range map[string]string{"90 days": "AUTHORITY_EXPIRING WARNING OPEN", "20 days": "AUTHORITY_EXPIRING CRITICAL OPEN"} {
		w.Owner("delete from detected_issues")
		w.Owner("update certificate_authorities set not_after = now() + $1::interval where kind = 'INTERMEDIATE'", left)
		if got := look(); got != want {
			t.Errorf("with %s left there is %q, want %q", left, got, want)
		}
	}
	if err := w.Authorities.Prepare(owner, "The old one ends."); err != nil {
		t.Fatal(err)
	}
	if err := w.Authorities.Activate(owner, false); err != nil {
		t.Fatal(err)
	}
	if got := look(); !strings.HasSuffix(got, "RESOLVED") {
		t.Errorf("with a new one there is %q", got)
	}
}

// Quiet hours go over midnight, and by the clock of the place.
func TestPolicy_Quiet(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time {
		v, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	minutes := func(m int) *int { return &m }
	night := authority.Policy{QuietFrom: minutes(22 * 60), QuietTo: minutes(5 * 60)}
	noon := authority.Policy{QuietFrom: minutes(12 * 60), QuietTo: minutes(13 * 60)}
	for _, c := range []struct {
		p     authority.Policy
		clock string
		quiet bool
	}{
		{authority.Policy{}, "09:00", true}, {night, "21:59", false}, {night, "22:00", true}, {night, "04:59", true}, {night, "05:00", false},
		{noon, "12:30", true}, {noon, "13:00", false},
	} {
		if got := c.p.Quiet(at(c.clock)); got != c.quiet {
			t.Errorf("at %s it is quiet: %v", c.clock, got)
		}
	}
}

// Authorities and certificates of another tenant aren't there, and a policy is the tenant's own.
func TestSec053_AuthoritiesAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	a, b := w.A.As(tenancy.Owner), w.B.As(tenancy.Owner)
	if err := w.Authorities.Create(a, ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	issued := sign(t, w, st, "CP1")
	maker, err := pki.NewRoot("Maker", "Maker", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := w.Authorities.AddManufacturer(a, "Maker", pki.WritePEM(maker.Certificate))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authorities.Revoke(b, issued.ID, pki.Unspecified); !fault.Is(err, fault.NotFound) {
		t.Errorf("revoking another tenant's certificate was answered %v", err)
	}
	if _, err := w.Authorities.RemoveManufacturer(b, trusted.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("removing another tenant's maker was answered %v", err)
	}
	var distrust *pki.Distrust
	if _, err := w.Authorities.Verify(context.Background(), w.B.ID, []*x509.Certificate{issued.Certificate, issued.Above[0]}); !errors.As(err, &distrust) || distrust.Reason != pki.UnknownAuthority {
		t.Errorf("another tenant answers the certificate with %v", err)
	}
	if v, err := w.Authorities.Verify(context.Background(), w.A.ID, []*x509.Certificate{issued.Certificate}); err != nil || v.Station != st.ID {
		t.Errorf("its own tenant says %+v, %v", v, err)
	}
	if err := w.Authorities.Prepare(b, "Because"); !fault.Is(err, fault.Conflict) {
		t.Errorf("preparing a root where there is none was answered %v", err)
	}
	for who, ctx := range map[string]context.Context{"a viewer": w.A.As(tenancy.Reader), "an operator": w.A.As(tenancy.Operator), "a network's admin": w.A.In(w.A.Sub, tenancy.Admin)} {
		if err := w.Authorities.Create(ctx, ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("making an authority by %s was answered %v", who, err)
		}
		if _, err := w.Authorities.SetPolicy(ctx, authority.Policy{LifetimeDays: 1, Factory: "RENEW"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("changing the policy by %s was answered %v", who, err)
		}
	}
	for field, p := range map[string]authority.Policy{
		"lifetimeDays": {LifetimeDays: 0, Factory: "RENEW"}, "graceDays": {LifetimeDays: 1, GraceDays: 400, Factory: "RENEW"}, "factory": {LifetimeDays: 1, Factory: "X"},
		"organization": {LifetimeDays: 1, Factory: "RENEW", Organization: strings.Repeat("x", 65)},
	} {
		if _, err := w.Authorities.SetPolicy(a, p); fault.Of(err) == nil || fault.Of(err).Field != field {
			t.Errorf("a wrong %s was answered %v", field, err)
		}
	}
}
