package ocpp_test

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
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

// signer is somebody who signs certificates: a root, and one below it.
type signer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	text        string
}

func newSigner(t *testing.T, name string, above *signer) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &signer{key: key}
	s.certificate, s.text = s.issue(t, name, key.Public(), time.Hour, true, above)
	return s
}

// issue signs a certificate, with above or, where that is nil, with its own key.
func (s *signer) issue(t *testing.T, name string, key crypto.PublicKey, valid time.Duration, ca bool, above *signer) (*x509.Certificate, string) {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(0x77), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(valid),
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ca {
		c.KeyUsage |= x509.KeyUsageCertSign
	}
	parent, with := c, s.key
	if above != nil {
		parent, with = above.certificate, above.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, with)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// csr is what a station asks to have signed.
func csr(t *testing.T, name string, key crypto.Signer, extensions ...pkix.Extension) string {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Demo"}}, ExtraExtensions: extensions,
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// A station asks to have its certificate signed because it was asked to, somebody signs it, and it is delivered; in every version.
// What no station should be given is refused: security cases 48 and 49.
func TestSec048And049_FromTheRequestToTheCertificate(t *testing.T) {
	bothOf2(t, func(t *testing.T, version string) {
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		getsSigned(t, w, st, onboarded2(t, w, st, version), version)
	})
	t.Run("1.6", func(t *testing.T) {
		t.Parallel()
		w := worldtest.New(t)
		st := w.AddStation(w.A, w.A.Main, "CP1", 1)
		getsSigned(t, w, st, w.Onboarded(w.A, st), "1.6")
	})
}

func getsSigned(t *testing.T, w *worldtest.World, st *ent.Station, s *worldtest.Station, version string) {
	t.Helper()
	ctx := w.A.As(tenancy.Admin)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	serial := cmp.Or(worldtest.OwnerValue[string](w, "select serial_number from stations where id = $1", st.ID), st.Identity)
	good := csr(t, serial, key)
	asks := func(csr string) string {
		request := map[string]any{"csr": csr}
		if version == "2.1" {
			request["requestId"] = 42
		}
		return worldtest.Do[struct{ Status string }](s, "SignCertificate", request).Status
	}
	state := func() string {
		return worldtest.OwnerValue[string](w, `select coalesce(string_agg(key || ' ' || (data->>'status') || ' ' || summary, '; '), '') from station_settings
			where station_id = $1 and kind = 'SIGNING_REQUEST'`, st.ID)
	}
	deliver := func(ctx context.Context, chain string) error {
		_, err := w.Charging.DeliverCertificate(ctx, st.ID, "CHARGING_STATION", chain, 10)
		return err
	}
	root := newSigner(t, "Root", nil)
	below := newSigner(t, "Below", root)
	_, leaf := root.issue(t, "SN1", key.Public(), time.Hour, false, below)
	if got := asks(good); got != "Rejected" || state() != "" {
		t.Errorf("a request that nobody asked for was answered %s and kept as %q", got, state())
	}
	if err := deliver(ctx, leaf); fault.Of(err) == nil || fault.Of(err).Code != fault.Conflict {
		t.Errorf("delivering what nobody asked for was answered %v", err)
	}
	given(t, s, func() (*ent.Command, error) {
		return w.Charging.Order(ctx, st.ID, charging.TriggerOrder{Message: "SIGN_CHARGING_STATION_CERTIFICATE"}, 10)
	}, `{"status":"Accepted"}`)
	for what, text := range map[string]string{
		"nonsense": "x", "nobody's": csr(t, "", key), "a certificate": leaf, "a weak key": csr(t, serial, weak), "another station's": csr(t, "SN-OF-ANOTHER", key),
		"an authority's": csr(t, serial, key, pkix.Extension{Id: []int{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}}),
		"a long one":     good + strings.Repeat("\n", 5500),
	} {
		if got := asks(text); got != "Rejected" || state() != "" {
			t.Errorf("%s was answered %s and kept as %q", what, got, state())
		}
	}
	if got := asks(good); got != "Accepted" || state() != "CHARGING_STATION WAITING CN="+serial+",O=Demo, ECDSA P-256, waits to be signed" {
		t.Errorf("the request was answered %s and kept as %q", got, state())
	}

	_, others := root.issue(t, "SN1", weak.Public(), time.Hour, false, below)
	_, expired := root.issue(t, "SN1", key.Public(), -time.Hour, false, below)
	for what, chain := range map[string]string{
		"nothing": "", "nonsense": "x", "another key's": others, "an expired one": expired, "a chain with a gap": leaf + root.text,
		"a private key": leaf + "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n", "a long chain": leaf + strings.Repeat(below.text, 20),
	} {
		if err := deliver(ctx, chain); fault.Of(err) == nil || fault.Of(err).Field != "chain" {
			t.Errorf("%s was answered %v", what, err)
		}
	}
	for who, c := range map[string]struct {
		as   context.Context
		code fault.Code
	}{
		"another tenant": {w.B.As(tenancy.Owner), fault.NotFound}, "another network": {w.A.In(w.A.Sub, tenancy.Owner), fault.NotFound}, "a viewer": {w.A.As(tenancy.Reader), fault.Forbidden},
	} {
		if err := deliver(c.as, leaf); fault.Of(err) == nil || fault.Of(err).Code != c.code {
			t.Errorf("%s was answered %v", who, err)
		}
	}
	give := func(answer string) (*ent.Command, string) {
		c, calls := given(t, s, func() (*ent.Command, error) {
			return w.Charging.DeliverCertificate(ctx, st.ID, "CHARGING_STATION", leaf+below.text, 10)
		}, answer)
		var sent struct {
			CertificateChain, CertificateType string
			RequestID                         int
		}
		if err := json.Unmarshal(calls[0].Payload, &sent); err != nil || calls[0].Action != "CertificateSigned" || sent.CertificateChain != leaf+below.text {
			t.Errorf("what was delivered is %s %s, %v", calls[0].Action, calls[0].Payload, err)
		}
		want := map[string]string{"1.6": " 0", "2.0.1": "ChargingStationCertificate 0", "2.1": "ChargingStationCertificate 42"}[version]
		if got := fmt.Sprint(sent.CertificateType, " ", sent.RequestID); got != want {
			t.Errorf("it is delivered as %q, want %q", got, want)
		}
		return c, state()
	}
	if c, state := give(`{"status":"Rejected"}`); c.Status != "REJECTED" || c.Error == nil || !strings.Contains(*c.Error, "signed certificate") || state != "CHARGING_STATION REFUSED SN1, refused by the station" {
		t.Errorf("a refusal ended %s and is kept as %q", outcomeOf(c), state)
	}
	if c, state := give(`{"status":"Accepted"}`); c.Status != "ACCEPTED" || !strings.HasPrefix(state, "CHARGING_STATION DELIVERED SN1, signed by Below, until ") {
		t.Errorf("the delivery ended %s and is kept as %q", outcomeOf(c), state)
	}
	if got := asks(good); got != "Rejected" || !strings.HasPrefix(state(), "CHARGING_STATION DELIVERED") {
		t.Errorf("the request that was signed was answered %s the second time, and is kept as %q", got, state())
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from audit_events where action = 'station.certificate'"); n != 2 {
		t.Errorf("%d events tell of deliveries, want 2", n)
	}
}
