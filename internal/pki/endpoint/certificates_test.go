package endpoint

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
)

// pairIn writes a server's certificate into a directory.
func pairIn(t *testing.T, dir, name string, a signed, key crypto.Signer, at time.Time, life time.Duration) Pair {
	t.Helper()
	certificate, private := a.server(key, at, life)
	p := Pair{filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")}
	write(t, p.Certificate, certificate)
	write(t, p.Key, private)
	return p
}

// Changed files are shown to the next station, connections that are open stay, and a broken file changes nothing.
func TestChangedFilesAreShownAndConnectionsStay(t *testing.T) {
	t.Parallel()
	dir, first, second := t.TempDir(), newSigned(t, "first root"), newSigned(t, "second root")
	roots := filepath.Join(dir, "roots.pem")
	write(t, roots, pki.WritePEM(first.Certificate, second.Certificate))
	pair := pairIn(t, dir, "server", first, elliptical(t), time.Now(), time.Hour)
	w := start(t, Config{Files: []Pair{pair, pairIn(t, dir, "classic", first, classic(t), time.Now(), time.Hour)}, RootsFile: roots, Poll: time.Hour}, false)
	open := dial(t, w)
	if got := open.ConnectionState().PeerCertificates[0].Issuer.CommonName; got != "first root" {
		t.Fatalf("shown is a certificate of %s", got)
	}
	write(t, pair.Certificate, "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
	w.Reload()
	if got := dial(t, w).ConnectionState().PeerCertificates[0].Issuer.CommonName; got != "first root" || !strings.Contains(w.log.String(), "so the one before stays") {
		t.Errorf("after a broken file, shown is a certificate of %s; the log says %s", got, w.log)
	}
	pairIn(t, dir, "server", second, elliptical(t), time.Now(), time.Hour)
	w.Reload()
	if got := dial(t, w).ConnectionState().PeerCertificates[0].Issuer.CommonName; got != "second root" {
		t.Errorf("after the change, shown is a certificate of %s", got)
	}
	if got := page(t, open); !strings.Contains(got, "hello") {
		t.Errorf("the connection from before was answered %q", got)
	}
	i := w.Info()
	if i.Source != SourceFiles || len(i.Roots) != 2 || len(i.Certificates) != 2 || i.Certificates[0].Issuer != "second root" || i.Certificates[1].KeyType != "RSA 2048" {
		t.Errorf("it says of itself %+v", i)
	}
}

func dial(t *testing.T, w *world) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", w.address, w.client())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Files are looked at by themselves, too.
func TestFilesAreLookedAtByThemselves(t *testing.T) {
	t.Parallel()
	dir, first, second := t.TempDir(), newSigned(t, "first root"), newSigned(t, "second root")
	w := start(t, Config{Files: []Pair{pairIn(t, dir, "server", first, elliptical(t), time.Now(), time.Hour)}, Poll: 5 * time.Millisecond}, false)
	pairIn(t, dir, "server", second, elliptical(t), time.Now(), time.Hour)
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for w.Info().Certificates[0].Issuer != "second root" {
		select {
		case <-deadline:
			t.Fatal("the change was never seen")
		case <-tick.C:
		}
	}
}

// What is wrong with files is said at the start.
func TestFilesThatAreWrongAreSaidAtTheStart(t *testing.T) {
	t.Parallel()
	dir, root := t.TempDir(), newSigned(t, "root")
	expired := pairIn(t, dir, "expired", root, elliptical(t), time.Now().Add(-48*time.Hour), time.Hour)
	w := start(t, Config{Files: []Pair{expired}}, false)
	if !strings.Contains(w.log.String(), "the server's certificate has expired") {
		t.Errorf("of an expired certificate, the log says %q", w.log)
	}
	good := pairIn(t, dir, "good", root, elliptical(t), time.Now(), time.Hour)
	write(t, filepath.Join(dir, "empty.pem"), "")
	for name, c := range map[string]struct {
		config Config
		says   string
	}{
		"no such file":  {Config{Files: []Pair{{filepath.Join(dir, "none"), good.Key}}}, "no such file"},
		"other key":     {Config{Files: []Pair{{good.Certificate, expired.Key}}}, "private key does not match"},
		"no roots":      {Config{Files: []Pair{good}, RootsFile: filepath.Join(dir, "none")}, "no such file"},
		"empty roots":   {Config{Files: []Pair{good}, RootsFile: filepath.Join(dir, "empty.pem")}, "it is empty"},
		"a key as root": {Config{Files: []Pair{good}, RootsFile: good.Key}, "private key"},
	} {
		if e, err := New(c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
			if e != nil {
				e.Close()
			}
		}
	}
}

// A station is shown what it can check: RSA where it knows nothing else.
func TestCertificateFitsTheStation(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	for suite, want := range map[uint16]x509.PublicKeyAlgorithm{tls.TLS_RSA_WITH_AES_128_GCM_SHA256: x509.RSA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: x509.ECDSA, 0: x509.ECDSA} {
		for _, host := range []string{"localhost", "charging.elsewhere.example", ""} {
			config := w.client()
			config.ServerName, config.InsecureSkipVerify = host, true // the choice is looked at, not the name
			if suite != 0 {
				config.MaxVersion, config.CipherSuites = tls.VersionTLS12, []uint16{suite}
			}
			c, err := tls.Dial("tcp", w.address, config)
			if err != nil {
				t.Errorf("%x for %q: %v", suite, host, err)
				continue
			}
			if got := c.ConnectionState().PeerCertificates[0].PublicKeyAlgorithm; got != want {
				t.Errorf("%x for %q: shown is %v", suite, host, got)
			}
			_ = c.Close()
		}
	}
}

// The development authority is the same after a restart, its file is its owner's alone, and its root can be downloaded.
func TestDevelopmentAuthoritySurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := start(t, Config{Directory: dir}, false)
	after := start(t, Config{Directory: dir}, false)
	if !bytes.Equal(before.Roots()[0].Raw, after.Roots()[0].Raw) {
		t.Error("the root is another one")
	}
	c, err := tls.Dial("tcp", after.address, before.client())
	if err != nil {
		t.Fatalf("with the root from before: %v", err)
	}
	_ = c.Close()
	path := filepath.Join(dir, "tls", "development-root.pem")
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", s.Mode(), err)
	}
	r := httptest.NewRecorder()
	after.RootHandler().ServeHTTP(r, httptest.NewRequest("GET", "/tls/root.pem", nil))
	if list, err := pki.ReadPEM(r.Body.String()); err != nil || len(list) != 1 || !list[0].Equal(before.Roots()[0]) {
		t.Errorf("downloaded was %s, %v", r.Body, err)
	}
	write(t, path, "nothing")
	if e, err := New(Config{Directory: dir}); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("a damaged file: %v", err)
		if e != nil {
			e.Close()
		}
	}
}

// Certificates of the development authority are made anew once two thirds of their life are over.
func TestDevelopmentCertificatesAreRenewed(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }
	w := start(t, Config{Now: now, Poll: time.Hour}, false)
	first := w.Info().Certificates[0].NotAfter
	passed.Store(int64(developmentLife * 6 / 10))
	w.Reload()
	if got := w.Info().Certificates[0].NotAfter; !got.Equal(first) {
		t.Error("it was renewed too early")
	}
	passed.Store(int64(developmentLife * 7 / 10))
	w.Reload()
	if got := w.Info().Certificates[0].NotAfter; !got.After(first) {
		t.Error("it wasn't renewed")
	}
	config := w.client()
	config.Time = now
	c, err := tls.Dial("tcp", w.address, config)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}
