package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/journal"
)

// ProfilePurpose is what a charging profile is for, in the same words for every version of OCPP.
type ProfilePurpose string

// The purposes. The first is ChargePointMaxProfile in OCPP 1.6; the last three come with 2.0.1 and 2.1.
const (
	PurposeStationMax          ProfilePurpose = "CHARGING_STATION_MAX_PROFILE"
	PurposeTxDefault           ProfilePurpose = "TX_DEFAULT_PROFILE"
	PurposeTx                  ProfilePurpose = "TX_PROFILE"
	PurposeExternalConstraints ProfilePurpose = "CHARGING_STATION_EXTERNAL_CONSTRAINTS"
	PurposePriorityCharging    ProfilePurpose = "PRIORITY_CHARGING"
	PurposeLocalGeneration     ProfilePurpose = "LOCAL_GENERATION"
)

// ReportedProfile is a charging profile that a station says it holds.
type ReportedProfile struct {
	ProfileID int64
	// EvseNo is 0 for the station as a whole.
	EvseNo     int
	StackLevel int64
	Purpose    ProfilePurpose
	// Kind is ABSOLUTE, RECURRING, RELATIVE or DYNAMIC; Recurrency is DAILY, WEEKLY or empty.
	Kind, Recurrency string
	// Source is who set it: CSO for us.
	Source             string
	TransactionID      string
	ValidFrom, ValidTo *time.Time
	ProfileDetails
	Schedules []ProfileSchedule
}

// ReportProfiles keeps a part of a report of the charging profiles that a station holds (OCPP 2.0.1 Part 2, K09). Its parts have
// no numbers.
func (l *Link) ReportProfiles(ctx context.Context, p ReportPart, profiles []ReportedProfile, rows Rows[struct{}]) error {
	_, err := l.reportPart(ctx, ReportOfProfiles, p, rows, func(batch *pgx.Batch, at time.Time) {
		for i := range profiles {
			l.queueProfile(batch, &profiles[i], at)
		}
	})
	return err
}

// queueProfile keeps a profile that the station holds, over the one with the same number that was asked for or known before.
func (l *Link) queueProfile(batch *pgx.Batch, p *ReportedProfile, at time.Time) {
	schedules, _ := json.Marshal(p.Schedules) // numbers and texts always marshal
	batch.Queue(`
		insert into charging_profiles as p (id, tenant_id, network_id, station_id, session_id, evse_no, profile_id, stack_level, purpose, kind, recurrency,
			source, valid_from, valid_to, schedules, status, reported_at, created_at, updated_at, details)
		select $1, s.tenant_id, s.network_id, s.id, (select c.id from charging_sessions c where c.station_id = s.id and c.ocpp_transaction_id = $3 and $3 <> ''
				order by c.started_at desc limit 1), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'INSTALLED', $14, $14, $14, $15
		from stations s where s.id = $2
		on conflict (station_id, profile_id) where status in ('REQUESTED', 'INSTALLED') do update set session_id = coalesce(excluded.session_id, p.session_id),
			evse_no = excluded.evse_no, stack_level = excluded.stack_level, purpose = excluded.purpose, kind = excluded.kind, recurrency = excluded.recurrency,
			source = excluded.source, valid_from = excluded.valid_from, valid_to = excluded.valid_to, schedules = excluded.schedules,
			details = coalesce(excluded.details, p.details), status = 'INSTALLED', reported_at = excluded.reported_at, updated_at = excluded.updated_at`,
		journal.NewID(), l.Station, clip(p.TransactionID, 255), p.EvseNo, p.ProfileID, clamp32(p.StackLevel), clip(string(p.Purpose), 64), p.Kind, p.Recurrency,
		clip(p.Source, 32), p.ValidFrom, p.ValidTo, journal.Storable(schedules), at, p.column())
}

// queueCleared marks the profiles that a complete report, begun at a time, doesn't name as gone. One that is only asked for isn't:
// the station may not have had it yet. A limit that was told of without a number is, once the report names limits of its kind.
func queueCleared(batch *pgx.Batch, o journal.Origin, begun, at time.Time) {
	batch.Queue(`update charging_profiles p set status = 'CLEARED', updated_at = $3 where station_id = $1 and status = 'INSTALLED' and updated_at < $2
		and (profile_id > 0 or exists (select from charging_profiles r where r.station_id = $1 and r.purpose = p.purpose and r.source = p.source
			and r.status = 'INSTALLED' and r.profile_id > 0 and r.updated_at >= $2))`,
		o.Station, begun, at)
}

// Dynamic gives the limits that a dynamic profile of the station has now. found is false where the station has no such profile
// from us (OCPP 2.1 Part 2, K28).
func (l *Link) Dynamic(ctx context.Context, profileID int64) (limits DynamicLimits, found bool, err error) {
	rows, err := l.service.db.Query(l.context(ctx), `select schedules from charging_profiles where station_id = $1 and profile_id = $2 and kind = 'DYNAMIC'
		and status in ('REQUESTED', 'INSTALLED')`, l.Station, profileID)
	if err != nil {
		return limits, false, fmt.Errorf("load the dynamic profile: %w", err)
	}
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if errors.Is(err, pgx.ErrNoRows) {
		return limits, false, nil
	}
	if err != nil {
		return limits, false, fmt.Errorf("load the dynamic profile: %w", err)
	}
	var schedules []ProfileSchedule
	if err := json.Unmarshal(text, &schedules); err != nil {
		return limits, false, fmt.Errorf("read the schedule of the dynamic profile: %w", err)
	}
	// A dynamic profile has one schedule with one period (K28.FR.01).
	if len(schedules) == 0 || len(schedules[0].Periods) == 0 {
		return limits, false, nil
	}
	return schedules[0].Periods[0].DynamicLimits, true, nil
}

// clamp32 fits a number that a station gave into a column of 32 bits.
func clamp32(n int64) int64 { return max(-1<<31, min(n, 1<<31-1)) }
