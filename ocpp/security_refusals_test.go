package ocpp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// Whatever a station answers that is asked which certificates it has: nothing is made of it but what it says. What it was known to have is forgotten
// only where it says that it hasn't.
func TestInstalledCertificates_WhateverTheStationAnswers(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		r := newRig(t, worldtest.WithOCPP(ocpp.Config{SettleDelay: time.Millisecond, BootPatience: 300 * time.Millisecond, CallTimeout: 500 * time.Millisecond}))
		for i, c := range []struct {
			what, says string
			// status is how the command ends, and change how the change of the root ends, of which why is told.
			status, change, why string
			known               int
		}{
			{"none", `[3,%s,{"status":"NotFound"}]`, "ACCEPTED", "FAILED", "doesn't list it", 0},
			{"accepted, and none", `[3,%s,{"status":"Accepted"}]`, "ACCEPTED", "FAILED", "doesn't list it", 0},
			{"a refusal", `[3,%s,{"status":"Rejected"}]`, "REJECTED", "FAILED", "Rejected", 1},
			{"no status", `[3,%s,{}]`, "FAILED", "FAILED", "can't be understood", 1},
			{"that it can't", `[4,%s,"NotSupported","",{}]`, "FAILED", "FAILED", "NotSupported", 1},
			{"an error", `[4,%s,"InternalError","no memory",{}]`, "FAILED", "FAILED", "no memory", 1},
			{"nothing", "", "TIMEOUT", "RUNNING", "", 1},
		} {
			s := r.station(fmt.Sprint("CP", i), version)
			s.mu.Lock()
			s.says["GetInstalledCertificateIds"] = c.says
			s.mu.Unlock()
			spare(r.World, &ent.Station{ID: s.id})
			command, err := r.Charging.InstalledCertificates(r.A.As(tenancy.Admin), s.id, []string{"CSMS_ROOT"}, 10)
			if err != nil || string(command.Status) != c.status {
				t.Errorf("%s: it ended %s, %v", c.what, outcomeOf(command), err)
			}
			if n := peek[int](r, "select count(*) from station_settings where station_id = $1 and kind = 'CERTIFICATE'", s.id); n != c.known {
				t.Errorf("%s: the station is known to have %d certificates, want %d", c.what, n, c.known)
			}
			s.reconnects() // one that was silent is called anew
			u, err := r.Charging.InstallRoot(r.A.As(tenancy.Owner), []uuid.UUID{s.id}, uuid.Nil)
			if err != nil || len(u.Operations) != 1 {
				t.Fatal(u, err)
			}
			if c.change != "RUNNING" {
				if status, why := r.ends(u.Operations[0].ID, s.id); status != c.change || !strings.Contains(why, c.why) {
					t.Errorf("%s: the change ended %s: %s", c.what, status, why)
				}
				s.stop()
				continue
			}
			// Silence is waited for, until the whole takes too long, or the station speaks.
			for range 3 {
				r.work(context.Background(), r.peer.Charging, u.Operations[0].ID, s.id)
				r.pass(time.Minute)
			}
			if got := r.statusOf(u.Operations[0]); got != "RUNNING" {
				t.Errorf("%s: the change is %s", c.what, got)
			}
			s.mu.Lock()
			delete(s.says, "GetInstalledCertificateIds")
			s.mu.Unlock()
			s.reconnects()
			if status, why := r.ends(u.Operations[0].ID, s.id); status != "COMPLETED" {
				t.Errorf("%s: once the station answers it ended %s: %s", c.what, status, why)
			}
			s.stop()
		}
	})
}

