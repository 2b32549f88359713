package charging

import (
	"context"
	"crypto/x509"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
)

// PlugAndCharge is whoever vouches for the certificates of cars and stations (ISO 15118): it knows which are revoked, and hands
// out contracts. Its errors are told to the station in the words of their message.
type PlugAndCharge interface {
	// CertificateStatus gives the responder's answer on one certificate, as it came (base64 of the OCSP response).
	CertificateStatus(ctx context.Context, station journal.Origin, c CertificateID) (ocspResult string, err error)
	// ChainStatus gives the standing of each certificate of a chain, in the order asked.
	ChainStatus(ctx context.Context, station journal.Origin, chain []CertificateID) ([]CertificateStanding, error)
	// ContractCertificate passes a car's request for a contract on, and gives the answer back.
	ContractCertificate(ctx context.Context, station journal.Origin, r ContractRequest) (ContractAnswer, error)
}

// CertificateID names a certificate by hashes, and says whom to ask for its standing.
type CertificateID struct {
	// HashAlgorithm is SHA256, SHA384 or SHA512.
	HashAlgorithm                               string
	IssuerNameHash, IssuerKeyHash, SerialNumber string
	// Source is OCSP or CRL.
	Source string
	URLs   []string
	// Issuer is who signed the certificate, where that is known: what is said of it is verified with its key. Otherwise it is nil.
	Issuer *x509.Certificate
}

// CertificateStanding is what is known of a certificate.
type CertificateStanding struct {
	// Status is one of the standings below.
	Status string
	// NextUpdate is when to ask again.
	NextUpdate time.Time
	// Why says in words what stood in the way, of one that is StandingFailed.
	Why string
}

// The standings of a certificate (OCPP 2.1, CertificateStatusEnumType).
const (
	StandingGood    = "Good"
	StandingRevoked = "Revoked"
	StandingUnknown = "Unknown"
	StandingFailed  = "Failed"
)

// ContractRequest is a car's request to install or to update a contract certificate, as the car wrote it (EXI in base64).
type ContractRequest struct {
	SchemaVersion string
	Update        bool
	EXI           string
	// MaximumChains is 0 where the car takes one; PrioritizedEMAIDs are the contracts to prefer (ISO 15118-20).
	MaximumChains     int64
	PrioritizedEMAIDs []string
}

// ContractAnswer is what the car is handed (EXI in base64).
type ContractAnswer struct {
	EXI string
	// Remaining is how many contracts the car may still ask for; nil where it isn't known.
	Remaining *int64
}

// ErrNoPlugAndCharge is the answer while nobody vouches for certificates.
var ErrNoPlugAndCharge = fault.New(fault.Unavailable, "Plug and Charge is not set up: no operator of certificates is connected.")

// UsePlugAndCharge sets who vouches for certificates. Without it stations are told that nobody does.
func (s *Service) UsePlugAndCharge(p PlugAndCharge) { s.plugAndCharge = p }

// plugAndChargeTimeout bounds how long somebody else's server may take: meanwhile the station is not heard.
const plugAndChargeTimeout = 15 * time.Second

// CertificateStatus asks for the standing of a certificate for the station.
func (l *Link) CertificateStatus(ctx context.Context, c CertificateID) (string, error) {
	return vouch(ctx, l, func(ctx context.Context, p PlugAndCharge) (string, error) {
		known, err := l.withIssuers(ctx, []CertificateID{c})
		if err != nil {
			return "", err
		}
		return p.CertificateStatus(ctx, l.Origin, known[0])
	})
}

// ChainStatus asks for the standing of a chain of certificates for the station.
func (l *Link) ChainStatus(ctx context.Context, chain []CertificateID) ([]CertificateStanding, error) {
	return vouch(ctx, l, func(ctx context.Context, p PlugAndCharge) ([]CertificateStanding, error) {
		known, err := l.withIssuers(ctx, chain)
		if err != nil {
			return nil, err
		}
		return p.ChainStatus(ctx, l.Origin, known)
	})
}

// withIssuers adds who signed each certificate, where the tenant believes that one.
func (l *Link) withIssuers(ctx context.Context, chain []CertificateID) ([]CertificateID, error) {
	if l.service.authorities == nil {
		return chain, nil
	}
	roots, err := l.service.authorities.ContractRoots(ctx)
	if err != nil {
		return nil, err
	}
	return issuedBy(chain, roots), nil
}

// issuedBy is a copy of a chain with who signed each certificate, of those that are believed.
func issuedBy(chain []CertificateID, believed []*x509.Certificate) []CertificateID {
	known := make([]CertificateID, len(chain))
	for i, c := range chain {
		if c.Issuer == nil {
			c.Issuer = c.signedBy(believed)
		}
		known[i] = c
	}
	return known
}

// signedBy finds who signed a certificate by the hashes of its name and its key.
func (c CertificateID) signedBy(list []*x509.Certificate) *x509.Certificate {
	algorithm, ok := pki.HashAlgorithms[c.HashAlgorithm]
	if !ok {
		return nil
	}
	for _, a := range list {
		if h, ok := pki.Hash(a, a, algorithm); ok && strings.EqualFold(h.IssuerNameHash, c.IssuerNameHash) && strings.EqualFold(h.IssuerKeyHash, c.IssuerKeyHash) {
			return a
		}
	}
	return nil
}

// ContractCertificate asks for a contract for the car at the station.
func (l *Link) ContractCertificate(ctx context.Context, r ContractRequest) (ContractAnswer, error) {
	return vouch(ctx, l, func(ctx context.Context, p PlugAndCharge) (ContractAnswer, error) {
		return p.ContractCertificate(ctx, l.Origin, r)
	})
}

// vouch asks whoever vouches for certificates, as the station.
func vouch[T any](ctx context.Context, l *Link, ask func(context.Context, PlugAndCharge) (T, error)) (answer T, err error) {
	p := l.service.plugAndCharge
	if p == nil {
		return answer, ErrNoPlugAndCharge
	}
	ctx, cancel := context.WithTimeout(l.context(ctx), plugAndChargeTimeout)
	defer cancel()
	return ask(ctx, p)
}
