package charging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/tenancy"
)

// BulkRequest is one command to a selection of stations.
type BulkRequest struct {
	// Name says what it is for, to people.
	Name string
	// Command is the mutation that gives it, and Parameters its input without the station.
	Command    string
	Parameters json.RawMessage
	// Permission is what the command takes in the network of each station.
	Permission tenancy.Permission
	Stations   []uuid.UUID
	// PerMinute is how many stations are asked in a minute.
	PerMinute int
}

// Carry gives one command of a bulk to one station and returns its id, without waiting for the station.
type Carry func(ctx context.Context, station uuid.UUID, command string, parameters json.RawMessage) (uuid.UUID, error)

// BulkRun is the job that carries a bulk command out.
type BulkRun struct {
	Tenant uuid.UUID `json:"tenant"`
	Bulk   uuid.UUID `json:"bulk"`
}

// BulkQueue is the queue of the jobs that carry bulk commands out.
const BulkQueue = "bulk"

// Kind names the job.
func (BulkRun) Kind() string { return "bulk_run" }

// The bounds of a bulk command.
const (
	maxBulkStations = 20_000
	maxPerMinute    = 6000
)

// StartBulk records a command to a selection of stations. A job gives it to one after the other; each station's outcome is kept.
func (s *Service) StartBulk(ctx context.Context, r BulkRequest) (*ent.BulkCommand, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	networks, err := s.networksOf(ctx, r.Stations)
	if err != nil {
		return nil, err
	}
	for _, network := range networks {
		if _, err := viewer(ctx, r.Permission, network, "station"); err != nil {
			return nil, err
		}
	}
	switch {
	case len(r.Stations) == 0:
		return nil, fault.In("stationIds", "No station is selected.")
	case len(r.Stations) > maxBulkStations:
		return nil, fault.In("stationIds", "At most %d stations at a time, not %d.", maxBulkStations, len(r.Stations))
	case r.PerMinute < 1 || r.PerMinute > maxPerMinute:
		return nil, fault.In("perMinute", "Ask between 1 and %d stations a minute.", maxPerMinute)
	}
	acting, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write down who gives the command: %w", err)
	}
	id, network := journal.NewID(), uuid.Nil
	if len(networks) == 1 {
		network = networks[0]
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into bulk_commands (id, tenant_id, network_id, name, command, parameters, per_minute, requested_by, viewer, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id, v.Tenant, db.OrNull(network), clip(r.Name, 200), r.Command, r.Parameters, r.PerMinute, v.Name, acting, s.now())
		if err != nil {
			return fmt.Errorf("record the bulk command: %w", err)
		}
		_, err = tx.Exec(ctx, `insert into bulk_command_targets (id, tenant_id, network_id, bulk_id, station_id, position)
			select gen_random_uuid(), s.tenant_id, s.network_id, $1, s.id, row_number() over (order by s.identity) from stations s where s.id = any ($2)`, id, r.Stations)
		if err != nil {
			return fmt.Errorf("record the stations of the bulk command: %w", err)
		}
		err = audit.Write(ctx, tx, audit.Event{Action: "bulk." + r.Command, Network: network, SubjectType: "bulk_command", SubjectID: id.String(),
			Details: map[string]any{"stations": len(r.Stations), "parameters": r.Parameters}})
		if err != nil {
			return err
		}
		return tx.Enqueue(ctx, BulkRun{Tenant: v.Tenant, Bulk: id}, &river.InsertOpts{Queue: BulkQueue})
	})
	if err != nil {
		return nil, err
	}
	return s.db.Ent().BulkCommand.Get(ctx, id)
}

// SeesStations refuses stations that the viewer doesn't see.
func (s *Service) SeesStations(ctx context.Context, stations []uuid.UUID) error {
	_, err := s.networksOf(ctx, stations)
	return err
}

// BulkProgress is how many stations of a bulk command are how far.
type BulkProgress struct{ Total, Waiting, Started, Accepted, Rejected, Failed, Skipped int }

