package charging

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/tenancy"
)

// Handshake is what a station presents when it connects.
type Handshake struct {
	// Tenant is the tenant part of the connection URL, empty where the URL has none.
	Tenant string
	// Identities are the identity as the URL states it, best guess first: some makers append the serial to the URL.
	Identities []string
	// URL is the path as it came, for the record.
	URL string
	// Malformed says why no identity could be read from the URL.
	Malformed string

	HasBasic  bool
	BasicUser string
	Password  []byte

	Subprotocols []string
	Remote       netip.Addr
	UserAgent    string
	// TLS is the version of the encrypted connection, empty for a plain one.
	TLS string
	// Legacy is a connection over the listener for old stations, whose encryption doesn't count.
	Legacy bool
	// Certificates are the station's own and those above it, as it presented them. It proved that it has the key.
	Certificates []*x509.Certificate
}

// Secure reports whether the connection is encrypted well enough for security profile 2.
func (h Handshake) Secure() bool { return h.TLS != "" && !h.Legacy }

// userMayBeIdentity reports whether the only part of the URL may be the tenant rather than the identity.
func (h Handshake) userMayBeIdentity() bool {
	return h.Tenant == "" && len(h.Identities) == 1 && h.HasBasic && h.BasicUser != h.Identities[0] && ValidIdentity(h.BasicUser)
}

// Admission is a station that may connect.
type Admission struct {
	journal.Origin
	Identity string
	// PreferredVersion is the OCPP version to choose where the station offers it; empty for the newest. DefaultVersion is the one
	// to speak when it names none.
	PreferredVersion string
	DefaultVersion   string
	Vendor           string
	// Profile is the security profile that this connection meets.
	Profile int
	// Onboarded tells a station that was let in before from one that is new.
	Onboarded bool

	// certificate is what the station's certificate is good for; nil where it was let in without.
	certificate *authority.Verdict

	form form
	// usedNext is the next password as it was stored when the station was let in by it; nil where it wasn't.
	usedNext []byte
	// at is when the handshake was admitted, by the database's clock, which all nodes share.
	at        time.Time
	handshake Handshake
}

// Refusal is why a station may not connect. What it says is for the operator; the station learns only Status.
type Refusal struct {
	Cause       Cause
	Explanation string
	Fix         string
	// RetryAfter is set when the station should wait.
	RetryAfter time.Duration

	remarks                  AttemptRemarks
	tenant, network, station uuid.UUID
}

// candidate is a row that the handshake actor may read.
type candidate struct {
	journal.Origin
	tenantSlug, tenantStatus string
	identity                 string
	onboarding, registration string
	version                  string
	vendor                   string
	profile                  int
	at                       time.Time
	model, firmware          string
	preferred                *string
	quirks                   []byte
	current, next            secret
	allowUnsecured           bool
	// serial is what the station says of itself, expected what its operator does.
	serial, expected string
}

func (c *candidate) refuse(cause Cause, explanation, fix string) *Refusal {
	return &Refusal{Cause: cause, Explanation: explanation, Fix: fix, tenant: c.Tenant, network: c.Network, station: c.Station}
}

