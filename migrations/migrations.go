// Package migrations owns the database schema: the hand-reviewed SQL files beside
// this one, and the only code that applies them.
//
//	Apply ── session lock ─┬─ goose: 00001_….sql, 00002_….sql, …
//	                       ├─ River's own migrations
//	                       └─ rights of busbar_app on River's tables
//
// Everything runs as the owner of the database. Concurrent callers wait for the
// lock, then find nothing left to do.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed *.sql
var files embed.FS

// AppRole is the role the application works as: no login, bound by row-level security.
const AppRole = "busbar_app"

const (
	minServerVersion = 150000
	// lockID keeps Busbar's migration lock apart from other programs that use goose in the same database.
	lockID = 0x6275736261720001
	// A migration may rewrite a large table; other nodes wait this long for it, in steps of one second.
	lockWaitSeconds = 15 * 60
)

// Apply brings the database up to the schema this program was built with. It is safe to call
// from several nodes at once. databaseURL must connect as the owner of the database.
func Apply(ctx context.Context, databaseURL string) (err error) {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer m.close()

	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID), lock.WithLockTimeout(1, lockWaitSeconds))
	if err != nil {
		return fmt.Errorf("migrate: prepare the lock: %w", err)
	}
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate: connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("migrate: another process has held the migration lock of this database for too long or the wait was cancelled: %w", err)
	}
	defer func() {
		// The lock must go even when ctx ended; closing the connection would release it as well.
		err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn))
	}()

	if _, err := m.goose.Up(ctx); err != nil {
		return fmt.Errorf("migrate: apply the schema: %w", err)
	}
	if _, err := m.river.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate: apply River's schema: %w", err)
	}
	if err := grantRiver(ctx, m.pool); err != nil {
		return fmt.Errorf("migrate: grant %s its rights on River's tables: %w", AppRole, err)
	}
	return nil
}

// Version returns the number of the newest migration file applied to the database; 0 is an empty database.
func Version(ctx context.Context, databaseURL string) (int64, error) {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return 0, err
	}
	defer m.close()
	applied, err := m.applied(ctx)
	if err != nil {
		return 0, err
	}
	var newest int64
	for v := range applied {
		newest = max(newest, v)
	}
	return newest, nil
}

// Pending names what Apply would still apply, in order; an empty list means the schema is
// current. It writes nothing, so it also works on a replica.
func Pending(ctx context.Context, databaseURL string) ([]string, error) {
	m, err := open(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	defer m.close()
	applied, err := m.applied(ctx)
	if err != nil {
		return nil, err
	}
	var pending []string
	for _, s := range m.goose.ListSources() {
		if !applied[s.Version] {
			pending = append(pending, s.Path)
		}
	}
	existing, err := m.river.ExistingVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("read River's schema version: %w", err)
	}
	done := make(map[int]bool, len(existing))
	for _, e := range existing {
		done[e.Version] = true
	}
	for _, v := range m.river.AllVersions() {
		if !done[v.Version] {
			pending = append(pending, fmt.Sprintf("river %03d %s", v.Version, v.Name))
		}
	}
	return pending, nil
}

// applied reads goose's own table. Goose's status call would create the table where it is missing.
func (m *migrator) applied(ctx context.Context) (map[int64]bool, error) {
	var there bool
	if err := m.pool.QueryRow(ctx, `select to_regclass('goose_db_version') is not null`).Scan(&there); err != nil {
		return nil, fmt.Errorf("read the schema version: %w", err)
	}
	applied := map[int64]bool{}
	if !there {
		return applied, nil
	}
	rows, err := m.pool.Query(ctx, `select version_id from goose_db_version where is_applied and version_id > 0`)
	if err != nil {
		return nil, fmt.Errorf("read the schema version: %w", err)
	}
	versions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read the schema version: %w", err)
	}
	for _, v := range versions {
		applied[v] = true
	}
	return applied, nil
}

// Key changes whenever Apply would make another schema: tests name their template database after it.
func Key() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(raw), raw)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migration files: %w", err)
	}
	river, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return "", fmt.Errorf("read River's migrations: %w", err)
	}
	for _, v := range river.AllVersions() {
		fmt.Fprintf(h, "river %d %d\n%s", v.Version, len(v.SQLUp), v.SQLUp)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

type migrator struct {
	pool  *pgxpool.Pool
	db    *sql.DB
	goose *goose.Provider
	river *rivermigrate.Migrator[pgx.Tx]
}

func (m *migrator) close() {
	_ = m.db.Close() // the pool beneath it is closed next and reports nothing either
	m.pool.Close()
}

func open(ctx context.Context, databaseURL string) (*migrator, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("migrate: the database URL cannot be read: %w", err)
	}
	// Three: the lock's session, goose's, River's.
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = 3, 0, 0
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("migrate: connect: %w", err)
	}
	if err := checkServer(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	m := &migrator{pool: pool, db: stdlib.OpenDBFromPool(pool)}
	if m.goose, err = goose.NewProvider(goose.DialectPostgres, m.db, files); err != nil {
		m.close()
		return nil, fmt.Errorf("migrate: read the migration files: %w", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	if m.river, err = rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet}); err != nil {
		m.close()
		return nil, fmt.Errorf("migrate: read River's migrations: %w", err)
	}
	return m, nil
}

func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var number int
	var version string
	err := pool.QueryRow(ctx, `select current_setting('server_version_num')::int, current_setting('server_version')`).Scan(&number, &version)
	if err != nil {
		return fmt.Errorf("migrate: connect: %w", err)
	}
	return checkServerVersion(number, version)
}

func checkServerVersion(number int, version string) error {
	if number >= minServerVersion {
		return nil
	}
	return fmt.Errorf("the database server is PostgreSQL %s, Busbar needs 15 or newer: "+
		"upgrade the server, point DATABASE_URL at a newer one, or unset it to use the embedded server", version)
}

// grantRiver lets the application enqueue and work jobs. River's migrations know nothing of
// our role, and a later River version may bring tables, so the list is read from the catalogue.
func grantRiver(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `
do $$
declare r record;
begin
  if not exists (select from pg_roles where rolname = 'busbar_app') then
    return;
  end if;
  for r in
    select c.oid::regclass as name, c.relkind
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace
      and c.relkind in ('r', 'p', 'S')
      and c.relname ~ '^river_'
      and c.relname !~ '^river_migration'
  loop
    if r.relkind = 'S' then
      execute format('grant usage, select on sequence %s to busbar_app', r.name);
    else
      execute format('grant select, insert, update, delete on %s to busbar_app', r.name);
    end if;
  end loop;
end $$`)
	return err
}
