package embedded

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestRefusesADirectoryOfAnotherMajorAndLeavesItAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, startServer(t, Options{DataDir: dir}).Stop(t.Context()))
	// A version nobody has yet stands for one that is not installed here.
	must(t, os.WriteFile(filepath.Join(dataDir(dir).cluster(), "PG_VERSION"), []byte("99\n"), 0o600))
	before := snapshot(t, dir)

	_, err := Start(bounded(t), Options{DataDir: dir})

	wantError(t, err, dir, "made by PostgreSQL 99", "this machine has PostgreSQL", "Nothing in it was changed", "pg_dumpall")
	if after := snapshot(t, dir); after != before {
		t.Errorf("the refused directory changed from\n%s\nto\n%s", before, after)
	}
}

// Each installation makes a directory; every other one refuses it, and the search finds its maker again.
func TestEveryInstallationKeepsToItsOwnDirectories(t *testing.T) {
	t.Parallel()
	all := installations(t)
	for _, made := range all {
		dir := t.TempDir()
		must(t, startServer(t, Options{DataDir: dir, BinDir: made.bin}).Stop(t.Context()))
		before := snapshot(t, dir)
		for _, other := range all {
			if other.major == made.major {
				continue
			}
			_, err := Start(bounded(t), Options{DataDir: dir, BinDir: other.bin})
			wantError(t, err, fmt.Sprintf("made by PostgreSQL %d", made.major), fmt.Sprintf("PostgreSQL %d in", other.major))
			if after := snapshot(t, dir); after != before {
				t.Errorf("the refused directory changed from\n%s\nto\n%s", before, after)
			}
		}
		s := startServer(t, Options{DataDir: dir})
		if got := query[int](t, s.URL(), `select current_setting('server_version_num')::int / 10000`); got != made.major {
			t.Errorf("version %d runs on a directory of version %d", got, made.major)
		}
		must(t, s.Stop(t.Context()))
	}
}

func TestRefusesAForeignDataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte("18\n"), 0o600))
	before := snapshot(t, dir)
	_, err := Start(bounded(t), Options{DataDir: dir})
	wantError(t, err, dir, "Busbar did not make", "DATABASE_URL")
	if snapshot(t, dir) != before {
		t.Error("the refused directory changed")
	}
}

func TestRefusesAnIncompleteDataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(dataDir(dir).cluster(), 0o700))
	_, err := Start(bounded(t), Options{DataDir: dir})
	wantError(t, err, "no PG_VERSION", "backup")
}

func TestBeginsAgainAfterAnUnfinishedInitdb(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dataDir(dir).nascent(), "base"), 0o700))
	must(t, os.WriteFile(dataDir(dir).password(), []byte("half\n"), 0o600))
	s := startServer(t, Options{DataDir: dir})
	if query[int](t, s.URL(), `select 1`) != 1 || exists(dataDir(dir).nascent()) {
		t.Error("the unfinished folder is still there")
	}
	must(t, s.Stop(t.Context()))
}

func TestBadSettingSaysWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	_, err := Start(bounded(t), Options{DataDir: t.TempDir(), Settings: map[string]string{"max_connections": "many"}})
	wantError(t, err, "ended during its start", "max_connections")
}

func TestStopDisconnectsClientsAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{DataDir: t.TempDir()})
	conn, err := pgx.Connect(bounded(t), s.URL())
	must(t, err)
	defer conn.Close(t.Context())
	must(t, s.Stop(t.Context()))
	must(t, s.Stop(t.Context()))
	<-s.Done()
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("a client is still connected")
	}
}

func TestPasswordIsGeneratedPerDirectory(t *testing.T) {
	t.Parallel()
	var passwords [2]string
	for i := range passwords {
		s := startServer(t, Options{DataDir: t.TempDir(), Ephemeral: true})
		u, err := url.Parse(s.URL())
		must(t, err)
		passwords[i], _ = u.User.Password()
		u.User = url.UserPassword(owner, "guess")
		if _, err := pgx.Connect(bounded(t), u.String()); err == nil {
			t.Error("any password is accepted")
		}
	}
	if passwords[0] == passwords[1] || len(passwords[0]) < 30 {
		t.Errorf("weak passwords %q", passwords)
	}
}
