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
		err = tx.QueryRow(ctx, "select id from reservations where station_id = $1 and reservation_id = $2::bigint", l.Station, reservationID).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return uuid.Nil, nil
		}
		if err != nil {
			return uuid.Nil, fmt.Errorf("look for the reservation: %w", err)
		}
		ended, err := l.service.endReservation(ctx, tx, id, end, n.ReceivedAt)
		if err != nil || !ended {
			return uuid.Nil, err
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
	if tag.RowsAffected() == 0 {
		return nil
	}
	l.park(EventStation, Event{Object: id, At: at})
	if l.service.charges == nil {
		return nil
	}
	return l.service.charges.ReservationUsed(ctx, tx, id)
}

// endReservation ends a reservation that is open, and bills it where it ran out at a station that held it. Whether the station held one that it
// never answered for is unknown, so that costs nothing.
func (s *Service) endReservation(ctx context.Context, tx *db.Tx, id uuid.UUID, end string, at time.Time) (ended bool, err error) {
	var before string
	err = tx.QueryRow(ctx, `with before as (select id, status from reservations where id = $1 and status in ('REQUESTED', 'ACTIVE') for update)
		update reservations r set status = $2, ended_at = $3 from before b where r.id = b.id returning b.status`, id, end, at).Scan(&before)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("end the reservation: %w", err)
	}
	if s.charges == nil || before != "ACTIVE" || end != "EXPIRED" {
		return true, nil
	}
	return true, s.charges.ReservationExpired(ctx, tx, id)
}

// reservationGrace is left to stations for the news that a reservation was used in its last moment.
const reservationGrace = time.Minute

// ExpireReservations ends reservations whose time has passed: OCPP 1.6 has no message for it, and one of 2.x may be lost.
// Periodic work calls it for each tenant.
func (s *Service) ExpireReservations(ctx context.Context) (ended int64, err error) {
	rows, err := s.db.Query(ctx, `select tenant_id, network_id, station_id, id, expires_at from reservations where status in ('REQUESTED', 'ACTIVE') and expires_at < $1
		order by expires_at limit $2`, s.now().Add(-reservationGrace), mostExpired)
	if err != nil {
		return 0, fmt.Errorf("find reservations whose time has passed: %w", err)
	}
	due, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r dueReservation, err error) {
		err = row.Scan(&r.Tenant, &r.Network, &r.Station, &r.id, &r.at)
		return r, err
	})
	if err != nil {
		return 0, fmt.Errorf("find reservations whose time has passed: %w", err)
	}
	for _, r := range due {
		var now bool
		// One that can't be ended keeps none of the others.
		failed := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			now, err = s.endReservation(ctx, tx, r.id, "EXPIRED", r.at)
			return err
		})
		if err = errors.Join(err, failed); failed == nil && now {
			ended++
			s.publish(ctx, r.Origin, EventStation, Event{Object: r.id})
		}
	}
	return ended, err
}

// mostExpired are the reservations that one run ends; the next takes the others.
const mostExpired = 1000

// dueReservation is one whose time has passed.
type dueReservation struct {
	journal.Origin
	id uuid.UUID
	at time.Time
}
