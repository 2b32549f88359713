package charging

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// TransactionStatusOrder asks a station of OCPP 2.x whether a session still goes on, and whether messages about it wait to be
// sent (OCPP 2.0.1 Part 2, E14). A session that the station knows no more, and will tell nothing of, has ended. Without a session it
// asks whether any messages wait.
type TransactionStatusOrder struct {
	about
	Session       uuid.UUID
	TransactionID string
}

// TransactionStatus is what the station answers.
type TransactionStatus struct {
	// Ongoing is nil where the station doesn't say.
	Ongoing *bool `json:"ongoing"`
	// Queued is set while messages about the session wait to be sent.
	Queued bool `json:"messagesInQueue"`
}

func (o TransactionStatusOrder) session() uuid.UUID { return o.Session }

// settle ends a session that its station has forgotten. Should its end come after all, it corrects this one.
func (o TransactionStatusOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	status, ok := transactionStatusOf(end.outcome)
	if !ok || !end.accepted() || status.Queued || status.Ongoing == nil || *status.Ongoing {
		return nil
	}
	_, err := tx.Exec(ctx, `
		update charging_sessions set status = 'COMPLETED', stopped_at = coalesce(last_sample_at, started_at), stop_received_at = $2, stop_reason = 'Other',
			power_w = null, flags = coalesce(flags, '[]') || to_jsonb($3::text), meter_stop_wh = coalesce(meter_start_wh + energy_wh, meter_start_wh)
		where id = $1 and status in ('PENDING', 'RUNNING')`, o.Session, r.at, FlagInferredStop)
	if err != nil {
		return fmt.Errorf("end the session that its station has forgotten: %w", err)
	}
	return endProfiles(ctx, tx, o.Session)
}

func transactionStatusOf(o Outcome) (TransactionStatus, bool) {
	if len(o.Results) != 1 {
		return TransactionStatus{}, false
	}
	one, _ := o.Results[0].(Single)
	status, ok := one.Value.(TransactionStatus)
	return status, ok
}

// TransactionStatus asks whether a session still goes on, or, of a station alone, whether messages about any session wait to be sent.
func (s *Service) TransactionStatus(ctx context.Context, station, session uuid.UUID, wait int) (*ent.Command, error) {
	if station != uuid.Nil {
		t, err := s.target(ctx, station, tenancy.StationCommand)
		if err != nil {
			return nil, err
		}
		if session == uuid.Nil {
			return s.command(ctx, t, TransactionStatusOrder{}, wait)
		}
	}
	if session == uuid.Nil {
		return nil, fault.In("sessionId", "Name a session, or a station.")
	}
	return s.ofSession(ctx, session, tenancy.StationCommand, func(_ target, of *ent.ChargingSession) (Order, error) {
		if station != uuid.Nil && of.StationID != station {
			return nil, fault.In("sessionId", "The session is not one of this station.")
		}
		return TransactionStatusOrder{Session: of.ID, TransactionID: of.OcppTransactionID}, nil
	}, wait)
}

// Reconcile asks a station that is back about the sessions that were left running when it went away, and that it has told
// nothing of since. again is set while the station has messages about one of them yet to send.
func (s *Service) Reconcile(ctx context.Context, l *Link) (again bool, err error) {
	ctx = l.context(ctx)
	t := target{Address: Address{Origin: l.Origin, Node: s.config.Node}, identity: l.Identity, version: l.Version}
	rows, err := s.db.Query(ctx, `select id, ocpp_transaction_id from charging_sessions
		where station_id = $1 and status in ('PENDING', 'RUNNING') and started_at < $2 and coalesce(last_sample_at, started_at) < $2 limit 50`, l.Station, l.connectedAt)
	if err != nil {
		return false, fmt.Errorf("look for sessions that were left running: %w", err)
	}
	orders, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o TransactionStatusOrder, err error) {
		err = row.Scan(&o.Session, &o.TransactionID)
		return o, err
	})
	if err != nil {
		return false, fmt.Errorf("look for sessions that were left running: %w", err)
	}
	for _, o := range orders {
		calls, err := s.prepare(t, o)
		if err != nil {
			return false, err
		}
		id, err := s.recordCommand(ctx, t, o, calls)
		if err != nil {
			return false, err
		}
		end := s.carryOut(ctx, t, id, o, calls)
		status, ok := transactionStatusOf(end.outcome)
		if ok && status.Ongoing != nil && !*status.Ongoing && !status.Queued {
			s.publish(ctx, l.Origin, EventSession, Event{Object: o.Session})
		}
		again = again || ok && status.Queued
	}
	return again, ctx.Err()
}

// LeftRunning reports whether the link found sessions that run when the station connected.
func (l *Link) LeftRunning() bool { return l.leftRunning }
