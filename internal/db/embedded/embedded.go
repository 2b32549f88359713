// Package embedded owns the PostgreSQL server that Busbar starts for itself when no
// DATABASE_URL is given: one command brings a durable database on Linux, macOS and Windows.
//
//	Start ─ find binaries ─ lock the folder ─ initdb (first time) ─ postgres on a free
//	        loopback port ─ poll until it answers ─ create database busbar ─ Server
//
// The folder (Options.DataDir) holds
//
//	lock        held by the one process that uses the folder
//	password    of the owner role, generated, readable by the folder's owner alone
//	postgres/   the data directory proper
//	lib/        links to shared libraries, only where the package itself is not writable
//
// No server outlives the process that started it: Linux sends a signal on the parent's
// death, Windows closes a job object, other Unixes run a small watchdog. A data directory
// of another major version is refused and left as it is.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

const (
	// owner is the superuser made by initdb; the application itself works as an unprivileged role.
	owner    = "busbar"
	database = "busbar"

	// minMajor is the oldest PostgreSQL whose features the schema may use.
	minMajor = 15
)

// Options say where the data lives and how the server runs.
type Options struct {
	// DataDir is created when missing. Its owner decides the account the server runs as.
	DataDir string
	// BinDir overrides the search for the folder that holds initdb and postgres.
	BinDir string
	// Logger receives the server's own log; nil discards it.
	Logger *slog.Logger
	// Ephemeral trades durability for speed: for tests whose data nobody keeps.
	Ephemeral bool
	// Settings are further server settings by name, such as max_connections.
	Settings map[string]string
}

// Server is a running PostgreSQL.
type Server struct {
	url  string
	proc *process
	lock *dirLock

	stopOnce sync.Once
	stopErr  error
}

// Start brings up the server and returns once it answers queries. The context bounds the
// start alone. The caller must call Stop.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.DataDir == "" {
		return nil, errors.New("embedded PostgreSQL: no data directory given")
	}
	abs, err := filepath.Abs(opts.DataDir)
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: resolve %s: %w", opts.DataDir, err)
	}
	opts.DataDir = abs
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, opts Options) (_ *Server, err error) {
	dir := dataDir(opts.DataDir)
	// Choose before anything is written: a foreign data directory stays untouched.
	major, err := dir.major()
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(opts.BinDir, major, dir)
	if err != nil {
		return nil, err
	}
	account, err := chooseAccount(dir, bin)
	if err != nil {
		return nil, err
	}
	if err := dir.create(account); err != nil {
		return nil, err
	}
	lock, err := dir.lock(ctx, account)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			lock.release()
		}
	}()
	if err := bin.link(dir, account); err != nil {
		return nil, err
	}
	if err := awaitPrevious(ctx, dir, opts.Logger); err != nil {
		return nil, err
	}
	password, err := dir.initialise(ctx, bin, account, opts.Ephemeral)
	if err != nil {
		return nil, err
	}
	proc, port, err := launch(ctx, dir, bin, account, opts, password)
	if err != nil {
		return nil, err
	}
	opts.Logger.Info("embedded PostgreSQL is ready",
		"version", bin.major, "port", port, "pid", proc.pid(), "account", account.String(), "data", opts.DataDir)
	return &Server{url: connURL(password, port, database), proc: proc, lock: lock}, nil
}

// URL connects as the owner to the database busbar. It contains the password.
func (s *Server) URL() string { return s.url }

// Done is closed when the server has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.proc.done }

const (
	// A fast shutdown writes what is dirty; then an immediate one, which the log replays; then the axe.
	fastBound      = 20 * time.Second
	immediateBound = 5 * time.Second
)

// Stop shuts the server down and waits until no process of it is left. Clients are
// disconnected, open transactions roll back. When ctx ends first, the server is ended the
// hard way; its log makes that safe. Stop may be called more than once.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		s.stopErr = s.proc.stop(ctx)
		s.lock.release()
	})
	return s.stopErr
}

func connURL(password string, port int, db string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(owner, password),
		Host:     "127.0.0.1:" + strconv.Itoa(port),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
