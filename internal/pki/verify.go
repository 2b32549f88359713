package pki

import (
	"crypto/x509"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/busbar-ev/busbar/internal/remark"
)

// Reason is why a certificate isn't believed.
type Reason string

// The reasons.
const (
	UnknownAuthority Reason = "UNKNOWN_AUTHORITY"
	Expired          Reason = "EXPIRED"
	NotYetValid      Reason = "NOT_YET_VALID"
	WrongUse         Reason = "WRONG_USE"
	Unusable         Reason = "UNUSABLE"
)

// Distrust is why a certificate isn't believed, in words.
type Distrust struct {
	Reason Reason
	Remark remark.Remark
	// Origin is whose certificate it is, where that is known: of an expired one it is.
	Origin Origin
}

func (d *Distrust) Error() string { return d.Remark.String() }

// Origin is under whom a certificate was signed.
type Origin string

// The origins.
const (
	Ours    Origin = "OURS"
	Factory Origin = "FACTORY"
)

// bounded cuts a name that anybody may have written: what is said of it is kept, and read by people.
func bounded(name string) string {
	const longest = 200
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, name)
}

// Trust is whom a tenant believes. It is made once and used by many handshakes.
type Trust struct {
	own, makers *x509.CertPool
	between     []*x509.Certificate
}

// NewTrust believes certificates under our own roots, and under those of makers.
func NewTrust(own, between, makers []*x509.Certificate) *Trust {
	return &Trust{pool(own), pool(makers), between}
}

func pool(list []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range list {
		p.AddCert(c)
	}
	return p
}

// Verify says whose a station's certificate is, given the chain that it presents, its own first. An error is a *Distrust.
func (t *Trust) Verify(chain []*x509.Certificate, now time.Time) (Origin, error) {
	if len(chain) == 0 {
		return "", &Distrust{Reason: Unusable, Remark: remark.New(remark.CertificateAbsent)}
	}
	leaf := chain[0]
	if leaf.IsCA {
		return "", &Distrust{Reason: WrongUse, Remark: remark.New(remark.CertificateOfAuthority, "name", bounded(Name(leaf)))}
	}
	origin, err := t.under(chain, now)
	if err == nil {
		return origin, nil
	}
	var invalid x509.CertificateInvalidError
	switch {
	case now.After(leaf.NotAfter):
		// Whether it would be good otherwise decides on what may become of it.
		d := &Distrust{Reason: Expired, Remark: remark.New(remark.CertificateExpired, "name", bounded(Name(leaf)), "at", leaf.NotAfter.UTC().Format(time.DateTime))}
		if origin, err := t.under(chain, leaf.NotAfter.Add(-time.Second)); err == nil {
			d.Origin = origin
			return origin, d
		}
		return "", d
	case now.Before(leaf.NotBefore):
		return "", &Distrust{Reason: NotYetValid, Remark: remark.New(remark.CertificateNotYetValid, "name", bounded(Name(leaf)), "at", leaf.NotBefore.UTC().Format(time.DateTime))}
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "", &Distrust{Reason: WrongUse, Remark: remark.New(remark.CertificateWrongUse, "name", bounded(Name(leaf)))}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "", &Distrust{Reason: Expired, Remark: remark.New(remark.AuthorityExpired, "name", bounded(Name(leaf)))}
	}
	return "", &Distrust{Reason: UnknownAuthority, Remark: remark.New(remark.AuthorityUnknown, "name", bounded(Name(leaf)), "issuer", bounded(leaf.Issuer.String()))}
}

func (t *Trust) under(chain []*x509.Certificate, now time.Time) (Origin, error) {
	between := pool(t.between)
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	options := x509.VerifyOptions{Roots: t.own, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := chain[0].Verify(options); err == nil {
		return Ours, nil
	} else if !errors.As(err, new(x509.UnknownAuthorityError)) {
		return "", err
	}
	options.Roots = t.makers
	_, err := chain[0].Verify(options)
	return Factory, err
}

// Named reports whether the certificate's common name is one of those that a station may have.
func Named(c *x509.Certificate, names ...string) bool {
	for _, name := range names {
		if name != "" && equalFold(c.Subject.CommonName, name) {
			return true
		}
	}
	return false
}
