package authority_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ocsp"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// clocked is a world whose clock can be set ahead, with an authority and a station that is online.
type clocked struct {
	*worldtest.World
	t          *testing.T
	by         atomic.Int64
	owner, ctx context.Context
	station    *ent.Station
}

func newClocked(t *testing.T) *clocked {
	t.Helper()
	w := &clocked{t: t}
	w.World = worldtest.New(t, worldtest.WithClock(func() time.Time { return time.Now().Add(time.Duration(w.by.Load())) }))
	w.owner, w.ctx = w.A.As(tenancy.Owner), tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
	if err := w.Authorities.Create(w.owner, ""); err != nil {
		t.Fatal(err)
	}
	w.station = w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("update stations set onboarding = 'ONBOARDED', online = true, registration_status = 'ACCEPTED'")
	return w
}

// inUse signs a certificate for the station, which connects with it.
func (w *clocked) inUse() *authority.Issued {
	w.t.Helper()
	i := sign(w.t, w.World, w.station, "CP1")
	w.Owner("update station_certificates set status = 'IN_USE' where id = $1", i.ID)
	w.Owner("update stations set certificate_id = $1", i.ID)
	return i
}

func (w *clocked) at(age time.Duration) { w.by.Store(int64(age)) }

// renewals is how many renewals are begun now; each ends at once, without success.
func (w *clocked) renewals() int {
	w.t.Helper()
	n, err := w.Charging.PlanRenewals(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Owner("update security_operations set status = 'FAILED' where status = 'RUNNING'")
	return n
}

const day = 24 * time.Hour

// A certificate is renewed from two thirds of its life on, once a day until that succeeds, of a station that is there.
func TestRenewals_AreDailyFromTwoThirdsOn(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	w.inUse()
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{242 * day, 0}, {275 * day, 1}, {275*day + time.Hour, 0}, {275*day + 23*time.Hour, 0}, {276*day + time.Minute, 1}, {277 * day, 0}, {278 * day, 1}} {
		if w.at(c.age); w.renewals() != c.want {
			t.Errorf("after %s of its life it isn't renewed %d times", c.age, c.want)
		}
	}
	w.Owner("update stations set online = false")
	if w.at(300 * day); w.renewals() != 0 {
		t.Error("a station that is offline is to renew its certificate")
	}
	w.Owner("update stations set online = true")
	if w.renewals() != 1 {
		t.Error("once it is back it isn't")
	}
	next := sign(t, w.World, w.station, "CP1")
	if w.at(302 * day); w.renewals() != 0 {
		t.Error("beside a newer certificate that is on its way the old one is renewed once more")
	}
	w.Owner("update station_certificates set status = 'REFUSED' where id = $1", next.ID)
	if w.renewals() != 1 {
		t.Error("after a newer one was refused the old one isn't renewed")
	}
	if w.at(366 * day); w.renewals() != 0 {
		t.Error("a certificate that has ended is renewed by the clock")
	}
}

// Stations are disturbed in their quiet hours alone, by the clock of where they are; in the last two days at any time.
func TestRenewals_KeepQuietHours(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	quiet := func(m int) *int { return &m }
	if _, err := w.Authorities.SetPolicy(w.owner, authority.Policy{LifetimeDays: 365, Factory: "RENEW", QuietFrom: quiet(2 * 60), QuietTo: quiet(4 * 60)}); err != nil {
		t.Fatal(err)
	}
	w.inUse()
	// The tenant is in Berlin. In Tokyo, at the location, the night comes hours earlier.
	in := func(zone string, dayOf, hour int) int {
		t.Helper()
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(time.Duration(dayOf) * day).In(place)
		w.at(time.Until(time.Date(then.Year(), then.Month(), then.Day(), hour, 30, 0, 0, place)))
		return w.renewals()
	}
	if in("Europe/Berlin", 290, 12) != 0 || in("Europe/Berlin", 291, 3) != 1 {
		t.Error("a station of the tenant's own time is renewed at noon, or not at night")
	}
	w.Owner("insert into locations (id, tenant_id, network_id, name, address, city, country, timezone) values ($1, $2, $3, 'There', '', '', 'JP', 'Asia/Tokyo')", w.A.Sub, w.A.ID, w.A.Main)
	w.Owner("update stations set location_id = $1", w.A.Sub)
	if in("Europe/Berlin", 294, 3) != 0 || in("Asia/Tokyo", 296, 3) != 1 {
		t.Error("a station elsewhere is renewed by the tenant's clock")
	}
	if in("Asia/Tokyo", 364, 12) != 1 {
		t.Error("a day before its end a certificate still waits for the night")
	}
}

