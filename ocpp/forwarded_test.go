package ocpp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/ocpp"
	"github.com/busbar-ev/busbar/tenancy"
)

// A certificate that a proxy passes on counts in the header that the proxy is said to set, from a proxy that is trusted, for a connection
// that it says is encrypted. Whatever else comes is ignored.
func TestSec020_ForwardedCertificatesCountFromProxiesAlone(t *testing.T) {
	t.Parallel()
	maker, err := pki.NewRoot("Maker", "Maker", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := pki.ReadRequest(csr(t, "CP1", key))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := maker.Sign(request, pki.Profile{Organization: "Maker", CommonName: "CP1", Lifetime: time.Hour}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	inBase64 := func(c *x509.Certificate) string { return ":" + base64.StdEncoding.EncodeToString(c.Raw) + ":" }
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	standard := http.Header{"X-Forwarded-Proto": {"https"}, ocpp.ClientCert: {inBase64(leaf)}, "Client-Cert-Chain": {inBase64(maker.Certificate) + ", "}}
	nginx := http.Header{"X-Forwarded-Proto": {"https"}, http.CanonicalHeaderKey(ocpp.SSLClientCert): {url.PathEscape(pki.WritePEM(leaf))}}
	without := func(h http.Header, name string) http.Header { h = h.Clone(); h.Del(name); return h }
	with := func(h http.Header, name, value string) http.Header { h = h.Clone(); h.Add(name, value); return h }
	for name, c := range map[string]struct {
		config ocpp.Config
		header http.Header
		let    bool
	}{
		"RFC 9440":              {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.ClientCert}, standard, true},
		"nginx":                 {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.SSLClientCert}, nginx, true},
		"a stranger":            {ocpp.Config{ClientCertificateHeader: ocpp.ClientCert}, standard, false},
		"no header is named":    {ocpp.Config{TrustedProxies: proxies}, standard, false},
		"another one is named":  {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.SSLClientCert}, standard, false},
		"without TLS":           {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.ClientCert}, without(standard, "X-Forwarded-Proto"), false},
		"two of them":           {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.ClientCert}, with(standard, ocpp.ClientCert, inBase64(leaf)), false},
		"what can't be read":    {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.ClientCert}, with(without(standard, ocpp.ClientCert), ocpp.ClientCert, ":AAAA:"), false},
		"a chain without sense": {ocpp.Config{TrustedProxies: proxies, ClientCertificateHeader: ocpp.ClientCert}, with(standard, "Client-Cert-Chain", "nonsense"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := worldtest.New(t, worldtest.WithOCPP(c.config))
			if _, err := w.Authorities.AddManufacturer(w.A.As(tenancy.Owner), "Maker", pki.WritePEM(maker.Certificate)); err != nil {
				t.Fatal(err)
			}
			st := w.AddStation(w.A, w.A.Main, "CP1", 1)
			w.Owner("update stations set expected_serial = 'CP1' where id = $1", st.ID)
			s, status, err := w.DialWith("/ocpp/alpha/CP1", c.header, "ocpp1.6")
			if !c.let {
				if err == nil || status != http.StatusUnauthorized {
					t.Errorf("it was answered %d", status)
				}
				return
			}
			if err != nil {
				t.Fatalf("it was answered %d: %s", status, worldtest.OwnerValue[string](w, "select string_agg(cause || ': ' || explanation, ' ') from connection_attempts"))
			}
			worldtest.Do[map[string]any](s, "Heartbeat", struct{}{}) // by now the connection is recorded
			if got := worldtest.OwnerValue[int](w, "select connection_profile from stations where id = $1", st.ID); got != 3 {
				t.Errorf("it counts as security profile %d", got)
			}
		})
	}
}

// A station that must show its certificate and comes through a proxy that passes none on is refused with the settings to look at.
func TestNoCertificateBehindAProxy_SaysWhatToSet(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t, worldtest.WithOCPP(ocpp.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}))
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("update stations set security_profile = 3 where id = $1", st.ID)
	if _, status, err := w.DialWith("/ocpp/alpha/CP1", http.Header{"X-Forwarded-Proto": {"https"}}, "ocpp1.6"); err == nil || status != http.StatusUnauthorized {
		t.Errorf("it was answered %d, %v", status, err)
	}
	got := refusedFor(w)
	for _, name := range []string{"NO_CERTIFICATE", "BUSBAR_CLIENT_CERT_HEADER", ocpp.ClientCert, ocpp.SSLClientCert} {
		if !strings.Contains(got, name) {
			t.Errorf("it was refused for %s, which doesn't name %s", got, name)
		}
	}
}
