package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/failpoint"
	"github.com/busbar-ev/busbar/tenancy"
)

// The database roles. Migration 00001 makes them.
const (
	appRole     = "busbar_app"
	journalRole = "busbar_journal"
	driverRole  = "busbar_driver"
)

// actorRoles are the roles of the actors that work without a tenant. Row-level security gives each the columns and rows
// its policies name.
var actorRoles = map[tenancy.Actor]string{
	tenancy.ActorHandshake: "busbar_handshake",
	tenancy.ActorSignIn:    "busbar_signin",
	tenancy.ActorPlatform:  "busbar_platform",
	tenancy.ActorSupport:   "busbar_support",
	tenancy.ActorFiles:     "busbar_files",
	tenancy.ActorWebhooks:  "busbar_webhooks",
}

// identify is the statement that tells Postgres who is acting, for the transaction it runs in.
const identify = "select set_config('busbar.tenant', $1, true), set_config('busbar.networks', $2, true), set_config('busbar.driver', $3, true), set_config('role', $4, true)"

// session is what identify is told.
type session struct{ tenant, networks, driver, role string }

func (s session) args() []any { return []any{s.tenant, s.networks, s.driver, s.role} }

// sessionOf turns the viewer in ctx into a database session, or refuses.
func sessionOf(ctx context.Context) (session, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return session{}, err
	}
	if role, ok := actorRoles[v.Actor]; ok && v.Kind == tenancy.KindSystem {
		return session{role: role}, nil
	}
	if v.Tenant == uuid.Nil {
		return session{}, fmt.Errorf("viewer %q acts in no tenant, and is no actor that works across tenants", v.Name)
	}
	s := session{tenant: v.Tenant.String(), networks: networkList(v.Networks()), role: appRole}
	if v.Kind == tenancy.KindDriver {
		s.driver, s.role = v.ID.String(), driverRole
	}
	return s, nil
}

// networkList writes the networks a viewer is bound to; empty means unbound, and a viewer bound to none gets an id that
// no network has.
func networkList(networks []uuid.UUID) string {
	if networks == nil {
		return ""
	}
	if len(networks) == 0 {
		return uuid.Nil.String()
	}
	ids := make([]string, len(networks))
	for i, id := range networks {
		ids[i] = id.String()
	}
	return strings.Join(ids, ",")
}

// Query runs one statement as the viewer in ctx, in one round trip. The rows must be closed.
func (d *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	s, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	failpoint.ReachIn(ctx, failpoint.BeforeStatement, sql)
	var batch pgx.Batch
	batch.Queue(identify, s.args()...)
	batch.Queue(sql, args...)
	results := d.app.SendBatch(ctx, &batch)
	if _, err := results.Exec(); err != nil {
		_ = results.Close()
		return nil, fmt.Errorf("tell Postgres who is acting: %w", err)
	}
	return rowsOf(results)
}

// rowsOf are the rows of the last statement in a batch.
func rowsOf(results pgx.BatchResults) (pgx.Rows, error) {
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		return nil, err
	}
	return &batchRows{Rows: rows, results: results}, nil
}

// Exec runs one statement as the viewer in ctx and returns how many rows it touched.
func (d *DB) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	rows, err := d.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return rows.CommandTag().RowsAffected(), nil
}

// batchRows closes the batch, and so frees the connection, with the rows.
type batchRows struct {
	pgx.Rows
	results  pgx.BatchResults
	closed   bool
	closeErr error
}

// Close ends the statement and returns its connection to the pool.
func (r *batchRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	r.closeErr = r.results.Close()
}

// Next reads a row; after the last one the connection goes back to the pool.
func (r *batchRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Err tells what went wrong, also with the implicit commit at the end of the batch.
func (r *batchRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.closeErr
}
