package ocpp

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/busbar-ev/busbar/internal/pki"
)

// The headers in which proxies that end TLS pass on a client's certificate.
const (
	// ClientCert is RFC 9440's: the certificate as DER in base64 between colons, and those above it in Client-Cert-Chain.
	ClientCert = "Client-Cert"
	// SSLClientCert is what nginx users set to $ssl_client_escaped_cert: PEM, escaped as in a URL.
	SSLClientCert = "X-SSL-Client-Cert"

	clientCertChain = "Client-Cert-Chain"
	// longestForwarded bounds a header with certificates, mostChained how many there are in a chain.
	longestForwarded = 24 << 10
	mostChained      = 8
)

// forwarded are the certificates that a trusted proxy passes on for a station; none from anybody else, and none where the proxy says that
// the station's connection isn't encrypted: nobody has proven then to have the key.
func (s *Server) forwarded(r *http.Request, tls string) []*x509.Certificate {
	name := s.config.ClientCertificateHeader
	if name == "" || tls != terminated {
		return nil
	}
	direct, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !s.trusted(direct.Addr().Unmap()) {
		return nil
	}
	values := r.Header.Values(name)
	if len(values) != 1 || values[0] == "" || values[0] == "-" { // "-" is how nginx writes what isn't there
		return nil
	}
	list, err := readForwarded(name, values[0], r.Header.Values(clientCertChain))
	if err != nil {
		s.logger.Warn("a proxy passes on a certificate that can't be read", "header", name, "proxy", direct.Addr(), "error", err)
		return nil
	}
	return list
}

func readForwarded(name, value string, chain []string) ([]*x509.Certificate, error) {
	if len(value) > longestForwarded {
		return nil, errors.New("it is too long")
	}
	if name == SSLClientCert {
		text, err := url.PathUnescape(value) // a plus stays a plus: base64 has it
		if err != nil {
			return nil, err
		}
		return pki.ReadPEM(text)
	}
	leaf, err := readByteSequence(value)
	if err != nil {
		return nil, err
	}
	list := []*x509.Certificate{leaf}
	for _, item := range strings.Split(strings.Join(chain, ","), ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		c, err := readByteSequence(item)
		if err != nil {
			return nil, err
		}
		if list = append(list, c); len(list) > mostChained {
			return nil, errors.New("the chain has too many certificates")
		}
	}
	return list, nil
}

// readByteSequence reads a certificate as RFC 9440 §2.1 has it.
func readByteSequence(text string) (*x509.Certificate, error) {
	text, begins := strings.CutPrefix(strings.TrimSpace(text), ":")
	text, ends := strings.CutSuffix(text, ":")
	if !begins || !ends {
		return nil, errors.New("it isn't base64 between colons, as RFC 9440 has it")
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
