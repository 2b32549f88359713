package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"
)

// How long what is said of revocations counts.
const (
	ListLifetime   = 7 * 24 * time.Hour
	AnswerLifetime = 24 * time.Hour
)

// Revoked is a certificate that counts no more.
type Revoked struct {
	// SerialNumber is in hex.
	SerialNumber string
	At           time.Time
	Reason       RevocationReason
}

// RevocationReason says why, as RFC 5280 §5.3.1 does.
type RevocationReason string

// The reasons for revoking a station's certificate.
const (
	Unspecified          RevocationReason = "UNSPECIFIED"
	KeyCompromise        RevocationReason = "KEY_COMPROMISE"
	AffiliationChanged   RevocationReason = "AFFILIATION_CHANGED"
	Superseded           RevocationReason = "SUPERSEDED"
	CessationOfOperation RevocationReason = "CESSATION_OF_OPERATION"
	PrivilegeWithdrawn   RevocationReason = "PRIVILEGE_WITHDRAWN"
)

var reasonCodes = map[RevocationReason]int{
	Unspecified: ocsp.Unspecified, KeyCompromise: ocsp.KeyCompromise, AffiliationChanged: ocsp.AffiliationChanged, Superseded: ocsp.Superseded,
	CessationOfOperation: ocsp.CessationOfOperation, PrivilegeWithdrawn: ocsp.PrivilegeWithdrawn,
}

// Known reports whether it is a reason.
func (r RevocationReason) Known() bool { _, ok := reasonCodes[r]; return ok }

// RevocationList is what the authority says of its revoked certificates, as DER. Numbers of lists grow.
func (a *Authority) RevocationList(list []Revoked, number int64, now time.Time) ([]byte, error) {
	entries := make([]x509.RevocationListEntry, len(list))
	for i, r := range list {
		serial, ok := new(big.Int).SetString(r.SerialNumber, 16)
		if !ok {
			return nil, fmt.Errorf("list what is revoked: %q is no serial number", r.SerialNumber)
		}
		entries[i] = x509.RevocationListEntry{SerialNumber: serial, RevocationTime: r.At, ReasonCode: reasonCodes[r.Reason]}
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		RevokedCertificateEntries: entries, Number: big.NewInt(number), ThisUpdate: now, NextUpdate: now.Add(ListLifetime),
	}, a.Certificate, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the list of what is revoked: %w", err)
	}
	return der, nil
}

// Standing is what is known of a certificate.
type Standing string

// The standings.
const (
	Good      Standing = "GOOD"
	Withdrawn Standing = "REVOKED"
	Unknown   Standing = "UNKNOWN"
)

// Question is a question about a certificate's standing (RFC 6960).
type Question struct {
	SerialNumber string
	// Hash, NameHash and KeyHash name the authority that is asked.
	Hash              crypto.Hash
	NameHash, KeyHash []byte
}

// ReadQuestion reads an OCSP request.
func ReadQuestion(der []byte) (Question, error) {
	r, err := ocsp.ParseRequest(der)
	if err != nil {
		return Question{}, errors.New("the OCSP request can't be read")
	}
	if !r.HashAlgorithm.Available() {
		return Question{}, errors.New("the OCSP request names its authority by a hash that isn't known here")
	}
	return Question{r.SerialNumber.Text(16), r.HashAlgorithm, r.IssuerNameHash, r.IssuerKeyHash}, nil
}

// Asks reports whether the question is about a certificate of this authority.
func (a *Authority) Asks(q Question) bool {
	h, ok := Hash(a.Certificate, a.Certificate, q.Hash)
	return ok && h.IssuerNameHash == hexOf(q.NameHash) && h.IssuerKeyHash == hexOf(q.KeyHash)
}

// Answer signs what is known of a certificate, as an OCSP response.
func (a *Authority) Answer(serial string, standing Standing, r Revoked, now time.Time) ([]byte, error) {
	number, ok := new(big.Int).SetString(serial, 16)
	if !ok {
		return nil, fmt.Errorf("answer for a certificate: %q is no serial number", serial)
	}
	template := ocsp.Response{SerialNumber: number, ThisUpdate: now, NextUpdate: now.Add(AnswerLifetime), Status: ocsp.Unknown}
	switch standing {
	case Good:
		template.Status = ocsp.Good
	case Withdrawn:
		template.Status, template.RevokedAt, template.RevocationReason = ocsp.Revoked, r.At, reasonCodes[r.Reason]
	}
	der, err := ocsp.CreateResponse(a.Certificate, a.Certificate, template, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the answer for a certificate: %w", err)
	}
	return der, nil
}
