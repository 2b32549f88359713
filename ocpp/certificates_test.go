package ocpp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// authority makes a root that is valid for some time from an hour ago.
func authority(t *testing.T, name string, valid time.Duration) string {
	t.Helper()
	return certificate(t, name, valid, true)
}

func certificate(t *testing.T, name string, valid time.Duration, ca bool) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(0x0abc), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(valid),
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// trusted says which certificates are kept as a station's, each with its use and its name.
func trusted(w *worldtest.World, st *ent.Station) string {
	return worldtest.OwnerValue[string](w, `select coalesce(string_agg(component || ' ' || summary, '; ' order by component, summary), '')
		from station_settings where station_id = $1 and kind = 'CERTIFICATE' and key <> 'spare'`, st.ID)
}

// spare gives a station another root of ours, so that one of them may go.
func spare(w *worldtest.World, st *ent.Station) {
	w.Owner(`insert into station_settings (id, tenant_id, network_id, station_id, kind, key, component, data, reported_at)
		select gen_random_uuid(), tenant_id, network_id, id, 'CERTIFICATE', 'spare', 'CSMS_ROOT', '{}', now() from stations where id = $1`, st.ID)
}

// A root that was installed is known by its name also after the station has listed it, and the last one isn't deleted by accident.
func TestCertificates_AreInstalledListedAndDeleted(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		ownCertificates(t, w, st, onboarded2(t, w, st, version), func(hash string) []string {
			if hash == "" {
				return []string{`{"status":"NotFound"}`}
			}
			return []string{`{"status":"Accepted","certificateHashDataChain":[{"certificateType":"CSMSRootCertificate","certificateHashData":` + hash + `}]}`}
		})
	})
	t.Run("1.6", func(t *testing.T) {
		t.Parallel()
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		ownCertificates(t, w, st, w.Onboarded(w.A, st), func(hash string) []string {
			if hash == "" {
				return []string{`{"status":"NotFound"}`, `{"status":"NotFound"}`}
			}
			return []string{`{"status":"Accepted","certificateHashData":[` + hash + `]}`, `{"status":"NotFound"}`}
		})
	})
}

