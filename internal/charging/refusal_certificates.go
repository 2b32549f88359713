package charging

import (
	"crypto/x509"
	"strings"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/remark"
)

// What speaks against a station's certificate, as support and installers read it.

var distrustCauses = map[pki.Reason]Cause{
	pki.UnknownAuthority: CauseUnknownCA, pki.Expired: CauseExpired, pki.NotYetValid: CauseWrongCertificate, pki.WrongUse: CauseWrongCertificate, pki.Unusable: CauseWrongCertificate,
}

var distrustFixes = map[pki.Reason]remark.Code{
	pki.UnknownAuthority: remark.FixAuthorityUnknown, pki.Expired: remark.FixCertificateEnded, pki.NotYetValid: remark.FixClock, pki.WrongUse: remark.FixClientUse, pki.Unusable: remark.FixNewOne,
}

// refuseSaying refuses a station in sentences that have codes.
func (c *candidate) refuseSaying(cause Cause, explanation remark.Remark, fix ...remark.Remark) *Refusal {
	return c.refuse(cause, "", "").say([]remark.Remark{explanation}, fix)
}

func (refusalWords) distrusted(c *candidate, d *pki.Distrust) *Refusal {
	return c.refuseSaying(distrustCauses[d.Reason], d.Remark, remark.New(distrustFixes[d.Reason]))
}

func (refusalWords) revoked(c *candidate, leaf *x509.Certificate) *Refusal {
	return c.refuseSaying(CauseRevoked, remark.New(remark.CertificateRevoked, "name", fault.Printable(pki.Name(leaf)), "number", pki.SerialNumber(leaf)), remark.New(remark.FixRevoked))
}

func (refusalWords) unlisted(c *candidate, leaf *x509.Certificate) *Refusal {
	return c.refuseSaying(CauseWrongCertificate, remark.New(remark.CertificateUnlisted, "name", fault.Printable(pki.Name(leaf))), remark.New(remark.FixAskAgain))
}

func (refusalWords) othersCertificate(c *candidate, leaf *x509.Certificate) *Refusal {
	expected := c.expected
	if expected == "" {
		expected = c.serial
	}
	fix := []remark.Remark{remark.New(remark.FixIdentityInURL)}
	if expected != "" {
		fix = append(fix, remark.New(remark.FixSerialNumber, "number", fault.Printable(expected)))
	}
	return c.refuseSaying(CauseWrongCertificate, remark.New(remark.CertificateOfOther, "identity", c.identity, "name", fault.Printable(pki.Name(leaf))), fix...)
}

func (refusalWords) noCertificate(c *candidate, h Handshake) *Refusal {
	switch {
	case h.Legacy:
		return c.refuseSaying(CauseProfileMismatch, remark.New(remark.NoCertificateLegacy), remark.New(remark.FixUsualPort))
	case !h.Secure():
		return c.refuseSaying(CauseProfileMismatch, remark.New(remark.NoCertificatePlain), remark.New(remark.FixProfile3))
	case strings.HasPrefix(h.TLS, "terminated"):
		return c.refuseSaying(CauseNoCertificate, remark.New(remark.NoCertificateProxy), remark.New(remark.FixProxyHeader))
	}
	return c.refuseSaying(CauseNoCertificate, remark.New(remark.NoCertificate), remark.New(remark.FixInstallAgain))
}
