package charging

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// attemptWindow is how long repeats of one attempt, from the same address with the same outcome, count as one row. A charger
// that tries again every ten seconds makes a handful of rows a day, not thousands.
const attemptWindow = time.Hour

// keepAttempt records a handshake with its outcome, for whoever has to find out why a charger doesn't connect.
func (s *Service) keepAttempt(ctx context.Context, h Handshake, identity string, r *Refusal) error {
	outcome := "REFUSED"
	if r.Cause == CauseAccepted {
		outcome = "ACCEPTED"
	}
	protocols, err := json.Marshal(h.Subprotocols)
	if err != nil {
		return fmt.Errorf("keep a connection attempt: %w", err)
	}
	if h.Subprotocols == nil {
		protocols = nil
	}
	said, err := r.storedRemarks()
	if err != nil {
		return fmt.Errorf("keep a connection attempt: %w", err)
	}
	id, at := journal.NewID(), s.now()
	remote := h.Remote.String()
	rows, err := s.db.Query(ctx, `
		with repeated as (
			update connection_attempts set last_at = $4, count = count + 1
			where id = (select id from connection_attempts
				where tenant_id is not distinct from $2 and station_id is not distinct from $3 and identity = $5 and remote_address = $6
					and cause = $7 and tls_version = $16 and last_at > $4::timestamptz - $8::interval
				order by last_at desc limit 1)
			returning id)
		, first as (
			insert into connection_attempts (id, tenant_id, network_id, station_id, identity, at, last_at, outcome, cause, explanation, fix,
				remote_address, url, subprotocols, user_agent, tls_version, said)
			select $1, $2, $9, $3, $5, $4, $4, $10, $7, $11, $12, $6, $13, $14, $15, $16, $17
			where not exists (select from repeated)
			returning id)
		select id from repeated union all select id from first`,
		id, db.OrNull(r.tenant), db.OrNull(r.station), at, clip(identity, 64), remote, r.Cause, attemptWindow, db.OrNull(r.network), outcome,
		r.Explanation, r.Fix, clip(h.URL, 512), protocols, clip(h.UserAgent, 256), h.TLS, said)
	if err != nil {
		return fmt.Errorf("keep a connection attempt: %w", err)
	}
	kept, err := pgx.CollectOneRow(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("keep a connection attempt: %w", err)
	}
	if r.tenant != uuid.Nil {
		s.publish(ctx, journal.Origin{Tenant: r.tenant, Network: r.network, Station: r.station}, EventAttempt, Event{Object: kept, At: at})
	}
	return nil
}

// Reject keeps a refusal that the endpoint decides on by itself after a station was admitted: a version that nobody speaks.
func (s *Service) Reject(ctx context.Context, a *Admission, offered []string) (*Refusal, error) {
	r := refusals.version(a, offered)
	return r, s.keepAttempt(tenancy.NewContext(ctx, tenancy.Handshake()), a.handshake, a.Identity, r)
}

// RejectUpgrade keeps a handshake that was no good WebSocket upgrade, although the station was admitted.
func (s *Service) RejectUpgrade(ctx context.Context, a *Admission, cause error) error {
	return s.keepAttempt(tenancy.NewContext(ctx, tenancy.Handshake()), a.handshake, a.Identity, refusals.upgrade(a, cause))
}

// keepAcceptance records a handshake that succeeded, while the installer is still waiting to see one.
func (s *Service) keepAcceptance(ctx context.Context, a *Admission) error {
	explanation := "The station was let in."
	switch {
	case a.certificate != nil && a.certificate.RenewalOnly:
		explanation = a.certificate.Why + " It was let in to be given a new certificate, and to nothing else."
	case a.certificate != nil:
		explanation = fmt.Sprintf("The station was let in with the certificate of %q, security profile 3.", pki.Name(a.certificate.Leaf))
	case a.Profile > 0:
		explanation = fmt.Sprintf("The station was let in with its password (%s), security profile %d.", a.form, a.Profile)
	}
	return s.keepAttempt(tenancy.NewContext(ctx, tenancy.Handshake()), a.handshake, a.Identity, &Refusal{
		Cause: CauseAccepted, Explanation: explanation, Fix: "", tenant: a.Tenant, network: a.Network, station: a.Station,
	})
}

// explainUnknown tells an identity that nobody knows from one that is nearly right.
func (s *Service) explainUnknown(ctx context.Context, h Handshake, elsewhere []candidate) *Refusal {
	near, err := s.nearMisses(ctx, h)
	if err != nil {
		s.logger.Warn("an unknown identity can't be compared with those that are known", "error", err)
	}
	if len(near) > 0 {
		return refusals.nearMiss(&near[0], h.Identities[0])
	}
	if h.Tenant != "" && len(elsewhere) > 0 {
		return refusals.wrongTenant(h)
	}
	r := refusals.unknown(h.Identities[0])
	if h.Tenant != "" {
		r.tenant = s.tenantBySlug(ctx, h.Tenant)
	}
	return r
}

// nearMisses looks for stations of the same tenant whose identity differs only in case, blanks, slashes or punctuation.
func (s *Service) nearMisses(ctx context.Context, h Handshake) ([]candidate, error) {
	if h.Tenant == "" {
		return nil, nil
	}
	rows, err := s.db.Query(ctx, `
		select s.tenant_id, s.network_id, s.id, t.slug, t.status, s.identity, s.onboarding, s.registration_status, s.ocpp_version, s.vendor,
			s.security_profile, null::bytea, null::bytea, null::bytea, null::bytea, n.allow_unsecured,
			clock_timestamp(), s.model, s.firmware_version, s.preferred_version, s.quirks, '', ''
		from stations s join tenants t on t.id = s.tenant_id join networks n on n.tenant_id = s.tenant_id and n.id = s.network_id
		where t.slug = $1 and s.removed_at is null
			and regexp_replace(lower(s.identity), '[^a-z0-9]', '', 'g') = any ($2)
		order by s.onboarding desc, s.id limit 2`, h.Tenant, bareForms(h.Identities))
	if err != nil {
		return nil, fmt.Errorf("look for a station of nearly the same identity: %w", err)
	}
	return pgx.CollectRows(rows, scanCandidate)
}

// bareForms leave only letters and digits, in lower case.
func bareForms(identities []string) []string {
	bare := make([]string, 0, len(identities))
	for _, identity := range identities {
		form := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToLower(identity))
		if form != "" {
			bare = append(bare, form)
		}
	}
	return bare
}

func (s *Service) tenantBySlug(ctx context.Context, slug string) uuid.UUID {
	rows, err := s.db.Query(ctx, "select id from tenants where slug = $1", slug)
	if err != nil {
		return uuid.Nil
	}
	id, err := pgx.CollectOneRow(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return uuid.Nil
	}
	return id
}

// ForgetAttempts deletes a tenant's connection attempts that were last repeated before a time.
func (s *Service) ForgetAttempts(ctx context.Context, before time.Time) error {
	if _, err := s.db.Exec(ctx, "delete from connection_attempts where last_at < $1", before); err != nil {
		return fmt.Errorf("delete old connection attempts: %w", err)
	}
	return nil
}

// clip bounds a text from outside and makes it storable.
func clip(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
