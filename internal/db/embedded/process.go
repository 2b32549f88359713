package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
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
