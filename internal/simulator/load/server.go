package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// server is a `busbar serve` of our own, with a fresh data directory.
type server struct {
	program, dir string
	log          io.Writer

	cmd  *exec.Cmd
	url  *url.URL
	done chan error
}

const (
	startTimeout = 2 * time.Minute
	stopTimeout  = 30 * time.Second
)

// environment is ours without what would lead the server elsewhere.
func environment() []string {
	return append(slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "BUSBAR_") || strings.HasPrefix(pair, "DATABASE_URL=")
	}), "BUSBAR_LOG_LEVEL=warn")
}

// once runs a command of the server beside it, and reads the JSON that it prints.
func (s *server) once(ctx context.Context, result any, args ...string) error {
	cmd := exec.CommandContext(ctx, s.program, append(args, "--data-dir", s.dir)...)
	cmd.Env = environment()
	var complaint bytes.Buffer
	cmd.Stderr = io.MultiWriter(s.log, &complaint)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args[:2], " "), err, lastLine(complaint.String()))
	}
	if err := json.Unmarshal(out, result); err != nil {
		return fmt.Errorf("%s printed no JSON: %w", strings.Join(args[:2], " "), err)
	}
	return nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// start starts the server and returns when it serves.
func (s *server) start(ctx context.Context) error {
	s.cmd = exec.CommandContext(ctx, s.program, "serve", "--data-dir", s.dir, "--listen", "127.0.0.1:0")
	s.cmd.Env, s.cmd.Stderr = environment(), s.log
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = stopTimeout
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	ready := make(chan *url.URL, 1)
	s.done = make(chan error, 1)
	go func() {
		readReady(out, ready)
		s.done <- s.cmd.Wait()
	}()
	timer := time.NewTimer(startTimeout)
	defer timer.Stop()
	select {
	case s.url = <-ready:
		return nil
	case err := <-s.done:
		s.cmd = nil
		return fmt.Errorf("the server ended before it was ready: %w", errors.Join(err, ctx.Err()))
	case <-timer.C:
		return errors.Join(errors.New("the server wasn't ready in time"), s.stop())
	}
}

// readReady finds the line that says where the server serves, and reads on to the end of its output.
func readReady(out io.Reader, ready chan<- *url.URL) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var line struct{ Event, URL string }
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Event != "ready" {
			continue
		}
		if u, err := url.Parse(line.URL); err == nil {
			ready <- u
		}
	}
	_, _ = io.Copy(io.Discard, out)
}

// stop asks the server to go and waits until it has gone.
func (s *server) stop() error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have gone already
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	defer func() { s.cmd = nil }()
	select {
	case err := <-s.done:
		if err != nil {
			return fmt.Errorf("the server ended badly: %w", err)
		}
		return nil
	case <-timer.C:
		_ = s.cmd.Process.Kill()
		<-s.done
		return errors.New("the server didn't end when it was asked to, and was killed")
	}
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// databaseURL connects to the server's embedded Postgres as its owner.
func (s *server) databaseURL() (string, error) {
	dir := filepath.Join(s.dir, "database")
	password, err := os.ReadFile(filepath.Join(dir, "password"))
	if err != nil {
		return "", fmt.Errorf("find the embedded Postgres: %w", err)
	}
	state, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	if err != nil {
		return "", fmt.Errorf("find the embedded Postgres: %w", err)
	}
	// The fourth line is the port.
	lines := strings.Split(string(state), "\n")
	if len(lines) < 4 {
		return "", errors.New("find the embedded Postgres: its pid file is incomplete")
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("busbar", strings.TrimSpace(string(password))),
		Host: "127.0.0.1:" + strings.TrimSpace(lines[3]), Path: "/busbar", RawQuery: "sslmode=disable",
	}
	return u.String(), nil
}
