package charging

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
)

// A car with a contract shows a certificate instead of a card (OCPP 2.0.1 Part 2, C07 and C08). The certificate says who pays, by an eMAID
// that is a token like any other, and counts only while those who signed it stand by it:
//
//	the station verified the chain ─ hashes ───┐
//	the station can't ─ the chain as PEM ─┐    │
//	                                      ▼    ▼
//	            roots that the tenant believes ─> standing of each certificate ─> the token of the eMAID
//
// Nothing is accepted that couldn't be asked about.

// Contract is what a car shows: the hashes of its chain, or the whole of it.
type Contract struct {
	// Certificates is the chain as PEM, the car's own first, without the root.
	Certificates string
	Hashes       []CertificateID
}

// ContractStanding is what a car is told of its certificate (OCPP 2.0.1, AuthorizeCertificateStatusEnumType).
type ContractStanding string

// The standings of contracts.
const (
	ContractAccepted  ContractStanding = "Accepted"
	ContractExpired   ContractStanding = "CertificateExpired"
	ContractRevoked   ContractStanding = "CertificateRevoked"
	ContractUnknown   ContractStanding = "NoCertificateAvailable"
	ContractUntrusted ContractStanding = "CertChainError"
	ContractCancelled ContractStanding = "ContractCancelled"
)

// ContractInfo is the answer to a contract: to its certificate, and to the token that its eMAID is.
type ContractInfo struct {
	TokenInfo
	Certificate ContractStanding
}

// AuthorizeContract answers whether a car may charge on its contract. The notice is kept where its certificate is refused.
func (l *Link) AuthorizeContract(ctx context.Context, token IDToken, c Contract, n Notice, rows Rows[ContractInfo]) (ContractInfo, error) {
	standing, why, err := l.contractStanding(ctx, token, c)
	if err != nil {
		l.Discard()
		return ContractInfo{}, err
	}
	return inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (info ContractInfo, err error) {
		info.Certificate = standing
		if standing != ContractAccepted {
			info.Status = TokenInvalid
			n.Type, n.Value, n.Info = "Authorize", token.Value, string(standing)+": "+why
			return info, l.insertNotice(ctx, tx, n)
		}
		if info.TokenInfo, err = l.authorizeToken(ctx, tx, token, use{}); err != nil {
			return info, err
		}
		if info.Status == TokenBlocked || info.Status == TokenExpired {
			info.Certificate = ContractCancelled
		}
		return info, nil
	})
}

// longestContract is how many certificates a chain may have: ISO 15118 allows two between a contract and its root.
const longestContract = 6

// contractStanding judges the certificates of a contract, in words where they don't count.
func (l *Link) contractStanding(ctx context.Context, token IDToken, c Contract) (ContractStanding, string, error) {
	if l.service.plugAndCharge == nil || l.service.authorities == nil {
		return ContractUntrusted, ErrNoPlugAndCharge.Message, nil
	}
	roots, err := l.service.authorities.ContractRoots(l.context(ctx))
	if err != nil {
		return "", "", err
	}
	if len(roots) == 0 {
		return ContractUntrusted, "The tenant believes no root of contracts: add the V2G root, or that of the mobility operator, to its authorities.", nil
	}
	asked := c.Hashes
	if c.Certificates != "" {
		chain, standing, why := contractChain(c.Certificates, roots, l.service.now())
		if standing != ContractAccepted {
			return standing, why, nil
		}
		if name := chain[0].Subject.CommonName; !sameContract(name, token.Value) {
			return ContractUntrusted, fmt.Sprintf("The certificate is for the contract %q, and the station presented it for another one.", name), nil
		}
		asked = askedOf(chain, c.Hashes)
	} else if !anchored(asked, roots) {
		return ContractUntrusted, "None of the certificates that the station names was signed by a root that the tenant believes: add the root if its operator is a partner.", nil
	}
	if len(asked) == 0 {
		return ContractAccepted, "", nil
	}
	standings, err := vouch(ctx, l, func(ctx context.Context, p PlugAndCharge) ([]CertificateStanding, error) {
		return p.ChainStatus(ctx, l.Origin, issuedBy(asked, roots))
	})
	if err != nil {
		if f := fault.Of(err); f != nil {
			return ContractUntrusted, f.Message, nil
		}
		return "", "", err
	}
	// The worst counts: what is revoked before what is unknown, and that before what couldn't be asked.
	standing, why := ContractAccepted, ""
	for _, s := range standings {
		switch {
		case s.Status == StandingRevoked:
			return ContractRevoked, "A certificate of the contract was revoked by who signed it.", nil
		case s.Status == StandingUnknown:
			standing, why = ContractUnknown, "Whoever signed the contract doesn't know a certificate of it."
		case s.Status != StandingGood && standing == ContractAccepted:
			standing, why = ContractUntrusted, s.Why
		}
	}
	if standing == ContractAccepted && len(standings) < len(asked) {
		standing, why = ContractUntrusted, "Not every certificate of the contract was answered for."
	}
	return standing, why, nil
}

