package authority

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
)

// Seen notes in the transaction of a connection that a station connected with a certificate, and returns the certificate's id. A new one
// takes the place of those before it.
func (s *Service) Seen(ctx context.Context, tx *db.Tx, o journal.Origin, v Verdict) (uuid.UUID, error) {
	c, at := v.Leaf, s.now()
	if v.ID == uuid.Nil {
		// A maker's certificate is known from now on.
		err := tx.QueryRow(ctx, `insert into station_certificates as k (id, tenant_id, network_id, station_id, use, origin, status, serial_number, subject, issuer, key_type, fingerprint,
				certificate, not_before, not_after, installed_at, first_used_at, last_used_at)
			values ($1, $2, $3, $4, 'CHARGING_STATION', 'FACTORY', 'IN_USE', $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $13)
			on conflict (tenant_id, station_id, fingerprint) do update set last_used_at = $13 returning id`,
			newID(), o.Tenant, o.Network, o.Station, pki.SerialNumber(c), c.Subject.String(), c.Issuer.String(), pki.KeyName(c.PublicKey), pki.Fingerprint(c),
			c.Raw, c.NotBefore, c.NotAfter, at).Scan(&v.ID)
		if err != nil {
			return uuid.Nil, fmt.Errorf("note the station's certificate: %w", err)
		}
	}
	tag, err := tx.Exec(ctx, `update station_certificates set status = 'IN_USE', first_used_at = coalesce(first_used_at, $2), installed_at = coalesce(installed_at, $2), last_used_at = $2,
			deliver_at = null, last_error = '' where id = $1 and status <> 'REVOKED'`, v.ID, at)
	if err != nil {
		return uuid.Nil, fmt.Errorf("note the station's certificate: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return uuid.Nil, ErrRevoked // meanwhile
	}
	// A station that falls back to an older one has it in use again, and the newer one waits: only what is older is superseded.
	_, err = tx.Exec(ctx, `update station_certificates k set status = 'SUPERSEDED', renew_at = null from station_certificates now
		where now.id = $2 and now.origin <> 'FACTORY' and k.station_id = $1 and k.use = now.use and k.id <> now.id and k.status in ('INSTALLED', 'IN_USE') and k.created_at < now.created_at`, o.Station, v.ID)
	if err != nil {
		return uuid.Nil, fmt.Errorf("note which certificates the station uses no more: %w", err)
	}
	return v.ID, nil
}
