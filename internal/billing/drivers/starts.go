package drivers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Start is how a start stands that a driver asked for.
type Start struct {
	Key       string
	Connector uuid.UUID
	// Status is that of the command, STARTED once there is a session, or FAILED where no station was asked.
	Status, Error, Code string
	Session             *uuid.UUID
	At                  time.Time

	command *uuid.UUID
	takenAt time.Time
}

// abandoned is how long whoever took a start on may leave it without an outcome before it is taken on again.
const abandoned = time.Minute

// UseCharging sets the way to stations.
func (s *Service) UseCharging(c *charging.Service) { s.charging = c }

const myStart = `select t.key, t.connector_id, coalesce(case when c.session_id is not null then 'STARTED' else c.status end, case when t.failure <> '' then 'FAILED' else 'PENDING' end),
		coalesce(c.error, t.failure), coalesce(c.error_code, t.failure_code), c.session_id, t.created_at, t.command_id, t.taken_at
	from driver_starts t left join commands c on c.id = t.command_id where t.key = $1`

// StartOf is the start that a key was used for, or nil.
func (s *Service) StartOf(ctx context.Context, key string) (*Start, error) {
	if _, err := me(ctx); err != nil {
		return nil, err
	}
	var found *Start
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		found, err = startOf(ctx, tx, key)
		return err
	})
	return found, err
}

func startOf(ctx context.Context, tx *db.Tx, key string) (*Start, error) {
	var f Start
	err := tx.QueryRow(ctx, myStart, key).Scan(&f.Key, &f.Connector, &f.Status, &f.Error, &f.Code, &f.Session, &f.At, &f.command, &f.takenAt)
	if noRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the start: %w", err)
	}
	return &f, nil
}

// Start begins a session at a connector with the driver's own token and wallet. With a key that was used it is the start that there
// is, however it stands; used for another connector, the key is refused.
func (s *Service) Start(ctx context.Context, connector uuid.UUID, key string) (*Start, error) {
	v, err := me(ctx)
	if err != nil {
		return nil, err
	}
	spot, err := s.Spot(ctx, connector)
	if err != nil {
		return nil, err
	}
	if spot == nil {
		return nil, fault.Missing("connector")
	}
	if key == "" || len(key) > longestKey || strings.ContainsFunc(key, control) {
		return nil, fault.In("idempotencyKey", "A key has 1 to %d printable characters; take a fresh one for each start.", longestKey)
	}
	mine, err := s.take(ctx, v, connector, key)
	if err != nil {
		return nil, err
	}
	if mine {
		// Whoever asked may be gone before the station is; what became of it is noted all the same.
		s.begin(context.WithoutCancel(ctx), v, spot, key)
	}
	start, err := s.StartOf(ctx, key)
	if err == nil && start.command == nil && start.Error != "" {
		return nil, fault.New(fault.Code(start.Code), "%s", start.Error)
	}
	return start, err
}

// take makes a start the caller's to carry out. It is nobody else's then, until it is abandoned.
func (s *Service) take(ctx context.Context, v tenancy.Viewer, connector uuid.UUID, key string) (mine bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.Exec(ctx, `insert into driver_starts (driver_id, key, tenant_id, network_id, connector_id) values ($1, $2, $3, $4, $5) on conflict (driver_id, key) do nothing`,
			v.ID, key, v.Tenant, v.Narrowed, connector)
		if err != nil {
			return fmt.Errorf("note the start: %w", err)
		}
		if mine = tag.RowsAffected() == 1; mine {
			return nil
		}
		known, err := startOf(ctx, tx, key)
		switch {
		case err != nil:
			return err
		case known.Connector != connector:
			return &fault.Error{Code: fault.Conflict, Field: "idempotencyKey", Message: "This key belongs to a start at another connector: take a fresh one for each."}
		case known.command != nil || known.Error != "":
			return nil
		}
		tag, err = tx.Exec(ctx, "update driver_starts set taken_at = now() where key = $1 and taken_at = $2 and taken_at < now() - $3::interval", key, known.takenAt, abandoned)
		if err != nil {
			return fmt.Errorf("take the start on again: %w", err)
		}
		mine = tag.RowsAffected() == 1
		return nil
	})
	return mine, err
}

