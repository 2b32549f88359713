package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/ocpp"
)

// TLSConfig is what can be set of the stations' TLS endpoint, and of proxies in front of either.
type TLSConfig struct { // exported, because what reads the environment fills nothing else
	TLSListen         string   `env:"BUSBAR_TLS_LISTEN"`
	TLSLegacyListen   string   `env:"BUSBAR_TLS_LEGACY_LISTEN"`
	TLSCertificates   []string `env:"BUSBAR_TLS_CERT" envSeparator:","`
	TLSKeys           []string `env:"BUSBAR_TLS_KEY" envSeparator:","`
	TLSRoots          string   `env:"BUSBAR_TLS_ROOTS"`
	ACMEHosts         []string `env:"BUSBAR_TLS_ACME_HOSTS" envSeparator:","`
	ACMEEmail         string   `env:"BUSBAR_TLS_ACME_EMAIL"`
	ACMEURL           string   `env:"BUSBAR_TLS_ACME_URL"`
	StationURL        string   `env:"BUSBAR_STATION_URL"`
	ProxyProtocol     bool     `env:"BUSBAR_PROXY_PROTOCOL"`
	CertificateHeader string   `env:"BUSBAR_CLIENT_CERT_HEADER"`
}

func (c *TLSConfig) check(proxies bool) error {
	for name, address := range map[string]string{"BUSBAR_TLS_LISTEN": c.TLSListen, "BUSBAR_TLS_LEGACY_LISTEN": c.TLSLegacyListen} {
		if address == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			return usage("%s is %q; it must be host:port, such as 0.0.0.0:8443", name, address)
		}
	}
	trim(c.TLSCertificates)
	trim(c.TLSKeys)
	trim(c.ACMEHosts)
	switch {
	case len(c.TLSCertificates) != len(c.TLSKeys):
		return usage("BUSBAR_TLS_CERT has %d files and BUSBAR_TLS_KEY has %d: give each certificate its key, in the same order", len(c.TLSCertificates), len(c.TLSKeys))
	case len(c.TLSCertificates) > 0 && len(c.ACMEHosts) > 0:
		return usage("BUSBAR_TLS_CERT and BUSBAR_TLS_ACME_HOSTS are both set: certificates come from files or by ACME, so set one of them")
	case c.TLSListen == "" && (len(c.TLSCertificates) > 0 || len(c.ACMEHosts) > 0 || c.TLSLegacyListen != ""):
		return usage("there are settings for TLS without BUSBAR_TLS_LISTEN: set it to the address for stations, such as 0.0.0.0:8443")
	case c.ProxyProtocol && !proxies:
		return usage("BUSBAR_PROXY_PROTOCOL is on without BUSBAR_TRUSTED_PROXIES: set it to the addresses of the load balancers")
	case c.CertificateHeader != "" && !proxies:
		return usage("BUSBAR_CLIENT_CERT_HEADER is set without BUSBAR_TRUSTED_PROXIES: set it to the addresses of the proxies that pass certificates on")
	case !slices.Contains([]string{"", ocpp.ClientCert, ocpp.SSLClientCert}, c.CertificateHeader):
		return usage("BUSBAR_CLIENT_CERT_HEADER is %q; it is %s or %s", c.CertificateHeader, ocpp.ClientCert, ocpp.SSLClientCert)
	}
	for name, text := range map[string]string{"BUSBAR_STATION_URL": c.StationURL, "BUSBAR_TLS_ACME_URL": c.ACMEURL} {
		schemes := []string{"wss", "ws"}
		if name == "BUSBAR_TLS_ACME_URL" {
			schemes = []string{"https", "http"}
		}
		if u, err := url.Parse(text); text != "" && (err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "") {
			return usage("%s is %q; it must be a whole URL, such as %s://stations.busbar.example", name, text, schemes[0])
		}
	}
	return nil
}

func trim(list []string) {
	for i, s := range list {
		list[i] = strings.TrimSpace(s)
	}
}

// ports are what the server listens on; those for TLS are nil where they aren't set.
type ports struct{ plain, tls, legacy net.Listener }

// take takes the ports before anything else, because they are what most often stands in the way.
func take(c *config) (p ports, err error) {
	for _, port := range []struct {
		listener      *net.Listener
		address, name string
	}{{&p.plain, c.Listen, "BUSBAR_LISTEN"}, {&p.tls, c.TLSListen, "BUSBAR_TLS_LISTEN"}, {&p.legacy, c.TLSLegacyListen, "BUSBAR_TLS_LEGACY_LISTEN"}} {
		if port.address == "" {
			continue
		}
		if *port.listener, err = net.Listen("tcp", port.address); err != nil {
			p.close()
			return ports{}, fmt.Errorf("listen on %s: %w; another program may use it: set %s to another address", port.address, err, port.name)
		}
		if c.ProxyProtocol {
			*port.listener = endpoint.Proxied(*port.listener, c.proxies)
		}
	}
	return p, nil
}

