package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// How long authorities live. A station's certificate never outlives who signed it.
const (
	RootLifetime         = 25 * 365 * 24 * time.Hour
	IntermediateLifetime = 10 * 365 * 24 * time.Hour
	// backdated is how far before its making a certificate counts, because clocks of stations go behind.
	backdated = time.Hour
)

// Authority is a certificate that signs others, with its key.
type Authority struct {
	Certificate *x509.Certificate
	key         crypto.Signer
}

// NewRoot makes an authority that nobody stands above.
func NewRoot(name, organization string, now time.Time) (*Authority, error) {
	return newAuthority(name, organization, now, RootLifetime, nil)
}

// NewIntermediate makes the authority that signs for a root, whose key can rest meanwhile.
func NewIntermediate(name string, root *Authority, now time.Time) (*Authority, error) {
	var organization string
	if o := root.Certificate.Subject.Organization; len(o) > 0 {
		organization = o[0]
	}
	return newAuthority(name, organization, now, IntermediateLifetime, root)
}

func newAuthority(name, organization string, now time.Time, life time.Duration, above *Authority) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of %s: %w", name, err)
	}
	c := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-backdated), NotAfter: now.Add(life),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	if organization != "" {
		c.Subject.Organization = []string{organization}
	}
	a := &Authority{key: key}
	parent, with := c, crypto.Signer(key)
	if above != nil {
		parent, with = above.Certificate, above.key
		c.MaxPathLenZero = true // it signs stations, no further authorities
		if c.NotAfter.After(parent.NotAfter) {
			c.NotAfter = parent.NotAfter
		}
	}
	if a.Certificate, err = create(c, parent, key.Public(), with); err != nil {
		return nil, fmt.Errorf("make the certificate of %s: %w", name, err)
	}
	return a, nil
}

func create(c, parent *x509.Certificate, key crypto.PublicKey, with crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, with)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// newSerial is 127 random bits: positive, and never guessed.
func newSerial() *big.Int {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// OpenAuthority puts an authority together from its certificate and its key, as Key gave it.
func OpenAuthority(certificate, key []byte) (*Authority, error) {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("read an authority's certificate: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", Name(c), err)
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the key of %s can't sign", Name(c))
	}
	if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(c.PublicKey) {
		return nil, fmt.Errorf("the key of %s isn't that of its certificate", Name(c))
	}
	return &Authority{c, signer}, nil
}

// Key is the private key as PKCS #8. Whoever stores it seals it.
func (a *Authority) Key() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(a.key) }

// Profile says what a station's certificate is to hold.
type Profile struct {
	// Organization is the operator's name and CommonName the station's serial number (security whitepaper, A00.FR.403 to 405).
	Organization, CommonName string
	Lifetime                 time.Duration
	// CRL and OCSP are where its standing can be asked.
	CRL, OCSP string
}

// ErrAuthorityExpires refuses to sign with an authority that has no time left.
var ErrAuthorityExpires = errors.New("the authority's own certificate has expired or is about to: make a new one")

// Sign makes a station's certificate for the key of its request. What else the request asks for is left out: names and uses are ours to say.
func (a *Authority) Sign(r Request, p Profile, now time.Time) (*x509.Certificate, error) {
	c := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{Organization: []string{p.Organization}, CommonName: p.CommonName},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(p.Lifetime), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if _, ok := r.PublicKey.(*rsa.PublicKey); ok {
		c.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	if p.CRL != "" {
		c.CRLDistributionPoints = []string{p.CRL}
	}
	if p.OCSP != "" {
		c.OCSPServer = []string{p.OCSP}
	}
	if c.NotAfter.After(a.Certificate.NotAfter) {
		c.NotAfter = a.Certificate.NotAfter
	}
	if !c.NotAfter.After(now) {
		return nil, ErrAuthorityExpires
	}
	made, err := create(c, a.Certificate, r.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", p.CommonName, err)
	}
	return made, nil
}

// SignServer makes the certificate of a server for names and addresses, for a development authority. The key is RSA or ECDSA.
func (a *Authority) SignServer(key crypto.PublicKey, names Names, life time.Duration, now time.Time) (*x509.Certificate, error) {
	c := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: names.first()}, NotBefore: now.Add(-backdated), NotAfter: now.Add(life),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: names.Hosts, IPAddresses: names.Addresses,
	}
	if _, ok := key.(*rsa.PublicKey); ok {
		c.KeyUsage |= x509.KeyUsageKeyEncipherment // the suites without forward secrecy encrypt with it
	}
	made, err := create(c, a.Certificate, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the server's certificate: %w", err)
	}
	return made, nil
}
