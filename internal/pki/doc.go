// Package pki owns what certificates of stations are: who may be signed, how, for how long, and who is believed. It is pure: it knows
// neither database nor protocol. Package authority below it keeps authorities and certificates.
//
//	station's request ─ ReadRequest ─> Request ─ Authority.Sign ─> certificate ─ Chain ─> what the station is given
//	certificate of a handshake ─ Trust.Verify ─> whose it is, or why it isn't believed
//	authority ─ RevocationList, Answer ─> what others are told of revoked certificates
//	certificate ─ RenewAt ─> when it should be changed
//
// Keys of authorities are ECDSA P-256: the OCPP security whitepaper asks stations to know them.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Fingerprint is the SHA-256 of a certificate, in hex.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// SerialNumber writes a certificate's number as OCPP does: in hex.
func SerialNumber(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

// Name is whose certificate it is, in few words.
func Name(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// KeyName is the kind and the size of a public key.
func KeyName(key crypto.PublicKey) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return "of a kind that isn't known here"
}

// errKey says what a text that holds a private key is answered.
var errKey = errors.New("it holds a private key, which must never leave its owner: give the certificates alone, and replace the key, because it was sent here")

// ReadPEM reads certificates, one or more.
func ReadPEM(text string) ([]*x509.Certificate, error) {
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, errKey
	}
	var list []*x509.Certificate
	for rest := []byte(strings.TrimSpace(text)); len(rest) > 0; rest = []byte(strings.TrimSpace(string(rest))) {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("it must be certificates as PEM: texts that begin with -----BEGIN CERTIFICATE-----")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d in it can't be read", len(list)+1)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, errors.New("it is empty: give a certificate as PEM")
	}
	return list, nil
}

// WritePEM writes certificates one after the other.
func WritePEM(list ...*x509.Certificate) string {
	var b strings.Builder
	for _, c := range list {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.String()
}

// SelfSigned reports whether a certificate is a root.
func SelfSigned(c *x509.Certificate) bool {
	return string(c.RawIssuer) == string(c.RawSubject) && c.CheckSignatureFrom(c) == nil
}