// BulkProgress counts the stations of a bulk command.
func (s *Service) BulkProgress(ctx context.Context, id uuid.UUID) (*BulkProgress, error) {
	rows, err := s.db.Query(ctx, `select count(*), count(*) filter (where status = 'WAITING'), count(*) filter (where status = 'STARTED'),
			count(*) filter (where status = 'ACCEPTED'), count(*) filter (where status = 'REJECTED'), count(*) filter (where status in ('FAILED', 'TIMEOUT')),
			count(*) filter (where status = 'SKIPPED') from bulk_command_targets where bulk_id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("count the stations of the bulk command: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[BulkProgress])
	if err != nil {
		return nil, fmt.Errorf("count the stations of the bulk command: %w", err)
	}
	return p, nil
}

// networksOf are the networks of stations that the viewer must all see.
func (s *Service) networksOf(ctx context.Context, stations []uuid.UUID) ([]uuid.UUID, error) {
	rows, err := s.db.Query(ctx, `select network_id, count(*) from stations where id = any ($1) and removed_at is null group by network_id`, stations)
	if err != nil {
		return nil, fmt.Errorf("look up the stations: %w", err)
	}
	unique := map[uuid.UUID]bool{}
	for _, id := range stations {
		unique[id] = true
	}
	seen, networks := 0, []uuid.UUID{}
	var network uuid.UUID
	var count int
	if _, err = pgx.ForEachRow(rows, []any{&network, &count}, func() error {
		networks, seen = append(networks, network), seen+count
		return nil
	}); err != nil {
		return nil, fmt.Errorf("look up the stations: %w", err)
	}
	if seen < len(unique) {
		return nil, fault.Missing("station")
	}
	return networks, nil
}

// CancelBulk asks no more stations. What was sent goes on.
func (s *Service) CancelBulk(ctx context.Context, id uuid.UUID) (*ent.BulkCommand, error) {
	found, err := s.db.Ent().BulkCommand.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("bulk command")
	}
	if err != nil {
		return nil, fmt.Errorf("load the bulk command: %w", err)
	}
	if found.NetworkID != nil {
		if _, err := viewer(ctx, tenancy.StationCommand, *found.NetworkID, "bulk command"); err != nil {
			return nil, err
		}
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.Exec(ctx, "update bulk_commands set status = 'CANCELLED', completed_at = $2 where id = $1 and status = 'RUNNING'", id, s.now())
		if err != nil {
			return fmt.Errorf("cancel the bulk command: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "The bulk command has already ended.")
		}
		if _, err := tx.Exec(ctx, "update bulk_command_targets set status = 'SKIPPED', error = 'The bulk command was cancelled.' where bulk_id = $1 and status = 'WAITING'", id); err != nil {
			return fmt.Errorf("skip the stations that were not asked: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "bulk.cancel", Network: orZero(found.NetworkID), SubjectType: "bulk_command", SubjectID: id.String()})
	})
	if err != nil {
		return nil, err
	}
	return s.db.Ent().BulkCommand.Get(ctx, id)
}

func orZero(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// bulkRun is a bulk command while it is carried out.
type bulkRun struct {
	id         uuid.UUID
	command    string
	parameters json.RawMessage
	interval   time.Duration
	viewer     tenancy.Viewer
}

// bulkPoll is how often the outcomes of commands under way are looked at.
const bulkPoll = 500 * time.Millisecond

// RunBulk gives a bulk command to its stations, one after the other, until all have answered or the context ends. Started again
// after a crash it goes on where it was: a station is asked once.
func (s *Service) RunBulk(ctx context.Context, id uuid.UUID, carry Carry) error {
	r, err := s.loadBulk(ctx, id)
	if err != nil || r == nil {
		return err
	}
	acting := inBulk(tenancy.NewContext(ctx, r.viewer), id)
	if err := s.adoptBulk(ctx, id); err != nil {
		return err
	}
	var next time.Time
	for {
		if err := s.settleBulk(ctx, id); err != nil {
			return err
		}
		pause := bulkPoll
		if wait := next.Sub(s.now()); wait > 0 {
			pause = min(pause, wait)
		} else {
			target, station, more, err := s.nextInBulk(ctx, id)
			switch {
			case err != nil:
				return err
			case !more:
				return nil
			case target != uuid.Nil:
				next = s.now().Add(spread(r.interval))
				pause = min(pause, next.Sub(s.now()))
				command, err := carry(acting, station, r.command, r.parameters)
				if err := s.askedInBulk(ctx, target, command, err); err != nil {
					return err
				}
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// spread varies the time between two stations by half of it, so that they don't act in step.
func spread(interval time.Duration) time.Duration { return interval/2 + rand.N(interval) }

func (s *Service) loadBulk(ctx context.Context, id uuid.UUID) (*bulkRun, error) {
	rows, err := s.db.Query(ctx, "select command, parameters, per_minute, viewer from bulk_commands where id = $1 and status = 'RUNNING'", id)
	if err != nil {
		return nil, fmt.Errorf("load the bulk command: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (*bulkRun, error) {
		r := &bulkRun{id: id}
		var perMinute int
		err := row.Scan(&r.command, &r.parameters, &perMinute, &r.viewer)
		r.interval = time.Minute / time.Duration(max(1, perMinute))
		return r, err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the bulk command: %w", err)
	}
	return r, nil
}

// adoptBulk finds the commands of stations whose run died after it took them up. One without a command was not asked yet.
func (s *Service) adoptBulk(ctx context.Context, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var batch pgx.Batch
		batch.Queue(`update bulk_command_targets t set command_id = c.id from commands c
			where t.bulk_id = $1 and t.status = 'STARTED' and t.command_id is null and c.bulk_id = t.bulk_id and c.station_id = t.station_id`, id)
		batch.Queue("update bulk_command_targets set status = 'WAITING' where bulk_id = $1 and status = 'STARTED' and command_id is null", id)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("go on with the bulk command: %w", err)
		}
		return nil
	})
}

// settleBulk takes over how commands ended.
func (s *Service) settleBulk(ctx context.Context, id uuid.UUID) error {
	_, err := s.db.Exec(ctx, `update bulk_command_targets t set status = c.status, error = coalesce(c.error, '') from commands c
		where t.bulk_id = $1 and t.status = 'STARTED' and c.id = t.command_id and c.status not in ('PENDING', 'SENT')`, id)
	if err != nil {
		return fmt.Errorf("settle the bulk command: %w", err)
	}
	return nil
}

// nextInBulk takes the next station up. more is false once the bulk command has ended.
func (s *Service) nextInBulk(ctx context.Context, id uuid.UUID) (target, station uuid.UUID, more bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := tx.QueryRow(ctx, `update bulk_command_targets set status = 'STARTED' where id = (
				select t.id from bulk_command_targets t join bulk_commands b on b.id = t.bulk_id and b.status = 'RUNNING'
				where t.bulk_id = $1 and t.status = 'WAITING' order by t.position limit 1 for update of t skip locked)
			returning id, station_id`, id).Scan(&target, &station)
		if !errors.Is(err, pgx.ErrNoRows) {
			more = true
			return err
		}
		var open int
		if err := tx.QueryRow(ctx, "select count(*) from bulk_command_targets where bulk_id = $1 and status in ('WAITING', 'STARTED')", id).Scan(&open); err != nil {
			return err
		}
		if more = open > 0; more {
			return nil
		}
		_, err = tx.Exec(ctx, "update bulk_commands set status = 'COMPLETED', completed_at = $2 where id = $1 and status = 'RUNNING'", id, s.now())
		return err
	})
	if err != nil {
		err = fmt.Errorf("take up the next station of the bulk command: %w", err)
	}
	return target, station, more, err
}

// askedInBulk keeps the command that a station was given, or why it was given none.
func (s *Service) askedInBulk(ctx context.Context, target, command uuid.UUID, refused error) error {
	status, why := "STARTED", ""
	if refused != nil {
		status, why = "FAILED", "The command could not be given."
		if f := fault.Of(refused); f != nil {
			why = f.Message
			if f.Code == fault.StationOffline || f.Code == fault.Conflict {
				status = "SKIPPED"
			}
		} else {
			s.logger.Error("a command of a bulk can't be given", "target", target, "error", refused)
		}
	}
	_, err := s.db.Exec(ctx, "update bulk_command_targets set status = $2, command_id = coalesce($3, command_id), error = $4 where id = $1 and status = 'STARTED'",
		target, status, db.OrNull(command), why)
	if err != nil {
		return fmt.Errorf("keep what became of a station of the bulk command: %w", err)
	}
	return nil
}

type bulkKey struct{}

// inBulk marks the commands that are given with a context as part of a bulk command.
func inBulk(ctx context.Context, bulk uuid.UUID) context.Context {
	return context.WithValue(ctx, bulkKey{}, bulk)
}

func bulkOf(ctx context.Context) uuid.UUID {
	bulk, _ := ctx.Value(bulkKey{}).(uuid.UUID)
	return bulk
}
