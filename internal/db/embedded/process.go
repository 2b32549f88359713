package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// process is a postgres we started.
type process struct {
	cmd  *exec.Cmd
	log  *serverLog
	ctl  string        // path of pg_ctl, the way to stop where there are no signals
	done chan struct{} // closed after the last process of the server has let go of its output
	err  error         // of Wait; read after done

	stopping atomic.Bool
	guard    *guard
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// A free port is found by asking the kernel, and may be taken before postgres binds it.
const portAttempts = 5

func launch(ctx context.Context, dir dataDir, bin *binaries, a account, opts Options, password string) (*process, int, error) {
	for attempt := 1; ; attempt++ {
		port, err := freePort(ctx)
		if err != nil {
			return nil, 0, err
		}
		p, err := spawn(dir, bin, a, port, opts)
		if err != nil {
			return nil, 0, err
		}
		err = p.awaitReady(ctx, port, password)
		if err == nil {
			return p, port, nil
		}
		p.stopHard()
		if attempt < portAttempts && ctx.Err() == nil && strings.Contains(p.log.tail(), "could not bind") {
			continue
		}
		return nil, 0, err
	}
}

// deathAction is what happens to a program when the process that started it dies.
type deathAction int

const (
	finishCleanly deathAction = iota // disconnect clients, write what is dirty, end
	abort                            // end at once; the log makes the data whole at the next start
	killAtOnce
)

func deathOf(ephemeral bool) deathAction {
	if ephemeral {
		return abort
	}
	return finishCleanly
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free loopback port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func spawn(dir dataDir, bin *binaries, a account, port int, opts Options) (*process, error) {
	// Not CommandContext: the context bounds the start, the server lives until Stop.
	cmd := exec.Command(bin.path("postgres"), append([]string{"-D", dir.cluster()}, settings(port, opts)...)...)
	cmd.Dir = dir.cluster()
	cmd.Env = environment(bin)
	cmd.SysProcAttr = a.attributes(deathOf(opts.Ephemeral))
	// Backends hold the output too, so Wait returns after the last of them; this bounds it.
	cmd.WaitDelay = 5 * time.Second

	p := &process{cmd: cmd, ctl: bin.path("pg_ctl"), done: make(chan struct{})}
	p.log = newServerLog(opts.Logger, &p.stopping)
	cmd.Stdout, cmd.Stderr = p.log, p.log

	started := make(chan error, 1)
	go func() {
		// The parent-death signal is tied to the thread that forked, so that thread stays for the server's life.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		p.log.flush()
		if !p.stopping.Load() && p.log.wasReady.Load() {
			opts.Logger.Error("embedded PostgreSQL ended without being asked to", "error", p.err, "log", p.log.tail())
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	g, err := newGuard(p.pid())
	if err != nil {
		p.stopHard()
		return nil, fmt.Errorf("guard the server against outliving Busbar: %w", err)
	}
	p.guard = g
	return p, nil
}

func settings(port int, opts Options) []string {
	all := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"cluster_name":            "busbar",
		"password_encryption":     "scram-sha-256",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"lc_messages":             "C",
		"log_destination":         "stderr",
		"logging_collector":       "off",
		"log_line_prefix":         "",
		"jit":                     "off", // short statements only; the library is not in every package
	}
	if opts.Ephemeral {
		maps.Copy(all, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "4GB", "checkpoint_timeout": "1d",
			"autovacuum": "off",
		})
	}
	maps.Copy(all, opts.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// environment drops what would steer PostgreSQL or its client tools away from what we pass.
func environment(bin *binaries) []string {
	lib, libs := bin.libraryPath()
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" || name == "TZ" || name == lib {
			continue
		}
		env = append(env, kv)
	}
	if lib != "" {
		if before := os.Getenv(lib); before != "" {
			libs += string(os.PathListSeparator) + before
		}
		env = append(env, lib+"="+libs)
	}
	return append(env, "LC_ALL=C")
}

// runProgram runs a short-lived program under the server's account, with the same protection
// against outliving us.
func runProgram(ctx context.Context, bin *binaries, a account, dir, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, bin.path(program), args...)
	cmd.Dir = dir
	cmd.Env = environment(bin)
	cmd.SysProcAttr = a.attributes(killAtOnce)
	cmd.WaitDelay = 5 * time.Second
	type result struct {
		out []byte
		err error
	}
	ended := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // see spawn
		defer runtime.UnlockOSThread()
		out, err := cmd.CombinedOutput()
		ended <- result{out, err}
	}()
	r := <-ended
	if errors.Is(r.err, fs.ErrPermission) {
		r.err = fmt.Errorf("%s may not run %s or enter %s: run Busbar as an ordinary user, or keep it in a folder that account can read: %w",
			a, cmd.Path, dir, r.err)
	}
	return string(r.out), r.err
}

