package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// forEach runs a test against every installation as every user this machine allows.
func forEach(t *testing.T, test func(t *testing.T, b *binaries, s scenario)) {
	t.Helper()
	for _, b := range installations(t) {
		for _, s := range scenarios() {
			t.Run(fmt.Sprintf("PostgreSQL %d as %s", b.major, s.name), func(t *testing.T) {
				t.Parallel()
				test(t, b, s)
			})
		}
	}
}

func TestStartsFreshAndRestartsOntoItsData(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, b *binaries, s scenario) {
		dir := prepared(t, s)
		job := helperJob{Options: Options{DataDir: dir, BinDir: b.bin}}

		first := runHelper(t, s.runAs, job)
		if first.answer.Err != "" {
			t.Fatal(first.answer.Err)
		}
		execSQL(t, first.answer.URL, `create table kept (word text); insert into kept values ('Zähler')`)
		checkServer(t, first.answer.URL, b)
		checkFiles(t, dir, s)
		must(t, first.end())
		if pid := userOf(dataDir(dir)); pid != 0 {
			t.Fatalf("process %d still works in the data directory after Stop", pid)
		}

		second := runHelper(t, s.runAs, job)
		if second.answer.Err != "" {
			t.Fatal(second.answer.Err)
		}
		if got := query[string](t, second.answer.URL, `select word from kept`); got != "Zähler" {
			t.Errorf("after the restart the table holds %q", got)
		}
		must(t, second.end())
	})
}

// prepared returns the data directory to use: missing where the server's own user makes it.
func prepared(t *testing.T, s scenario) string {
	t.Helper()
	dir := filepath.Join(openDir(t, s.runAs), "data")
	if s.owner >= 0 && s.runAs < 0 {
		must(t, os.Mkdir(dir, 0o700))
		must(t, os.Chown(dir, s.owner, s.owner))
	}
	return dir
}

func checkServer(t *testing.T, u string, b *binaries) {
	t.Helper()
	if got := query[int](t, u, `select current_setting('server_version_num')::int / 10000`); got != b.major {
		t.Errorf("the server is of version %d, want %d", got, b.major)
	}
	for sql, want := range map[string]string{
		`select current_database()`:    "busbar",
		`select current_user`:          "busbar",
		`show server_encoding`:         "UTF8",
		`show listen_addresses`:        "127.0.0.1",
		`show unix_socket_directories`: "",
		`show fsync`:                   "on",
		`select left(rolpassword, 13) from pg_authid where rolname='busbar'`:            "SCRAM-SHA-256",
		`select string_agg(distinct auth_method, ',') from pg_hba_file_rules`:           "scram-sha-256",
		`select string_agg(c, '' order by c) from unnest(array['b','a','B','A','ä']) c`: "ABabä",
		`select lower('ÄÖÜ')`: "äöü",
	} {
		if got := query[string](t, u, sql); got != want {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
	}
}

func checkFiles(t *testing.T, dir string, s scenario) {
	t.Helper()
	d := dataDir(dir)
	for _, path := range []string{dir, d.cluster(), filepath.Join(d.cluster(), "PG_VERSION"), d.password()} {
		info, err := os.Stat(path)
		must(t, err)
		if got := int(info.Sys().(*syscall.Stat_t).Uid); got != s.server {
			t.Errorf("%s belongs to %d, want %d", path, got, s.server)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
	}
	pid := pidInFile(d)
	info, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid)))
	must(t, err)
	if got := int(info.Sys().(*syscall.Stat_t).Uid); got != s.server {
		t.Errorf("the server runs as %d, want %d", got, s.server)
	}
	group, err := syscall.Getpgid(pid)
	must(t, err)
	if group != pid {
		t.Errorf("the server shares the process group %d, so Ctrl-C would reach it before Busbar", group)
	}
}

func TestKilledParentLeavesNoServerAndNoDamage(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, b *binaries, s scenario) {
		dir := prepared(t, s)
		job := helperJob{Options: Options{DataDir: dir, BinDir: b.bin}}
		first := runHelper(t, s.runAs, job)
		if first.answer.Err != "" {
			t.Fatal(first.answer.Err)
		}
		execSQL(t, first.answer.URL, `create table acknowledged (n int primary key)`)
		written := writeUntilGone(t, first.answer.URL, func(n int) {
			if n == 200 {
				first.kill(t)
			}
		})

		// The next start waits for the old server to finish, and finds what was committed.
		second := runHelper(t, s.runAs, job)
		if second.answer.Err != "" {
			t.Fatal(second.answer.Err)
		}
		kept := query[int](t, second.answer.URL, `select count(*) from acknowledged`)
		if kept < written || kept > written+1 {
			t.Errorf("%d rows were committed, %d are there", written, kept)
		}
		second.kill(t)
		awaitNoProcess(t, dir)
	})
}

// writeUntilGone commits rows one by one until the server goes away, and returns how many it confirmed.
func writeUntilGone(t *testing.T, u string, each func(n int)) int {
	t.Helper()
	ctx := bounded(t)
	conn, err := pgx.Connect(ctx, u)
	must(t, err)
	defer conn.Close(ctx)
	for n := 0; ; n++ {
		each(n)
		if _, err := conn.Exec(ctx, `insert into acknowledged values ($1)`, n); err != nil {
			must(t, ctx.Err())
			return n
		}
	}
}

