package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"strings"
	"time"
)

// RenewAt is when a certificate should be changed: once two thirds of its life are over, spread over another twelfth, so that what was
// signed on one day isn't renewed on one day. The same certificate always has the same moment.
func RenewAt(c *x509.Certificate) time.Time {
	life := c.NotAfter.Sub(c.NotBefore)
	sum := sha256.Sum256(c.Raw)
	share := float64(binary.BigEndian.Uint32(sum[:4])) / (1 << 32)
	return c.NotBefore.Add(life*2/3 + time.Duration(share*float64(life/12)))
}

func equalFold(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
