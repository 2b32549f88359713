package simulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v21"
)

// certificates are the roots that the CSMS has installed, and the station's own chain.
type certificates struct {
	installed []installedCertificate
	key       *ecdsa.PrivateKey // of the last request to be signed
	keyUse    string
	own       map[string][]*x509.Certificate // by use
}

type installedCertificate struct {
	use  string // a word of 2.1
	cert *x509.Certificate
	hash v21.CertificateHashData
}

// maxCertificates bounds the store (OCPP 1.6 security, CertificateStoreMaxLength).
const maxCertificates = 16

// Outcomes in OCPP's words.
const (
	certAccepted = "Accepted"
	certRejected = "Rejected"
	certFailed   = "Failed"
	certNotFound = "NotFound"
)

func parseChain(text string) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read certificate %d of the chain: %w", len(chain)+1, err)
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, errors.New("there is no certificate in PEM form")
	}
	return chain, nil
}

// hashOf identifies a certificate (OCPP 2.0.1 Part 2, CertificateHashDataType): names and keys of the issuer. The issuer's key of
// a root is its own.
func hashOf(c *x509.Certificate, issuer *x509.Certificate, algorithm v21.HashAlgorithm) v21.CertificateHashData {
	h := map[v21.HashAlgorithm]crypto.Hash{
		v21.HashAlgorithmSHA256: crypto.SHA256, v21.HashAlgorithmSHA384: crypto.SHA384, v21.HashAlgorithmSHA512: crypto.SHA512,
	}[algorithm]
	if h == 0 {
		h = crypto.SHA256
	}
	sum := func(b []byte) string {
		d := h.New()
		d.Write(b)
		return hex.EncodeToString(d.Sum(nil))
	}
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	_, _ = asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &key) // x509 has read it before
	return v21.CertificateHashData{
		HashAlgorithm: algorithm, IssuerNameHash: sum(c.RawIssuer), IssuerKeyHash: sum(key.PublicKey.Bytes), SerialNumber: strings.ToLower(c.SerialNumber.Text(16)),
	}
}

// install keeps a root.
func (k *certificates) install(use, text string, now time.Time) string {
	chain, err := parseChain(text)
	switch {
	case err != nil, now.After(chain[0].NotAfter):
		return certRejected
	case len(k.installed) >= maxCertificates:
		return certFailed
	}
	made := installedCertificate{use: use, cert: chain[0], hash: hashOf(chain[0], chain[0], v21.HashAlgorithmSHA256)}
	k.installed = slices.DeleteFunc(k.installed, func(i installedCertificate) bool { return i.use == use && i.hash == made.hash })
	k.installed = append(k.installed, made)
	return certAccepted
}

// remove takes a root out. The last one that vouches for the CSMS stays (OCPP 2.0.1 Part 2, M04.FR.06).
func (k *certificates) remove(hash v21.CertificateHashData) string {
	for i, c := range k.installed {
		have := hashOf(c.cert, c.cert, hash.HashAlgorithm)
		if !strings.EqualFold(have.SerialNumber, strings.TrimLeft(hash.SerialNumber, "0")) || !strings.EqualFold(have.IssuerKeyHash, hash.IssuerKeyHash) || !strings.EqualFold(have.IssuerNameHash, hash.IssuerNameHash) {
			continue
		}
		if c.use == string(v21.InstallCertificateUseCSMSRootCertificate) && k.count(c.use) == 1 && len(k.own) > 0 {
			return certFailed
		}
		k.installed = slices.Delete(k.installed, i, i+1)
		return certAccepted
	}
	return certNotFound
}

func (k *certificates) count(use string) (n int) {
	for _, c := range k.installed {
		if c.use == use {
			n++
		}
	}
	return n
}

// request makes a key and a request to sign it (OCPP 2.0.1 Part 2, A02).
func (k *certificates) request(use, identity, organization string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: identity, Organization: []string{organization}},
	}, key)
	if err != nil {
		return "", fmt.Errorf("make a certificate request: %w", err)
	}
	k.key, k.keyUse = key, use
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

// signed takes the chain that the CSMS has had signed: it has to belong to the key of the request, and to be valid.
func (k *certificates) signed(use, text string, now time.Time) string {
	chain, err := parseChain(text)
	if err != nil || k.key == nil || use != k.keyUse {
		return certRejected
	}
	leaf := chain[0]
	if public, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || !k.key.PublicKey.Equal(public) || now.Before(leaf.NotBefore.Add(-24*time.Hour)) || now.After(leaf.NotAfter) {
		return certRejected
	}
	if k.own == nil {
		k.own = map[string][]*x509.Certificate{}
	}
	k.own[use] = chain
	return certAccepted
}

// requestCertificate asks the CSMS to sign a new key.
func (s *Station) requestCertificate(use string) func() {
	return func() {
		csr, err := s.certificates.request(use, s.opts.Identity, s.config.value(keyOrganization))
		if err != nil {
			s.opts.Logger.Error("a simulated station can't ask for a certificate", "station", s.opts.Identity, "error", err)
			return
		}
		s.dialect.sendCSR(csr, use)
	}
}
