package embedded

import (
	"errors"
	"os/exec"
	"syscall"
)

// insideID is the id root gets in its user namespace. Any id but 0 will do.
const insideID = 1000

func (a account) platformAttributes(attr *syscall.SysProcAttr, onDeath deathAction) {
	// These are PostgreSQL's own shutdown signals (server documentation, "Shutting Down the Server").
	attr.Pdeathsig = map[deathAction]syscall.Signal{
		finishCleanly: syscall.SIGINT,
		abort:         syscall.SIGQUIT,
		killAtOnce:    syscall.SIGKILL,
	}[onDeath]
	if a.kind == namespace {
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: 0, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: 0, Size: 1}}
	}
}

// namespaceWorks tells whether this machine lets root make a user namespace. How the program
// ends is of no interest, only that it could be started.
func namespaceWorks(bin *binaries) error {
	cmd := exec.Command(bin.path("postgres"), "--version")
	cmd.Dir = "/"
	cmd.SysProcAttr = account{kind: namespace}.attributes(killAtOnce)
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// guard is needless here: the kernel signals the server when we die.
type guard struct{}

func newGuard(int) (*guard, error) { return &guard{}, nil }
func (*guard) release()            {}
