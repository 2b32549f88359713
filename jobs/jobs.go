// Package jobs owns periodic and queued work: the River client, its workers, and when they run. Job arguments live in the
// package that enqueues them.
//
//	schedule ─> a job for the platform ─> one job for each tenant, as that tenant
//
// A job may run twice: after a crash River starts it again. So every worker's effect is the same the second time.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/receipts"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/journal"
)

// jobTimeout bounds a job; one that takes longer is started again after the rescue window.
const (
	jobTimeout   = 5 * time.Minute
	rescueWindow = 2 * jobTimeout
)

// Parts is what workers work on.
type Parts struct {
	DB       *db.DB
	Journal  *journal.Journal
	Charging *charging.Service
	Charges  *charges.Service
	Payments *payments.Service
	Receipts *receipts.Service
	Issues   *issues.Service
	Files    *files.Service
	Identity *identity.Service
	Logger   *slog.Logger
	// Carry gives the commands of bulk commands.
	Carry charging.Carry
	// Retention is how long messages and meter values are kept.
	Retention time.Duration
}

// Runner is the running job queue of this node.
type Runner struct{ client *river.Client[pgx.Tx] }

// Start runs the workers and the schedule until Stop.
func Start(ctx context.Context, p Parts) (*Runner, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &upkeepWorker{parts: p})
	river.AddWorker(workers, &tenantUpkeepWorker{parts: p})
	river.AddWorker(workers, &bulkWorker{parts: p})
	river.AddWorker(workers, &retryWorker{parts: p})
	river.AddWorker(workers, &retryWalletWorker{parts: p})
	river.AddWorker(workers, &settleWorker{parts: p})
	addPayments(workers, p)
	addCertificates(workers, p)
	river.AddWorker(workers, &writeReceiptWorker{parts: p})
	river.AddWorker(workers, &sendReceiptWorker{parts: p})
	river.AddWorker(workers, &verifyWorker{parts: p})
	client, err := river.NewClient(riverpgxv5.New(p.DB.JobPool()), &river.Config{
		ID:                   p.Charging.Node(),
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 8}, bulkQueue: {MaxWorkers: 32}, securityQueue: {MaxWorkers: 32}},
		Workers:              workers,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueWindow,
		Logger:               slog.New(slog.DiscardHandler),
		PeriodicJobs: []*river.PeriodicJob{
			river.NewPeriodicJob(river.PeriodicInterval(5*time.Minute), func() (river.JobArgs, *river.InsertOpts) {
				return Upkeep{}, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: 5 * time.Minute}}
			}, &river.PeriodicJobOpts{RunOnStart: true}),
		},
		ErrorHandler: &failures{p.Logger},
	})
	if err != nil {
		return nil, fmt.Errorf("set up the jobs: %w", err)
	}
	if err := resume(ctx, p); err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("start the jobs: %w", err)
	}
	return &Runner{client}, nil
}

// resume gives back the jobs that this node was at when it died: nobody is at them any more. Those of other nodes wait for the rescue
// window, because only they know whether they live.
func resume(ctx context.Context, p Parts) error {
	tag, err := p.DB.JobPool().Exec(ctx, `update river_job set state = 'available', scheduled_at = now()
		where state = 'running' and attempted_by[array_length(attempted_by, 1)] = $1`, p.Charging.Node())
	if err != nil {
		return fmt.Errorf("resume the jobs that were cut off: %w", err)
	}
	if n := tag.RowsAffected(); n > 0 {
		p.Logger.Info("jobs that were cut off go on", "jobs", n)
	}
	return nil
}

// Stop lets running jobs finish, or releases them for another node when ctx ends.
func (r *Runner) Stop(ctx context.Context) error {
	graceful, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := r.client.Stop(graceful); err == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return r.client.StopAndCancel(ctx)
}
