package endpoint

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// All four suites of the OCPP security whitepaper work with openssl, which checks the certificate too.
func TestSuitesOfTheWhitepaper(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	for _, suite := range []string{"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"} {
		out, err := openssl(t, w.address, "-tls1_2", "-cipher", suite, "-CAfile", w.rootFile(t), "-verify_hostname", "localhost")
		if err != nil || !strings.Contains(out, "Cipher is "+suite) || !strings.Contains(out, "Verify return code: 0 (ok)") || !strings.Contains(out, "hello 127.0.0.1") {
			t.Errorf("%s: %v\n%s", suite, err, out)
		}
	}
	out, err := openssl(t, w.address, "-tls1_3", "-CAfile", w.rootFile(t))
	if err != nil || !strings.Contains(out, "New, TLSv1.3") || !strings.Contains(out, "hello") {
		t.Errorf("TLS 1.3: %v\n%s", err, out)
	}
}

// Weak suites are refused, and the failure says what was offered.
func TestSec017_WeakSuitesAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	for _, suite := range []string{"ECDHE-RSA-AES128-SHA", "AES128-SHA", "AES256-SHA256", "ECDHE-ECDSA-AES128-SHA256"} {
		if out, err := openssl(t, w.address, "-tls1_2", "-cipher", suite+"@SECLEVEL=0"); err == nil || !strings.Contains(out, "handshake failure") {
			t.Errorf("%s: %v\n%s", suite, err, out)
		}
		if f := w.failure(t); f.Reason != NoCommonSuite || f.Offered != tls.VersionTLS12 || len(f.Suites) == 0 {
			t.Errorf("%s: %+v", suite, f)
		}
	}
	for _, id := range slices.Concat(suites, legacySuites) {
		if name := tls.CipherSuiteName(id); strings.Contains(name, "RC4") || strings.Contains(name, "3DES") || strings.Contains(name, "CBC") && slices.Contains(suites, id) {
			t.Errorf("%s is spoken", name)
		}
	}
}

// TLS 1.0 and 1.1 are refused, and the failure names the version.
func TestSec017_OldVersionsAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	for flag, version := range map[string]uint16{"-tls1": tls.VersionTLS10, "-tls1_1": tls.VersionTLS11} {
		if out, err := openssl(t, w.address, flag, "-cipher", "DEFAULT@SECLEVEL=0"); err == nil || !strings.Contains(out, "protocol version") {
			t.Errorf("%s: %v\n%s", flag, err, out)
		}
		if f := w.failure(t); f.Reason != OldVersion || f.Offered != version {
			t.Errorf("%s: %+v", flag, f)
		}
	}
}

// The legacy listener takes TLS 1.0 with CBC, says so to the handler and in the log, and asks for no certificate.
func TestLegacyListenerTakesOldStationsAndSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, true)
	out, err := openssl(t, w.address, "-tls1", "-cipher", "AES128-SHA@SECLEVEL=0", "-CAfile", w.rootFile(t))
	if err != nil || !strings.Contains(out, "over the legacy listener") || !strings.Contains(out, "AES128-SHA") {
		t.Errorf("TLS 1.0: %v\n%s", err, out)
	}
	if !strings.Contains(w.log.String(), "legacy TLS listener is on") {
		t.Errorf("the log says %q", w.log)
	}
	pair, _, _ := newSigned(t, "some maker").station()
	c, err := tls.Dial("tcp", w.address, w.client(pair))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if got := page(t, c); strings.Contains(got, "certificate of") {
		t.Errorf("the legacy listener took a certificate: %s", got)
	}
	out, err = openssl(t, w.address, "-tls1_2", "-cipher", "NULL:@SECLEVEL=0")
	if err == nil {
		t.Errorf("a suite without encryption was taken:\n%s", out)
	}
	if f := w.failure(t); f.Reason != NoCommonSuite || !f.Legacy {
		t.Errorf("told was %+v", f)
	}
}

// Nothing is compressed: openssl is told so though it asks, and who knows nothing but compression is turned away.
func TestSec017_NothingIsCompressed(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	out, err := openssl(t, w.address, "-tls1_2", "-comp", "-CAfile", w.rootFile(t))
	if err != nil || !strings.Contains(out, "Compression: NONE") {
		t.Errorf("with -comp: %v\n%s", err, out)
	}
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(compressing(t)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 7)
	if _, err := c.Read(answer); err != nil || answer[0] != 21 {
		t.Errorf("a hello that only knows DEFLATE was answered %x, %v; want an alert", answer, err)
	}
	if f := w.failure(t); f.Reason != Broken || !strings.Contains(f.Detail, "uncompressed") {
		t.Errorf("told was %+v", f)
	}
}

// compressing is the hello of TLS 1.2 with DEFLATE as the only way.
func compressing(t *testing.T) []byte {
	t.Helper()
	mine, theirs := net.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = tls.Client(mine, &tls.Config{ServerName: "localhost", MaxVersion: tls.VersionTLS12}).Handshake()
	}()
	hello := make([]byte, 4096)
	n, err := theirs.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	<-ended
	hello = hello[:n]
	at := 5 + 4 + 2 + 32                           // record, handshake, version, random
	at += 1 + int(hello[at])                       // session
	at += 2 + int(hello[at])<<8 + int(hello[at+1]) // suites
	if hello[at] != 1 || hello[at+1] != 0 {
		t.Fatalf("the hello isn't as expected: %x", hello)
	}
	hello[at+1] = 1
	return hello
}

// Who asks to negotiate again in an open connection is cut off.
func TestSec017_RenegotiationIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	out, err := opensslAsking(t, w.address, "R\n", "-tls1_2", "-CAfile", w.rootFile(t))
	if err == nil || !strings.Contains(out, "RENEGOTIATING") || strings.Contains(out, "hello 127") {
		t.Errorf("renegotiation: %v\n%s", err, out)
	}
}

// The station's certificate arrives as it is, whoever signed it: it is judged where refusals are explained.
func TestStationsCertificateArrivesUnjudged(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	_, certificate, key := newSigned(t, "a maker that nobody knows").station()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cert.pem"), certificate)
	write(t, filepath.Join(dir, "key.pem"), key)
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		out, err := openssl(t, w.address, version, "-CAfile", w.rootFile(t), "-cert", filepath.Join(dir, "cert.pem"), "-key", filepath.Join(dir, "key.pem"))
		if err != nil || !strings.Contains(out, "with the certificate of localhost") {
			t.Errorf("%s: %v\n%s", version, err, out)
		}
	}
}
