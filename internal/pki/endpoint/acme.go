package endpoint

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// acmeProtocol is what an authority names when it calls to see who owns a host (RFC 8737).
const acmeProtocol = acme.ALPNProto

// ACME says where certificates are got from.
type ACME struct {
	// Hosts are the names to ask for. A station that names none is shown the first.
	Hosts []string
	Email string
	// URL is the authority's directory; Let's Encrypt when empty.
	URL string
	// HTTPClient calls the authority; the usual one when nil.
	HTTPClient *http.Client
}

// automatic gets certificates by itself: of both kinds, renewed a month before they expire. It answers the authority on the same port.
type automatic struct {
	manager *autocert.Manager
	hosts   []string
	given   []*x509.Certificate
	logger  *slog.Logger

	mu     sync.Mutex
	known  map[string]*x509.Certificate
	asking bool
	// failed is what was said last of why there is no certificate, so that it is said once.
	failed string
}

func openACME(a ACME, directory string, given []*x509.Certificate, logger *slog.Logger) *automatic {
	return &automatic{
		hosts: a.Hosts, given: given, logger: logger, known: map[string]*x509.Certificate{},
		manager: &autocert.Manager{
			Prompt: autocert.AcceptTOS, Email: a.Email, HostPolicy: autocert.HostWhitelist(a.Hosts...), Cache: autocert.DirCache(filepath.Join(directory, "tls", "acme")),
			Client: &acme.Client{DirectoryURL: cmp.Or(a.URL, acme.LetsEncryptURL), HTTPClient: a.HTTPClient},
		},
	}
}

func (a *automatic) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Contains(hello.SupportedProtos, acmeProtocol) {
		return a.manager.GetCertificate(hello)
	}
	named := *hello
	if !slices.Contains(a.hosts, named.ServerName) {
		named.ServerName = a.hosts[0]
	}
	c, err := a.manager.GetCertificate(&named)
	if err == nil {
		a.note(named.ServerName, c)
	}
	return c, err
}

func (a *automatic) note(host string, c *tls.Certificate) {
	leaf := c.Leaf
	if leaf == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[host+" "+leaf.PublicKeyAlgorithm.String()] = leaf
}

// hellos are one that knows ECDSA and one that doesn't.
var hellos = []tls.ClientHelloInfo{
	{CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}},
	{CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}},
}

// look asks for what isn't there yet, so that it is when the first station comes, and notes what was renewed.
func (a *automatic) look() {
	a.mu.Lock()
	if a.asking {
		a.mu.Unlock()
		return
	}
	a.asking = true
	a.mu.Unlock()
	// It takes as long as the authority does, up to minutes: nobody waits for it.
	go func() {
		defer func() { a.mu.Lock(); a.asking = false; a.mu.Unlock() }()
		for _, host := range a.hosts {
			for _, h := range hellos {
				hello := h
				hello.ServerName = host
				if _, err := a.certificate(&hello); err != nil {
					a.complain(host, err)
					return
				}
			}
		}
		a.complain("", nil)
	}()
}

func (a *automatic) complain(host string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	a.mu.Lock()
	before := a.failed
	a.failed = text
	a.mu.Unlock()
	if text != "" && text != before {
		a.logger.Warn("no certificate is got by ACME yet", "host", host, "error", err)
	}
}

func (a *automatic) shown() (list []*x509.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, leaf := range a.known {
		list = append(list, leaf)
	}
	slices.SortFunc(list, func(x, y *x509.Certificate) int {
		return cmp.Or(cmp.Compare(x.Subject.CommonName, y.Subject.CommonName), cmp.Compare(x.PublicKeyAlgorithm, y.PublicKeyAlgorithm))
	})
	return list
}

func (a *automatic) roots() []*x509.Certificate { return a.given }
