package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/internal/pki"
)

// withTLS gives the address of a running server's TLS port, and the roots that it offers for download.
func (p *process) withTLS() (address string, roots *x509.CertPool, text []byte) {
	p.t.Helper()
	response, err := http.Get(p.url + "/tls/root.pem")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		p.t.Fatalf("the root to download reads %s", text)
	}
	return strings.TrimPrefix(p.stations, "wss://"), roots, text
}

// dialSecurely connects a station over TLS, and says what the server shows.
func dialSecurely(t *testing.T, url string, roots *x509.CertPool, header http.Header) (*websocket.Conn, *x509.Certificate, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	ws, response, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"ocpp1.6"}, HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return ws, response.TLS.PeerCertificates[0], nil
}

// openssl connects as a station that we didn't write, and gives what it says.
func openssl(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_client"}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("openssl is needed: %v", err)
	}
	return string(out), err
}

type attempts struct {
	ConnectionAttempts struct {
		Edges []struct {
			Node struct {
				Cause, Outcome, Explanation, Fix, TLSVersion string
			}
		}
	}
}

const listAttempts = `{ connectionAttempts(orderBy: {field: LAST_AT, direction: DESC}) { edges { node { cause outcome explanation fix tlsVersion } } } }`

// From nothing but an address the server makes an authority, whose root a station downloads and trusts. TLS 1.0 is refused and said on the
// station's page; the legacy listener takes it and says so; after a restart the root is the same.
func TestSec017_StationConnectsOverTLSAndOldVersionsAreExplained(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"BUSBAR_TLS_LISTEN=127.0.0.1:0", "BUSBAR_TLS_LEGACY_LISTEN=127.0.0.1:0"}
	p := serveWith(t, dir, env)
	key := newTenant(t, dir, "alpha")
	station := query[added](p, key, addStation, map[string]any{"i": "CP1"}).AddStation
	if want := p.stations + "/ocpp/alpha/CP1"; station.ConnectionURL != want || !strings.HasPrefix(want, "wss://") {
		t.Errorf("the connection URL is %s, want %s", station.ConnectionURL, want)
	}
	address, roots, text := p.withTLS()
	request := &http.Request{Header: http.Header{}}
	request.SetBasicAuth("CP1", station.Password)
	ws, _, err := dialSecurely(t, p.stations+"/ocpp/alpha/CP1", roots, request.Header)
	if err != nil {
		t.Fatal(err)
	}
	c := &charger{t, ws}
	c.ask("1", "Heartbeat", "{}")
	type state struct {
		Station struct{ Connection struct{ SecurityProfile int } }
	}
	profile := func() int {
		return query[state](p, key, `query($id: ID!) { station(id: $id) { connection { securityProfile } } }`, map[string]any{"id": station.Station.ID}).Station.Connection.SecurityProfile
	}
	if got := profile(); got != 2 {
		t.Errorf("over TLS with its password it has security profile %d", got)
	}

	root := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(root, text, 0o600); err != nil {
		t.Fatal(err)
	}
	hello := "GET /ocpp/alpha/CP1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: " + request.Header.Get("Authorization") + "\r\n\r\n"
	if out, err := openssl(t, hello, "-connect", address, "-tls1", "-cipher", "DEFAULT@SECLEVEL=0", "-CAfile", root); err == nil {
		t.Errorf("TLS 1.0 was taken:\n%s", out)
	}
	eventually(t, "the attempt with TLS 1.0 is kept for the station at that address", func() bool {
		for _, e := range query[attempts](p, key, listAttempts, nil).ConnectionAttempts.Edges {
			if e.Node.Cause == "TLS_VERSION" && strings.Contains(e.Node.Explanation, "at most TLS 1.0") && e.Node.Fix != "" && e.Node.TLSVersion == "TLS 1.0" {
				return true
			}
		}
		return false
	})

	legacy := p.logged(`listen=(127\.0\.0\.1:\d+)`)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	old := exec.CommandContext(ctx, "openssl", "s_client", "-connect", legacy, "-tls1", "-cipher", "AES128-SHA@SECLEVEL=0", "-CAfile", root, "-quiet", "-no_ign_eof")
	stdin, err := old.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	old.Stdout, old.Stderr = &said, &said
	if err := old.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, hello); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old station is connected with security profile 1", func() bool { return profile() == 1 })
	cancel()
	_ = old.Wait()
	if !strings.Contains(said.String(), "101 Switching Protocols") {
		t.Errorf("over TLS 1.0 the legacy listener said %s", said.String())
	}
	found := false
	for _, e := range query[attempts](p, key, listAttempts, nil).ConnectionAttempts.Edges {
		found = found || e.Node.TLSVersion == "TLS 1.0 (legacy listener)" && e.Node.Outcome == "ACCEPTED"
	}
	if !found {
		t.Errorf("no attempt says that it came over the legacy listener: %+v", query[attempts](p, key, listAttempts, nil))
	}

	// The port is for stations: neither portal nor API.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	for path, want := range map[string]int{"/": 404, "/graphql": 404, "/auth/session": 404, "/metrics": 404, "/healthz": 200, "/tls/root.pem": 200, "/pki/nobody/crl": 404} {
		response, err := client.Get("https://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s is answered %d on the stations' port", path, response.StatusCode)
		}
	}

	if _, code := p.terminate(); code != 0 {
		t.Errorf("the server ended with %d", code)
	}
	again := serveWith(t, dir, env)
	if _, _, after := again.withTLS(); !bytes.Equal(text, after) {
		t.Error("after a restart the root is another one")
	}
	if _, _, err := dialSecurely(t, again.stations+"/ocpp/alpha/CP1", roots, request.Header); err != nil {
		t.Errorf("after a restart, with the root from before: %v", err)
	}
}

