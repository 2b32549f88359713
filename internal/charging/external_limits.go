package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// ExternalLimit is a limit that somebody else set on a station: the grid's operator, an energy management system on the spot
// (OCPP 2.0.1 Part 2, K12 to K14).
type ExternalLimit struct {
	// EvseNo is 0 for the station as a whole.
	EvseNo int
	// Source is who set it: EMS, SO or Other, or what the station calls it.
	Source string
	ProfileDetails
	// Schedules may be empty: the station needn't say how much it may take.
	Schedules []ProfileSchedule
}

// profileNo stands for the number that such a limit doesn't have: one for each source at each EVSE, below zero, where no profile of
// OCPP comes from us.
func (e *ExternalLimit) profileNo() int64 {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%d %s", e.EvseNo, strings.ToLower(e.Source))
	return -1 - int64(h.Sum32()>>1)
}

// ReportLimit keeps a limit that somebody else set among the station's profiles, in the place of the one that the same source set
// before. Charging needs and the portal's picture count it like any other.
func (l *Link) ReportLimit(ctx context.Context, e ExternalLimit, n Notice, rows Rows[struct{}]) error {
	for i := range e.Schedules {
		if e.Schedules[i].StartAt == nil {
			e.Schedules[i].StartAt = &n.ReceivedAt // it holds from now on
		}
	}
	if e.Schedules == nil {
		e.Schedules = []ProfileSchedule{}
	}
	schedules, err := json.Marshal(e.Schedules)
	if err != nil {
		return fmt.Errorf("write the limit down: %w", err)
	}
	return l.noticeChanging(ctx, n, rows, func(ctx context.Context, tx *db.Tx) (id uuid.UUID, err error) {
		err = tx.QueryRow(ctx, `
			insert into charging_profiles as p (id, tenant_id, network_id, station_id, evse_no, profile_id, stack_level, purpose, kind, source, schedules, details,
				status, reported_at, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, 0, $7, 'ABSOLUTE', $8, $9, $10, 'INSTALLED', $11, $11, $11)
			on conflict (station_id, profile_id) where status in ('REQUESTED', 'INSTALLED') do update set schedules = excluded.schedules,
				details = excluded.details, reported_at = excluded.reported_at, updated_at = excluded.updated_at
			returning id`,
			journal.NewID(), l.Tenant, l.Network, l.Station, e.EvseNo, e.profileNo(), PurposeExternalConstraints, clip(e.Source, 32), journal.Storable(schedules),
			e.column(), n.ReceivedAt).Scan(&id)
		if err != nil {
			return uuid.Nil, fmt.Errorf("keep the limit: %w", err)
		}
		return id, nil
	})
}

// ReportLimitCleared keeps that the limits of a source are gone: those at an EVSE, or wherever it set any.
func (l *Link) ReportLimitCleared(ctx context.Context, source string, evseNo *int, n Notice, rows Rows[struct{}]) error {
	return l.noticeChanging(ctx, n, rows, func(ctx context.Context, tx *db.Tx) (id uuid.UUID, err error) {
		err = tx.QueryRow(ctx, `
			with gone as (update charging_profiles set status = 'CLEARED', updated_at = $5
				where station_id = $1 and purpose = $2 and upper(source) = upper($3) and status = 'INSTALLED' and ($4::int is null or evse_no = $4) returning id)
			select id from gone limit 1`, l.Station, PurposeExternalConstraints, clip(source, 32), evseNo, n.ReceivedAt).Scan(&id)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return uuid.Nil, fmt.Errorf("clear the limit: %w", err)
		}
		return id, nil
	})
}
