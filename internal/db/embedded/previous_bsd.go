//go:build unix && !linux

package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"syscall"
	"time"
)

// awaitPrevious waits for a server of an earlier run that is still shutting down.
func awaitPrevious(ctx context.Context, dir dataDir, logger *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, previousBound)
	defer cancel()
	for told := false; ; told = true {
		pid := pidInFile(dir)
		if pid == 0 || syscall.Kill(pid, 0) == syscall.ESRCH {
			return nil
		}
		if !told {
			logger.Info("waiting for the previous embedded PostgreSQL to finish its shutdown", "pid", pid)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the process with pid %d seems to be a PostgreSQL that is still using %s. If it is, stop it with `kill -INT %d`; "+
				"if it is another program, remove %s; then start Busbar again", pid, dir.cluster(), pid, pidFile(dir))
		case <-time.After(20 * time.Millisecond):
		}
	}
}
