package authority

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/stationcertificate"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// Revoke has a certificate count no more. The caller closes the station's connection.
func (s *Service) Revoke(ctx context.Context, id uuid.UUID, reason pki.RevocationReason) (revoked *ent.StationCertificate, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := tx.Ent.StationCertificate.Query().Where(stationcertificate.ID(id)).ForUpdate().Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return fault.Missing("certificate")
		case err != nil:
			return fmt.Errorf("load the certificate: %w", err)
		case !v.Can(tenancy.StationCredential, found.NetworkID):
			return fault.Lacking(tenancy.StationCredential)
		case !reason.Known():
			return fault.In("reason", "%q isn't a reason to revoke a certificate.", fault.Printable(string(reason)))
		case found.Status == stationcertificate.StatusREVOKED:
			revoked = found
			return nil
		}
		if revoked, err = tx.Ent.StationCertificate.UpdateOne(found).SetStatus(stationcertificate.StatusREVOKED).SetRevokedAt(s.now()).SetRevocationReason(string(reason)).
			ClearRenewAt().ClearDeliverAt().Save(ctx); err != nil {
			return fmt.Errorf("revoke the certificate: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "certificate.revoke", Network: found.NetworkID, SubjectType: "station", SubjectID: found.StationID.String(),
			Details: map[string]any{"serialNumber": found.SerialNumber, "reason": reason}})
	})
	return revoked, err
}

// RevokeAll has every certificate of a station count no more, in the transaction that removes it.
func (s *Service) RevokeAll(ctx context.Context, tx *db.Tx, station uuid.UUID, reason pki.RevocationReason) error {
	// What is being signed for it at this moment is waited for, and what comes later sees that the station is gone.
	if _, err := tx.Exec(ctx, "select from stations where id = $1 for no key update", station); err != nil {
		return fmt.Errorf("hold the station whose certificates are revoked: %w", err)
	}
	_, err := tx.Exec(ctx, `update station_certificates set status = 'REVOKED', revoked_at = $2, revocation_reason = $3, renew_at = null, deliver_at = null
		where station_id = $1 and status <> 'REVOKED' and not_after > $2`, station, s.now(), reason)
	if err != nil {
		return fmt.Errorf("revoke the station's certificates: %w", err)
	}
	return nil
}

// revoked lists what an authority signed and what counts no more.
func (s *Service) revoked(ctx context.Context, q querier, authority uuid.UUID) ([]pki.Revoked, error) {
	rows, err := q.Query(ctx, `select serial_number, revoked_at, revocation_reason from station_certificates where authority_id = $1 and status = 'REVOKED' and not_after > $2
		order by revoked_at`, authority, s.now())
	if err != nil {
		return nil, fmt.Errorf("list what is revoked: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pki.Revoked])
	if err != nil {
		return nil, fmt.Errorf("list what is revoked: %w", err)
	}
	return list, nil
}