func ownCertificates(t *testing.T, w *worldtest.World, st *ent.Station, s *worldtest.Station, listed func(hash string) []string) {
	t.Helper()
	ctx := w.A.As(tenancy.Admin)
	give := func(answers []string, order func() (*ent.Command, error)) string {
		t.Helper()
		c, _ := given(t, s, order, answers...)
		return outcomeOf(c)
	}
	list := func() (*ent.Command, error) { return w.Charging.InstalledCertificates(ctx, st.ID, nil, 10) }
	install := func() (*ent.Command, error) {
		return w.Charging.InstallCertificate(ctx, st.ID, "CSMS_ROOT", authority(t, "Root of ours", time.Hour), 10)
	}
	if got := give([]string{`{"status":"Rejected"}`}, install); !strings.Contains(got, "its store is full") || trusted(w, st) != "" {
		t.Errorf("a refused root ended %s; kept: %s", got, trusted(w, st))
	}
	if got := give([]string{`{"status":"Accepted"}`}, install); got != "ACCEPTED" {
		t.Errorf("a root ended %s", got)
	}
	known := fmt.Sprintf("CSMS_ROOT Root of ours, until %s", time.Now().Add(time.Hour).UTC().Format(time.DateOnly))
	if got := trusted(w, st); got != known {
		t.Errorf("after the installation is kept %q, want %q", got, known)
	}
	var hash charging.CertificateHash
	for field, into := range map[string]*string{"issuerNameHash": &hash.IssuerNameHash, "issuerKeyHash": &hash.IssuerKeyHash} {
		*into = strings.ToUpper(worldtest.OwnerValue[string](w, "select data ->> $2 from station_settings where station_id = $1 and kind = 'CERTIFICATE'", st.ID, field))
	}
	hash.HashAlgorithm, hash.SerialNumber = "SHA256", "0ABC" // as other stations write it
	text := fmt.Sprintf(`{"hashAlgorithm":"SHA256","issuerNameHash":%q,"issuerKeyHash":%q,"serialNumber":"0ABC"}`, hash.IssuerNameHash, hash.IssuerKeyHash)
	if got := give(listed(text), list); !strings.HasPrefix(got, "ACCEPTED") || !strings.Contains(got, `"use": "CSMS_ROOT"`) || trusted(w, st) != known {
		t.Errorf("the list ended %s; kept: %s", got, trusted(w, st))
	}
	remove := func(h charging.CertificateHash, force bool) func() (*ent.Command, error) {
		return func() (*ent.Command, error) { return w.Charging.DeleteCertificate(ctx, st.ID, h, force, 10) }
	}
	other := hash
	other.SerialNumber = "1"
	// What strands the station takes two people, force or not.
	if _, err := remove(hash, true)(); fault.Of(err) == nil || fault.Of(err).Code != fault.Conflict || !strings.Contains(err.Error(), "needs a second person") {
		t.Errorf("forcing the deletion of the last root was answered %v", err)
	}
	for what, h := range map[string]charging.CertificateHash{"the only root known": hash, "It isn't known": other} {
		if _, err := remove(h, false)(); fault.Of(err) == nil || fault.Of(err).Code != fault.Conflict || !strings.Contains(err.Error(), what) {
			t.Errorf("deleting without force was answered %v, want one that says %q", err, what)
		}
	}
	spare(w, st)
	if got := give([]string{`{"status":"Failed"}`}, remove(hash, false)); !strings.Contains(got, "its own connection") || trusted(w, st) != known {
		t.Errorf("a deletion that failed ended %s; kept: %s", got, trusted(w, st))
	}
	if got := give([]string{`{"status":"Accepted"}`}, remove(hash, false)); got != "ACCEPTED" || trusted(w, st) != "" {
		t.Errorf("a deletion ended %s; kept: %s", got, trusted(w, st))
	}
	w.Owner("delete from station_settings where station_id = $1 and key = 'spare'", st.ID)
	if got := give([]string{`{"status":"Accepted"}`}, remove(other, true)); got != "ACCEPTED" {
		t.Errorf("forcing the deletion of what nobody knows ended %s", got)
	}
	give([]string{`{"status":"Accepted"}`}, install)
	if got := give(listed(""), list); !strings.HasPrefix(got, "ACCEPTED") || trusted(w, st) != "" {
		t.Errorf("an empty list ended %s; kept: %s", got, trusted(w, st))
	}
}

// A root is looked at before a station is asked to trust it.
func TestCertificates_AreChecked(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Onboarded(w.A, st)
	ctx := w.A.As(tenancy.Admin)
	good := authority(t, "Root", time.Hour)
	w.Owner(`insert into station_variables (id, tenant_id, network_id, station_id, component, variable, value, reported_at)
		values (gen_random_uuid(), $1, $2, $3, '', 'CertificateStoreMaxLength', '1', now())`, w.A.ID, w.A.Main, st.ID)
	w.Owner(`insert into station_settings (id, tenant_id, network_id, station_id, kind, key, component, data, reported_at)
		values (gen_random_uuid(), $1, $2, $3, 'CERTIFICATE', 'x', 'CSMS_ROOT', '{}', now())`, w.A.ID, w.A.Main, st.ID)
	for _, c := range []struct{ use, pem, says string }{
		{"CSMS_ROOT", "no certificate", "as PEM"},
		{"CSMS_ROOT", good + good, "more than one"},
		{"CSMS_ROOT", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "can't be read"},
		{"CSMS_ROOT", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "replace the key"},
		{"CSMS_ROOT", authority(t, "Root", -time.Hour), "expired"},
		{"CSMS_ROOT", certificate(t, "A station", time.Hour, false), "isn't a certificate authority"},
		{"V2G_CHAIN", good, "Only roots"},
		{"V2G_ROOT", good, "room for 1"},
	} {
		if _, err := w.Charging.InstallCertificate(ctx, st.ID, c.use, c.pem, 0); fault.Of(err) == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s was answered %v, want one that says %q", c.use, err, c.says)
		}
	}
	w.Owner("delete from station_variables")
	if _, err := w.Charging.InstallCertificate(ctx, st.ID, "V2G_ROOT", good, 0); fault.Of(err) == nil || !strings.Contains(err.Error(), "OCPP 1.6 has no certificates") {
		t.Errorf("a use that the version doesn't have was answered %v", err)
	}
}
