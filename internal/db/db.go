// Package db owns the way to Postgres: the pools, the ent driver that is bound to the viewer, transactions, and enqueueing
// a job in the transaction that causes it.
//
// Nothing reaches the database without a viewer. Before every statement the driver tells Postgres who is acting, and
// row-level security does the rest:
//
//	ctx (Viewer) ─> ent or SQL ─> batch { set_config(role, tenant, networks); statement } ─> one round trip
//	             └> InTx       ─> batch { begin; set_config(…); first statement }; statements …; commit ─> after-commit hooks
//
// The connection logs in as the owner, because migrations need one, and takes the application's role before anything
// else. Actors that must look across tenants run as a role of their own with the columns they need.
package db

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/busbar-ev/busbar/ent"
	// Registers the privacy rules, interceptors and hooks of the schemas.
	_ "github.com/busbar-ev/busbar/ent/runtime"
)

// DB is Postgres as the rest of Busbar sees it.
type DB struct {
	app     *pgxpool.Pool
	journal *pgxpool.Pool
	client  *ent.Client
	jobs    *river.Client[pgx.Tx]
	// followers are told what transactions changed.
	followers []func(context.Context, Change)
}

// Options tune the pools; the zero value is good.
type Options struct {
	// MaxConns bounds the application's pool; 0 means a number from the processors, at least 16.
	MaxConns int32
	Logger   *slog.Logger
}

// Open connects, takes the roles, and refuses a database in which the walls don't stand.
func Open(ctx context.Context, url string, opts Options) (*DB, error) {
	if opts.MaxConns == 0 {
		opts.MaxConns = max(16, int32(4*runtime.GOMAXPROCS(0)))
	}
	app, err := openPool(ctx, url, appRole, opts.MaxConns)
	if err != nil {
		return nil, err
	}
	if err := checkWalls(ctx, app); err != nil {
		app.Close()
		return nil, err
	}
	// One connection commits, one may be broken and reconnecting, one does the journal's housekeeping.
	journal, err := openPool(ctx, url, journalRole, 4)
	if err != nil {
		app.Close()
		return nil, err
	}
	jobs, err := river.NewClient(riverpgxv5.New(app), &river.Config{Logger: quiet(opts.Logger)})
	if err != nil {
		app.Close()
		journal.Close()
		return nil, fmt.Errorf("set up the job queue: %w", err)
	}
	d := &DB{app: app, journal: journal, jobs: jobs}
	d.client = ent.NewClient(ent.Driver(&driver{db: d}))
	return d, nil
}

// Close closes the pools. Statements under way finish first.
func (d *DB) Close() {
	d.app.Close()
	d.journal.Close()
}

// Ent is the client for reads and for mutations of one statement; what belongs together goes through InTx.
func (d *DB) Ent() *ent.Client { return d.client }

// JournalPool is the pool of the hot tables' owner. Only package journal uses it.
func (d *DB) JournalPool() *pgxpool.Pool { return d.journal }

// JobPool is the application's pool for the job queue's own statements.
func (d *DB) JobPool() *pgxpool.Pool { return d.app }

// Ping tells whether Postgres answers.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.app.Ping(ctx); err != nil {
		return fmt.Errorf("ask Postgres for a sign of life: %w", err)
	}
	return nil
}

func openPool(ctx context.Context, url, role string, maxConns int32) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL can't be read; it looks like postgres://user:password@host:5432/name: %w", err)
	}
	cfg.MaxConns = maxConns
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.RuntimeParams["application_name"] = "busbar"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		// In binary; as they are, they would be written as text and read by Postgres again.
		pgxuuid.Register(conn.TypeMap())
		_, err := conn.Exec(ctx, "set role "+pgx.Identifier{role}.Sanitize())
		if err != nil {
			return fmt.Errorf("take the role %s (run the migrations as the database's owner first): %w", role, err)
		}
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	return pool, nil
}

func quiet(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}

var _ dialect.Driver = (*driver)(nil)