// However many are due at once, after an outage or because a clock stepped, few are begun in one run, the most pressing first.
func TestRenewals_NeverStorm(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	w.inUse()
	for range 30 {
		st := w.AddStation(w.A, w.A.Main, "CP"+uuid.NewString()[:8], 1)
		sign(t, w.World, st, st.Identity)
	}
	w.Owner("update stations set onboarding = 'ONBOARDED', online = true, registration_status = 'ACCEPTED'")
	w.Owner("update station_certificates set status = 'IN_USE'")
	w.Owner("update station_certificates set not_after = not_after - interval '10 days' where id = (select id from station_certificates order by id desc limit 1)")
	w.at(340 * day)
	if n, err := w.Charging.PlanRenewals(w.ctx); n != 10 || err != nil {
		t.Errorf("of 31 that are due %d are begun at once, %v", n, err)
	}
	if !worldtest.OwnerValue[bool](w.World, "select exists (select from security_operations where station_id = (select station_id from station_certificates order by not_after limit 1))") {
		t.Error("the most pressing one isn't among them")
	}
	if n, err := w.Charging.PlanRenewals(w.ctx); n != 10 || err != nil {
		t.Errorf("in the next run %d are begun, %v", n, err)
	}
}

// What an authority is asked about another one's certificates it doesn't know, and it lists its own alone.
func TestStanding_IsToldOfOwnCertificatesAlone(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	first := sign(t, w.World, w.station, "CP1")
	if err := w.Authorities.Prepare(w.owner, "The old one ends."); err != nil {
		t.Fatal(err)
	}
	if err := w.Authorities.Activate(w.owner, true); err != nil {
		t.Fatal(err)
	}
	second := sign(t, w.World, w.station, "CP1")
	for _, i := range []*authority.Issued{first, second} {
		if _, err := w.Authorities.Revoke(w.owner, i.ID, pki.PrivilegeWithdrawn); err != nil {
			t.Fatal(err)
		}
	}
	status, der := fetch(t, first.Certificate.CRLDistributionPoints[0], nil)
	list, err := x509.ParseRevocationList(der)
	if status != http.StatusOK || err != nil || len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(first.Certificate.SerialNumber) != 0 {
		t.Errorf("the list was answered %d with %+v, %v", status, list, err)
	}
	// The first authority is asked about a certificate that bears the number of one of its own, and names the other as its issuer.
	foreign := *first.Certificate
	q, err := ocsp.CreateRequest(&foreign, second.Above[0], &ocsp.RequestOptions{Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	_, der = fetch(t, first.Certificate.OCSPServer[0], q)
	if answer, err := ocsp.ParseResponse(der, first.Above[0]); err != nil || answer.Status != ocsp.Unknown {
		t.Errorf("another authority's certificate was answered %+v, %v", answer, err)
	}
	// Once a certificate has ended by itself it takes up no room in the list.
	w.at(366 * day)
	_, der = fetch(t, first.Certificate.CRLDistributionPoints[0], nil)
	if list, err := x509.ParseRevocationList(der); err != nil || len(list.RevokedCertificateEntries) != 0 || list.NextUpdate.Sub(list.ThisUpdate) != pki.ListLifetime {
		t.Errorf("a year later the list is %+v, %v", list, err)
	}
}

// Roots of contracts let cars charge, and no station in. An authority that was retired, or a maker that was removed, lets nobody in any more.
func TestVerify_BelievesWhoCounts(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	believed := func(c *x509.Certificate) bool {
		t.Helper()
		// What is remembered of a moment ago is nothing to judge by.
		fresh, err := authority.New(w.DB, nil, authority.Config{Secret: []byte("a secret of 32 bytes for signing!")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = fresh.Verify(context.Background(), w.A.ID, []*x509.Certificate{c})
		var distrust *pki.Distrust
		if err != nil && !errors.As(err, &distrust) && !errors.Is(err, authority.ErrRevoked) {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, kind := range []string{"MANUFACTURER", authority.V2GRoot, authority.MORoot} {
		root, err := pki.NewRoot(kind, kind, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := root.Sign(request(t, "CP1"), pki.Profile{Organization: kind, CommonName: "CP1", Lifetime: day}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if kind == "MANUFACTURER" {
			_, err = w.Authorities.AddManufacturer(w.owner, kind, pki.WritePEM(root.Certificate))
		} else {
			_, err = w.Authorities.AddRoot(w.owner, kind, kind, pki.WritePEM(root.Certificate))
		}
		if err != nil {
			t.Fatal(err)
		}
		if believed(leaf) != (kind == "MANUFACTURER") {
			t.Errorf("under a root %s a station is let in: %t", kind, !believed(leaf))
		}
		if kind != "MANUFACTURER" {
			continue
		}
		maker := worldtest.OwnerValue[uuid.UUID](w.World, "select id from certificate_authorities where kind = 'MANUFACTURER'")
		if _, err := w.Authorities.RemoveManufacturer(w.owner, maker); err != nil {
			t.Fatal(err)
		}
		if believed(leaf) {
			t.Error("a maker that was removed lets a station in")
		}
	}
	// What bears our signature and isn't in our books was signed by somebody who has got at the key.
	unlisted := sign(t, w.World, w.station, "CP1")
	w.Owner("delete from station_certificates where id = $1", unlisted.ID)
	if _, err := w.Authorities.Verify(context.Background(), w.A.ID, []*x509.Certificate{unlisted.Certificate}); !errors.Is(err, authority.ErrUnlisted) {
		t.Errorf("a certificate of ours that we don't know was answered %v", err)
	}
	for _, kind := range []string{"ROOT", "INTERMEDIATE"} {
		own := worldtest.OwnerValue[uuid.UUID](w.World, "select id from certificate_authorities where kind = $1", kind)
		if _, err := w.Authorities.RemoveManufacturer(w.owner, own); !fault.Is(err, fault.Conflict) {
			t.Errorf("removing the tenant's own %s was answered %v", kind, err)
		}
		if err := w.Authorities.RemoveRoot(w.owner, own); !fault.Is(err, fault.Conflict) {
			t.Errorf("removing the tenant's own %s as one of contracts was answered %v", kind, err)
		}
	}
}

// Only whoever may changes whom a tenant believes, and another tenant's aren't there.
func TestSec053_ChangingAuthoritiesTakesPermission(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	issued := w.inUse()
	root, err := pki.NewRoot("Maker", "Maker", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	text := pki.WritePEM(root.Certificate)
	made, err := w.Authorities.AddManufacturer(w.owner, "Maker", text)
	if err != nil {
		t.Fatal(err)
	}
	contracts, err := w.Authorities.AddRoot(w.owner, authority.MORoot, "Cars", pki.WritePEM(func() *x509.Certificate { r, _ := pki.NewRoot("Cars", "Cars", time.Now()); return r.Certificate }()))
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(ctx context.Context) error{
		"prepare": func(ctx context.Context) error { return w.Authorities.Prepare(ctx, "Because") }, "activate": func(ctx context.Context) error { return w.Authorities.Activate(ctx, true) },
		"believe a maker": func(ctx context.Context) error {
			_, err := w.Authorities.AddManufacturer(ctx, "Maker", text)
			return err
		},
		"disbelieve a maker": func(ctx context.Context) error { _, err := w.Authorities.RemoveManufacturer(ctx, made.ID); return err },
		"believe contracts": func(ctx context.Context) error {
			_, err := w.Authorities.AddRoot(ctx, authority.V2GRoot, "Cars", text)
			return err
		},
		"disbelieve contracts": func(ctx context.Context) error { return w.Authorities.RemoveRoot(ctx, contracts) },
		"revoke": func(ctx context.Context) error {
			_, err := w.Authorities.Revoke(ctx, issued.ID, pki.Unspecified)
			return err
		},
	}
	for what, change := range changes {
		for who, ctx := range map[string]context.Context{"a reader": w.A.As(tenancy.Reader), "an operator of stations": w.A.As(tenancy.Operator)} {
			if what == "revoke" && who != "a reader" {
				continue // whoever gives stations credentials takes them as well
			}
			if err := change(ctx); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s was allowed to %s: %v", who, what, err)
			}
		}
		if err := change(w.A.In(w.A.Sub, tenancy.Admin)); !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.NotFound) {
			t.Errorf("a network's admin was allowed to %s: %v", what, err)
		}
	}
	for _, what := range []string{"disbelieve a maker", "disbelieve contracts", "revoke"} {
		if err := changes[what](w.B.As(tenancy.Owner)); !fault.Is(err, fault.NotFound) {
			t.Errorf("another tenant's owner, to %s, was answered %v", what, err)
		}
	}
	if got := worldtest.OwnerValue[string](w.World, "select string_agg(distinct status, ' ') from certificate_authorities"); got != "ACTIVE" {
		t.Errorf("the authorities are %s", got)
	}
}

// A key that was moved to another authority's row opens nothing there, and a certificate is signed by the authority that its row names.
func TestSealedKeysAreTheirRowsOwn(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	if got := worldtest.OwnerValue[string](w.World, "select string_agg(encode(sealed_key, 'escape'), '') from certificate_authorities"); strings.Contains(got, "PRIVATE KEY") {
		t.Error("a key is kept in clear")
	}
	if err := w.Authorities.Create(w.B.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	w.Owner(`update certificate_authorities a set sealed_key = b.sealed_key, certificate = b.certificate from certificate_authorities b
		where a.tenant_id = $1 and b.tenant_id = $2 and a.kind = 'INTERMEDIATE' and b.kind = 'INTERMEDIATE'`, w.A.ID, w.B.ID)
	if _, err := trySign(t, w.World, w.station, request(t, "CP1"), "CP1"); err == nil {
		t.Error("another tenant's key signs")
	}
}

// Once a newer certificate was seen the older ones are superseded, and not the other way round; one that was revoked meanwhile lets nobody in. What
// was superseded is revoked a week after.
func TestSeen_SupersedesWhatIsOlder(t *testing.T) {
	t.Parallel()
	w := newClocked(t)
	old := w.inUse()
	w.at(time.Second)
	next := sign(t, w.World, w.station, "CP1")
	w.Owner("update station_certificates set status = 'INSTALLED' where id = $1", next.ID)
	origin := journal.Origin{Tenant: w.A.ID, Network: w.A.Main, Station: w.station.ID}
	seen := func(i *authority.Issued) error {
		v, err := w.Authorities.Verify(context.Background(), w.A.ID, []*x509.Certificate{i.Certificate})
		if err != nil {
			return err
		}
		return w.DB.InTx(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Authorities.Seen(ctx, tx, origin, v)
			return err
		})
	}
	both := func() string {
		return worldtest.OwnerValue[string](w.World, "select string_agg(status, ' ' order by created_at) from station_certificates")
	}
	for _, c := range []struct {
		i    *authority.Issued
		want string
	}{{old, "IN_USE INSTALLED"}, {next, "SUPERSEDED IN_USE"}, {old, "IN_USE IN_USE"}, {next, "SUPERSEDED IN_USE"}} {
		if err := seen(c.i); err != nil || both() != c.want {
			t.Errorf("they are %s, want %s; %v", both(), c.want, err)
		}
	}
	retire := func() {
		t.Helper()
		if err := w.Charging.RetireSuperseded(w.ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.at(6 * day)
	if retire(); both() != "SUPERSEDED IN_USE" {
		t.Errorf("within a week they are %s", both())
	}
	w.at(7*day + time.Hour)
	if retire(); both() != "REVOKED IN_USE" {
		t.Errorf("after a week they are %s", both())
	}
	v, err := w.Authorities.Verify(context.Background(), w.A.ID, []*x509.Certificate{next.Certificate})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authorities.Revoke(w.owner, next.ID, pki.Unspecified); err != nil {
		t.Fatal(err)
	}
	err = w.DB.InTx(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.Authorities.Seen(ctx, tx, origin, v)
		return err
	})
	if !errors.Is(err, authority.ErrRevoked) {
		t.Errorf("a certificate that was revoked after it was judged was answered %v", err)
	}
}