// Requests that mustn't be signed are refused by the handler of each version, and nothing is signed; what a request says of its owner's name and of
// uses is left out of what is signed: security case 48.
func TestSec048_WhatARequestMayNotAskFor(t *testing.T) {
	inEachVersion(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		if err := w.Authorities.Create(w.A.As(tenancy.Owner), "The operator"); err != nil {
			t.Fatal(err)
		}
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		var s *worldtest.Station
		if version == "1.6" {
			s = w.Onboarded(w.A, st)
		} else {
			s = onboarded2(t, w, st, version)
		}
		name := worldtest.OwnerValue[string](w, "select coalesce(nullif(serial_number, ''), identity) from stations where id = $1", st.ID)
		ctx := tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
		key, other := newECKey(t, elliptic.P256()), newECKey(t, elliptic.P256())
		weak, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			t.Fatal(err)
		}
		signed := func() int {
			t.Helper()
			if err := w.Charging.SignRequest(ctx, st.ID, "CHARGING_STATION"); err != nil {
				t.Fatal(err)
			}
			return worldtest.OwnerValue[int](w, "select count(*) from station_certificates")
		}
		asks := func(csr string) string {
			request := map[string]any{"csr": csr}
			if version == "2.1" {
				request["requestId"] = 1
			}
			return worldtest.Do[struct{ Status string }](s, "SignCertificate", request).Status
		}
		changed := func(at func(der []byte) int) string {
			block, _ := pem.Decode([]byte(csr(t, name, key)))
			block.Bytes[at(block.Bytes)] ^= 1
			return string(pem.EncodeToMemory(block))
		}
		for what, text := range map[string]string{
			"another station's name": csr(t, "CP2", key), "no name": csr(t, "", key), "a name that begins like it": csr(t, name+"1", key), "a wildcard": csr(t, "*", key),
			"a weak key": csr(t, name, weak), "a signature that was changed": changed(func(der []byte) int { return len(der) - 1 }),
			"a key that was put in":    swapped(t, name, key, other),
			"an authority's":           csr(t, name, key, pkix.Extension{Id: []int{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}}),
			"an authority's, unclear":  csr(t, name, key, pkix.Extension{Id: []int{2, 5, 29, 19}, Value: []byte{0x30, 0x80}}),
			"more than OCPP has":       csr(t, name, key) + strings.Repeat("\n", 5500),
			"a certificate":            certificate(t, name, time.Hour, false),
			"a private key":            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
			"nothing that can be read": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
		} {
			if got := asks(text); got != "Rejected" || signed() != 0 {
				t.Errorf("%s was answered %s, and %d are signed", what, got, signed())
			}
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from station_events where kind = 'CERTIFICATE'"); n != 13 {
			t.Errorf("%d of 13 refusals are kept", n)
		}

		// Another operator's name, other uses, other names of the owner: none of it is ours to sign.
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
			Subject:  pkix.Name{CommonName: name, Organization: []string{"Somebody else"}, OrganizationalUnit: []string{"Root"}, Country: []string{"XX"}},
			DNSNames: []string{"busbar.example"}, ExtraExtensions: []pkix.Extension{{Id: []int{2, 5, 29, 37}, Value: []byte{0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1}}},
		}, key)
		if err != nil {
			t.Fatal(err)
		}
		asked := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
		if got := asks(asked); got != "Accepted" || signed() != 1 {
			t.Fatalf("a request with other names was answered %s, and %d are signed", got, signed())
		}
		c, err := x509.ParseCertificate(worldtest.OwnerValue[[]byte](w, "select certificate from station_certificates"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Subject.String() != "CN="+name+",O=The operator" || len(c.DNSNames) != 0 || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || c.IsCA || c.KeyUsage != x509.KeyUsageDigitalSignature {
			t.Errorf("signed is %s for %v, uses %v and %v, an authority: %v", c.Subject, c.DNSNames, c.ExtKeyUsage, c.KeyUsage, c.IsCA)
		}

		// The same request again is the same certificate while that is on its way, and nothing once it is there, also after another one.
		if got := asks(asked); got != "Accepted" || signed() != 1 {
			t.Errorf("the same request was answered %s, and %d are signed", got, signed())
		}
		w.Owner("update station_certificates set status = 'INSTALLED'")
		for what, key := range map[string]any{"RSA": mustRSA(t), "P-384": newECKey(t, elliptic.P384()), "Ed25519": ed25519.NewKeyFromSeed(make([]byte, 32))} {
			before := signed()
			der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
			if err != nil {
				t.Fatal(err)
			}
			if got := asks(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))); got != "Accepted" || signed() != before+1 {
				t.Errorf("a key of %s was answered %s", what, got)
			}
		}
		before := signed()
		if got := asks(asked); got != "Rejected" || signed() != before {
			t.Errorf("a request from before was answered %s, and %d are signed", got, signed()-before)
		}

		// A station that is no more is signed nothing, also not what it asked for just before.
		if got := asks(csr(t, name, other)); got != "Accepted" {
			t.Errorf("a new request was answered %s", got)
		}
		if err := w.Charging.RemoveStation(w.A.As(tenancy.Owner), st.ID); err != nil {
			t.Fatal(err)
		}
		if n := signed(); n != before {
			t.Errorf("for a station that was removed %d are signed", n-before)
		}
		if n := worldtest.OwnerValue[int](w, "select count(*) from station_certificates where status <> 'REVOKED'"); n != 0 {
			t.Errorf("%d certificates of a station that was removed count", n)
		}
	})
}

func newECKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// swapped is a request that was signed with one key and names another.
func swapped(t *testing.T, name string, signed, named *ecdsa.PrivateKey) string {
	t.Helper()
	block, _ := pem.Decode([]byte(csr(t, name, signed)))
	of := func(key *ecdsa.PrivateKey) string {
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		return string(der)
	}
	block.Bytes = []byte(strings.Replace(string(block.Bytes), of(signed), of(named), 1))
	return string(pem.EncodeToMemory(block))
}
