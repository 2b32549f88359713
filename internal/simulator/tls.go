package simulator

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// secureClient trusts a root and presents a certificate; nil, which stands for the usual client, where there is neither.
func secureClient(ca, certificate, key string) (*http.Client, error) {
	if ca == "" && certificate == "" && key == "" {
		return nil, nil
	}
	config := &tls.Config{}
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: %s holds no certificate as PEM", ca)
		}
	}
	if (certificate == "") != (key == "") {
		return nil, errors.New("--cert and --key belong together: give both")
	}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("--cert: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: 10 * time.Second, TLSClientConfig: config}}, nil
}
