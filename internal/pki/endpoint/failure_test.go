package endpoint

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Each way of failing is told apart from the others.
func TestFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail   func(t *testing.T, w *world)
		reason Reason
		detail string
	}{
		"the station doesn't know the root, TLS 1.2": {reason: Distrusted, detail: "unknown certificate authority", fail: func(t *testing.T, w *world) {
			strangers := newSigned(t, "another root")
			path := t.TempDir() + "/root.pem"
			certificate, _ := strangers.server(elliptical(t), time.Now(), time.Hour)
			write(t, path, certificate)
			if out, err := openssl(t, w.address, "-tls1_2", "-CAfile", path); err == nil {
				t.Errorf("openssl trusted it:\n%s", out)
			}
		}},
		"the station doesn't know the root, TLS 1.3": {reason: Distrusted, detail: "unknown certificate authority", fail: func(t *testing.T, w *world) {
			if out, err := openssl(t, w.address, "-tls1_3"); err == nil {
				t.Errorf("openssl trusted it:\n%s", out)
			}
		}},
		"plain HTTP": {reason: PlainOnTLS, fail: func(t *testing.T, w *world) {
			if answer := say(t, w.address, "GET /ocpp/a/CP1 HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(answer, "use wss://") {
				t.Errorf("it was answered %q", answer)
			}
		}},
		"a PROXY header that nobody asked for": {reason: ProxyHeader, fail: func(t *testing.T, w *world) {
			say(t, w.address, "PROXY TCP4 203.0.113.7 127.0.0.1 4000 443\r\n")
		}},
		"gibberish": {reason: Broken, fail: func(t *testing.T, w *world) { say(t, w.address, "SSH-2.0-OpenSSH_9.2\r\n") }},
		"hung up": {reason: HungUp, fail: func(t *testing.T, w *world) {
			c, err := net.Dial("tcp", w.address)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.Write([]byte{22, 3, 1, 0, 200, 1})
			_ = c.Close()
		}},
		"another protocol inside": {reason: Broken, detail: "application protocol", fail: func(t *testing.T, w *world) {
			config := w.client()
			config.NextProtos = []string{"mqtt"}
			if c, err := tls.Dial("tcp", w.address, config); err == nil {
				_ = c.Close()
				t.Error("it was let in")
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, Config{}, false)
			c.fail(t, w)
			if f := w.failure(t); f.Reason != c.reason || !strings.Contains(f.Detail, c.detail) {
				t.Errorf("told was %+v", f)
			}
		})
	}
}

// A handshake that doesn't go on is ended, and one that never began isn't worth a word.
func TestSec021_HandshakesEndInTime(t *testing.T) {
	t.Parallel()
	w := start(t, Config{HandshakeTimeout: 100 * time.Millisecond}, false)
	for _, begin := range []string{"", "\x16\x03\x01\x00"} {
		c, err := net.Dial("tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, begin)
		_ = c.SetDeadline(time.Now().Add(patience))
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("it was answered")
		}
		_ = c.Close()
	}
	if f := w.failure(t); f.Reason != TimedOut {
		t.Errorf("told was %+v", f)
	}
	if len(w.failures) > 0 {
		t.Errorf("told was also %+v", <-w.failures)
	}
}

// One handshake that hangs holds up nobody.
func TestHandshakesRunBesideEachOther(t *testing.T) {
	t.Parallel()
	w := start(t, Config{}, false)
	for range 20 {
		c, err := net.Dial("tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	c, err := tls.Dial("tcp", w.address, w.client())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if got := page(t, c); !strings.Contains(got, "hello") {
		t.Errorf("it was answered %q", got)
	}
}

// TLS on the port that takes none is told, and HTTP there isn't.
func TestTLSOnThePlainPortIsTold(t *testing.T) {
	t.Parallel()
	told := make(chan Failure, 1)
	l := plainly(t, told)
	say(t, l, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if c, err := tls.Dial("tcp", l, &tls.Config{ServerName: "localhost"}); err == nil {
		_ = c.Close()
		t.Error("it speaks TLS")
	}
	if f := <-told; f.Reason != TLSOnPlain || len(told) > 0 {
		t.Errorf("told was %+v and %d more", f, len(told))
	}
}

// A PROXY header counts from a trusted address alone; from anybody else it ends the connection.
func TestSec020_ProxyHeadersCountFromTrustedProxiesAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted string
		taken   bool
	}{"a proxy": {"127.0.0.0/8", true}, "a stranger": {"192.0.2.0/24", false}} {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		w := startOver(t, Config{}, false, Proxied(inner, []netip.Prefix{netip.MustParsePrefix(c.trusted)}))
		conn, err := net.Dial("tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "PROXY TCP4 203.0.113.7 127.0.0.1 4000 443\r\n")
		client := tls.Client(conn, w.client())
		err = client.Handshake()
		if !c.taken {
			if f := w.failure(t); err == nil || f.Reason != ProxyHeader {
				t.Errorf("%s: %v, told was %+v", name, err, f)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := page(t, client); !strings.Contains(got, "hello 203.0.113.7:4000") {
			t.Errorf("%s: answered %q", name, got)
		}
	}
	// Without a header, a stranger is who he is.
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := startOver(t, Config{}, false, Proxied(inner, nil))
	c, err := tls.Dial("tcp", w.address, w.client())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if got := page(t, c); !strings.Contains(got, "hello 127.0.0.1") {
		t.Errorf("answered %q", got)
	}
}
