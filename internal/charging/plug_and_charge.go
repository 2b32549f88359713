package charging

import (
	"context"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
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
}

// CertificateStanding is what is known of a certificate: Good, Revoked, Unknown or Failed.
type CertificateStanding struct {
	Status string
	// NextUpdate is when to ask again.
	NextUpdate time.Time
}

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
		return p.CertificateStatus(ctx, l.Origin, c)
	})
}

// ChainStatus asks for the standing of a chain of certificates for the station.
func (l *Link) ChainStatus(ctx context.Context, chain []CertificateID) ([]CertificateStanding, error) {
	return vouch(ctx, l, func(ctx context.Context, p PlugAndCharge) ([]CertificateStanding, error) {
		return p.ChainStatus(ctx, l.Origin, chain)
	})
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