// silenceBound is how long a running server may stay unreachable before the start is given up.
// A server that says it is recovering may take as long as its log needs.
const silenceBound = time.Minute

func (p *process) awaitReady(ctx context.Context, port int, password string) error {
	deadline := time.Now().Add(silenceBound)
	wait := 5 * time.Millisecond
	for {
		err := ensureDatabase(ctx, port, password)
		if err == nil {
			p.log.wasReady.Store(true)
			return nil
		}
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) {
			switch pgErr.Code {
			case "57P03": // starting up, or replaying its log
				deadline = time.Now().Add(silenceBound)
			case "28P01", "28000":
				// Only our own server's verdict counts; if it is dead, another program has the port.
				select {
				case <-p.done:
				case <-time.After(200 * time.Millisecond):
					return fmt.Errorf("the server refuses the password kept beside its data directory: restore the password file, or the directory, from a backup: %w", err)
				}
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server runs (pid %d) but did not answer within %s: %w; its log ends with: %s", p.pid(), silenceBound, err, p.log.tail())
		}
		select {
		case <-p.done:
			return fmt.Errorf("the server ended during its start (%w); its log ends with: %s", exitError(p.err), p.log.tail())
		case <-ctx.Done():
			return fmt.Errorf("start the server: %w (last attempt: %w)", ctx.Err(), err)
		case <-time.After(wait):
		}
		wait = min(wait*2, 50*time.Millisecond)
	}
}

func exitError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// ensureDatabase succeeds when the server answers and the database is there.
func ensureDatabase(ctx context.Context, port int, password string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, connURL(password, port, "postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, `select exists(select from pg_database where datname = $1)`, database).Scan(&there); err != nil {
		return err
	}
	if there {
		return nil
	}
	_, err = conn.Exec(ctx, `create database `+pgx.Identifier{database}.Sanitize())
	return err
}

func (p *process) stop(ctx context.Context) error {
	p.stopping.Store(true)
	defer p.guard.release()
	ctx, cancel := context.WithTimeout(ctx, fastBound)
	defer cancel()
	if err := p.fastShutdown(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ask the embedded PostgreSQL (pid %d) to stop: %w", p.pid(), err)
	}
	select {
	case <-p.done:
		return p.verdict()
	case <-ctx.Done():
	}
	p.log.logger.Warn("embedded PostgreSQL did not finish its shutdown in time and is ended at once; its log makes the data whole at the next start", "pid", p.pid())
	p.stopHard()
	return nil
}

func (p *process) verdict() error {
	// Ended by a signal or with an error status before we asked: said here, because the data may need a look.
	if p.err != nil && !errors.Is(p.err, exec.ErrWaitDelay) {
		return fmt.Errorf("embedded PostgreSQL ended with %w; its log ends with: %s", p.err, p.log.tail())
	}
	return nil
}

// stopHard ends the server now and returns when it is gone.
func (p *process) stopHard() {
	p.stopping.Store(true)
	defer p.guard.release()
	_ = p.immediateShutdown() // fails only when it has ended already
	select {
	case <-p.done:
		return
	case <-time.After(immediateBound):
	}
	_ = p.cmd.Process.Kill()
	<-p.done
}
