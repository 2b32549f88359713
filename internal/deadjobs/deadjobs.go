// Package deadjobs owns what staff do about work that was given up: jobs that failed as often as they may.
//
//	River gives a job up ─> List: what it was about, why it failed ─> somebody mends the cause ─> Restart ─> River tries it again
//
// The queue stands outside the walls between tenants: its rows name ids and never contents. So every statement here names the viewer's
// tenant itself, and only those see anything who reach the whole tenant.
package deadjobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Service lists dead jobs and restarts them.
type Service struct {
	db    *db.DB
	queue *river.Client[pgx.Tx]
}

// New makes the service.
func New(database *db.DB) (*Service, error) {
	queue, err := river.NewClient(riverpgxv5.New(database.JobPool()), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("reach the job queue: %w", err)
	}
	return &Service{database, queue}, nil
}

// Job is work that was given up.
type Job struct {
	ID   string
	Kind string
	// What says in words what it was to do.
	What string
	// About are the things that it names, such as a payment.
	About []Thing
	// Error is why it failed the last time, of so many.
	Error    string
	Attempts int
	FailedAt time.Time
}

// Thing is something that a job names.
type Thing struct {
	Kind string
	ID   uuid.UUID
}

// what a job does, by its kind.
var what = map[string]string{
	"tenant_upkeep":         "Look after the tenant: what is expired, open or late, and the books",
	"bulk_run":              "Give a bulk command to its stations",
	"retry_charge":          "Collect a charge that the wallet didn't cover",
	"retry_wallet":          "Collect what a wallet owes, after something came in",
	"settle_session":        "Bill a session whose billing went wrong",
	"write_receipt":         "Write the receipt of a charge",
	"send_receipt":          "Mail a receipt",
	"process_payment":       "Look a payment up at its provider, and book what it says",
	"process_payment_event": "Look at what an event of a payment provider is about",
	"process_refund":        "Find out what became of a refund",
	"auto_top_up":           "Top a wallet up by itself",
	"forget_payment_method": "Have a payment provider forget a way to pay",
	"run_reconciliation":    "Compare a payment account with its provider",
}

const (
	most         = 200
	longestError = 500
	selectJobs   = `select id, kind, args, attempt, coalesce(finalized_at, attempted_at, created_at), coalesce(errors[array_upper(errors, 1)] ->> 'error', '') from river_job
		where state = 'discarded' and args ->> 'tenant' = $1::uuid::text `
)

// List lists the tenant's dead jobs, those that failed last first. Who reaches single networks sees none: a job doesn't say which it is about.
func (s *Service) List(ctx context.Context, first int) ([]Job, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if !v.Sees(uuid.Nil) && v.CanSomewhere(tenancy.JobRead) {
		return nil, nil
	}
	if _, err := viewer(ctx, tenancy.JobRead); err != nil {
		return nil, err
	}
	if first < 1 || first > most {
		return nil, fault.In("first", "A page has 1 to %d items, not %d.", most, first)
	}
	return s.read(ctx, s.db, selectJobs+"order by finalized_at desc, id desc limit $2", v.Tenant, first)
}

// querier is the database, or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (s *Service) read(ctx context.Context, q querier, sql string, args ...any) ([]Job, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("look for dead jobs: %w", err)
	}
	jobs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (j Job, err error) {
		var id int64
		var text []byte
		if err := row.Scan(&id, &j.Kind, &text, &j.Attempts, &j.FailedAt, &j.Error); err != nil {
			return j, err
		}
		j.ID, j.What, j.About = strconv.FormatInt(id, 10), what[j.Kind], things(text)
		if j.What == "" {
			j.What = j.Kind
		}
		if j.Error = strings.ToValidUTF8(j.Error, "?"); len(j.Error) > longestError {
			j.Error = strings.ToValidUTF8(j.Error[:longestError], "") + "…"
		}
		return j, nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for dead jobs: %w", err)
	}
	return jobs, nil
}

// things are the ids among a job's arguments.
func things(args []byte) (about []Thing) {
	var fields map[string]any
	if json.Unmarshal(args, &fields) != nil {
		return nil
	}
	for name, value := range fields {
		id, err := uuid.Parse(fmt.Sprint(value))
		if err == nil && id != uuid.Nil && name != "tenant" {
			about = append(about, Thing{name, id})
		}
	}
	slices.SortFunc(about, func(a, b Thing) int { return strings.Compare(a.Kind, b.Kind) })
	return about
}

// Restart has a dead job tried once more, at once.
func (s *Service) Restart(ctx context.Context, id string) (restarted *Job, err error) {
	v, err := viewer(ctx, tenancy.JobWrite)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, fault.Missing("job")
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := s.read(ctx, tx, selectJobs+"and id = $2 for update", v.Tenant, number)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.Missing("job")
		}
		restarted = &found[0]
		if _, err := s.queue.JobRetryTx(ctx, tx.Tx, number); err != nil {
			if errors.Is(err, river.ErrNotFound) {
				return fault.Missing("job")
			}
			return fmt.Errorf("restart job %d: %w", number, err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "job.restart", SubjectType: "job", SubjectID: id, Details: map[string]any{"kind": restarted.Kind}})
	})
	return restarted, err
}

// viewer is who is acting, who must hold the permission in the whole tenant.
func viewer(ctx context.Context, p tenancy.Permission) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err == nil && !v.Can(p, uuid.Nil) {
		err = fault.New(fault.Forbidden, "Your role doesn't include %s for the whole tenant: ask an admin of it.", p)
	}
	return v, err
}
