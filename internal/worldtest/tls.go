package worldtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/jobs"
)

// DialTLS connects over TLS, with a client certificate where one is given, and with a password where that is.
func (w *World) DialTLS(path, user, password string, certificate *tls.Certificate, protocols ...string) (*Station, int, error) {
	w.tb.Helper()
	header := http.Header{}
	if user != "" || password != "" {
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
	server := w.tls()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	config := &tls.Config{RootCAs: roots}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	return w.dial(&websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols, HTTPClient: &http.Client{Transport: transport}}, server.URL+path)
}

// tls is the stations' endpoint over TLS. It asks for certificates, and leaves it to the domain to judge them.
func (w *World) tls() *httptest.Server {
	w.secureOnce.Do(func() {
		w.secure = httptest.NewUnstartedServer(w.Stations)
		w.secure.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
		w.secure.Config.ErrorLog = log.New(testLog{w.tb}, "", 0)
		w.secure.StartTLS()
		w.tb.Cleanup(w.secure.Close)
	})
	return w.secure
}

// Work runs the jobs of the world until it ends.
func (w *World) Work() {
	w.tb.Helper()
	runner, err := jobs.Start(context.Background(), jobs.Parts{
		DB: w.DB, Journal: w.Journal, Charging: w.Charging, Charges: w.Charges, Payments: w.Payments, Receipts: w.Receipts, Issues: w.Issues, Files: w.Files,
		Identity: w.Identity, Logger: slog.New(slog.NewTextHandler(testLog{w.tb}, &slog.HandlerOptions{Level: slog.LevelWarn})), Retention: 400 * 24 * time.Hour,
	})
	w.must(err, "start the jobs")
	w.cleanup("stop the jobs", runner.Stop)
}
