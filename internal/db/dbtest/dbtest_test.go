package dbtest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// childEnv makes the test binary play a package's test process that one of these tests looks at from outside.
const childEnv = "BUSBAR_DBTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "leak" {
		go func() { select {} }()
	}
	Main(m)
}

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

func scan[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	must(t, conn.QueryRow(t.Context(), sql, args...).Scan(&v))
	return v
}

func name(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	must(t, err)
	return strings.TrimPrefix(u.Path, "/")
}

func TestEachCallerGetsItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	a, b := connect(t, New(t)), connect(t, New(t))
	for _, conn := range []*pgx.Conn{a, b} {
		if !scan[bool](t, conn, `select to_regclass('river_job') is not null and to_regclass('tenants') is not null`) {
			t.Error("the schema is missing")
		}
	}
	_, err := a.Exec(t.Context(), `create table mine (n int)`)
	must(t, err)
	if scan[bool](t, b, `select to_regclass('mine') is not null`) {
		t.Error("two tests share a database")
	}
	if got := scan[string](t, a, `show max_connections`); os.Getenv(EnvURL) == "" && got != "300" {
		t.Errorf("max_connections is %s", got)
	}
}

func TestNewEmptyHasNoSchema(t *testing.T) {
	t.Parallel()
	if n := scan[int](t, connect(t, NewEmpty(t)), `select count(*) from pg_tables where schemaname = 'public'`); n != 0 {
		t.Errorf("%d tables", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for range 12 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			scan[int](t, connect(t, New(t)), `select count(*) from river_job`)
		})
	}
}

func TestDatabaseGoesWithItsTestEvenWhileConnected(t *testing.T) {
	t.Parallel()
	var used string
	var left *pgx.Conn
	t.Run("test", func(t *testing.T) {
		used = New(t)
		var err error
		left, err = pgx.Connect(t.Context(), used)
		must(t, err)
	})
	defer left.Close(context.Background())
	admin := connect(t, New(t))
	if scan[bool](t, admin, `select exists(select from pg_database where datname = $1)`, name(t, used)) {
		t.Error("the database is still there")
	}
}

// aside starts a server that only the calling test uses, and returns its URL.
func aside(t *testing.T, dir string) string {
	t.Helper()
	srv, err := startIn(t.Context(), dir)
	must(t, err)
	t.Cleanup(func() { must(t, srv.Stop(context.Background())) })
	return srv.URL()
}

// child runs one of the tests below in a process of its own.
func child(t *testing.T, role, test string, env ...string) (string, error) {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), childEnv+"="+role), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestProcessesThatShareAServerBuildTheTemplateOnce(t *testing.T) {
	t.Parallel()
	// An empty database's server, without the template this process may have built on it already.
	own := aside(t, t.TempDir())
	var processes errgroup.Group
	for range 3 {
		processes.Go(func() error {
			if out, err := child(t, "share", "TestNewEmptyHasNoSchema|TestEachCallerGetsItsOwnMigratedDatabase", EnvURL+"="+own); err != nil {
				return errors.New(out)
			}
			return nil
		})
	}
	must(t, processes.Wait())
	admin := connect(t, own)
	if n := scan[int](t, admin, `select count(*) from pg_database where datname ~ '^busbar_template_'`); n != 1 {
		t.Errorf("%d templates", n)
	}
	if n := scan[int](t, admin, `select count(*) from pg_database where datname ~ '^busbar_test_'`); n != 0 {
		t.Errorf("%d databases are left", n)
	}
}

func TestMissingServerFailsWithTheReason(t *testing.T) {
	t.Parallel()
	out, err := child(t, "missing", "TestNewEmptyHasNoSchema", EnvURL+"=postgres://nobody@127.0.0.1:1/none")
	if err == nil || !strings.Contains(out, "this test needs PostgreSQL") || !strings.Contains(out, EnvURL) || strings.Contains(out, "SKIP") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestMainFindsLeakedGoroutines(t *testing.T) {
	t.Parallel()
	out, err := child(t, "leak", "TestNewEmptyHasNoSchema")
	if err == nil || !strings.Contains(out, "goroutines are left") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestServerAndFolderGoWithTheProcess(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	out, err := child(t, "tidy", "TestNewEmptyHasNoSchema", "TMPDIR="+tmp, EnvURL+"=")
	if err != nil {
		t.Fatal(out)
	}
	left, err := os.ReadDir(tmp)
	must(t, err)
	if len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestSweepTakesOnlyWhatNobodyUses(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	old := time.Now().Add(-time.Hour)
	folder := func(name string, modified time.Time) string {
		dir := filepath.Join(tmp, dirPrefix+name)
		must(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
		must(t, os.Chtimes(dir, modified, modified))
		return dir
	}
	abandoned, young, used := folder("abandoned", old), folder("young", time.Now()), folder("used", old)
	aside(t, filepath.Join(used, "data"))
	must(t, os.Chtimes(used, old, old))

	sweep(tmp)

	for dir, want := range map[string]bool{abandoned: false, young: true, used: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
