package pki

import (
	"crypto"
	_ "crypto/sha1" // OCSP clients name authorities by it
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
)

// CertificateHash is how stations name certificates (OCPP 2.0.1 Part 2 §2.6).
type CertificateHash struct {
	HashAlgorithm  string `json:"hashAlgorithm"`
	IssuerNameHash string `json:"issuerNameHash"`
	IssuerKeyHash  string `json:"issuerKeyHash"`
	SerialNumber   string `json:"serialNumber"`
}

// HashAlgorithms are those of OCPP.
var HashAlgorithms = map[string]crypto.Hash{"SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512}

var algorithmNames = map[crypto.Hash]string{crypto.SHA1: "SHA1", crypto.SHA256: "SHA256", crypto.SHA384: "SHA384", crypto.SHA512: "SHA512"}

// Hash names a certificate by who signed it.
func Hash(c, issuer *x509.Certificate, algorithm crypto.Hash) (CertificateHash, bool) {
	var key struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &key); err != nil {
		return CertificateHash{}, false
	}
	sum := func(b []byte) string {
		h := algorithm.New()
		h.Write(b)
		return hex.EncodeToString(h.Sum(nil))
	}
	return CertificateHash{
		HashAlgorithm: algorithmNames[algorithm], IssuerNameHash: sum(issuer.RawSubject), IssuerKeyHash: sum(key.Key.Bytes), SerialNumber: c.SerialNumber.Text(16),
	}, true
}

// RootHash names a root. Of a certificate that others signed the issuer's key isn't known from itself.
func RootHash(c *x509.Certificate) (CertificateHash, bool) {
	if !SelfSigned(c) {
		return CertificateHash{}, false
	}
	return Hash(c, c, crypto.SHA256)
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
