package charging

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	// tlsFailuresPerAddress are kept each minute of one address; further ones say nothing new.
	tlsFailuresPerAddress = 6
	// tlsFailuresInAll are kept each minute, because whoever has many addresses can fail from all of them.
	tlsFailuresInAll = 600
)

// TLSFailed keeps a TLS handshake that failed as a connection attempt. Nobody said who they are by then: the attempt belongs to the one
// station that was last heard from the address, and to nobody where there are several or none. Support's list shows the latter.
func (s *Service) TLSFailed(ctx context.Context, remote netip.Addr, f endpoint.Failure) {
	if !remote.IsValid() || !s.throttle.allows("tls\x00"+household(remote), tlsFailuresPerAddress) || !s.throttle.allows("tls", tlsFailuresInAll) {
		return
	}
	ctx = tenancy.NewContext(ctx, tenancy.Handshake())
	r := refusals.tls(f)
	identity, from, err := s.lastHeardFrom(ctx, remote)
	if err == nil {
		r.tenant, r.network, r.station = from.Tenant, from.Network, from.Station
		version := ""
		if f.Offered != 0 {
			version = endpoint.VersionName(f.Offered)
		}
		err = s.keepAttempt(ctx, Handshake{Remote: remote, TLS: version}, identity, r)
	}
	if err != nil {
		s.logger.Error("a failed TLS handshake can't be kept", "remote", remote, "reason", f.Reason, "error", err)
	}
}

// household is what one customer of a provider has: a whole network of IPv6, or one address of IPv4.
func household(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// lastHeardFrom is the one station whose newest connection came from an address; nobody where that isn't one.
func (s *Service) lastHeardFrom(ctx context.Context, remote netip.Addr) (string, journal.Origin, error) {
	type row struct {
		journal.Origin
		identity string
	}
	rows, err := s.db.Query(ctx, "select tenant_id, network_id, id, identity from stations where remote_address = $1 and remote_address <> '' and removed_at is null limit 2", remote.String())
	if err != nil {
		return "", journal.Origin{}, fmt.Errorf("look for stations at an address: %w", err)
	}
	one, err := pgx.CollectExactlyOneRow(rows, func(r pgx.CollectableRow) (o row, err error) {
		err = r.Scan(&o.Tenant, &o.Network, &o.Station, &o.identity)
		return o, err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.Is(err, pgx.ErrTooManyRows):
		return "", journal.Origin{}, nil
	case err != nil:
		return "", journal.Origin{}, fmt.Errorf("look for stations at an address: %w", err)
	}
	return one.identity, one.Origin, nil
}

// allows counts something that may happen so often within the window, and reports whether it may once more.
func (t *throttle) allows(key string, limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left(key, limit) > 0 {
		return false
	}
	t.add(key)
	return true
}

// What a failed TLS handshake tells, as support and installers read it.

func (refusalWords) tls(f endpoint.Failure) *Refusal {
	r := &Refusal{Cause: CauseTLSHandshake}
	switch f.Reason {
	case endpoint.OldVersion:
		r.Cause = CauseTLSVersion
		r.Explanation = fmt.Sprintf("The station offers at most %s, and this port speaks TLS 1.2 and 1.3.", endpoint.VersionName(f.Offered))
		r.Fix = "Update the station's firmware. Where there is none, the legacy listener (BUSBAR_TLS_LEGACY_LISTEN) takes TLS 1.0 and 1.1, which protect little."
		if f.Legacy {
			r.Explanation = fmt.Sprintf("The station offers at most %s, and even the legacy listener asks for TLS 1.0.", endpoint.VersionName(f.Offered))
			r.Fix = "Update the station's firmware, or connect it without TLS over a private network."
		}
	case endpoint.NoCommonSuite:
		r.Explanation = "The station offers no cipher suite that is spoken here: " + listed(f.Suites) + "."
		r.Fix = "Update the station's firmware. Spoken here are those of the OCPP security whitepaper, AES-GCM with ECDHE or RSA; suites with CBC only on the legacy listener (BUSBAR_TLS_LEGACY_LISTEN)."
		if f.Legacy {
			r.Fix = "Update the station's firmware: suites with RC4, 3DES or without encryption are spoken nowhere here."
		}
	case endpoint.Distrusted:
		r.Explanation = fmt.Sprintf("The station doesn't trust the server's certificate: it broke off with %q.", fault.Printable(f.Detail))
		r.Fix = "Install the root certificate on the station as CentralSystemRootCertificate (2.x: CSMSRootCertificate); it can be downloaded at /tls/root.pem. Check the station's clock too, and that its URL names the host that the certificate names."
	case endpoint.Refused:
		r.Explanation = fmt.Sprintf("The station broke the TLS handshake off with %q.", fault.Printable(f.Detail))
		r.Fix = "Look into the station's own log. Often it doesn't trust the server's certificate: its root can be downloaded at /tls/root.pem."
	case endpoint.PlainOnTLS:
		r.Explanation = "The station connected without encryption to the port that takes TLS."
		r.Fix = "Enter the connection URL with wss://, or use the port for ws://."
	case endpoint.TLSOnPlain:
		r.Explanation = "The station began a TLS handshake on the port that takes none."
		r.Fix = "Enter the connection URL with ws://, or use the port for wss:// (BUSBAR_TLS_LISTEN)."
	case endpoint.HungUp:
		r.Explanation = "The station hung up in the middle of the TLS handshake."
		if f.Offered != 0 {
			r.Explanation = fmt.Sprintf("The station hung up in the middle of the TLS handshake, after it had offered %s. Many do so when they don't trust the server's certificate.", endpoint.VersionName(f.Offered))
		}
		r.Fix = "Install the root certificate on the station (it can be downloaded at /tls/root.pem), and check its clock and its mobile connection."
	case endpoint.TimedOut:
		r.Explanation = "The station began a TLS handshake and didn't go on."
		r.Fix = "Check the station's connection: large packets may be lost on the way (MTU of a mobile network or VPN)."
	case endpoint.ProxyHeader:
		r.Explanation = "What came begins with a PROXY header, and this address may not send one."
		r.Fix = "If a load balancer of yours is at this address, add it to BUSBAR_TRUSTED_PROXIES and set BUSBAR_PROXY_PROTOCOL=true; otherwise switch the PROXY protocol off in it."
	default:
		r.Explanation = "The TLS handshake failed: " + fault.Printable(f.Detail) + "."
		r.Fix = "Usually it tries again and succeeds. If it stays, update the station's firmware."
	}
	if name := fault.Printable(f.ServerName); name != "" && f.Reason != endpoint.OldVersion {
		r.Explanation += fmt.Sprintf(" It asked for the host %q.", name)
	}
	return r
}

// listed names a few of many.
func listed(names []string) string {
	const most = 6
	if len(names) == 0 {
		return "none at all"
	}
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
