package db_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func owner(t *testing.T, url, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func open(t *testing.T) (*db.DB, string) {
	t.Helper()
	url := dbtest.New(t)
	d, err := db.Open(context.Background(), url, db.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, url
}

func as(tenant uuid.UUID) context.Context {
	return tenancy.NewContext(context.Background(), tenancy.Viewer{Kind: tenancy.KindUser, Tenant: tenant, Name: "somebody", Grants: []tenancy.Grant{{Role: tenancy.Owner}}})
}

func count(t *testing.T, d *db.DB, ctx context.Context, sql string) int {
	t.Helper()
	rows, err := d.Query(ctx, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// Two tenants with a network each.
func tenants(t *testing.T, url string) (a, b uuid.UUID) {
	t.Helper()
	a, b = uuid.New(), uuid.New()
	for slug, id := range map[string]uuid.UUID{"a": a, "b": b} {
		owner(t, url, "insert into tenants (id, slug, name, currency, timezone) values ($1, $2, 'T', 'EUR', 'UTC')", id, slug)
		owner(t, url, "insert into networks (id, tenant_id, slug, name, currency) values (gen_random_uuid(), $1, 'main', 'Main', 'EUR')", id)
	}
	return a, b
}

// The application works as a role that row-level security binds, and start-up refuses any other.
func TestSec079_RoleThatEscapesTheWallsIsRefused(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	rows, err := d.Query(as(uuid.New()), "select rolname::text || ' ' || rolsuper || ' ' || rolbypassrls from pg_roles where rolname = current_user")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string]); err != nil || got != "busbar_app false false" {
		t.Errorf("the application works as %s, %v", got, err)
	}
	for name, damage := range map[string]string{
		"no policy":     "drop policy tenant on stations",
		"not forced":    "alter table stations no force row level security",
		"not enabled":   "alter table meter_values disable row level security",
		"a naked table": "create table naked (id uuid)",
		"an owned one":  "create table owned (id uuid); alter table owned enable row level security; grant create on schema public to busbar_app; alter table owned owner to busbar_app",
	} {
		url := dbtest.New(t)
		owner(t, url, damage)
		if broken, err := db.Open(context.Background(), url, db.Options{}); err == nil {
			broken.Close()
			t.Errorf("%s: the database was opened", name)
		} else if !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s: the refusal says %v", name, err)
		}
	}
}

// A pooled connection carries nothing from one viewer to the next, however they interleave.
func TestSec077_PooledConnectionsForgetTheirViewer(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, b := tenants(t, url)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			tenant := []uuid.UUID{a, b}[i%2]
			for range 10 {
				if n := count(t, d, as(tenant), "select count(*)::int from networks where tenant_id = '"+tenant.String()+"'"); n != 1 {
					t.Errorf("a viewer sees %d of its networks", n)
				}
				if n := count(t, d, as(tenant), "select count(*)::int from networks"); n != 1 {
					t.Errorf("a viewer sees %d networks in all", n)
				}
			}
		})
	}
	wg.Wait()
}

// Without a viewer, or with one who has no tenant, nothing is asked.
func TestSec078_NoViewerNoQuery(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	tenants(t, url)
	if _, err := d.Query(context.Background(), "select 1"); err == nil {
		t.Error("a query without a viewer was run")
	}
	if _, err := d.Query(as(uuid.Nil), "select 1"); err == nil {
		t.Error("a query without a tenant was run")
	}
	if err := d.InTx(context.Background(), func(context.Context, *db.Tx) error { return nil }); err == nil {
		t.Error("a transaction without a viewer was begun")
	}
	if _, err := d.Ent().Network.Query().All(context.Background()); err == nil {
		t.Error("ent answered without a viewer")
	}
	if n := count(t, d, as(uuid.New()), "select count(*)::int from networks"); n != 0 {
		t.Errorf("a tenant that doesn't exist sees %d networks", n)
	}
}

// A row of one tenant can't point at a row of another, not even as the owner of the database.
func TestSec056_CompositeKeysStopForeignReferences(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	a, b := tenants(t, url)
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), `insert into locations (id, tenant_id, network_id, name, timezone)
		select gen_random_uuid(), $1, n.id, 'X', 'UTC' from networks n where n.tenant_id = $2`, a, b)
	if err == nil {
		t.Error("a location of A was put into a network of B")
	}
}

// Every foreign key between tenants' tables includes the tenant.
func TestEveryForeignKeyIncludesTheTenant(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(context.Background(), `
		select c.conrelid::regclass::text || '.' || c.conname from pg_constraint c
		where c.contype = 'f' and exists (select from pg_attribute a where a.attrelid = c.confrelid and a.attname = 'tenant_id')
			and not exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'tenant_id' and a.attnum = any (c.conkey))`)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		t.Errorf("the foreign key %s leaves the tenant out", key)
	}
}

// Rows that are only ever added to can't be changed or deleted by the application.
func TestSec098_AppendOnlyTables(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, _ := tenants(t, url)
	for _, table := range []string{"audit_events", "ocpp_messages", "meter_values", "status_changes"} {
		for _, sql := range []string{"update " + table + " set tenant_id = tenant_id", "delete from " + table} {
			if _, err := d.Exec(as(a), sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
}

// A transaction that fails leaves nothing, and its connection is as good as new.
func TestInTxRollsBack(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, _ := tenants(t, url)
	committed := false
	err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
		tx.AfterCommit(func() { committed = true })
		if _, err := tx.Exec(ctx, "update networks set name = 'Changed'"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "select 1/0")
		return err
	})
	if err == nil || committed {
		t.Errorf("the transaction ended with %v, committed: %v", err, committed)
	}
	if n := count(t, d, as(a), "select count(*)::int from networks where name = 'Changed'"); n != 0 {
		t.Error("the change stayed")
	}
}