// Admit decides whether a station may connect. A refusal is kept as a connection attempt, with its cause and the fix.
func (s *Service) Admit(ctx context.Context, h Handshake) (*Admission, *Refusal, error) {
	ctx = tenancy.NewContext(ctx, tenancy.Handshake())
	identity := ""
	if len(h.Identities) > 0 {
		identity = h.Identities[0]
	}
	address := h.Remote.String()
	if wait := s.throttle.wait(identity, address); wait > 0 {
		r := refusals.rateLimited(wait)
		return nil, r, s.keepAttempt(ctx, h, identity, r)
	}
	admission, refusal, err := s.decide(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	if refusal != nil {
		s.throttle.fail(identity, address)
		return nil, refusal, s.keepAttempt(ctx, h, identity, refusal)
	}
	return admission, nil, nil
}

func (s *Service) decide(ctx context.Context, h Handshake) (*Admission, *Refusal, error) {
	if h.Malformed != "" {
		return nil, refusals.malformed(h), nil
	}
	if len(h.Identities) == 0 {
		return nil, refusals.noIdentity(), nil
	}
	if h.userMayBeIdentity() && s.tenantBySlug(ctx, h.Identities[0]) != uuid.Nil {
		// The URL ends with the tenant, and the station says who it is by its user name.
		h.Tenant, h.Identities = h.Identities[0], []string{h.BasicUser}
	}
	found, err := s.lookUp(ctx, h)
	if err != nil {
		return nil, nil, err
	}
	var here []candidate
	for _, c := range found {
		if h.Tenant == "" || c.tenantSlug == h.Tenant {
			here = append(here, c)
		}
	}
	if len(here) == 0 {
		// An unknown station takes as long to refuse as a known one.
		s.matches(secret{}, h.Password)
		return nil, s.explainUnknown(ctx, h, found), nil
	}
	if h.Tenant != "" {
		return s.check(ctx, &here[0], h)
	}
	return s.pick(ctx, here, h)
}

// pick finds the one station on the platform that identity and credential name together, for stations whose URL can't
// carry a tenant.
func (s *Service) pick(ctx context.Context, here []candidate, h Handshake) (*Admission, *Refusal, error) {
	var admitted []*Admission
	var refusal *Refusal
	for i := range here {
		a, r, err := s.check(ctx, &here[i], h)
		if err != nil {
			return nil, nil, err
		}
		if a != nil && a.Profile > 0 {
			admitted = append(admitted, a)
		}
		if r != nil && (refusal == nil || r.station != uuid.Nil) {
			refusal = r
		}
	}
	switch {
	case len(admitted) == 1:
		return admitted[0], nil, nil
	case len(admitted) > 1:
		return nil, refusals.ambiguous(), nil
	case len(here) > 1 && refusal != nil:
		// Several tenants have this identity: which one is meant is not ours to guess, nor to tell.
		refusal.tenant, refusal.network, refusal.station = uuid.Nil, uuid.Nil, uuid.Nil
		return nil, refusal, nil
	case refusal == nil:
		return nil, here[0].refuse(CauseNoCredential, "The station connected without a tenant in its URL and without a password.",
			"Use the connection URL with the tenant in it."), nil
	}
	return nil, refusal, nil
}

const lookUpStations = `
	select s.tenant_id, s.network_id, s.id, t.slug, t.status, s.identity, s.onboarding, s.registration_status, s.ocpp_version, s.vendor,
		s.security_profile, s.password_salt, s.password_mac, s.next_password_salt, s.next_password_mac, n.allow_unsecured,
		clock_timestamp(), s.model, s.firmware_version, s.preferred_version, s.quirks, s.serial_number, s.expected_serial
	from stations s join tenants t on t.id = s.tenant_id join networks n on n.tenant_id = s.tenant_id and n.id = s.network_id
	where lower(s.identity) = any ($1) and s.identity = any ($2) and s.removed_at is null
	order by array_position($2, s.identity), s.id limit 50`

func (s *Service) lookUp(ctx context.Context, h Handshake) ([]candidate, error) {
	lower := make([]string, len(h.Identities))
	for i, identity := range h.Identities {
		lower[i] = strings.ToLower(identity)
	}
	rows, err := s.db.Query(ctx, lookUpStations, lower, h.Identities)
	if err != nil {
		return nil, fmt.Errorf("look up station %q: %w", h.Identities[0], err)
	}
	found, err := pgx.CollectRows(rows, scanCandidate)
	if err != nil {
		return nil, fmt.Errorf("look up station %q: %w", h.Identities[0], err)
	}
	return found, nil
}

func scanCandidate(row pgx.CollectableRow) (c candidate, err error) {
	err = row.Scan(&c.Tenant, &c.Network, &c.Station, &c.tenantSlug, &c.tenantStatus, &c.identity, &c.onboarding, &c.registration,
		&c.version, &c.vendor, &c.profile, &c.current.salt, &c.current.mac, &c.next.salt, &c.next.mac, &c.allowUnsecured,
		&c.at, &c.model, &c.firmware, &c.preferred, &c.quirks, &c.serial, &c.expected)
	return c, err
}

// check tries a station's credential and everything else that must hold.
func (s *Service) check(ctx context.Context, c *candidate, h Handshake) (*Admission, *Refusal, error) {
	a := &Admission{
		Origin: c.Origin, Identity: c.identity, Vendor: c.vendor,
		Onboarded: c.onboarding == "ONBOARDED", at: c.at, handshake: h,
	}
	if c.tenantStatus != "ACTIVE" {
		return nil, c.refuse(CauseTenantSuspended, "The tenant is suspended.", "Ask the platform's support."), nil
	}
	distrusted, err := s.checkCertificate(ctx, c, h, a)
	if err != nil {
		return nil, nil, err
	}
	if a.certificate == nil {
		// Many stations present what their maker put in although nobody asked: a password that is right makes good for it.
		if refusal := s.checkPassword(c, h, a); refusal != nil {
			if distrusted != nil && (c.profile == 3 || len(h.Password) == 0) {
				refusal = distrusted
			}
			return nil, refusal, nil
		}
	}
	switch {
	case c.profile > a.Profile && distrusted != nil:
		return nil, distrusted, nil
	case c.profile > a.Profile:
		return nil, refusals.profileTooLow(c, a.Profile), nil
	case c.registration == "REJECTED":
		return nil, c.refuse(CauseStationRejected, "The station was rejected by the operator.", "Approve the station again on its page if it should connect."), nil
	}
	a.PreferredVersion, a.DefaultVersion = c.versions()
	return a, nil, nil
}

// checkPassword tries the password that a station sent, or that it may do without.
func (s *Service) checkPassword(c *candidate, h Handshake, a *Admission) *Refusal {
	switch {
	case h.HasBasic && h.BasicUser != c.identity:
		s.matches(secret{}, h.Password)
		return refusals.identityMismatch(c, h)
	case h.HasBasic && len(h.Password) > 0:
		f, ok := s.matches(c.current, h.Password)
		if !ok && c.next.salt != nil {
			f, ok = s.matches(c.next, h.Password)
			if ok {
				a.usedNext = c.next.mac
			}
		}
		if !ok {
			return refusals.wrongPassword(c, h)
		}
		a.form, a.Profile = f, 1
		if h.Secure() {
			a.Profile = 2
		}
	case c.profile == 3 && len(h.Certificates) == 0:
		s.matches(secret{}, h.Password)
		return refusals.noCertificate(c, h)
	case c.profile > 0 || !c.allowUnsecured:
		s.matches(secret{}, h.Password)
		return refusals.noCredential(c)
	}
	return nil
}

// checkCertificate tries the certificate that a station presented, if it did.
func (s *Service) checkCertificate(ctx context.Context, c *candidate, h Handshake, a *Admission) (*Refusal, error) {
	if len(h.Certificates) == 0 || s.authorities == nil {
		return nil, nil
	}
	v, err := s.authorities.Verify(ctx, c.Tenant, h.Certificates)
	var distrust *pki.Distrust
	switch {
	case errors.As(err, &distrust):
		return refusals.distrusted(c, distrust), nil
	case errors.Is(err, authority.ErrRevoked):
		return refusals.revoked(c, v.Leaf), nil
	case errors.Is(err, authority.ErrUnlisted):
		return refusals.unlisted(c, v.Leaf), nil
	case err != nil:
		return nil, err
	case v.Station != uuid.Nil && v.Station != c.Station, v.Origin == pki.Factory && !pki.Named(v.Leaf, c.names()...):
		return refusals.othersCertificate(c, v.Leaf), nil
	}
	a.certificate, a.Profile = &v, 3
	return nil, nil
}

// names are what a maker's certificate may call the station: the serial number that the operator expects; else the one that the station
// said at its boot, or its identity.
func (c *candidate) names() []string {
	if c.expected != "" {
		return []string{c.expected}
	}
	return []string{c.serial, c.identity}
}

// ErrNotAdmitted is wrapped by errors of a connection that was overtaken by events while it was being set up.
var ErrNotAdmitted = errors.New("the station may not connect any more")
