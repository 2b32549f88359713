package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
)

// acmeServer is as much of RFC 8555 as it takes to get a certificate by tls-alpn-01. It calls the endpoint to see who owns the host, and
// believes whoever signs requests.
type acmeServer struct {
	t         *testing.T
	http      *httptest.Server
	authority signed
	// endpoint is where hosts are looked for.
	endpoint func() string

	mu     sync.Mutex
	orders []*acmeOrder
}

type acmeOrder struct {
	host        string
	proven      bool
	certificate string
}

func newACMEServer(t *testing.T) *acmeServer {
	s := &acmeServer{t: t, authority: newSigned(t, "a public authority")}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.http.Close)
	return s
}

func (s *acmeServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body struct{ Payload string }
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &body)
	payload, _ := base64.RawURLEncoding.DecodeString(body.Payload)
	what, number := r.URL.Path, 0
	if n, err := fmt.Sscanf(r.URL.Path, "/order/%d", &number); err == nil && n == 1 || strings.Count(r.URL.Path, "/") == 2 {
		parts := strings.Split(r.URL.Path, "/")
		what = "/" + parts[1]
		_, _ = fmt.Sscan(parts[2], &number)
	}
	w.Header().Set("Replay-Nonce", "nonce")
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	url := func(kind string, n int) string { return fmt.Sprintf("%s/%s/%d", s.http.URL, kind, n) }
	state := func(n int) map[string]any {
		o := s.orders[n]
		m := map[string]any{
			"status": "pending", "identifiers": []any{map[string]string{"type": "dns", "value": o.host}}, "authorizations": []string{url("authz", n)}, "finalize": url("finalize", n),
		}
		if o.proven {
			m["status"] = "ready"
		}
		if o.certificate != "" {
			m["status"], m["certificate"] = "valid", url("certificate", n)
		}
		return m
	}
	challenge := func(n int) map[string]any {
		status := "pending"
		if s.orders[n].proven {
			status = "valid"
		}
		return map[string]any{"type": "tls-alpn-01", "url": url("challenge", n), "token": fmt.Sprintf("token-%d", n), "status": status}
	}
	switch what {
	case "/directory":
		answer(200, map[string]string{"newNonce": s.http.URL + "/nonce", "newAccount": s.http.URL + "/account", "newOrder": s.http.URL + "/orders"})
	case "/nonce":
	case "/account":
		w.Header().Set("Location", s.http.URL+"/account/1")
		answer(201, map[string]string{"status": "valid"})
	case "/orders":
		var order struct{ Identifiers []struct{ Value string } }
		if json.Unmarshal(payload, &order) != nil || len(order.Identifiers) != 1 {
			answer(400, map[string]string{"type": "urn:ietf:params:acme:error:malformed"})
			return
		}
		s.orders = append(s.orders, &acmeOrder{host: order.Identifiers[0].Value})
		w.Header().Set("Location", url("order", len(s.orders)-1))
		answer(201, state(len(s.orders)-1))
	case "/order":
		answer(200, state(number))
	case "/authz":
		status := challenge(number)["status"]
		answer(200, map[string]any{"status": status, "identifier": map[string]string{"type": "dns", "value": s.orders[number].host}, "challenges": []any{challenge(number)}})
	case "/challenge":
		s.orders[number].proven = s.owns(s.orders[number].host)
		answer(200, challenge(number))
	case "/finalize":
		s.orders[number].certificate = s.sign(payload)
		w.Header().Set("Location", url("order", number))
		answer(200, state(number))
	case "/certificate":
		_, _ = io.WriteString(w, s.orders[number].certificate)
	default:
		answer(404, map[string]string{"type": "urn:ietf:params:acme:error:malformed", "detail": r.URL.Path})
	}
}

// owns calls the host as RFC 8737 has it.
func (s *acmeServer) owns(host string) bool {
	c, err := tls.Dial("tcp", s.endpoint(), &tls.Config{ServerName: host, NextProtos: []string{acmeProtocol}, InsecureSkipVerify: true}) // the certificate is the answer
	if err != nil {
		s.t.Errorf("the authority calls %s: %v", host, err)
		return false
	}
	defer func() { _ = c.Close() }()
	state := c.ConnectionState()
	return state.NegotiatedProtocol == acmeProtocol && slices.Equal(state.PeerCertificates[0].DNSNames, []string{host})
}

func (s *acmeServer) sign(payload []byte) string {
	var request struct{ CSR string }
	_ = json.Unmarshal(payload, &request)
	der, _ := base64.RawURLEncoding.DecodeString(request.CSR)
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		s.t.Errorf("the request can't be read: %v", err)
		return ""
	}
	leaf, err := s.authority.SignServer(csr.PublicKey, pki.NamesOf(csr.DNSNames...), 90*24*time.Hour, time.Now())
	if err != nil {
		s.t.Error(err)
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})) + pki.WritePEM(s.authority.Certificate)
}

// Certificates of both kinds are got from an authority that calls back on the same port, are there before the first station comes, and
// after a restart without the authority.
func TestCertificatesAreGotByACME(t *testing.T) {
	t.Parallel()
	s := newACMEServer(t)
	dir := t.TempDir()
	roots := filepath.Join(dir, "roots.pem")
	write(t, roots, pki.WritePEM(s.authority.Certificate))
	transport := &http.Transport{DisableKeepAlives: true}
	config := Config{
		ACME: ACME{Hosts: []string{"stations.busbar.example"}, URL: s.http.URL + "/directory", HTTPClient: &http.Client{Transport: transport}}, RootsFile: roots, Directory: dir, Poll: 10 * time.Millisecond,
	}
	var w *world
	started := make(chan struct{})
	s.endpoint = func() string { <-started; return w.address }
	w = start(t, config, false)
	close(started)
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for len(w.Info().Certificates) < 2 {
		select {
		case <-deadline:
			t.Fatalf("no certificates came: %s", w.log)
		case <-tick.C:
		}
	}
	if i := w.Info(); i.Source != SourceACME || i.Certificates[0].Issuer != "a public authority" {
		t.Errorf("it says of itself %+v", i)
	}
	s.http.Close()
	after := start(t, config, false)
	for suite, want := range map[uint16]x509.PublicKeyAlgorithm{tls.TLS_RSA_WITH_AES_128_GCM_SHA256: x509.RSA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: x509.ECDSA} {
		for _, host := range []string{"stations.busbar.example", ""} {
			client := after.client()
			client.ServerName, client.MaxVersion, client.CipherSuites = host, tls.VersionTLS12, []uint16{suite}
			client.InsecureSkipVerify = host == "" // a station that names nobody checks no name
			c, err := tls.Dial("tcp", after.address, client)
			if err != nil {
				t.Errorf("%v for %q: %v", want, host, err)
				continue
			}
			if got := c.ConnectionState().PeerCertificates[0].PublicKeyAlgorithm; got != want {
				t.Errorf("for %q, shown is %v, want %v", host, got, want)
			}
			_ = c.Close()
		}
	}
}
