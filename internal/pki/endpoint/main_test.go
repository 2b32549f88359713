package endpoint

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/busbar-ev/busbar/internal/pki"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds everything that a test waits for.
const patience = 30 * time.Second

// world is an endpoint with a server behind it.
type world struct {
	*Endpoint
	address  string
	failures chan Failure
	log      *journal
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// start serves "hello" and who is calling over the endpoint.
func start(t testing.TB, c Config, legacy bool) *world {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOver(t, c, legacy, inner)
}

func startOver(t testing.TB, c Config, legacy bool, inner net.Listener) *world {
	t.Helper()
	w := &world{failures: make(chan Failure, 100), log: &journal{}, address: inner.Addr().String()}
	c.Logger = slog.New(slog.NewTextHandler(w.log, nil))
	if c.Directory == "" {
		c.Directory = t.TempDir()
	}
	if c.Names == nil {
		c.Names = []string{"localhost", "127.0.0.1"}
	}
	c.Failed = func(_ context.Context, _ netip.Addr, f Failure) { w.failures <- f }
	var err error
	if w.Endpoint, err = New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	l := w.Listener(inner, legacy)
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello "+r.RemoteAddr)
		if Legacy(r.Context()) {
			_, _ = io.WriteString(w, " over the legacy listener")
		}
		if len(r.TLS.PeerCertificates) > 0 {
			_, _ = io.WriteString(w, " with the certificate of "+pki.Name(r.TLS.PeerCertificates[0]))
		}
	})
	if legacy {
		handler = MarkLegacy(handler)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return w
}

// failure waits for the next failure.
func (w *world) failure(t *testing.T) Failure {
	t.Helper()
	select {
	case f := <-w.failures:
		return f
	case <-time.After(patience):
		t.Fatal("no failure was told")
		return Failure{}
	}
}

// rootFile writes the roots that a client needs.
func (w *world) rootFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "root.pem")
	write(t, path, pki.WritePEM(w.Roots()...))
	return path
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// client is a client that trusts the endpoint.
func (w *world) client(certificates ...tls.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	for _, r := range w.Roots() {
		pool.AddCert(r)
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: certificates}
}

// openssl is a client that knows nothing of Go. It asks for a page and gives all that it said.
func openssl(t *testing.T, address string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_client", "-connect", address, "-verify_return_error", "-ign_eof"}, args...)...)
	cmd.Stdin = strings.NewReader("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("openssl is needed: %v", err)
	}
	return string(out), err
}

// signed is an authority with certificates that it signed for servers and stations.
type signed struct {
	*pki.Authority
	t testing.TB
}

func newSigned(t testing.TB, name string) signed {
	t.Helper()
	a, err := pki.NewRoot(name, "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return signed{a, t}
}

// server makes the files of a server's certificate.
func (s signed) server(key crypto.Signer, at time.Time, life time.Duration) (certificate, private string) {
	s.t.Helper()
	leaf, err := s.SignServer(key.Public(), pki.NamesOf("localhost", "127.0.0.1"), life, at)
	if err != nil {
		s.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	return pki.WritePEM(leaf, s.Certificate), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// station makes a station's certificate; a server's does, because nobody judges it here.
func (s signed) station() (tls.Certificate, string, string) {
	s.t.Helper()
	certificate, key := s.server(elliptical(s.t), time.Now(), time.Hour)
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		s.t.Fatal(err)
	}
	return pair, certificate, key
}

func elliptical(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func classic(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
