package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/journal"
)

// reservationEnds are how a reservation ends by itself: nobody came in time, the station took it away, or somebody came and
// started nothing (OCPP 2.0.1 Part 2 §3.71, OCPP 2.1).
var reservationEnds = map[string]string{"Expired": "EXPIRED", "Removed": "REMOVED", "NoTransaction": "EXPIRED"}

// ReportReservation keeps that a reservation ended by itself.
func (l *Link) ReportReservation(ctx context.Context, reservationID int64, status string, n Notice, rows Rows[struct{}]) error {
	return l.noticeChanging(ctx, n, rows, func(ctx context.Context, tx *db.Tx) (id uuid.UUID, err error) {
		end, ok := reservationEnds[status]
		if !ok {
			return uuid.Nil, nil
		}
		err = tx.QueryRow(ctx, `update reservations set status = $3, ended_at = $4 where station_id = $1 and reservation_id = $2::bigint
			and status in ('REQUESTED', 'ACTIVE') returning id`, l.Station, reservationID, end, n.ReceivedAt).Scan(&id)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return uuid.Nil, fmt.Errorf("end the reservation: %w", err)
		}
		return id, nil
	})
}

// useReservation ties a session to the reservation that it uses up. The station's word counts even where the reservation had run
// out here: it may have been offline. A number that nobody gave changes nothing.
func (l *Link) useReservation(ctx context.Context, tx *db.Tx, reservationID *int64, session uuid.UUID, at time.Time) error {
	if reservationID == nil {
		return nil
	}
	var id uuid.UUID
	err := tx.QueryRow(ctx, `update charging_sessions s set reservation_id = r.id from reservations r
		where s.id = $3 and s.reservation_id is null and r.station_id = $1 and r.reservation_id = $2::bigint returning r.id`,
		l.Station, *reservationID, session).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tie the session to its reservation: %w", err)
	}
	tag, err := tx.Exec(ctx, `update reservations set status = 'USED', session_id = $2, ended_at = $3
		where id = $1 and status in ('REQUESTED', 'ACTIVE', 'EXPIRED') and session_id is null`, id, session, at)
	if err != nil {
		return fmt.Errorf("mark the reservation as used: %w", err)
	}
	if tag.RowsAffected() > 0 {
		l.park(EventStation, Event{Object: id, At: at})
	}
	return nil
}

// reservationGrace is left to stations for the news that a reservation was used in its last moment.
const reservationGrace = time.Minute

// ExpireReservations ends reservations whose time has passed: OCPP 1.6 has no message for it, and one of 2.x may be lost.
// Periodic work calls it for each tenant.
func (s *Service) ExpireReservations(ctx context.Context) (int64, error) {
	rows, err := s.db.Query(ctx, `update reservations set status = 'EXPIRED', ended_at = expires_at where status in ('REQUESTED', 'ACTIVE') and expires_at < $1
		returning tenant_id, network_id, station_id, id`, s.now().Add(-reservationGrace))
	if err != nil {
		return 0, fmt.Errorf("end reservations whose time has passed: %w", err)
	}
	var o journal.Origin
	var id uuid.UUID
	var ended []journal.Origin
	var ids []uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&o.Tenant, &o.Network, &o.Station, &id}, func() error {
		ended, ids = append(ended, o), append(ids, id)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("end reservations whose time has passed: %w", err)
	}
	for i := range ended {
		s.publish(ctx, ended[i], EventStation, Event{Object: ids[i]})
	}
	return int64(len(ended)), nil
}
