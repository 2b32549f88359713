package charging

import (
	"fmt"
	"math"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
)

// Cause sorts refusals. The values are those of GraphQL's AttemptCause.
type Cause string

// Why a handshake was refused; CauseAccepted is why not.
const (
	CauseAccepted          Cause = "ACCEPTED"
	CauseUnknownIdentity   Cause = "UNKNOWN_IDENTITY"
	CauseNearMissIdentity  Cause = "NEAR_MISS_IDENTITY"
	CauseMalformedIdentity Cause = "MALFORMED_IDENTITY"
	CauseIdentityMismatch  Cause = "IDENTITY_MISMATCH"
	CauseNoCredential      Cause = "NO_CREDENTIAL"
	CauseWrongPassword     Cause = "WRONG_PASSWORD"
	CauseWrongTenant       Cause = "WRONG_TENANT"
	CauseAmbiguousIdentity Cause = "AMBIGUOUS_IDENTITY"
	CauseVersionNotSpoken  Cause = "VERSION_NOT_SPOKEN"
	CauseProfileMismatch   Cause = "PROFILE_MISMATCH"
	CauseRateLimited       Cause = "RATE_LIMITED"
	CauseStationRejected   Cause = "STATION_REJECTED"
	CauseTenantSuspended   Cause = "TENANT_SUSPENDED"
	CauseMalformedUpgrade  Cause = "MALFORMED_UPGRADE"
	CauseTLSVersion        Cause = "TLS_VERSION"
	CauseTLSHandshake      Cause = "TLS_HANDSHAKE"
	CauseUnknownCA         Cause = "UNKNOWN_CA"
	CauseExpired           Cause = "EXPIRED_CERTIFICATE"
	CauseRevoked           Cause = "REVOKED_CERTIFICATE"
	CauseWrongCertificate  Cause = "WRONG_CERTIFICATE"
	CauseNoCertificate     Cause = "NO_CERTIFICATE"
)

// refusals words what support and installers read.
var refusals refusalWords

type refusalWords struct{}

func (refusalWords) rateLimited(wait time.Duration) *Refusal {
	return &Refusal{
		Cause:       CauseRateLimited,
		Explanation: "Too many failed attempts came from this address, so further ones are not looked at for a while.",
		Fix:         fmt.Sprintf("Correct the identity and the password first, then wait %d seconds.", int(math.Ceil(wait.Seconds()))),
		RetryAfter:  wait,
	}
}

func (refusalWords) malformed(h Handshake) *Refusal {
	return &Refusal{
		Cause:       CauseMalformedIdentity,
		Explanation: "The identity in the URL can't be read: " + h.Malformed + ".",
		Fix:         "Enter the connection URL exactly as it stands on the station's page. An identity has up to 48 letters, digits and * - _ = : + | @ . characters.",
	}
}

func (refusalWords) noIdentity() *Refusal {
	return &Refusal{
		Cause:       CauseMalformedIdentity,
		Explanation: "The station connected without its identity: neither the URL nor the user name has one.",
		Fix:         "Add the station's identity to the end of the URL, after a slash, or set it as the charge point id.",
	}
}

func (refusalWords) unknown(identity string) *Refusal {
	return &Refusal{
		Cause:       CauseUnknownIdentity,
		Explanation: fmt.Sprintf("No station with the identity %q is registered here.", identity),
		Fix:         fmt.Sprintf("Add a station with the identity %q, or set the station's identity to the one that is registered.", identity),
	}
}

func (refusalWords) nearMiss(c *candidate, sent string) *Refusal {
	return c.refuse(CauseNearMissIdentity,
		fmt.Sprintf("The station calls itself %q, and the one registered is %q: almost the same, but identities must match to the letter.", sent, c.identity),
		fmt.Sprintf("Set the identity on the station to %q. Mind capitals, spaces and slashes.", c.identity))
}

// wrongTenant speaks to the support desk alone: neither tenant learns of the other.
func (refusalWords) wrongTenant(h Handshake) *Refusal {
	return &Refusal{
		Cause:       CauseWrongTenant,
		Explanation: fmt.Sprintf("The URL names the operator %q, which has no station %q.", h.Tenant, h.Identities[0]),
		Fix:         "Copy the connection URL from the station's page: the part after /ocpp/ is the operator's own.",
	}
}

func (refusalWords) ambiguous() *Refusal {
	return &Refusal{
		Cause:       CauseAmbiguousIdentity,
		Explanation: "More than one station on the platform has this identity and this password, and the URL doesn't say which operator is meant.",
		Fix:         "Use the connection URL with the operator in it, or rotate the station's password.",
	}
}

func (refusalWords) identityMismatch(c *candidate, h Handshake) *Refusal {
	return c.refuse(CauseIdentityMismatch,
		fmt.Sprintf("The URL says the station is %q, and the user name says it is %q.", c.identity, fault.Printable(h.BasicUser)),
		fmt.Sprintf("Set the user name to %q, or clear it where the station fills it in by itself.", c.identity))
}

func (refusalWords) wrongPassword(c *candidate, h Handshake) *Refusal {
	fix := "Enter the password again, or rotate it on the station's page and enter the one shown."
	explanation := fmt.Sprintf("The identity is right and the password is not. The station sent %d characters.", len(h.Password))
	switch n := len(h.Password); {
	case n < 16:
		explanation += " OCPP passwords have at least 16."
	case n == 20 && !isPrintable(h.Password):
		explanation += " They look like the bytes behind 40 hex digits, which is how some makers send a password."
		fix = "On this station the password field takes hex: enter the 40 hex digits from the station's page as they are."
	case n%2 == 0 && decodeHex(h.Password) != nil:
		fix = "The station sent hex digits: check each of them, or rotate the password and enter the one shown."
	}
	return c.refuse(CauseWrongPassword, explanation, fix)
}

func (refusalWords) noCredential(c *candidate) *Refusal {
	return c.refuse(CauseNoCredential,
		"The station sent no password, and its network doesn't let stations in without one.",
		"Enter the password on the station (often called authorization key), and set its security profile to 1 or 2.")
}

func (refusalWords) profileTooLow(c *candidate, met int) *Refusal {
	return c.refuse(CauseProfileMismatch,
		fmt.Sprintf("The station must connect with security profile %d, and this connection meets profile %d.", c.profile, met),
		profileFixes[min(c.profile, len(profileFixes)-1)])
}

var profileFixes = []string{
	"",
	"Enter the password on the station.",
	"Use the wss:// connection URL, so that the connection is encrypted.",
	"Install a client certificate for this station, and connect to the wss:// URL with it.",
}

func (refusalWords) version(c *Admission, offered []string) *Refusal {
	return &Refusal{
		Cause:       CauseVersionNotSpoken,
		Explanation: fmt.Sprintf("The station offers %s, and none of these is spoken here.", quoteList(offered)),
		Fix:         "Set the station to OCPP 1.6 JSON (ocpp1.6).",
		tenant:      c.Tenant, network: c.Network, station: c.Station,
	}
}

func (refusalWords) upgrade(a *Admission, cause error) *Refusal {
	return &Refusal{
		Cause:       CauseMalformedUpgrade,
		Explanation: "The station's request to open a WebSocket is malformed: " + fault.Printable(cause.Error()) + ".",
		Fix:         "Usually it tries again and succeeds. If it stays, update the station's firmware, or look for a proxy that changes its requests.",
		tenant:      a.Tenant, network: a.Network, station: a.Station,
	}
}

func isPrintable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func quoteList(list []string) string {
	text := ""
	for i, s := range list {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", fault.Printable(s))
	}
	return text
}
