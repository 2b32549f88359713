package charging

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/connectionattempt"
	"github.com/busbar-ev/busbar/internal/db"
)

// SecurityOverview is how the stations of a network, or of all that the viewer reaches, connect.
type SecurityOverview struct {
	Profiles              []ProfileCount
	Expiries              []ExpiryCount
	Certificates, Expired int
	// Renewing and Running are operations that run, Failed those of the last week that failed, Approvals what waits for a second person.
	Renewing, Running, Failed, Approvals int
}

// ProfileCount is how many stations must meet a profile, and how many connections meet it.
type ProfileCount struct{ Profile, Required, Connected int }

// ExpiryCount is how many certificates end within a time; To is nil for what is later.
type ExpiryCount struct {
	From  time.Time
	To    *time.Time
	Count int
}

// expiryWeeks are how many weeks are counted one by one.
const expiryWeeks = 12

// SecurityOverview counts what the viewer sees.
func (s *Service) SecurityOverview(ctx context.Context, network uuid.UUID) (*SecurityOverview, error) {
	o, now := &SecurityOverview{}, s.now()
	rows, err := s.db.Query(ctx, `select p, count(*) filter (where s.security_profile = p), count(*) filter (where s.online and s.connection_profile = p)
		from generate_series(0, 3) p left join stations s on s.removed_at is null and ($1::uuid is null or s.network_id = $1) group by p order by p`, db.OrNull(network))
	if err == nil {
		o.Profiles, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ProfileCount])
	}
	if err != nil {
		return nil, fmt.Errorf("count the stations by profile: %w", err)
	}
	const inUse = `station_certificates c join stations s on s.id = c.station_id and s.removed_at is null and s.certificate_id = c.id where ($1::uuid is null or c.network_id = $1)`
	rows, err = s.db.Query(ctx, `select least(floor(extract(epoch from c.not_after - $2) / 604800), $3)::int as week, count(*)::int from `+inUse+` and c.not_after > $2 group by 1 order by 1`,
		db.OrNull(network), now, expiryWeeks)
	if err != nil {
		return nil, fmt.Errorf("count the certificates by when they end: %w", err)
	}
	for week := range expiryWeeks + 1 {
		e := ExpiryCount{From: now.AddDate(0, 0, 7*week)}
		if week < expiryWeeks {
			to := now.AddDate(0, 0, 7*week+7)
			e.To = &to
		}
		o.Expiries = append(o.Expiries, e)
	}
	var week, count int
	if _, err := pgx.ForEachRow(rows, []any{&week, &count}, func() error {
		o.Expiries[week].Count = count
		o.Certificates += count
		return nil
	}); err != nil {
		return nil, fmt.Errorf("count the certificates by when they end: %w", err)
	}
	rows, err = s.db.Query(ctx, `select (select count(*) from `+inUse+` and c.not_after <= $2),
		(select count(*) from security_operations where kind = 'RENEWAL' and status = 'RUNNING' and ($1::uuid is null or network_id = $1)),
		(select count(*) from security_operations where status = 'RUNNING' and ($1::uuid is null or network_id = $1)),
		(select count(*) from security_operations where status = 'FAILED' and completed_at > $2::timestamptz - interval '7 days' and ($1::uuid is null or network_id = $1)),
		(select count(*) from approvals where status = 'WAITING' and expires_at > $2 and ($1::uuid is null or network_id = $1))`, db.OrNull(network), now)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
			return nil, row.Scan(&o.Expired, &o.Renewing, &o.Running, &o.Failed, &o.Approvals)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("count what is done to the security of stations: %w", err)
	}
	o.Certificates += o.Expired
	return o, nil
}

// OperationSteps are what was done of an operation so far. Stages that weren't needed are left out.
func OperationSteps(o *ent.SecurityOperation) ([]OperationStep, error) {
	var all, shown []OperationStep
	if err := json.Unmarshal([]byte(o.Steps), &all); err != nil {
		return nil, fmt.Errorf("read what was done to a station's security: %w", err)
	}
	for _, step := range all {
		if step.Explanation != "" {
			shown = append(shown, step)
		}
	}
	return shown, nil
}

// OperationStages are the stages that a kind of operation has, in their order.
func OperationStages(kind OperationKind) []string {
	var keys []string
	for _, st := range flowOf(kind).stages {
		keys = append(keys, st.key)
	}
	return keys
}

// TLSCauses are the causes of connection attempts that are about TLS and certificates.
func TLSCauses() []connectionattempt.Cause {
	var list []connectionattempt.Cause
	for _, c := range []Cause{CauseTLSVersion, CauseTLSHandshake, CauseUnknownCA, CauseExpired, CauseRevoked, CauseWrongCertificate, CauseNoCertificate} {
		list = append(list, connectionattempt.Cause(c))
	}
	return list
}
