package remark

import "maps"

// What is said of connections that were refused for TLS or a certificate, and what to do about it.
const (
	AuthorityExpired       Code = "AUTHORITY_EXPIRED"
	AuthorityUnknown       Code = "AUTHORITY_UNKNOWN"
	CertificateAbsent      Code = "CERTIFICATE_ABSENT"
	CertificateExpired     Code = "CERTIFICATE_EXPIRED"
	CertificateNotYetValid Code = "CERTIFICATE_NOT_YET_VALID"
	CertificateOfAuthority Code = "CERTIFICATE_OF_AUTHORITY"
	CertificateOfOther     Code = "CERTIFICATE_OF_OTHER"
	CertificateRevoked     Code = "CERTIFICATE_REVOKED"
	CertificateUnlisted    Code = "CERTIFICATE_UNLISTED"
	CertificateWrongUse    Code = "CERTIFICATE_WRONG_USE"
	NoCertificate          Code = "NO_CERTIFICATE"
	NoCertificateLegacy    Code = "NO_CERTIFICATE_LEGACY"
	NoCertificatePlain     Code = "NO_CERTIFICATE_PLAIN"
	NoCertificateProxy     Code = "NO_CERTIFICATE_PROXY"

	TLSAskedForHost   Code = "TLS_ASKED_FOR_HOST"
	TLSBrokenOff      Code = "TLS_BROKEN_OFF"
	TLSDistrusted     Code = "TLS_DISTRUSTED"
	TLSFailed         Code = "TLS_FAILED"
	TLSHungUp         Code = "TLS_HUNG_UP"
	TLSHungUpAfter    Code = "TLS_HUNG_UP_AFTER"
	TLSNoSuite        Code = "TLS_NO_SUITE"
	TLSOldVersion     Code = "TLS_OLD_VERSION"
	TLSOldVersionEven Code = "TLS_OLD_VERSION_EVEN"
	TLSOnPlain        Code = "TLS_ON_PLAIN"
	TLSPlain          Code = "TLS_PLAIN"
	TLSProxyHeader    Code = "TLS_PROXY_HEADER"
	TLSTimedOut       Code = "TLS_TIMED_OUT"

	FixAskAgain         Code = "FIX_ASK_AGAIN"
	FixAuthorityUnknown Code = "FIX_AUTHORITY_UNKNOWN"
	FixCertificateEnded Code = "FIX_CERTIFICATE_ENDED"
	FixClientUse        Code = "FIX_CLIENT_USE"
	FixClock            Code = "FIX_CLOCK"
	FixIdentityInURL    Code = "FIX_IDENTITY_IN_URL"
	FixInstallAgain     Code = "FIX_INSTALL_AGAIN"
	FixNewOne           Code = "FIX_NEW_CERTIFICATE"
	FixProfile3         Code = "FIX_PROFILE_3"
	FixProxyHeader      Code = "FIX_PROXY_PASSES_CERTIFICATE"
	FixRevoked          Code = "FIX_REVOKED"
	FixSerialNumber     Code = "FIX_SERIAL_NUMBER"
	FixUsualPort        Code = "FIX_USUAL_PORT"

	FixTLSBrokenOff      Code = "FIX_TLS_BROKEN_OFF"
	FixTLSFailed         Code = "FIX_TLS_FAILED"
	FixTLSHungUp         Code = "FIX_TLS_HUNG_UP"
	FixTLSNoSuite        Code = "FIX_TLS_NO_SUITE"
	FixTLSNoSuiteEven    Code = "FIX_TLS_NO_SUITE_EVEN"
	FixTLSOldVersion     Code = "FIX_TLS_OLD_VERSION"
	FixTLSOldVersionEven Code = "FIX_TLS_OLD_VERSION_EVEN"
	FixTLSOnPlain        Code = "FIX_TLS_ON_PLAIN"
	FixTLSPlain          Code = "FIX_TLS_PLAIN"
	FixTLSProxyHeader    Code = "FIX_TLS_PROXY_HEADER"
	FixTLSRoot           Code = "FIX_TLS_ROOT"
	FixTLSTimedOut       Code = "FIX_TLS_TIMED_OUT"
)