// contractChain verifies a chain up to a root, which it gives with it.
func contractChain(text string, roots []*x509.Certificate, now time.Time) ([]*x509.Certificate, ContractStanding, string) {
	list, err := pki.ReadPEM(text)
	switch {
	case err != nil:
		return nil, ContractUntrusted, fmt.Sprintf("The car's certificates can't be read: %s.", err)
	case len(list) > longestContract:
		return nil, ContractUntrusted, fmt.Sprintf("The car shows %d certificates, and a contract has %d at most.", len(list), longestContract)
	case list[0].IsCA:
		return nil, ContractUntrusted, "The car shows the certificate of an authority where its contract is expected."
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, c := range roots {
		options.Roots.AddCert(c)
	}
	for _, c := range list[1:] {
		options.Intermediates.AddCert(c)
	}
	chains, err := list[0].Verify(options)
	if err == nil {
		return chains[0], ContractAccepted, ""
	}
	// Only what would be good otherwise is called expired.
	if now.After(list[0].NotAfter) {
		options.CurrentTime = list[0].NotAfter.Add(-time.Second)
		if _, err := list[0].Verify(options); err == nil {
			return nil, ContractExpired, fmt.Sprintf("The contract expired on %s: the car's mobility operator renews it.", list[0].NotAfter.UTC().Format(time.DateOnly))
		}
	}
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return nil, ContractExpired, "The contract or an authority above it isn't in force at this time."
	}
	return nil, ContractUntrusted, fmt.Sprintf("The contract was signed by %q, whom this tenant doesn't believe.", list[0].Issuer.String())
}

// askedOf names the certificates of a verified chain to be asked for, where anybody says whom to ask: the certificate, or the station.
func askedOf(chain []*x509.Certificate, named []CertificateID) (asked []CertificateID) {
	for i, c := range chain[:len(chain)-1] {
		h, ok := pki.Hash(c, chain[i+1], crypto.SHA256)
		if !ok {
			continue
		}
		id := CertificateID{HashAlgorithm: h.HashAlgorithm, IssuerNameHash: h.IssuerNameHash, IssuerKeyHash: h.IssuerKeyHash, SerialNumber: h.SerialNumber,
			Source: "OCSP", URLs: c.OCSPServer, Issuer: chain[i+1]}
		for _, n := range named {
			if len(id.URLs) == 0 && n.signedBy(chain[i+1:i+2]) != nil && strings.EqualFold(strings.TrimLeft(n.SerialNumber, "0"), h.SerialNumber) {
				id.URLs = n.URLs
			}
		}
		if len(id.URLs) > 0 {
			asked = append(asked, id)
		}
	}
	return asked
}

// anchored reports whether a root signed one of the certificates that a station names: the uppermost of a chain that the station verified.
func anchored(chain []CertificateID, roots []*x509.Certificate) bool {
	for _, c := range chain {
		if c.signedBy(roots) != nil {
			return true
		}
	}
	return false
}

// sameContract compares eMAIDs: with dashes or without, and with a check digit or without (ISO 15118-2, annex H).
func sameContract(a, b string) bool {
	a, b = plainContract(a), plainContract(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return a != "" && (a == b || len(a) == 14 && len(b) == 15 && strings.HasPrefix(b, a))
}

func plainContract(s string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), "-", ""))
}
