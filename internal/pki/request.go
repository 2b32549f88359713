package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

// LongestRequest is how many characters of a request OCPP has room for.
const LongestRequest = 5500

// Request is a certificate request that was checked for itself: it is signed with its own key, and the key is worth signing.
type Request struct{ *x509.CertificateRequest }

// Digest tells one request from another.
func (r Request) Digest() string {
	sum := sha256.Sum256(r.Raw)
	return hex.EncodeToString(sum[:])
}

// basicConstraints is the extension that makes a certificate one of an authority (RFC 5280 §4.2.1.9).
var basicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}

// asksToBeAuthority reports whether a request asks for a certificate that could sign others.
func asksToBeAuthority(request *x509.CertificateRequest) bool {
	for _, e := range request.Extensions {
		var constraints struct {
			CA         bool `asn1:"optional"`
			MaxPathLen int  `asn1:"optional,default:-1"`
		}
		if e.Id.Equal(basicConstraints) {
			if rest, err := asn1.Unmarshal(e.Value, &constraints); err != nil || len(rest) > 0 || constraints.CA {
				return true
			}
		}
	}
	return false
}

// ReadRequest reads a certificate request as PEM, or says why it can't be signed by anybody.
func ReadRequest(text string) (Request, error) {
	if len(text) > LongestRequest {
		return Request{}, fmt.Errorf("it has %d characters, and OCPP allows %d", len(text), LongestRequest)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE REQUEST" && block.Type != "NEW CERTIFICATE REQUEST" {
		return Request{}, errors.New("it isn't a certificate request as PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return Request{}, errors.New("the certificate request can't be read")
	}
	if request.CheckSignature() != nil {
		return Request{}, errors.New("the certificate request isn't signed with its own key")
	}
	if asksToBeAuthority(request) {
		return Request{}, errors.New("it asks for a certificate that could sign others")
	}
	if weak := WeakKey(request.PublicKey); weak != "" {
		return Request{}, errors.New("its key " + weak)
	}
	return Request{request}, nil
}

// WeakKey says why a key isn't worth signing or believing; nothing where it is. 2048 bits of RSA or 224 of an elliptic curve are the least
// (security whitepaper, A00.FR.502 and 503).
func WeakKey(key crypto.PublicKey) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return fmt.Sprintf("has %d bits, and RSA needs 2048", key.N.BitLen())
		}
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < 224 {
			return fmt.Sprintf("has %d bits, and an elliptic curve needs 224", key.Curve.Params().BitSize)
		}
	case ed25519.PublicKey:
	default:
		return "is of a kind that isn't known here"
	}
	return ""
}
