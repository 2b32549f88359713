package charging

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// What is known of the list on a station. stations.local_list_at is empty while what the station holds isn't known.

// record notes that what the station holds isn't known until it has answered.
func (o listOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	if _, err := tx.Exec(ctx, "update stations set local_list_at = null where id = $1", r.Station); err != nil {
		return fmt.Errorf("note that the station's list changes: %w", err)
	}
	return nil
}

func (o listOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	switch {
	case end.accepted():
		return o.keep(ctx, tx, r)
	case listResult(end).Status == "NotSupported":
		return keepListVersion(ctx, tx, r, -1)
	case end.ineffective() && len(end.responses) <= 1 && !o.repeated:
		// The first call was refused: the station holds what it held.
		if _, err := tx.Exec(ctx, "update stations set local_list_at = $2 where id = $1", r.Station, o.knownAt); err != nil {
			return fmt.Errorf("settle the refused list: %w", err)
		}
	}
	return nil // it stays unknown, so that the next update is a full one
}

func listResult(end *commandEnd) (r ListResult) {
	if one, ok := end.outcome.Results[0].(Single); ok {
		r, _ = one.Value.(ListResult)
	}
	return r
}

// keep stores what the station holds now.
func (o listOrder) keep(ctx context.Context, tx *db.Tx, r recording) error {
	var batch pgx.Batch
	if o.full {
		batch.Queue("delete from local_list_entries where station_id = $1", r.Station)
	}
	for _, e := range o.changes {
		batch.Queue("delete from local_list_entries where station_id = $1 and upper(id_tag) = upper($2)", r.Station, e.IDTag)
		if e.Status == "" {
			continue
		}
		batch.Queue(`insert into local_list_entries (id, tenant_id, network_id, station_id, token_id, id_tag, type, status, group_id, valid_until)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			journal.NewID(), r.Tenant, r.Network, r.Station, db.OrNull(e.token), e.IDTag, e.Type, e.Status, e.GroupID, e.ValidUntil)
	}
	batch.Queue("update stations set local_list_version = $2, local_list_at = $3, local_list_supported = true where id = $1", r.Station, o.last(), r.at)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("keep the station's list: %w", err)
	}
	return nil
}

func (o ListVersionOrder) explain(end *commandEnd) {
	if end.accepted() {
		version := end.listAnswer().Version
		end.outcome.Results = []any{Single{ListVersion{Version: max(version, 0), Supported: version >= 0}}}
	}
}

func (o ListVersionOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.accepted() {
		return nil
	}
	one, _ := end.outcome.Results[0].(Single)
	known, _ := one.Value.(ListVersion)
	if !known.Supported {
		known.Version = -1
	}
	return keepListVersion(ctx, tx, r, known.Version)
}

// keepListVersion stores the version that a station says its list has: -1 without lists, 0 without entries (OCPP 1.6 §5.10; in
// OCPP 2.x both are 0). Of a version that isn't the one we sent nobody knows what it holds.
func keepListVersion(ctx context.Context, tx *db.Tx, r recording, version int64) error {
	var batch pgx.Batch
	batch.Queue(`update stations set local_list_supported = $2 >= 0, local_list_version = greatest($2, 0)::int,
			local_list_at = case when $2 <= 0 then $3 when local_list_version = $2 then local_list_at end where id = $1`, r.Station, version, r.at)
	if version <= 0 {
		batch.Queue("delete from local_list_entries where station_id = $1", r.Station)
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("keep the version of the station's list: %w", err)
	}
	return nil
}
