package charging

import (
	"context"
	"fmt"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/issues"
)

// Stations notice what threatens their security (OCPP 2.0.1 A04, security whitepaper A04). What the standard calls critical becomes an issue,
// in the transaction that keeps the notice: whatever was acknowledged is seen.

// securityWords say what a security event is, what it means, and what to do.
type securityWords struct{ event, meaning, remedy string }

// criticalEvents are the events that the standard marks as critical, in the list of 1.6 or in that of 2.x, but for three that every station
// reports whenever it starts or is told the time: StartupOfTheDevice, ResetOrReboot and SettingSystemTime are kept as notices alone.
var criticalEvents = map[string]securityWords{
	"FirmwareUpdated":                   {"that its firmware was updated", "Other firmware runs on it.", "Compare with what was sent to it. Where nobody sent any, take the station out of service and have it looked at."},
	"SecurityLogWasCleared":             {"that its security log was cleared", "What happened on it before can't be read there any more.", "Find out who did it. Where nobody did, have the station looked at."},
	"MemoryExhaustion":                  {"that its memory is full", "It may lose messages, or restart. A flood of messages can cause this, too.", "Restart it, and look at what it was asked for and by whom. Ask the maker if it comes back."},
	"TamperDetectionActivated":          {"that it was tampered with", "Its housing was opened, or something inside was touched.", "Ask who works there. Where nobody does, take it out of service, have it looked at on site, and give it new credentials."},
	"InvalidFirmwareSignature":          {"firmware with a wrong signature", "It was given firmware that its maker didn't sign, and didn't install it.", "Fetch the firmware from the maker anew, and look at who sent it."},
	"InvalidFirmwareSigningCertificate": {"firmware signed with a wrong certificate", "The certificate that signed its firmware isn't one of its maker's, or has expired.", "Ask the maker for firmware with a valid signing certificate."},
	"InvalidCsmsCertificate":            {"that it doesn't believe this server's certificate", "The certificate has expired, doesn't name this address, or is under a root that the station lacks. Somebody may also stand between it and us.", "Look at the server's certificate, and install its root on the station. Where both are right, look at the network between."},
	"InvalidChargingStationCertificate": {"that it can't use the certificate it was given", "The certificate doesn't belong to its key, or is under a root that it lacks.", "Install the root above it, then renew the station's certificate on its page."},
	"DiscardedRenewedClientCertificate": {"that it threw its renewed certificate away", "It couldn't connect with the new one and went back to the old.", "Look at its connection attempts for the cause, then renew its certificate on its page."},
	"InvalidTLSVersion":                 {"that only an old version of TLS was offered to it", "It was asked to speak TLS below 1.2, which is not secure. This server doesn't do that: somebody may stand between.", "Look at proxies and at the network between the station and this server."},
	"InvalidTLSCipherSuite":             {"that only weak encryption was offered to it", "It and the other side have no secure cipher suite in common.", "Look at proxies and at the network between, and at which suites the station knows."},
	"MaintenanceLoginAccepted":          {"that somebody logged in to it on site", "Whoever did can change its settings.", "Ask who works there. Where nobody does, change its maintenance password and have it looked at."},
	"MaintenanceLoginFailed":            {"that a login on site failed", "Somebody tried to get at its settings.", "Ask who works there. Where nobody does, have it looked at."},
}

// securityAliases are names that OCPP 1.6 has for events of 2.x.
var securityAliases = map[string]string{
	"InvalidCentralSystemCertificate": "InvalidCsmsCertificate", "InvalidChargePointCertificate": "InvalidChargingStationCertificate",
}

// SecurityEvent keeps a security event of the station, and raises an issue for one that is critical. The same event of a station is one issue,
// counted.
func (l *Link) SecurityEvent(ctx context.Context, n Notice, rows Rows[struct{}]) error {
	n.Kind = NoticeSecurity
	name := n.Type
	if other, ok := securityAliases[name]; ok {
		name = other
	}
	words, critical := criticalEvents[name]
	_, err := inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (none struct{}, err error) {
		if err := l.insertNotice(ctx, tx, n); err != nil {
			return none, err
		}
		if !critical {
			return none, nil
		}
		details := map[string]string{"station": l.Identity, "type": n.Type, "name": name, "event": words.event, "meaning": words.meaning, "remedy": words.remedy}
		if n.Info != "" {
			details["info"] = clip(n.Info, 255)
			details["meaning"] += fmt.Sprintf(" It says: %q.", details["info"])
		}
		return none, l.service.issues.Raise(ctx, tx, issues.Issue{Kind: issues.SecurityEvent, Severity: issues.Critical, Cause: l.Station.String() + " " + name,
			Network: l.Network, Station: l.Station, Details: details})
	})
	return err
}

// CriticalSecurityEvent reports whether an event becomes an issue.
func CriticalSecurityEvent(name string) bool {
	if other, ok := securityAliases[name]; ok {
		name = other
	}
	_, critical := criticalEvents[name]
	return critical
}