var connectionTemplates = map[Code]string{
	AuthorityExpired:       `An authority above the certificate of "{name}" has expired.`,
	AuthorityUnknown:       `The certificate of "{name}" was signed by "{issuer}", whom this tenant doesn't know.`,
	CertificateAbsent:      "The station presented no certificate.",
	CertificateExpired:     `The certificate of "{name}" expired on {at}.`,
	CertificateNotYetValid: `The certificate of "{name}" isn't valid before {at}.`,
	CertificateOfAuthority: `The certificate of "{name}" is that of an authority, not of a station.`,
	CertificateOfOther:     `The station connects as "{identity}" with the certificate of "{name}".`,
	CertificateRevoked:     `The certificate of "{name}" with the number {number} was revoked.`,
	CertificateUnlisted:    `The certificate of "{name}" bears the signature of this tenant's authority, which has no record of having signed it.`,
	CertificateWrongUse:    `The certificate of "{name}" isn't made for connecting as a client.`,
	NoCertificate:          "The station must connect with its certificate (security profile 3), and it presented none.",
	NoCertificateLegacy:    "The station must connect with its certificate (security profile 3), and it came over the legacy TLS listener, which asks for none.",
	NoCertificatePlain:     "The station must connect with its certificate (security profile 3), and this connection isn't encrypted.",
	NoCertificateProxy:     "The station must connect with its certificate (security profile 3), and the proxy in front passed none on.",

	TLSAskedForHost:   `It asked for the host "{host}".`,
	TLSBrokenOff:      `The station broke the TLS handshake off with "{alert}".`,
	TLSDistrusted:     `The station doesn't trust the server's certificate: it broke off with "{alert}".`,
	TLSFailed:         "The TLS handshake failed: {detail}.",
	TLSHungUp:         "The station hung up in the middle of the TLS handshake.",
	TLSHungUpAfter:    "The station hung up in the middle of the TLS handshake, after it had offered {version}. Many do so when they don't trust the server's certificate.",
	TLSNoSuite:        "The station offers no cipher suite that is spoken here: {suites}.",
	TLSOldVersion:     "The station offers at most {version}, and this port speaks TLS 1.2 and 1.3.",
	TLSOldVersionEven: "The station offers at most {version}, and even the legacy listener asks for TLS 1.0.",
	TLSOnPlain:        "The station began a TLS handshake on the port that takes none.",
	TLSPlain:          "The station connected without encryption to the port that takes TLS.",
	TLSProxyHeader:    "What came begins with a PROXY header, and this address may not send one.",
	TLSTimedOut:       "The station began a TLS handshake and didn't go on.",

	FixAskAgain:         "If the database was restored from a copy, give the station a new certificate. Otherwise somebody may have got at the authority's key: prepare a new one.",
	FixAuthorityUnknown: "Upload the root of the station's maker on the page Certificates, or give the station a certificate of this tenant: connect it by password, and upgrade its security profile.",
	FixCertificateEnded: "Set the station back to its password for once: lower its security profile here, connect it, and upgrade it again. Check the station's clock as well.",
	FixClientUse:        "The station needs a certificate of its own for connecting as a client (TLS client authentication): have it ask for a new one.",
	FixClock:            "Check the station's clock, and that the certificate isn't for later.",
	FixIdentityInURL:    "Check that the connection URL on the station ends with its own identity.",
	FixInstallAgain:     "Install the station's certificate again, or lower its security profile here, connect it by password, and upgrade it again.",
	FixNewOne:           "Have the station ask for a new certificate.",
	FixProfile3:         "Install a client certificate for this station, and connect to the wss:// URL with it.",
	FixProxyHeader:      "Have the proxy ask for client certificates and pass them on in the header Client-Cert (RFC 9440) or X-SSL-Client-Cert, and set BUSBAR_CLIENT_CERT_HEADER here to its name; or let stations connect past it.",
	FixRevoked:          "If the station is to connect again, lower its security profile here, connect it by password, and upgrade it again: it then gets a new certificate.",
	FixSerialNumber:     `Its serial number here is "{number}": correct it if the station says another.`,
	FixUsualPort:        "Connect the station to the wss:// URL of the usual TLS port; it needs TLS 1.2 for that.",

	FixTLSBrokenOff:      "Look into the station's own log. Often it doesn't trust the server's certificate: its root can be downloaded at /tls/root.pem.",
	FixTLSFailed:         "Usually it tries again and succeeds. If it stays, update the station's firmware.",
	FixTLSHungUp:         "Install the root certificate on the station (it can be downloaded at /tls/root.pem), and check its clock and its mobile connection.",
	FixTLSNoSuite:        "Update the station's firmware. Spoken here are those of the OCPP security whitepaper, AES-GCM with ECDHE or RSA; suites with CBC only on the legacy listener (BUSBAR_TLS_LEGACY_LISTEN).",
	FixTLSNoSuiteEven:    "Update the station's firmware: suites with RC4, 3DES or without encryption are spoken nowhere here.",
	FixTLSOldVersion:     "Update the station's firmware. Where there is none, the legacy listener (BUSBAR_TLS_LEGACY_LISTEN) takes TLS 1.0 and 1.1, which protect little.",
	FixTLSOldVersionEven: "Update the station's firmware, or connect it without TLS over a private network.",
	FixTLSOnPlain:        "Enter the connection URL with ws://, or use the port for wss:// (BUSBAR_TLS_LISTEN).",
	FixTLSPlain:          "Enter the connection URL with wss://, or use the port for ws://.",
	FixTLSProxyHeader:    "If a load balancer of yours is at this address, add it to BUSBAR_TRUSTED_PROXIES and set BUSBAR_PROXY_PROTOCOL=true; otherwise switch the PROXY protocol off in it.",
	FixTLSRoot:           "Install the root certificate on the station as CentralSystemRootCertificate (2.x: CSMSRootCertificate); it can be downloaded at /tls/root.pem. Check the station's clock too, and that its URL names the host that the certificate names.",
	FixTLSTimedOut:       "Check the station's connection: large packets may be lost on the way (MTU of a mobile network or VPN).",
}

var templates = func() map[Code]string {
	all := maps.Clone(stepTemplates)
	maps.Copy(all, connectionTemplates)
	return all
}()

// Templates are the sentences in English; {names} are where details go in.
func Templates() map[Code]string { return templates }
