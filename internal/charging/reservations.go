package charging

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/tenancy"
)

// ReservationRequest says what to hold for whom, and until when.
type ReservationRequest struct {
	// EvseNo 0 leaves the choice to the station.
	EvseNo, ConnectorNo int
	// ConnectorType is a type of plug as OCPP 2.x names it, such as cCCS2, where any connector of it will do.
	ConnectorType string
	// Token, or else IDTag, is who it is held for.
	Token   uuid.UUID
	IDTag   string
	GroupID string
	Until   time.Time
}

// ReserveOrder holds an EVSE for a token.
type ReserveOrder struct {
	about
	ID                  int64
	EvseNo, ConnectorNo int
	ConnectorType       string
	IDTag, TokenType    string
	GroupID             string
	Until               time.Time
	token               uuid.UUID
}

// CancelReservationOrder gives a reservation up.
type CancelReservationOrder struct {
	about
	ID int64
}

// maxReservation bounds how far ahead an EVSE may be held: what it keeps others from is worth a look.
const maxReservation = 7 * 24 * time.Hour

// ReserveNow asks a station to hold an EVSE for a token.
func (s *Service) ReserveNow(ctx context.Context, station uuid.UUID, r ReservationRequest, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	if (r.Token == uuid.Nil) == (r.IDTag == "") {
		return nil, fault.In("idTag", "Name either a token or an idTag, not both and not neither.")
	}
	tag, tokenType, err := s.startTag(ctx, t, r.Token, r.IDTag)
	if err != nil {
		return nil, err
	}
	switch ahead := r.Until.Sub(s.now()); {
	case ahead <= 0:
		return nil, fault.In("expiresAt", "A reservation ends in the future.")
	case ahead > maxReservation:
		return nil, fault.In("expiresAt", "A reservation lasts at most %d days.", int(maxReservation.Hours()/24))
	}
	if r.EvseNo > 0 {
		if err := s.connectorFree(ctx, t, r.EvseNo, max(1, r.ConnectorNo)); err != nil {
			return nil, err
		}
	}
	id, err := s.requestID(ctx)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, t, ReserveOrder{
		ID: id, EvseNo: r.EvseNo, ConnectorNo: r.ConnectorNo, ConnectorType: r.ConnectorType, IDTag: tag, TokenType: tokenType, GroupID: r.GroupID,
		Until: r.Until, token: r.Token,
	}, wait)
}

func (o ReserveOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	_, err := tx.Exec(ctx, `insert into reservations (id, tenant_id, network_id, station_id, token_id, command_id, reservation_id, evse_no, connector_no,
			connector_type, id_tag, group_id, expires_at, status, created_at)
		select $1, $2, $3, $4, coalesce($5, (select t.id from tokens t where upper(t.id_tag) = upper($11) limit 1)), $6, $7, $8, $9, $10, $11, $12, $13, 'REQUESTED', $14`,
		journal.NewID(), r.Tenant, r.Network, r.Station, db.OrNull(o.token), r.command, o.ID, o.EvseNo, o.ConnectorNo, o.ConnectorType, o.IDTag, o.GroupID,
		o.Until, r.at)
	if err != nil {
		return fmt.Errorf("record the reservation: %w", err)
	}
	return nil
}

func (o ReserveOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	status, ended := "ACTIVE", (*time.Time)(nil)
	switch {
	case end.accepted():
	case end.status == "REJECTED" || end.responses != nil || end.errorCode == string(fault.StationOffline):
		status, ended = "REFUSED", &r.at
	default:
		return nil // the station may hold it all the same: it stays as requested until it would have ended
	}
	_, err := tx.Exec(ctx, "update reservations set status = $3, ended_at = $4 where station_id = $1 and reservation_id = $2 and status = 'REQUESTED'",
		r.Station, o.ID, status, ended)
	if err != nil {
		return fmt.Errorf("settle the reservation: %w", err)
	}
	return nil
}

// CancelReservation gives a reservation up.
func (s *Service) CancelReservation(ctx context.Context, id uuid.UUID, wait int) (*ent.Command, error) {
	found, err := s.db.Ent().Reservation.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("reservation")
	}
	if err != nil {
		return nil, fmt.Errorf("load the reservation: %w", err)
	}
	t, err := s.target(ctx, found.StationID, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	if found.Status != "ACTIVE" && found.Status != "REQUESTED" {
		return nil, fault.New(fault.Conflict, "The reservation has already ended.")
	}
	return s.command(ctx, t, CancelReservationOrder{ID: int64(found.ReservationID)}, wait)
}

func (o CancelReservationOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.accepted() {
		return nil
	}
	_, err := tx.Exec(ctx, "update reservations set status = 'CANCELLED', ended_at = $3 where station_id = $1 and reservation_id = $2 and status in ('REQUESTED', 'ACTIVE')",
		r.Station, o.ID, r.at)
	if err != nil {
		return fmt.Errorf("settle the cancelled reservation: %w", err)
	}
	return nil
}

// requestID is a number that a station gives back with what it sends because of a call.
func (s *Service) requestID(ctx context.Context) (id int64, err error) {
	rows, err := s.db.Query(ctx, "select nextval('ocpp_request_ids')")
	if err != nil {
		return 0, fmt.Errorf("number the request: %w", err)
	}
	if _, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&id) }); err != nil {
		return 0, fmt.Errorf("number the request: %w", err)
	}
	return id, nil
}
