package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/tenancy"
)

// receiveLog ties a file that has arrived to the upload that a station was asked for. The file counts more than what the station
// says of it: some say nothing, or that it failed.
func (s *Service) receiveLog(ctx context.Context, transfer uuid.UUID, f files.File) error {
	var o journal.Origin
	var id uuid.UUID
	now := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		// A history that ends with the same word already has been told of it by the station.
		return tx.QueryRow(ctx, `update log_uploads set file_id = $2, file_name = $3, status = 'Uploaded', ended = true, updated_at = $4,
				history = case when history -> -1 ->> 'status' = 'Uploaded' then history
					else coalesce(history, '[]') || jsonb_build_array(jsonb_build_object('status', 'Uploaded', 'at', $5::text)) end
			where transfer_id = $1 and file_id is null returning tenant_id, network_id, station_id, id`,
			transfer, f.ID, f.Name, now, now.UTC().Format(time.RFC3339Nano)).Scan(&o.Tenant, &o.Network, &o.Station, &id)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // it was tied before
	}
	if err != nil {
		return fmt.Errorf("tie the file to its upload: %w", err)
	}
	s.publish(ctx, o, EventStation, Event{Object: id})
	return nil
}

// uploadGrace is left to an upload that began just before its link expired.
const uploadGrace = time.Hour

// SettleUploads ties files to their uploads where a node died in between, and ends uploads that nothing came of. Periodic work
// calls it for each tenant.
func (s *Service) SettleUploads(ctx context.Context) (settled int, err error) {
	if s.files == nil {
		return 0, nil
	}
	rows, err := s.db.Query(ctx, `select tenant_id, network_id, station_id, id, transfer_id from log_uploads
		where transfer_id is not null and file_id is null and not ended and created_at < $1`, s.now().Add(-time.Minute))
	if err != nil {
		return 0, fmt.Errorf("look for uploads that wait: %w", err)
	}
	var o journal.Origin
	var id, transfer uuid.UUID
	type waiting struct {
		journal.Origin
		id, transfer uuid.UUID
	}
	var list []waiting
	if _, err = pgx.ForEachRow(rows, []any{&o.Tenant, &o.Network, &o.Station, &id, &transfer}, func() error {
		list = append(list, waiting{o, id, transfer})
		return nil
	}); err != nil {
		return 0, fmt.Errorf("look for uploads that wait: %w", err)
	}
	for _, w := range list {
		n, err := s.settleTransfer(ctx, w.transfer, s.receiveLog, func() (int64, error) {
			n, err := s.db.Exec(ctx, "update log_uploads set status = 'Expired', ended = true, updated_at = $2 where id = $1 and not ended", w.id, s.now())
			if err != nil {
				return 0, fmt.Errorf("end an upload that nothing came of: %w", err)
			}
			s.publish(ctx, w.Origin, EventStation, Event{Object: w.id})
			return n, nil
		})
		if settled += n; err != nil {
			return settled, err
		}
	}
	return settled, nil
}

// settleTransfer looks what became of a transfer: a file that has arrived is received, what never came is given up once nothing can
// come any more. It returns how much that settled.
func (s *Service) settleTransfer(ctx context.Context, transfer uuid.UUID, receive func(context.Context, uuid.UUID, files.File) error, giveUp func() (int64, error)) (int, error) {
	t, err := s.files.Transfer(ctx, transfer)
	switch {
	case err == nil && !t.FinishedAt.IsZero():
		f, err := s.files.Get(ctx, t.File)
		if err == nil {
			err = receive(ctx, transfer, f)
		}
		if err != nil {
			return 0, err
		}
		return 1, nil
	case err == nil && s.now().Before(t.ExpiresAt.Add(uploadGrace)):
		return 0, nil
	case err == nil, fault.Is(err, fault.NotFound):
		n, err := giveUp()
		return int(n), err
	}
	return 0, err
}

// LogURL makes a link over which a log can be fetched for a quarter of an hour; empty where no file has arrived. Who asked is kept
// in the audit log: logs tell of drivers.
func (s *Service) LogURL(ctx context.Context, upload *ent.LogUpload) (string, error) {
	if upload.FileID == nil || s.files == nil {
		return "", nil
	}
	if _, err := viewer(ctx, tenancy.StationConfigure, upload.NetworkID, "log"); err != nil {
		return "", err
	}
	link, err := s.files.Offer(ctx, *upload.FileID, viewTime)
	if err != nil {
		if f := fault.Of(err); f != nil && f.Code == fault.NotFound {
			return "", nil // the file was deleted
		}
		return "", err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Write(ctx, tx, audit.Event{
			Action: "log.link", Network: upload.NetworkID, SubjectType: "station", SubjectID: upload.StationID.String(),
			Details: map[string]any{"upload": upload.ID, "file": *upload.FileID},
		})
	})
	return link, err
}