// begin asks the station, and notes what was asked or why it wasn't.
func (s *Service) begin(ctx context.Context, v tenancy.Viewer, spot *Spot, key string) {
	var command *uuid.UUID
	var failed fault.Error
	token, err := s.chargesWith(ctx)
	if err == nil {
		err = s.covers(ctx, spot)
	}
	if err == nil {
		asked, remote := s.charging.RemoteStart(tenancy.NewContext(ctx, tenancy.OnBehalfOf(v)), spot.Station,
			charging.RemoteStart{Token: token, EvseNo: spot.EvseNo, ConnectorNo: spot.ConnectorNo}, 0)
		if err = remote; err == nil {
			command = &asked.ID
		}
	}
	if err != nil {
		failed = fault.Error{Code: fault.Unavailable, Message: "Something went wrong on our side: try again in a moment."}
		if f := fault.Of(err); f != nil {
			failed = *f
		} else {
			s.logger.Error("a driver's start failed", "driver", v.ID, "error", err)
		}
	}
	_, err = s.db.Exec(ctx, "update driver_starts set command_id = $2, failure = $3, failure_code = $4 where key = $1", key, command, failed.Message, string(failed.Code))
	if err != nil {
		s.logger.Error("what became of a driver's start can't be noted", "driver", v.ID, "error", err)
	}
}

// covers refuses what the driver's wallet doesn't cover, in words for them. What changes until the station is asked is noticed there.
func (s *Service) covers(ctx context.Context, spot *Spot) error {
	price, err := s.PriceAt(ctx, spot)
	if err != nil || price == nil || price.Free {
		return err
	}
	needed, err := price.Holds(s.now())
	if err != nil {
		return err
	}
	p, err := s.Profile(ctx)
	if err != nil {
		return err
	}
	funds, err := s.Funds(ctx, p.Wallet)
	if err != nil {
		return err
	}
	if available := funds[p.Wallet].Available; available < needed || available <= 0 {
		return fault.New(fault.Conflict, "You can spend %s %s, and %s %s is set aside for a session here: top your wallet up first.",
			money.Format(available, p.Currency), p.Currency, money.Format(needed, p.Currency), p.Currency)
	}
	return nil
}

// chargesWith is the token that a driver starts with from afar: the virtual one, or a card where there is none.
func (s *Service) chargesWith(ctx context.Context) (id uuid.UUID, err error) {
	rows, err := s.db.Query(ctx, `select t.id from tokens t join drivers d on d.id = t.driver_id and d.status = 'ACTIVE'
		where t.status = 'ACTIVE' and (t.valid_until is null or t.valid_until > now()) order by t.type <> 'VIRTUAL', t.created_at limit 1`)
	if err == nil {
		id, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	}
	if noRows(err) {
		return id, fault.New(fault.Conflict, "Your account may not charge at the moment: ask the operator of the stations.")
	}
	if err != nil {
		return id, fmt.Errorf("find the driver's token: %w", err)
	}
	return id, nil
}

// stopPatience is how long a driver waits for the station's answer to a stop, in seconds.
const stopPatience = 15

// Stop asks the station to end a session of the driver's. One that has ended stays as it is.
func (s *Service) Stop(ctx context.Context, session uuid.UUID) (*Session, error) {
	v, err := me(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Session(ctx, session)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fault.Missing("session")
	}
	if !found.Running() {
		return found, nil
	}
	asked, err := s.charging.RemoteStop(tenancy.NewContext(ctx, tenancy.OnBehalfOf(v)), session, stopPatience)
	if err != nil {
		return nil, err
	}
	switch asked.Status {
	case "REJECTED":
		return nil, fault.New(fault.Conflict, "The station refused to stop: unplug the car, or stop at the station.")
	case "FAILED", "TIMEOUT":
		return nil, fault.New(fault.Unavailable, "The station didn't answer: try again, or stop at the station.")
	}
	return s.Session(ctx, session)
}
