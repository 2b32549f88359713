package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
)

// What is known of the profiles on a station: asked for, in force, refused, or gone.

// record writes the profile down as asked for. One in force with the same number gives its place up; settle gives it back where
// the station refuses.
func (o SetProfileOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	p := &o.Profile
	schedules, err := json.Marshal(p.Schedules)
	if err != nil {
		return fmt.Errorf("write the schedules down: %w", err)
	}
	var batch pgx.Batch
	batch.Queue(`update charging_profiles set status = 'CLEARED', updated_at = case status when 'INSTALLED' then $3 else now() end
		where station_id = $1 and profile_id = $2 and status in ('REQUESTED', 'INSTALLED')`, r.Station, p.ID, r.at)
	batch.Queue(`insert into charging_profiles (id, tenant_id, network_id, station_id, session_id, command_id, evse_no, profile_id, stack_level, purpose,
			kind, recurrency, valid_from, valid_to, schedules, status, created_at, updated_at, details)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'REQUESTED', $16, $16, $17)`,
		journal.NewID(), r.Tenant, r.Network, r.Station, db.OrNull(o.Session), r.command, o.EvseNo, p.ID, p.StackLevel, p.Purpose, p.Kind, p.Recurrency,
		p.ValidFrom, p.ValidTo, schedules, r.at, p.column())
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("record the charging profile: %w", err)
	}
	return nil
}

func (o SetProfileOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	switch {
	case end.accepted():
		return o.install(ctx, tx, r)
	case end.ineffective():
		return refuseProfile(ctx, tx, r)
	}
	return nil // the station may hold it all the same: it stays as asked for until the station says more
}

// install marks the profile as in force, unless its session ended meanwhile, and the one that it replaced as gone.
func (o SetProfileOrder) install(ctx context.Context, tx *db.Tx, r recording) error {
	p := &o.Profile
	var batch pgx.Batch
	batch.Queue("update charging_profiles set status = 'INSTALLED', updated_at = $2 where command_id = $1 and status = 'REQUESTED'", r.command, r.at)
	batch.Queue(`update charging_profiles set status = 'CLEARED', updated_at = $8
		where station_id = $1 and evse_no = $2 and purpose = $3 and stack_level = $4 and session_id is not distinct from $5 and source = 'CSO'
			and status in ('REQUESTED', 'INSTALLED') and profile_id <> $6
			and ($7 = '1.6' or tstzrange(valid_from, valid_to) && tstzrange($9, $10))`,
		r.Station, o.EvseNo, p.Purpose, p.StackLevel, db.OrNull(o.Session), p.ID, r.version, r.at, p.ValidFrom, p.ValidTo)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("settle the charging profile: %w", err)
	}
	return nil
}

// refuseProfile marks the profile of a command as refused. The one whose place it was to take is in force again.
func refuseProfile(ctx context.Context, tx *db.Tx, r recording) error {
	var number int64
	err := tx.QueryRow(ctx, "update charging_profiles set status = 'REFUSED', updated_at = $2 where command_id = $1 and status = 'REQUESTED' returning profile_id",
		r.command, r.at).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = tx.Exec(ctx, `update charging_profiles p set status = 'INSTALLED', updated_at = $3
			where p.station_id = $1 and p.profile_id = $2 and p.status = 'CLEARED'
				and p.updated_at = (select n.created_at from charging_profiles n where n.command_id = $4)
				and not exists (select from charging_profiles o where o.station_id = $1 and o.profile_id = $2 and o.status in ('REQUESTED', 'INSTALLED'))`,
			r.Station, number, r.at, r.command)
	}
	if err != nil {
		return fmt.Errorf("settle the refused charging profile: %w", err)
	}
	return nil
}

// ineffective reports whether a command surely changed nothing: the station said so, or never got it.
func (e *commandEnd) ineffective() bool {
	return e.status == "REJECTED" || e.erred || e.errorCode == string(fault.StationOffline)
}

// settle marks as gone what the station cleared. One that it doesn't know is gone, too.
func (o ClearProfileOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.accepted() && end.status != "REJECTED" {
		return nil
	}
	_, err := tx.Exec(ctx, `update charging_profiles set status = 'CLEARED', updated_at = $2 where station_id = $1 and source = 'CSO'
		and status in ('REQUESTED', 'INSTALLED') and purpose <> $7
		and case when $3::bigint is not null then profile_id = $3
			else ($4::int is null or evse_no = $4) and ($5 = '' or purpose = $5) and ($6::int is null or stack_level = $6) end`,
		r.Station, r.at, o.ProfileID, o.EvseNo, o.Purpose, o.StackLevel, PurposeExternalConstraints)
	if err != nil {
		return fmt.Errorf("settle the cleared charging profiles: %w", err)
	}
	return nil
}

// settle keeps the limits that the station took, so that it gets the same ones when it asks (OCPP 2.1 K28).
func (o DynamicScheduleOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.accepted() {
		return nil
	}
	changes, err := json.Marshal(o.Limits)
	if err != nil {
		return fmt.Errorf("write the limits down: %w", err)
	}
	_, err = tx.Exec(ctx, `update charging_profiles set schedules = jsonb_set(schedules, '{0,periods,0}', schedules->0->'periods'->0 || $3::jsonb), updated_at = $4
		where station_id = $1 and profile_id = $2 and kind = 'DYNAMIC' and status in ('REQUESTED', 'INSTALLED')`, r.Station, o.ProfileID, changes, r.at)
	if err != nil {
		return fmt.Errorf("keep the limits of the dynamic profile: %w", err)
	}
	return nil
}

// endProfiles marks the profiles of sessions that ended as gone: a station drops them with the session (OCPP 1.6 §3.13.1,
// OCPP 2.0.1 K01.FR.05).
func endProfiles(ctx context.Context, tx *db.Tx, sessions ...uuid.UUID) error {
	if len(sessions) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, "update charging_profiles set status = 'CLEARED', updated_at = now() where session_id = any ($1) and purpose = $2 and status in ('REQUESTED', 'INSTALLED')",
		sessions, PurposeTx)
	if err != nil {
		return fmt.Errorf("end the session's charging profiles: %w", err)
	}
	return nil
}
