package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/failpoint"
)

// Tx is one transaction of one viewer.
type Tx struct {
	pgx.Tx
	// Ent works inside the transaction.
	Ent *ent.Client

	db          *DB
	after       *afterCommit
	afterCommit []func()
	changed     []Change
}

// AfterCommit runs fn once the transaction is committed, in the order given: live events, wake-ups.
func (t *Tx) AfterCommit(fn func()) { t.afterCommit = append(t.afterCommit, fn) }

// Enqueue adds a job that exists only if the transaction commits.
func (t *Tx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	if _, err := t.db.jobs.InsertTx(ctx, t.Tx, args, opts); err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// Try runs fn in a part of the transaction that can fail by itself: what fn did is undone then, and the transaction goes on.
func (t *Tx) Try(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) (err error) {
	raw, err := t.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin a part of the transaction: %w", err)
	}
	defer func() {
		if rollback := raw.Rollback(context.WithoutCancel(ctx)); rollback != nil && !errors.Is(rollback, pgx.ErrTxClosed) && err == nil {
			err = fmt.Errorf("roll a part of the transaction back: %w", rollback)
		}
	}()
	part := &Tx{Tx: raw, db: t.db, after: t.after, Ent: ent.NewClient(ent.Driver(txDriver{raw, t.after}))}
	if err := fn(ctx, part); err != nil {
		return err
	}
	if err := raw.Commit(ctx); err != nil {
		return fmt.Errorf("end a part of the transaction: %w", err)
	}
	t.afterCommit = append(t.afterCommit, part.afterCommit...)
	return nil
}

// InTx runs fn in one transaction as the viewer in ctx, commits when it returns nil and rolls back otherwise. Never wait for
// hardware or another service inside.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) (err error) {
	s, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	raw := d.begin(s)
	defer func() {
		// After a commit this does nothing; after an error or a panic it frees the connection even if ctx has ended.
		if rollback := raw.Rollback(context.WithoutCancel(ctx)); rollback != nil && !errors.Is(rollback, pgx.ErrTxClosed) && err == nil {
			err = fmt.Errorf("roll back: %w", rollback)
		}
	}()
	after := &afterCommit{driver: &driver{db: d}}
	tx := &Tx{Tx: raw, db: d, after: after, Ent: ent.NewClient(ent.Driver(txDriver{raw, after}))}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	failpoint.ReachIn(ctx, failpoint.BeforeCommit, "")
	if err := raw.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	failpoint.ReachIn(ctx, failpoint.AfterCommit, "")
	after.committed.Store(true)
	for _, hook := range tx.afterCommit {
		hook()
	}
	return nil
}
