package migrations_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/migrations"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestApplyBringsAnEmptyDatabaseUpToDate(t *testing.T) {
	t.Parallel()
	u := dbtest.NewEmpty(t)
	files, err := filepath.Glob("*.sql")
	must(t, err)
	pending, err := migrations.Pending(t.Context(), u)
	must(t, err)
	if len(pending) <= len(files) || pending[0] != files[0] || !strings.HasPrefix(pending[len(pending)-1], "river ") {
		t.Errorf("of an empty database pending is %q", pending)
	}
	if v, err := migrations.Version(t.Context(), u); v != 0 || err != nil {
		t.Errorf("an empty database has version %d, %v", v, err)
	}
	var tables int
	must(t, connect(t, u).QueryRow(t.Context(), `select count(*) from pg_tables where schemaname = 'public'`).Scan(&tables))
	if tables != 0 {
		t.Errorf("asking made %d tables", tables)
	}

	must(t, migrations.Apply(t.Context(), u))

	pending, err = migrations.Pending(t.Context(), u)
	must(t, err)
	if len(pending) != 0 {
		t.Errorf("after Apply pending is %q", pending)
	}
	var newest int64
	_, err = fmt.Sscanf(files[len(files)-1], "%d_", &newest)
	must(t, err)
	if v, err := migrations.Version(t.Context(), u); v != newest || err != nil {
		t.Errorf("after Apply the version is %d, %v; want %d", v, err, newest)
	}
	must(t, migrations.Apply(t.Context(), u))
}

func TestNodesThatMigrateAtOnceDoNotCollide(t *testing.T) {
	t.Parallel()
	u := dbtest.NewEmpty(t)
	var nodes errgroup.Group
	for range 4 {
		nodes.Go(func() error { return migrations.Apply(t.Context(), u) })
	}
	must(t, nodes.Wait())
	pending, err := migrations.Pending(t.Context(), u)
	must(t, err)
	if len(pending) != 0 {
		t.Errorf("pending is %q", pending)
	}
}

// A managed server gives its customer no superuser.
func TestApplyAsAnOwnerWhoIsNoSuperuser(t *testing.T) {
	t.Parallel()
	dbtest.New(t) // from here on Busbar's roles exist, and no other test makes them meanwhile
	u := dbtest.NewEmpty(t)
	admin := connect(t, u)
	parsed, err := url.Parse(u)
	must(t, err)
	name := strings.TrimPrefix(parsed.Path, "/")
	role := "owner_of_" + name
	for _, sql := range []string{
		`create role ` + role + ` login createrole password 'secret'`,
		`alter database ` + name + ` owner to ` + role,
		`alter schema public owner to ` + role,
	} {
		_, err := admin.Exec(t.Context(), sql)
		must(t, err)
	}
	// Roles belong to the server: another database's owner may have made Busbar's already.
	_, err = admin.Exec(t.Context(), `do $$ declare r text; begin
	  for r in select rolname from pg_roles where rolname ~ '^busbar_(app|journal|handshake|signin|platform|support|files|driver|webhooks|ledger)$' loop
	    execute format('grant %I to `+role+` with admin option', r);
	  end loop; end $$`)
	must(t, err)
	parsed.User = url.UserPassword(role, "secret")

	must(t, migrations.Apply(t.Context(), parsed.String()))

	_, err = admin.Exec(t.Context(), `reassign owned by `+role+` to current_user; drop owned by `+role+`; drop role `+role)
	must(t, err)
}

func TestApplicationMayWorkJobsButNotTheirSchema(t *testing.T) {
	t.Parallel()
	conn := connect(t, dbtest.New(t))
	ctx := t.Context()
	_, err := conn.Exec(ctx, `set role `+migrations.AppRole)
	must(t, err)
	for _, sql := range []string{
		`insert into river_job (kind, args, max_attempts) values ('probe', '{}', 1)`,
		`update river_job set priority = 2`,
		`select from river_job`,
		`delete from river_job`,
		`select from river_queue`,
		`select from river_leader`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{`delete from river_migration`, `truncate river_job`, `drop table river_job`, `alter table river_job add x int`} {
		if _, err := conn.Exec(ctx, sql); err == nil {
			t.Errorf("%s is allowed", sql)
		}
	}
}

func TestUnreadableURL(t *testing.T) {
	t.Parallel()
	if err := migrations.Apply(t.Context(), "postgres://[broken"); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("got %v", err)
	}
}

func TestKeyIsStable(t *testing.T) {
	t.Parallel()
	a, err := migrations.Key()
	must(t, err)
	b, err := migrations.Key()
	must(t, err)
	if a != b || len(a) != 16 {
		t.Errorf("got %q and %q", a, b)
	}
}
