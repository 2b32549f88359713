package authority

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
)

// InForce counts the certificates that count and were signed by an authority, or under it.
func (s *Service) InForce(ctx context.Context, id uuid.UUID) (n int, err error) {
	rows, err := s.db.Query(ctx, `select count(*) from station_certificates c join certificate_authorities a on a.id = c.authority_id
		where (a.id = $1 or a.parent_id = $1) and c.not_after > $2 and c.status in ('INSTALLED', 'IN_USE', 'SUPERSEDED')`, id, s.now())
	if err == nil {
		n, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	}
	if err != nil {
		return 0, fmt.Errorf("count what an authority signed: %w", err)
	}
	return n, nil
}

// Installed counts the stations that confirmed a root, and those with a certificate of the tenant that didn't.
func (s *Service) Installed(ctx context.Context, root *ent.CertificateAuthority) (stations, missing int, err error) {
	of := signing{Certificate: root.Certificate}
	serial, keys, err := rootNames(of)
	if err != nil {
		return 0, 0, err
	}
	rows, err := s.db.Query(ctx, `select count(distinct t.station_id) from station_settings t join stations s on s.id = t.station_id and s.removed_at is null
		where t.kind = 'CERTIFICATE' and t.component = 'CSMS_ROOT' and ltrim(lower(t.data->>'serialNumber'), '0') = $1 and lower(t.data->>'issuerKeyHash') = any ($2)`, serial, keys)
	if err == nil {
		stations, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	}
	if err != nil {
		return 0, 0, fmt.Errorf("count the stations that have a root: %w", err)
	}
	missing, err = s.without(ctx, s.db, of)
	return stations, missing, err
}
