package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
)

// shown is a certificate with its key in files, as OpenSSL takes it.
type shown struct{ certificate, key string }

// issue has a maker sign a station's certificate.
func issue(t *testing.T, dir string, maker *pki.Authority, name string, at time.Time) shown {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
	if err != nil {
		t.Fatal(err)
	}
	request, err := pki.ReadRequest(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	c, err := maker.Sign(request, pki.Profile{Organization: "Maker", CommonName: name, Lifetime: 24 * time.Hour}, at)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s := shown{filepath.Join(dir, pki.SerialNumber(c)+".pem"), filepath.Join(dir, pki.SerialNumber(c)+".key")}
	for file, text := range map[string]string{s.certificate: pki.WritePEM(c), s.key: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// A client that we didn't write presents right and wrong certificates: what is the station's own and counts lets it in, and everything else
// is refused with its cause; security cases 12 to 15.
func TestSec012To015_IndependentClientWithCertificatesOfEveryKind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveWith(t, dir, []string{"BUSBAR_TLS_LISTEN=127.0.0.1:0"})
	key, other := newTenant(t, dir, "alpha"), newTenant(t, dir, "beta")
	address, _, text := p.withTLS()
	root := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(root, text, 0o600); err != nil {
		t.Fatal(err)
	}
	makers := map[string]*pki.Authority{}
	for tenant, key := range map[string]string{"alpha": key, "beta": other} {
		maker, err := pki.NewRoot("Maker of "+tenant, "Maker", time.Now().AddDate(-1, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		makers[tenant] = maker
		query[any](p, key, `mutation($pem: String!) { trustManufacturer(input: {name: "Maker", pem: $pem}) { certificateAuthority { id } } }`, map[string]any{"pem": pki.WritePEM(maker.Certificate)})
	}
	for _, i := range []string{"CP1", "CP2"} {
		query[any](p, key, `mutation($i: String!) { addStation(input: {identity: $i, securityProfile: 3, serialNumber: $i}) { station { id } } }`, map[string]any{"i": i})
	}
	own := issue(t, dir, makers["alpha"], "CP1", time.Now())
	knock := func(path string, c *shown, more ...string) string {
		t.Helper()
		args := append([]string{"s_client", "-connect", address, "-CAfile", root, "-verify_return_error", "-quiet"}, more...)
		if c != nil {
			args = append(args, "-cert", c.certificate, "-key", c.key)
		}
		return status(t, args, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	}
	cause := func() string {
		edges := query[struct {
			ConnectionAttempts struct {
				Edges []struct{ Node struct{ Cause string } }
			}
		}](p, key, `{ connectionAttempts(first: 1, orderBy: {field: LAST_AT, direction: DESC}, where: {outcome: REFUSED}) { edges { node { cause } } } }`, nil).ConnectionAttempts.Edges
		if len(edges) == 0 {
			return "nothing"
		}
		return edges[0].Node.Cause
	}
	others, expired := issue(t, dir, makers["beta"], "CP1", time.Now()), issue(t, dir, makers["alpha"], "CP1", time.Now().AddDate(0, 0, -3))
	for _, c := range []struct {
		what, path  string
		certificate *shown
		cause       string
	}{
		{"none", "/ocpp/alpha/CP1", nil, "NO_CERTIFICATE"},
		{"another tenant's maker's", "/ocpp/alpha/CP1", &others, "UNKNOWN_CA"},
		{"an expired one", "/ocpp/alpha/CP1", &expired, "EXPIRED_CERTIFICATE"},
		{"another station's", "/ocpp/alpha/CP2", &own, "WRONG_CERTIFICATE"},
	} {
		if got := knock(c.path, c.certificate); got != "401" {
			t.Errorf("%s was answered %s", c.what, got)
		}
		if got := cause(); got != c.cause {
			t.Errorf("%s was refused for %s, want %s", c.what, got, c.cause)
		}
	}
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		if got := knock("/ocpp/alpha/CP1", &own, version); got != "101" {
			t.Errorf("its own certificate over %s was answered %s, refused for %s", version, got, cause())
		}
	}
	id := ""
	eventually(t, "the certificate is known", func() bool {
		edges := query[struct {
			StationCertificates struct {
				Edges []struct{ Node struct{ ID string } }
			}
		}](p, key, `{ stationCertificates { edges { node { id } } } }`, nil).StationCertificates.Edges
		if len(edges) == 1 {
			id = edges[0].Node.ID
		}
		return id != ""
	})
	query[any](p, key, `mutation($id: ID!) { revokeStationCertificate(input: {certificateId: $id, reason: KEY_COMPROMISE}) { stationCertificate { id } } }`, map[string]any{"id": id})
	if got := knock("/ocpp/alpha/CP1", &own); got != "401" || cause() != "REVOKED_CERTIFICATE" {
		t.Errorf("revoked it was answered %s, for %s", got, cause())
	}
}

// status sends a request by OpenSSL, and gives the status of the answer; the connection ends with that.
func status(t *testing.T, args []string, request string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("openssl is needed: %v", err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()
	if _, err := io.WriteString(stdin, request); err != nil {
		return "nothing: " + problems.String()
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[0], "HTTP/") {
		return fields[1]
	}
	cancel()
	_ = cmd.Wait()
	return fmt.Sprintf("%q, %v: %s", line, err, problems.String())
}
