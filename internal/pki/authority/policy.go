package authority

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Policy says how a tenant's certificates are made and changed.
type Policy struct {
	// Organization stands in every certificate; the tenant's name where none was chosen.
	Organization string
	LifetimeDays int
	// QuietFrom and QuietTo are minutes of the day, by the clock of a station's location, between which its certificate may be changed;
	// nil is at any time.
	QuietFrom, QuietTo *int
	// GraceDays is how long after its end a certificate still lets its station in to be given a new one, and to nothing else.
	GraceDays int
	// Factory is RENEW where a maker's certificate lets a station in only to be given one of ours, ADMIT where it is good enough.
	Factory string
}

// Lifetime is how long a certificate counts.
func (p Policy) Lifetime() time.Duration { return time.Duration(p.LifetimeDays) * 24 * time.Hour }

// Grace is how long after its end a certificate still lets its station renew it.
func (p Policy) Grace() time.Duration { return time.Duration(p.GraceDays) * 24 * time.Hour }

// Quiet reports whether a station may be disturbed at a time of its own clock.
func (p Policy) Quiet(at time.Time) bool {
	if p.QuietFrom == nil || p.QuietTo == nil || *p.QuietFrom == *p.QuietTo {
		return true
	}
	minute := at.Hour()*60 + at.Minute()
	if *p.QuietFrom < *p.QuietTo {
		return minute >= *p.QuietFrom && minute < *p.QuietTo
	}
	return minute >= *p.QuietFrom || minute < *p.QuietTo
}

// policyOf reads a tenant's policy with its defaults; $1 is the tenant.
const policyOf = `select coalesce(nullif(p.organization, ''), nullif(left(t.legal_name, 64), ''), left(t.name, 64)), coalesce(p.lifetime_days, 365), p.quiet_from, p.quiet_to,
	coalesce(p.grace_days, 30), coalesce(p.factory, 'RENEW') from tenants t left join certificate_policies p on p.tenant_id = t.id where t.id = $1`

func (s *Service) policy(ctx context.Context, q querier) (p Policy, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return p, err
	}
	rows, err := q.Query(ctx, policyOf, v.Tenant)
	if err == nil {
		p, err = pgx.CollectExactlyOneRow(rows, scanPolicy)
	}
	if err != nil {
		return p, fmt.Errorf("load the policy for certificates: %w", err)
	}
	return p, nil
}

func scanPolicy(row pgx.CollectableRow) (p Policy, err error) {
	err = row.Scan(&p.Organization, &p.LifetimeDays, &p.QuietFrom, &p.QuietTo, &p.GraceDays, &p.Factory)
	return p, err
}

// Policy is the tenant's.
func (s *Service) Policy(ctx context.Context) (Policy, error) { return s.policy(ctx, s.db) }

// SetPolicy changes it. Certificates that were signed stay as they are.
func (s *Service) SetPolicy(ctx context.Context, p Policy) (Policy, error) {
	v, err := may(ctx, tenancy.CertificateWrite)
	if err != nil {
		return p, err
	}
	p.Organization = strings.TrimSpace(p.Organization)
	minute := func(field string, m *int) error {
		if m != nil && (*m < 0 || *m > 1439) {
			return fault.In(field, "A time of day is between 00:00 and 23:59.")
		}
		return nil
	}
	switch {
	case utf8.RuneCountInString(p.Organization) > 64:
		return p, fault.In("organization", "Certificates have room for 64 characters of the organization's name.")
	case p.LifetimeDays < 1 || p.LifetimeDays > 3650:
		return p, fault.In("lifetimeDays", "Certificates count from one day to ten years (3650 days), not %d days.", p.LifetimeDays)
	case p.GraceDays < 0 || p.GraceDays > 365:
		return p, fault.In("graceDays", "The time to renew what has expired is up to 365 days.")
	case p.Factory != "RENEW" && p.Factory != "ADMIT":
		return p, fault.In("factory", "A maker's certificate either leads to renewal first or is good enough.")
	case (p.QuietFrom == nil) != (p.QuietTo == nil):
		return p, fault.In("quietTo", "Quiet hours need a beginning and an end.")
	}
	for field, m := range map[string]*int{"quietFrom": p.QuietFrom, "quietTo": p.QuietTo} {
		if err := minute(field, m); err != nil {
			return p, err
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into certificate_policies as c (tenant_id, organization, lifetime_days, quiet_from, quiet_to, grace_days, factory) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (tenant_id) do update set organization = $2, lifetime_days = $3, quiet_from = $4, quiet_to = $5, grace_days = $6, factory = $7, updated_at = now()`,
			v.Tenant, p.Organization, p.LifetimeDays, p.QuietFrom, p.QuietTo, p.GraceDays, p.Factory)
		if err != nil {
			return fmt.Errorf("store the policy for certificates: %w", err)
		}
		if err := audit.Write(ctx, tx, audit.Event{Action: "certificate_policy.update", SubjectType: "tenant", SubjectID: v.Tenant.String(), Details: map[string]any{
			"organization": p.Organization, "lifetimeDays": p.LifetimeDays, "graceDays": p.GraceDays, "factory": p.Factory}}); err != nil {
			return err
		}
		p, err = s.policy(ctx, tx)
		return err
	})
	return p, err
}
