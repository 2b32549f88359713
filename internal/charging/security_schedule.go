package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/tenancy"
)

// Certificates are renewed by the clock, a few at a time:
//
//	upkeep, every five minutes ─> due, and it is quiet there ─ at most so many ─> RENEWAL of each
//	                           └> 14, 7 and 1 days before the end ─> an issue
//
// After an outage, or where a clock stepped, thousands may be due at once: they are spread like all others, the most pressing first.

// SecurityQueue is the queue of jobs that change what stations connect with.
const SecurityQueue = "security"

const (
	// renewalSpread is over how many runs of upkeep what is due is spread at least: half a day.
	renewalSpread = 144
	// fewRenewals may be begun in one run whatever is due.
	fewRenewals = 10
	// renewalPause is how long a renewal that failed is left alone.
	renewalPause = 24 * time.Hour
)

// due is a certificate that should be changed.
type due struct {
	station  uuid.UUID
	zone     string
	notAfter time.Time
}

// PlanRenewals begins what is due. Periodic work calls it for each tenant.
func (s *Service) PlanRenewals(ctx context.Context) (begun int, err error) {
	if s.authorities == nil {
		return 0, nil
	}
	policy, err := s.authorities.Policy(ctx)
	if err != nil {
		return 0, err
	}
	now := s.now()
	list, err := s.dueRenewals(ctx, now)
	if err != nil {
		return 0, err
	}
	most := max(fewRenewals, len(list)/renewalSpread+1)
	for _, d := range list {
		if begun == most {
			break
		}
		if !quietAt(policy, d, now) {
			continue
		}
		if _, err := s.RenewCertificate(ctx, d.station); err != nil {
			if fault.Of(err) != nil {
				continue // something else is being done to it, or nobody signs
			}
			return begun, err
		}
		begun++
	}
	return begun, nil
}

// quietAt reports whether a station may be disturbed now. In its last two days nothing is spared.
func quietAt(p authority.Policy, d due, now time.Time) bool {
	zone, err := time.LoadLocation(d.zone)
	if err != nil {
		zone = time.UTC
	}
	return p.Quiet(now.In(zone)) || d.notAfter.Sub(now) < 48*time.Hour
}

// dueRenewals are the certificates that should be changed, of stations that are online and weren't tried within a day; the most
// pressing first.
func (s *Service) dueRenewals(ctx context.Context, now time.Time) ([]due, error) {
	rows, err := s.db.Query(ctx, `select c.station_id, coalesce(l.timezone, t.timezone), c.not_after
		from station_certificates c join stations s on s.id = c.station_id and s.removed_at is null and s.online and s.onboarding = 'ONBOARDED'
			join tenants t on t.id = c.tenant_id left join locations l on l.id = s.location_id
		where c.status in ('INSTALLED', 'IN_USE') and c.origin = 'SIGNED' and c.use = $1 and c.renew_at <= $2 and c.not_after > $2
			and not exists (select from station_certificates newer where newer.station_id = c.station_id and newer.use = c.use and newer.created_at > c.created_at and newer.status in ('SIGNED', 'INSTALLED', 'IN_USE') and newer.not_after > $2)
			and not exists (select from security_operations o where o.station_id = c.station_id and (o.status in ('RUNNING', 'APPROVAL') or o.kind = 'RENEWAL' and o.created_at > $3))
		order by c.not_after`, useStation, now, now.Add(-renewalPause))
	if err != nil {
		return nil, fmt.Errorf("look which certificates should be changed: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d due, err error) {
		err = row.Scan(&d.station, &d.zone, &d.notAfter)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("look which certificates should be changed: %w", err)
	}
	return list, nil
}

// overlooked is how long after its time something is taken up again that no job is at.
const overlooked = 2 * time.Minute

// ResumeSecurity takes up what is past its time and that no job is at: one may have come while another was busy with the same. It cuts off who was shut
// out as well. Periodic work calls it for each tenant.
func (s *Service) ResumeSecurity(ctx context.Context) error {
	if err := s.cutOff(ctx); err != nil {
		return err
	}
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		late := s.now().Add(-overlooked)
		rows, err := tx.Query(ctx, `select true, o.id from security_operations o where status = 'RUNNING' and coalesce(next_at, updated_at) < $1 and (busy_until is null or busy_until < $1)
			union all select false, c.id from station_certificates c join stations s on s.id = c.station_id and s.online where c.status = 'SIGNED' and c.deliver_at < $1 limit 1000`, late)
		if err != nil {
			return fmt.Errorf("look what was overlooked: %w", err)
		}
		var operation bool
		var id uuid.UUID
		var jobs []river.JobArgs
		if _, err := pgx.ForEachRow(rows, []any{&operation, &id}, func() error {
			if operation {
				jobs = append(jobs, SecurityStep{Tenant: v.Tenant, Operation: id})
			} else {
				jobs = append(jobs, DeliverCertificate{Tenant: v.Tenant, Certificate: id})
			}
			return nil
		}); err != nil {
			return fmt.Errorf("look what was overlooked: %w", err)
		}
		for _, job := range jobs {
			if err := tx.Enqueue(ctx, job, &river.InsertOpts{Queue: SecurityQueue}); err != nil {
				return err
			}
		}
		return nil
	})
}