// A renewed certificate is shown on SIGHUP, and the station that is connected doesn't notice.
func TestRenewedCertificateKeepsStationsConnected(t *testing.T) {
	t.Parallel()
	dir, files := t.TempDir(), t.TempDir()
	certificate, private, root := filepath.Join(files, "server.pem"), filepath.Join(files, "server.key"), filepath.Join(files, "root.pem")
	a, err := pki.NewRoot("Somebody's root", "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	renew := func() *x509.Certificate {
		leaf, err := a.SignServer(key.Public(), pki.NamesOf("127.0.0.1"), time.Hour, time.Now())
		if err == nil {
			err = os.WriteFile(certificate, []byte(pki.WritePEM(leaf)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return leaf
	}
	first := renew()
	for path, text := range map[string][]byte{private: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), root: []byte(pki.WritePEM(a.Certificate))} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := serveWith(t, dir, []string{"BUSBAR_TLS_LISTEN=127.0.0.1:0", "BUSBAR_TLS_CERT=" + certificate, "BUSBAR_TLS_KEY=" + private, "BUSBAR_TLS_ROOTS=" + root})
	station := query[added](p, newTenant(t, dir, "alpha"), addStation, map[string]any{"i": "CP1"}).AddStation
	address, roots, _ := p.withTLS()
	request := &http.Request{Header: http.Header{}}
	request.SetBasicAuth("CP1", station.Password)
	ws, shown, err := dialSecurely(t, p.stations+"/ocpp/alpha/CP1", roots, request.Header)
	if err != nil || !shown.Equal(first) {
		t.Fatalf("shown is %v, %v", shown, err)
	}
	c := &charger{t, ws}
	c.ask("1", "Heartbeat", "{}")
	second := renew()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new certificate is shown", func() bool {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: roots})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].Equal(second)
	})
	c.ask("2", "Heartbeat", "{}")
}

// What doesn't go together is said before anything starts.
func TestWrongTLSSettingsAreSaidInOneLine(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"bad address":            {"BUSBAR_TLS_LISTEN=everywhere"},
		"a certificate no key":   {"BUSBAR_TLS_LISTEN=127.0.0.1:0", "BUSBAR_TLS_CERT=a.pem"},
		"files and ACME":         {"BUSBAR_TLS_LISTEN=127.0.0.1:0", "BUSBAR_TLS_CERT=a.pem", "BUSBAR_TLS_KEY=a.key", "BUSBAR_TLS_ACME_HOSTS=x.example"},
		"legacy alone":           {"BUSBAR_TLS_LEGACY_LISTEN=127.0.0.1:0"},
		"PROXY from nobody":      {"BUSBAR_PROXY_PROTOCOL=true"},
		"header from nobody":     {"BUSBAR_CLIENT_CERT_HEADER=Client-Cert"},
		"header of no proxy":     {"BUSBAR_TRUSTED_PROXIES=10.0.0.0/8", "BUSBAR_CLIENT_CERT_HEADER=X-Whatever"},
		"station URL of a web":   {"BUSBAR_STATION_URL=https://busbar.example"},
		"ACME directory nowhere": {"BUSBAR_TLS_LISTEN=127.0.0.1:0", "BUSBAR_TLS_ACME_HOSTS=x.example", "BUSBAR_TLS_ACME_URL=acme"},
	} {
		var stdout, stderr bytes.Buffer
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		code := run(ctx, []string{"serve"}, append(env, "BUSBAR_DATA_DIR="+t.TempDir()), &stdout, &stderr)
		cancel()
		if code != 2 || strings.Count(stderr.String(), "\n") != 1 || !strings.HasPrefix(stderr.String(), "busbar: ") {
			t.Errorf("%s: exit code %d, said %q", name, code, stderr.String())
		}
	}
}
