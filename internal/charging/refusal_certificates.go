package charging

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
)

// What speaks against a station's certificate, as support and installers read it.

var distrustCauses = map[pki.Reason]Cause{
	pki.UnknownAuthority: CauseUnknownCA, pki.Expired: CauseExpired, pki.NotYetValid: CauseWrongCertificate, pki.WrongUse: CauseWrongCertificate, pki.Unusable: CauseWrongCertificate,
}

var distrustFixes = map[pki.Reason]string{
	pki.UnknownAuthority: "Upload the root of the station's maker on the page Certificates, or give the station a certificate of this tenant: connect it by password, and upgrade its security profile.",
	pki.Expired:          "Set the station back to its password for once: lower its security profile here, connect it, and upgrade it again. Check the station's clock as well.",
	pki.NotYetValid:      "Check the station's clock, and that the certificate isn't for later.",
	pki.WrongUse:         "The station needs a certificate of its own for connecting as a client (TLS client authentication): have it ask for a new one.",
	pki.Unusable:         "Have the station ask for a new certificate.",
}

func (refusalWords) distrusted(c *candidate, d *pki.Distrust) *Refusal {
	return c.refuse(distrustCauses[d.Reason], d.Words, distrustFixes[d.Reason])
}

func (refusalWords) revoked(c *candidate, leaf *x509.Certificate) *Refusal {
	return c.refuse(CauseRevoked, fmt.Sprintf("The certificate of %q with the number %s was revoked.", fault.Printable(pki.Name(leaf)), pki.SerialNumber(leaf)),
		"If the station is to connect again, lower its security profile here, connect it by password, and upgrade it again: it then gets a new certificate.")
}

func (refusalWords) unlisted(c *candidate, leaf *x509.Certificate) *Refusal {
	return c.refuse(CauseWrongCertificate,
		fmt.Sprintf("The certificate of %q bears the signature of this tenant's authority, which has no record of having signed it.", fault.Printable(pki.Name(leaf))),
		"If the database was restored from a copy, give the station a new certificate. Otherwise somebody may have got at the authority's key: prepare a new one.")
}

func (refusalWords) othersCertificate(c *candidate, leaf *x509.Certificate) *Refusal {
	expected := c.expected
	if expected == "" {
		expected = c.serial
	}
	fix := "Check that the connection URL on the station ends with its own identity."
	if expected != "" {
		fix += fmt.Sprintf(" Its serial number here is %q: correct it if the station says another.", fault.Printable(expected))
	}
	return c.refuse(CauseWrongCertificate, fmt.Sprintf("The station connects as %q with the certificate of %q.", c.identity, fault.Printable(pki.Name(leaf))), fix)
}

func (refusalWords) noCertificate(c *candidate, h Handshake) *Refusal {
	switch {
	case h.Legacy:
		return c.refuse(CauseProfileMismatch, "The station must connect with its certificate (security profile 3), and it came over the legacy TLS listener, which asks for none.",
			"Connect the station to the wss:// URL of the usual TLS port; it needs TLS 1.2 for that.")
	case !h.Secure():
		return c.refuse(CauseProfileMismatch, "The station must connect with its certificate (security profile 3), and this connection isn't encrypted.", profileFixes[3])
	case strings.HasPrefix(h.TLS, "terminated"):
		return c.refuse(CauseNoCertificate, "The station must connect with its certificate (security profile 3), and the proxy in front passed none on.",
			"Have the proxy ask for client certificates and pass them on in the header Client-Cert (RFC 9440) or X-SSL-Client-Cert, and set BUSBAR_CLIENT_CERT_HEADER here to its name; or let stations connect past it.")
	}
	return c.refuse(CauseNoCertificate, "The station must connect with its certificate (security profile 3), and it presented none.",
		"Install the station's certificate again, or lower its security profile here, connect it by password, and upgrade it again.")
}