// cutOff closes the connections of stations that may connect no more. Whoever shuts a station out closes its connection, too; that is lost where its node
// dies just then, or while the connection is only being set up.
func (s *Service) cutOff(ctx context.Context) error {
	rows, err := s.db.Query(ctx, `select s.tenant_id, s.network_id, s.id, s.node from stations s left join station_certificates c on c.id = s.certificate_id
		where s.online and (s.removed_at is not null or s.registration_status = 'REJECTED' or c.status = 'REVOKED') limit 1000`)
	if err != nil {
		return fmt.Errorf("look who may connect no more: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Address, err error) {
		err = row.Scan(&a.Tenant, &a.Network, &a.Station, &a.Node)
		return a, err
	})
	if err != nil {
		return fmt.Errorf("look who may connect no more: %w", err)
	}
	for _, a := range list {
		s.commander.Disconnect(ctx, a, "the station may connect no more")
	}
	return nil
}

// warnings are how many days before the end of a certificate somebody is told.
var warnings = []struct {
	days     int
	severity issues.Severity
}{{1, issues.Critical}, {7, issues.Warning}, {14, issues.Notice}}

// WatchExpiry raises issues for certificates that are about to end and weren't changed, and settles those that were. It also ends what nobody
// approved in time. Periodic work calls it.
func (s *Service) WatchExpiry(ctx context.Context) error {
	now := s.now()
	if err := s.ExpireApprovals(ctx); err != nil {
		return err
	}
	if err := s.forgetPasswords(ctx); err != nil {
		return err
	}
	rows, err := s.db.Query(ctx, `select distinct on (c.station_id) c.station_id, c.network_id, s.identity, c.not_after, s.online,
			coalesce((select o.explanation from security_operations o where o.station_id = c.station_id and o.kind = 'RENEWAL' order by o.created_at desc limit 1), '')
		from station_certificates c join stations s on s.id = c.station_id and s.removed_at is null
		where c.status = 'IN_USE' and c.use = $1 and s.certificate_id = c.id and c.not_after < $2
		order by c.station_id, c.not_after desc`, useStation, now.AddDate(0, 0, warnings[len(warnings)-1].days))
	if err != nil {
		return fmt.Errorf("look which certificates are about to end: %w", err)
	}
	type ending struct {
		station, network uuid.UUID
		identity         string
		notAfter         time.Time
		online           bool
		why              string
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e ending, err error) {
		err = row.Scan(&e.station, &e.network, &e.identity, &e.notAfter, &e.online, &e.why)
		return e, err
	})
	if err != nil {
		return fmt.Errorf("look which certificates are about to end: %w", err)
	}
	for _, e := range list {
		kind, severity := issues.CertificateExpired, issues.Critical
		left := int(e.notAfter.Sub(now).Hours()/24) + 1
		if e.notAfter.After(now) {
			kind = issues.CertificateExpiring
			for _, w := range warnings {
				if left <= w.days {
					severity = w.severity
					break
				}
			}
		}
		switch {
		case !e.online:
			e.why = "the station is offline."
		case e.why == "":
			e.why = "it is done by itself as soon as it is quiet there."
		}
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			if kind == issues.CertificateExpired {
				if err := s.issues.Settle(ctx, tx, e.network, issues.CertificateExpiring, e.station.String()); err != nil {
					return err
				}
			}
			return s.issues.Raise(ctx, tx, issues.Issue{Kind: kind, Severity: severity, Cause: e.station.String(), Network: e.network, Station: e.station, Details: map[string]string{
				"station": e.identity, "count": fmt.Sprint(max(left, 0)), "until": e.notAfter.UTC().Format(time.DateTime) + " UTC", "reason": e.why}})
		})
		if err != nil {
			return err
		}
	}
	if err := s.watchAuthorities(ctx, now); err != nil {
		return err
	}
	return s.settleExpiry(ctx, now)
}

