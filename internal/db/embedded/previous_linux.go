package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// awaitPrevious waits for a server of an earlier run that is still shutting down. A server
// works inside its data directory, so /proc tells who uses it, whatever the pid file says: in
// a restarted container its pid soon belongs to another program.
func awaitPrevious(ctx context.Context, dir dataDir, logger *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, previousBound)
	defer cancel()
	for told := false; ; told = true {
		pid := userOf(dir)
		if pid == 0 {
			return dropReusedPid(dir)
		}
		if !told {
			logger.Info("waiting for the previous embedded PostgreSQL to finish its shutdown", "pid", pid)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another PostgreSQL (pid %d) is still using %s: stop it with `kill -INT %d`, then start Busbar again", pid, dir.cluster(), pid)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// userOf returns the process that works in the data directory, the server's main one where it can be told; 0 for none.
func userOf(dir dataDir) int {
	var watched []os.FileInfo
	for _, path := range []string{dir.cluster(), dir.nascent()} {
		if info, err := os.Stat(path); err == nil {
			watched = append(watched, info)
		}
	}
	if len(watched) == 0 {
		return 0
	}
	main := pidInFile(dir)
	found := 0
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is a constant
	for _, link := range links {
		at, err := os.Stat(link)
		if err != nil {
			continue // ended meanwhile, or another user's
		}
		for _, w := range watched {
			if !os.SameFile(at, w) {
				continue
			}
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			if pid == main {
				return pid
			}
			found = pid
		}
	}
	return found
}

// dropReusedPid removes a pid file whose pid now belongs to an unrelated program, which would
// make PostgreSQL refuse to start. A pid nobody has, or one we may not look at, is left to
// PostgreSQL's own check.
func dropReusedPid(dir dataDir) error {
	pid := pidInFile(dir)
	if pid == 0 || syscall.Kill(pid, 0) == syscall.ESRCH {
		return nil
	}
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	if _, err := os.Stat(filepath.Join(proc, "cwd")); err != nil {
		// Its folder is hidden from us. Its name is not, and a postgres may be the one that matters.
		if name, err := os.ReadFile(filepath.Join(proc, "comm")); err != nil || strings.TrimSpace(string(name)) == "postgres" {
			return nil
		}
	}
	if err := os.Remove(pidFile(dir)); err != nil {
		return fmt.Errorf("remove the stale %s: %w", pidFile(dir), err)
	}
	return nil
}
