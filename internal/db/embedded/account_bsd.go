//go:build unix && !linux

package embedded

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
)

func (account) platformAttributes(*syscall.SysProcAttr, deathAction) {}

func namespaceWorks(*binaries) error { return errors.New("user namespaces exist on Linux only") }

// guard is a shell that reads from a pipe whose other end only we hold. When we die, however
// that happens, the read ends and the shell asks the server for a fast shutdown.
type guard struct {
	cmd  *exec.Cmd
	hold io.Closer
	once sync.Once
}

func newGuard(pid int) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", `trap '' INT HUP; read -r _; kill -INT "$1"`, "busbar-postgres-guard", strconv.Itoa(pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make the pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start /bin/sh: %w", err)
	}
	return &guard{cmd: cmd, hold: in}, nil
}

// release ends the guard without touching the server.
func (g *guard) release() {
	if g == nil {
		return
	}
	g.once.Do(func() {
		_ = g.cmd.Process.Kill() // before the pipe closes, or it would act
		_ = g.cmd.Wait()
		_ = g.hold.Close()
	})
}
