// Package endpoint owns the TLS connections of stations up to the first byte of HTTP: which versions and suites are spoken, what the server
// shows of itself, and why a handshake failed. It knows no database; who a station is, is judged after the handshake.
//
//	accepted ─ (PROXY header) ─> witness ─ handshake ─┬─> *tls.Conn ─> http.Server ─> ocpp
//	                                                  └─> Failure ─> charging keeps it as a connection attempt
//	files, ACME or a development authority ─> source ─> the certificate for a hello (ECDSA or RSA)
//
// Stations are asked for a certificate and none is verified here: TLS proves that the station has the key, and whether the certificate is
// believed is answered where the refusal can be explained. Handshakes run beside each other, each with a time limit, so that one that
// hangs holds up nobody.
package endpoint

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/busbar-ev/busbar/internal/pki"
)

// Config says what the endpoint shows of itself and whom it tells of failures.
type Config struct {
	// Files are the server's certificates, each with its chain and its key.
	Files []Pair
	// ACME, when it has hosts, gets certificates from an authority that speaks ACME. Files come first.
	ACME ACME
	// RootsFile holds the roots that stations need to trust for Files and ACME, as PEM; empty where they know them already.
	RootsFile string
	// Directory keeps the development authority and what ACME got.
	Directory string
	// Names are what the server is called in certificates of the development authority.
	Names []string
	// Poll is how often files are looked at; 10 s when zero.
	Poll time.Duration
	// HandshakeTimeout bounds a handshake; 15 s when zero.
	HandshakeTimeout time.Duration
	// Failed is told of handshakes that failed; nil where nobody wants to know.
	Failed func(ctx context.Context, remote netip.Addr, f Failure)
	Logger *slog.Logger
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// The sources of a server's certificates.
const (
	SourceFiles       = "FILES"
	SourceACME        = "ACME"
	SourceDevelopment = "DEVELOPMENT"
)

// Info is what there is to say of the endpoint.
type Info struct {
	// Roots are what a station needs to trust.
	Roots        []*x509.Certificate
	Certificates []Shown
	// Source is where the certificates come from: FILES, ACME or DEVELOPMENT.
	Source string
	// Listen and Legacy are the addresses that are listened on; Legacy is empty where there is none. URL is what stations connect to.
	Listen, Legacy, URL string
}

// Shown is a certificate that the server shows.
type Shown struct {
	Subject, Issuer, KeyType string
	Names                    []string
	NotBefore, NotAfter      time.Time
}

// source is where certificates come from.
type source interface {
	certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	shown() []*x509.Certificate
	roots() []*x509.Certificate
	// look brings it up to date: changed files are read, and certificates of our own made anew in time.
	look()
}

// Endpoint is what all TLS listeners share.
type Endpoint struct {
	config Config
	name   string
	source source
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	info Info
}

// New opens the server's certificates, or says what is wrong with them. End it with Close.
func New(c Config) (*Endpoint, error) {
	if c.Poll == 0 {
		c.Poll = 10 * time.Second
	}
	if c.HandshakeTimeout == 0 {
		c.HandshakeTimeout = 15 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Endpoint{config: c}
	given, err := readRoots(c.RootsFile)
	if err != nil {
		return nil, err
	}
	switch {
	case len(c.Files) > 0:
		e.name = SourceFiles
		e.source, err = openFiles(c.Files, given, c.Logger, c.Now)
	case len(c.ACME.Hosts) > 0:
		e.name, e.source = SourceACME, openACME(c.ACME, c.Directory, given, c.Logger)
	default:
		e.name = SourceDevelopment
		e.source, err = openDevelopment(c.Directory, c.Names, c.Logger, c.Now)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.wg.Go(func() { e.watch(ctx) })
	return e, nil
}

// Close ends what runs in the background. Listeners are closed by themselves.
func (e *Endpoint) Close() {
	e.cancel()
	e.wg.Wait()
}

// Reload looks for changed files at once.
func (e *Endpoint) Reload() { e.source.look() }

func (e *Endpoint) watch(ctx context.Context) {
	tick := time.NewTicker(e.config.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.source.look()
		}
	}
}

// Roots are what a station needs to trust; none where it is left to what the station's maker put in.
func (e *Endpoint) Roots() []*x509.Certificate { return e.source.roots() }

// Listens notes where the endpoint is reached, for Info.
func (e *Endpoint) Listens(listen, legacy, url string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.info.Listen, e.info.Legacy, e.info.URL = listen, legacy, url
}

// Info says what there is to say now.
func (e *Endpoint) Info() Info {
	e.mu.Lock()
	i := e.info
	e.mu.Unlock()
	i.Source, i.Roots = e.name, e.source.roots()
	for _, c := range e.source.shown() {
		i.Certificates = append(i.Certificates, show(c))
	}
	return i
}

func show(c *x509.Certificate) Shown {
	s := Shown{Subject: pki.Name(c), Issuer: c.Issuer.CommonName, KeyType: pki.KeyName(crypto.PublicKey(c.PublicKey)), NotBefore: c.NotBefore, NotAfter: c.NotAfter, Names: c.DNSNames}
	if s.Issuer == "" {
		s.Issuer = c.Issuer.String()
	}
	for _, a := range c.IPAddresses {
		s.Names = append(s.Names, a.String())
	}
	return s
}

// RootHandler gives the roots to download as PEM.
func (e *Endpoint) RootHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		roots := e.Roots()
		if len(roots) == 0 {
			http.Error(w, "The server's certificate comes from a public authority, whose root stations usually have. Set BUSBAR_TLS_ROOTS to a file with it, and it can be downloaded here.", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/x-pem-file")
		w.Header().Set("Content-Disposition", `attachment; filename="busbar-root.pem"`)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write([]byte(pki.WritePEM(roots...)))
	})
}

func readRoots(path string) ([]*x509.Certificate, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the roots that stations need to trust: %w", err)
	}
	roots, err := pki.ReadPEM(string(text))
	if err != nil {
		return nil, fmt.Errorf("the roots in %s can't be used: %w", path, err)
	}
	return roots, nil
}
