// Package dbtest owns the databases of tests: a real PostgreSQL, and a fresh migrated
// database for each test that asks for one, so that tests run in parallel.
//
//	New ─ server (BUSBAR_TEST_DATABASE_URL, else one embedded server per test process)
//	    ─ template, migrated once, named after a hash of the migration files
//	    ─ create database … template …  ─ URL; dropped when the test ends
//
// A package that uses it calls Main from its TestMain. A missing PostgreSQL fails the test.
package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/busbar-ev/busbar/internal/db/embedded"
	"github.com/busbar-ev/busbar/migrations"
)

// EnvURL names a server to use instead of an embedded one: a URL of a superuser, any database.
const EnvURL = "BUSBAR_TEST_DATABASE_URL"

const (
	// bound is what creating or dropping a database may take on a busy machine.
	bound = 2 * time.Minute
	// templateLock keeps test processes that share a server from building the template twice.
	templateLock = 0x6275736261720002
	dirPrefix    = "busbar-dbtest-"
)

// New returns the owner's URL of a fresh, migrated database that only this test uses. It is
// dropped, with whatever connections are left, when the test and its later clean-ups are done.
func New(tb testing.TB) string {
	tb.Helper()
	return create(tb, func(ctx context.Context, admin string) (string, error) { return template(ctx, admin) })
}

// NewEmpty is New without the schema.
func NewEmpty(tb testing.TB) string {
	tb.Helper()
	return create(tb, func(context.Context, string) (string, error) { return "template0", nil })
}

func create(tb testing.TB, source func(context.Context, string) (string, error)) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	admin, err := server(ctx)
	if err != nil {
		tb.Fatalf("this test needs PostgreSQL: %v", err)
	}
	from, err := source(ctx, admin)
	if err != nil {
		tb.Fatalf("prepare the template database: %v", err)
	}
	name := "busbar_test_" + strings.ToLower(rand.Text()[:16])
	if err := execute(ctx, admin, cloneStatement(name, from)); err != nil {
		tb.Fatalf("create the test's database: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		defer cancel()
		if err := execute(ctx, admin, "drop database if exists "+quote(name)+" with (force)"); err != nil {
			tb.Errorf("drop the test's database: %v", err)
		}
	})
	u, err := withDatabase(admin, name)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func cloneStatement(name, from string) string {
	// Copying files checkpoints before and after, which costs nothing where fsync is off: 20 ms
	// against 60 to 100 ms. A durable server is faster the other way.
	strategy := "file_copy"
	if os.Getenv(EnvURL) != "" {
		strategy = "wal_log"
	}
	return "create database " + quote(name) + " template " + quote(from) + " strategy " + strategy
}

// Main runs the package's tests, then stops the embedded server and fails when goroutines are
// left. It ends the process.
func Main(m *testing.M, options ...goleak.Option) {
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		code = max(code, 1)
	}
	if code == 0 {
		if err := goleak.Find(options...); err != nil {
			fmt.Fprintln(os.Stderr, "dbtest: goroutines are left after the tests:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// shared is the server of this test process, started by the first test that asks.
var shared struct {
	sync.Mutex
	url string
	err error // a server that did not start is not tried again for every test
	srv *embedded.Server
	dir string

	templates sync.Mutex
	template  string
}

func server(ctx context.Context) (string, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.url == "" && shared.err == nil {
		shared.url, shared.err = startServer(ctx)
	}
	return shared.url, shared.err
}

func startServer(ctx context.Context) (string, error) {
	if u := os.Getenv(EnvURL); u != "" {
		if err := execute(ctx, u, "select 1"); err != nil {
			return "", fmt.Errorf("the server named by %s does not answer: %w", EnvURL, err)
		}
		return u, nil
	}
	sweep(os.TempDir())
	dir, err := os.MkdirTemp("", dirPrefix)
	if err != nil {
		return "", fmt.Errorf("make the server's folder: %w", err)
	}
	srv, err := startIn(ctx, filepath.Join(dir, "data"))
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	shared.srv, shared.dir = srv, dir
	return srv.URL(), nil
}

func startIn(ctx context.Context, dir string) (*embedded.Server, error) {
	return embedded.Start(ctx, embedded.Options{
		DataDir:   dir,
		Ephemeral: true,
		Settings:  map[string]string{"max_connections": "300"},
	})
}

func stop() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.srv == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	err := errors.Join(shared.srv.Stop(ctx), os.RemoveAll(shared.dir))
	shared.srv, shared.url = nil, ""
	return err
}

// sweep removes the folders of test processes that could not: their server ended with them.
func sweep(tmp string) {
	dirs, _ := filepath.Glob(filepath.Join(tmp, dirPrefix+"*")) // the pattern is a constant
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // just made, perhaps not locked yet
		}
		if used, err := embedded.InUse(filepath.Join(dir, "data")); err == nil && !used {
			_ = os.RemoveAll(dir) // the next run tries again
		}
	}
}

// template returns the name of the migrated template database, building it when it is missing.
func template(ctx context.Context, admin string) (string, error) {
	shared.templates.Lock()
	defer shared.templates.Unlock()
	if shared.template != "" {
		return shared.template, nil
	}
	key, err := migrations.Key()
	if err != nil {
		return "", err
	}
	name := "busbar_template_" + key
	if err := buildTemplate(ctx, admin, name); err != nil {
		return "", err
	}
	shared.template = name
	return name, nil
}

// buildTemplate migrates under another name and renames at the end, so that a template is
// either whole or not there.
func buildTemplate(ctx context.Context, admin, name string) (err error) {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }() // releases the lock
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", templateLock); err != nil {
		return fmt.Errorf("wait for another process that builds the template: %w", err)
	}
	var there bool
	if err := conn.QueryRow(ctx, "select exists(select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	building := name + "_building"
	if _, err := conn.Exec(ctx, "drop database if exists "+quote(building)+" with (force)"); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "create database "+quote(building)+" template template0"); err != nil {
		return err
	}
	u, err := withDatabase(admin, building)
	if err != nil {
		return err
	}
	if err := migrations.Apply(ctx, u); err != nil {
		return err
	}
	// Nobody may connect: a connection to the template would make every clone fail.
	if _, err := conn.Exec(ctx, "alter database "+quote(building)+" allow_connections false"); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "alter database "+quote(building)+" rename to "+quote(name))
	return err
}

func execute(ctx context.Context, url, statement string) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("%s must be a URL such as postgres://user:password@host:5432/postgres", EnvURL)
	}
	u.Path = "/" + name
	return u.String(), nil
}
