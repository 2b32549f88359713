package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// What a handshake costs, both sides together since one process plays both: over the endpoint, and over bare crypto/tls with the same
// certificates. Each connection is answered once, and none is resumed.
func BenchmarkHandshake(b *testing.B) {
	pair, _, _ := newSigned(b, "a maker").station()
	for _, c := range []struct {
		name         string
		certificates []tls.Certificate
	}{{"server", nil}, {"mutual", []tls.Certificate{pair}}} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			name := c.name + "/" + tls.VersionName(version)
			b.Run(name+"/endpoint", func(b *testing.B) {
				w := start(b, Config{}, false)
				client := w.client(c.certificates...)
				client.MinVersion, client.MaxVersion = version, version
				shake(b, w.address, client)
			})
			b.Run(name+"/bare", func(b *testing.B) {
				address, client := bare(b)
				client.MinVersion, client.MaxVersion, client.Certificates = version, version, c.certificates
				shake(b, address, client)
			})
		}
	}
}

// bare is Go's own TLS with an ECDSA certificate.
func bare(b *testing.B) (string, *tls.Config) {
	b.Helper()
	root := newSigned(b, "root")
	certificate, key := root.server(elliptical(b), time.Now(), time.Hour)
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		b.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: patience}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l)
	}()
	b.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	pool := x509.NewCertPool()
	pool.AddCert(root.Certificate)
	return l.Addr().String(), &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

func shake(b *testing.B, address string, client *tls.Config) {
	b.Helper()
	one := []byte("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	answer := make([]byte, 4096)
	before := spent(b)
	for b.Loop() {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		t := tls.Client(c, client)
		if _, err := t.Write(one); err != nil {
			b.Fatal(err)
		}
		if n, err := t.Read(answer); n == 0 {
			b.Fatal(err)
		}
		_ = t.Close()
	}
	b.ReportMetric(float64(spent(b)-before)/1e6/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "handshakes/s")
}

// spent is the processor time of this process.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
