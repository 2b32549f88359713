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
	"github.com/busbar-ev/busbar/internal/remark"
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
	cause := CauseTLSHandshake
	offered := endpoint.VersionName(f.Offered)
	detail := fault.Printable(f.Detail)
	var said remark.Remark
	var fix remark.Code
	switch f.Reason {
	case endpoint.OldVersion:
		cause = CauseTLSVersion
		said, fix = remark.New(remark.TLSOldVersion, "version", offered), remark.FixTLSOldVersion
		if f.Legacy {
			said, fix = remark.New(remark.TLSOldVersionEven, "version", offered), remark.FixTLSOldVersionEven
		}
	case endpoint.NoCommonSuite:
		said, fix = remark.New(remark.TLSNoSuite, "suites", listed(f.Suites)), remark.FixTLSNoSuite
		if f.Legacy {
			fix = remark.FixTLSNoSuiteEven
		}
	case endpoint.Distrusted:
		said, fix = remark.New(remark.TLSDistrusted, "alert", detail), remark.FixTLSRoot
	case endpoint.Refused:
		said, fix = remark.New(remark.TLSBrokenOff, "alert", detail), remark.FixTLSBrokenOff
	case endpoint.PlainOnTLS:
		said, fix = remark.New(remark.TLSPlain), remark.FixTLSPlain
	case endpoint.TLSOnPlain:
		said, fix = remark.New(remark.TLSOnPlain), remark.FixTLSOnPlain
	case endpoint.HungUp:
		said, fix = remark.New(remark.TLSHungUp), remark.FixTLSHungUp
		if f.Offered != 0 {
			said = remark.New(remark.TLSHungUpAfter, "version", offered)
		}
	case endpoint.TimedOut:
		said, fix = remark.New(remark.TLSTimedOut), remark.FixTLSTimedOut
	case endpoint.ProxyHeader:
		said, fix = remark.New(remark.TLSProxyHeader), remark.FixTLSProxyHeader
	default:
		said, fix = remark.New(remark.TLSFailed, "detail", detail), remark.FixTLSFailed
	}
	explanation := []remark.Remark{said}
	if name := fault.Printable(f.ServerName); name != "" && f.Reason != endpoint.OldVersion {
		explanation = append(explanation, remark.New(remark.TLSAskedForHost, "host", name))
	}
	return (&Refusal{Cause: cause}).say(explanation, []remark.Remark{remark.New(fix)})
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