func (p ports) close() {
	for _, l := range []net.Listener{p.plain, p.tls, p.legacy} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// stationURLs are where stations connect, the encrypted one first.
func (c *config) stationURLs(public string, p ports) (list []string) {
	if url := c.secureURL(public, p); url != "" {
		list = append(list, url)
	}
	if plain := stationURL(public); !slices.Contains(list, plain) {
		list = append(list, plain)
	}
	return list
}

// secureURL is the TLS listener as stations dial it.
func (c *config) secureURL(public string, p ports) string {
	if c.StationURL != "" {
		return strings.TrimSuffix(c.StationURL, "/")
	}
	if p.tls == nil {
		return ""
	}
	host, port, _ := net.SplitHostPort(reachable(p.tls.Addr().String())) // an address of our own
	if u, err := url.Parse(public); err == nil && u.Hostname() != "" && c.PublicURL != "" {
		host = u.Hostname()
	}
	if port == "443" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return "wss://" + host
	}
	return "wss://" + net.JoinHostPort(host, port)
}

// openEndpoint opens the stations' TLS endpoint.
func (s *server) openEndpoint(p ports) (err error) {
	c := s.config
	var pairs []endpoint.Pair
	for i, certificate := range c.TLSCertificates {
		pairs = append(pairs, endpoint.Pair{Certificate: certificate, Key: c.TLSKeys[i]})
	}
	names := []string{"localhost", "127.0.0.1", "::1", hostname()}
	for _, text := range []string{s.url, c.StationURL} {
		if u, err := url.Parse(text); err == nil {
			names = append(names, u.Hostname())
		}
	}
	if host, _, err := net.SplitHostPort(p.tls.Addr().String()); err == nil && !net.ParseIP(host).IsUnspecified() {
		names = append(names, host)
	}
	s.endpoint, err = endpoint.New(endpoint.Config{
		Files: pairs, ACME: endpoint.ACME{Hosts: c.ACMEHosts, Email: c.ACMEEmail, URL: c.ACMEURL}, RootsFile: c.TLSRoots, Directory: c.DataDir, Names: names,
		Failed: s.charging.TLSFailed, Logger: s.logger,
	})
	if err != nil {
		return err
	}
	legacy := ""
	if p.legacy != nil {
		legacy = p.legacy.Addr().String()
	}
	s.endpoint.Listens(p.tls.Addr().String(), legacy, c.secureURL(s.url, p))
	s.charging.UseServerTLS(func() []*x509.Certificate { return s.endpoint.Info().Roots }, func() string { return s.endpoint.Info().URL })
	return nil
}

// listen serves all ports until the server is stopped, and says how each ended.
func (s *server) listen(p ports) <-chan error {
	running := make(chan error, 3)
	serve := func(h *http.Server, l net.Listener) {
		go func() { running <- h.Serve(l) }()
	}
	serve(s.http, endpoint.Plain(p.plain, s.charging.TLSFailed))
	if s.endpoint == nil {
		return running
	}
	serve(s.https, s.endpoint.Listener(p.tls, false))
	if p.legacy != nil {
		serve(s.legacy, s.endpoint.Listener(p.legacy, true))
	}
	if len(s.config.TLSCertificates) > 0 {
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGHUP)
		s.wg.Go(func() {
			defer signal.Stop(told)
			for {
				select {
				case <-told:
					s.endpoint.Reload()
				case <-s.background.Done():
					return
				}
			}
		})
	}
	return running
}

// newHTTP is a server with the limits that all ports have.
func (s *server) newHTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 20 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
}

// stationRoutes is all that stations need, and nothing of what people do.
func (s *server) stationRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ocpp/", s.stations)
	mux.Handle("/ocpp", s.stations)
	mux.Handle("/pki/", s.authorities.Handler())
	mux.Handle("GET /tls/root.pem", s.endpoint.RootHandler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch _, pattern := mux.Handler(r); {
		case files.Claims(r):
			s.files.ServeHTTP(w, r)
		case pattern != "":
			mux.ServeHTTP(w, r)
		case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
			s.stations.ServeHTTP(w, r) // some stations drop the path of the URL that they were given
		default:
			http.Error(w, "This port is for stations. The portal is at "+s.url+".", http.StatusNotFound)
		}
	})
}

// shut ends the TLS ports.
func (s *server) shut(ctx context.Context, report func(what string, err error)) {
	for _, h := range []*http.Server{s.https, s.legacy} {
		if h != nil {
			report("an HTTPS request", h.Shutdown(ctx))
		}
	}
	if s.endpoint != nil {
		s.endpoint.Close()
	}
}