func awaitNoProcess(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		pid := userOf(dataDir(dir))
		if pid == 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("process %d outlived its parent", pid)
		case <-tick.C:
		}
	}
}

func TestSaysThatThePasswordIsMissingOrWrong(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	must(t, startServer(t, Options{DataDir: dir}).Stop(t.Context()))

	must(t, os.WriteFile(dataDir(dir).password(), []byte("another\n"), 0o600))
	_, err := Start(bounded(t), Options{DataDir: dir})
	wantError(t, err, "refuses the password", "backup")
	awaitNoProcess(t, dir)

	must(t, os.Remove(dataDir(dir).password()))
	_, err = Start(bounded(t), Options{DataDir: dir})
	wantError(t, err, dataDir(dir).password(), "backup")
}

func TestOneBusbarPerDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := runHelper(t, -1, helperJob{Options: Options{DataDir: dir, Ephemeral: true}})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()

	_, err := Start(ctx, Options{DataDir: dir})
	wantError(t, err, "another Busbar", fmt.Sprintf("pid %d", h.cmd.Process.Pid), dir)

	if used, err := InUse(dir); err != nil || !used {
		t.Errorf("InUse says %v, %v", used, err)
	}
	must(t, h.end())
	if used, err := InUse(dir); err != nil || used {
		t.Errorf("InUse says %v, %v after the end", used, err)
	}
}

func TestWaitsForAPreviousServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, startServer(t, Options{DataDir: dir}).Stop(t.Context()))
	previous := runHelper(t, -1, helperJob{Options: Options{DataDir: dir}, Squat: true})

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, Options{DataDir: dir})
	wantError(t, err, "another PostgreSQL", fmt.Sprintf("pid %d", previous.cmd.Process.Pid), dir, "kill -INT")

	waiting := newSignalLog("waiting for the previous")
	ended := make(chan error, 1)
	go func() {
		<-waiting.seen
		ended <- previous.end()
	}()
	s := startServer(t, Options{DataDir: dir, Logger: waiting.logger()})
	must(t, <-ended)
	must(t, s.Stop(t.Context()))
}

func TestStalePidFileOfAnotherProgramDoesNotStopTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, startServer(t, Options{DataDir: dir}).Stop(t.Context()))
	// As after a container restart: the number now belongs to somebody else.
	must(t, os.WriteFile(pidFile(dataDir(dir)), fmt.Appendf(nil, "%d\n%s\n", os.Getppid(), dataDir(dir).cluster()), 0o600))
	must(t, startServer(t, Options{DataDir: dir}).Stop(t.Context()))
}

// Whoever runs Busbar with sudo once can go on without.
func TestRootAndTheOwnerMayTakeTurns(t *testing.T) {
	t.Parallel()
	parent := openDir(t, anotherUser())
	dir := filepath.Join(parent, "data")
	for _, runAs := range []int{anotherUser(), -1, anotherUser()} {
		h := runHelper(t, runAs, helperJob{Options: Options{DataDir: dir}})
		if h.answer.Err != "" {
			t.Fatal(h.answer.Err)
		}
		must(t, h.end())
	}
	fresh := filepath.Join(parent, "fresh")
	must(t, os.Mkdir(fresh, 0o700))
	if uid := anotherUser(); uid >= 0 {
		must(t, os.Chown(fresh, uid, uid))
	}
	for _, runAs := range []int{-1, anotherUser()} {
		h := runHelper(t, runAs, helperJob{Options: Options{DataDir: fresh}})
		if h.answer.Err != "" {
			t.Fatal(h.answer.Err)
		}
		must(t, h.end())
	}
}

func TestForeignOwnerIsRefused(t *testing.T) {
	t.Parallel()
	// "/" belongs to root everywhere; as root, look at it with another user's eyes.
	h := runHelper(t, anotherUser(), helperJob{Options: Options{DataDir: foreignDir(t)}})
	if !strings.Contains(h.answer.Err, "belongs to user id") || !strings.Contains(h.answer.Err, "chown") {
		t.Errorf("got %q", h.answer.Err)
	}
}

func anotherUser() int {
	if os.Geteuid() == 0 {
		return nobody
	}
	return -1
}

func foreignDir(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return openDir(t, -1)
	}
	return "/"
}

func TestStopWithoutTimeIsHardAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, Options{DataDir: dir})
	execSQL(t, s.URL(), `create table kept (n int); insert into kept values (7)`)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, s.Stop(over))
	awaitNoProcess(t, dir)
	s = startServer(t, Options{DataDir: dir})
	if got := query[int](t, s.URL(), `select n from kept`); got != 7 {
		t.Errorf("got %d", got)
	}
	must(t, s.Stop(t.Context()))
}

func TestServerThatDiesIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	noticed := newSignalLog("ended without being asked")
	s := startServer(t, Options{DataDir: dir, Logger: noticed.logger()})
	must(t, syscall.Kill(pidInFile(dataDir(dir)), syscall.SIGKILL))
	<-s.Done()
	<-noticed.seen
	if err := s.Stop(t.Context()); err == nil {
		t.Error("Stop did not tell that the server had been killed")
	}
	awaitNoProcess(t, dir)
	must(t, startServer(t, Options{DataDir: dir}).Stop(t.Context()))
}
