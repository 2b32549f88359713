package endpoint

import (
	"crypto/tls"
	"slices"
)

// suites of TLS 1.2. Four are asked for by the OCPP security whitepaper (A00.FR.319, A00.FR.320; OCPP 2.0.1 Part 2 §A): ECDSA and RSA,
// with AES 128 and 256. The two without forward secrecy are there because whitepaper and hardware have them; a station that knows
// better is given better, since Go orders them by strength.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
}

// legacySuites are what old chargers know besides. 3DES and RC4 stay out everywhere.
var legacySuites = slices.Concat(suites, []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
})

// settings are those of a listener. Both listeners take the same certificates.
func (e *Endpoint) settings(legacy bool) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: suites, NextProtos: []string{"http/1.1"}, ClientAuth: tls.RequestClientCert,
		GetCertificate: e.source.certificate, Time: e.config.Now,
		// It is asked before version and suite are chosen, so that a failure can name what was offered.
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if w, ok := hello.Conn.(*witness); ok {
				w.offers(hello)
			}
			return nil, nil
		},
	}
	if e.name == SourceACME {
		c.NextProtos = append(c.NextProtos, acmeProtocol)
	}
	if legacy {
		// A certificate would vouch for a station that isn't protected well enough for it to count.
		c.MinVersion, c.CipherSuites, c.ClientAuth = tls.VersionTLS10, legacySuites, tls.NoClientCert
	}
	return c
}

// choose finds the certificate for a hello: one that fits its name and its algorithms, or only its algorithms, because many stations
// name no server, or a wrong one.
func choose(list []*tls.Certificate, hello *tls.ClientHelloInfo) *tls.Certificate {
	nameless := *hello
	nameless.ServerName = ""
	for _, h := range []*tls.ClientHelloInfo{hello, &nameless} {
		for _, c := range list {
			if h.SupportsCertificate(c) == nil {
				return c
			}
		}
	}
	return list[0] // whatever it is: TLS says what is missing
}