// authorityWarning is how long before the end of an authority somebody is told: its successor has to reach every station.
const authorityWarning = 180 * 24 * time.Hour

// watchAuthorities raises an issue for an authority that is about to end, and settles it once another signs.
func (s *Service) watchAuthorities(ctx context.Context, now time.Time) error {
	rows, err := s.db.Query(ctx, "select id, name, not_after, status = 'ACTIVE' and not_after < $1 from certificate_authorities where kind in ('ROOT', 'INTERMEDIATE')", now.Add(authorityWarning))
	if err != nil {
		return fmt.Errorf("look which authorities are about to end: %w", err)
	}
	type watched struct {
		id       uuid.UUID
		name     string
		notAfter time.Time
		ending   bool
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (w watched, err error) {
		err = row.Scan(&w.id, &w.name, &w.notAfter, &w.ending)
		return w, err
	})
	if err != nil {
		return fmt.Errorf("look which authorities are about to end: %w", err)
	}
	if len(list) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, w := range list {
			if !w.ending {
				if err := s.issues.Settle(ctx, tx, uuid.Nil, issues.AuthorityExpiring, w.id.String()); err != nil {
					return err
				}
				continue
			}
			left := max(int(w.notAfter.Sub(now).Hours()/24), 0)
			severity := issues.Warning
			if left <= 30 {
				severity = issues.Critical
			}
			if err := s.issues.Raise(ctx, tx, issues.Issue{Kind: issues.AuthorityExpiring, Severity: severity, Cause: w.id.String(), Details: map[string]string{
				"name": w.name, "count": fmt.Sprint(left), "until": w.notAfter.UTC().Format(time.DateOnly)}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// settleExpiry settles the issues of stations that connect with a certificate that has time left, or with none.
func (s *Service) settleExpiry(ctx context.Context, now time.Time) error {
	rows, err := s.db.Query(ctx, `select i.station_id, coalesce(i.network_id, '00000000-0000-0000-0000-000000000000'), i.kind from detected_issues i join stations s on s.id = i.station_id
			left join station_certificates c on c.id = s.certificate_id
		where i.kind in ('CERTIFICATE_EXPIRING', 'CERTIFICATE_EXPIRED') and i.status <> 'RESOLVED' and (s.removed_at is not null or s.online and (c.id is null or c.not_after >= $1))`,
		now.AddDate(0, 0, warnings[len(warnings)-1].days))
	if err != nil {
		return fmt.Errorf("look which certificates were changed: %w", err)
	}
	type settled struct {
		station, network uuid.UUID
		kind             issues.Kind
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v settled, err error) {
		err = row.Scan(&v.station, &v.network, &v.kind)
		return v, err
	})
	if err != nil {
		return fmt.Errorf("look which certificates were changed: %w", err)
	}
	for _, v := range list {
		if err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return s.issues.Settle(ctx, tx, v.network, v.kind, v.station.String())
		}); err != nil {
			return err
		}
	}
	return nil
}

// RetireSuperseded revokes certificates a week after their stations took to newer ones, and retires authorities that no station needs.
func (s *Service) RetireSuperseded(ctx context.Context) error {
	if s.authorities == nil {
		return nil
	}
	if _, err := s.db.Exec(ctx, `update station_certificates k set status = 'REVOKED', revoked_at = $1, revocation_reason = 'SUPERSEDED' where status = 'SUPERSEDED' and exists (
			select from station_certificates now where now.station_id = k.station_id and now.use = k.use and now.status = 'IN_USE' and now.first_used_at < $2)`, s.now(), s.now().AddDate(0, 0, -7)); err != nil {
		return fmt.Errorf("revoke certificates that were replaced: %w", err)
	}
	_, err := s.authorities.Retire(ctx)
	return err
}
