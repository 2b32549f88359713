package embedded

import (
	"fmt"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// account is always the current user on Windows. postgres refuses to run with administrator
// rights, and says so.
type account struct{}

func (account) String() string { return "the current user" }

func chooseAccount(dataDir, *binaries) (account, error) { return account{}, nil }

func (account) own(string) error { return nil }

func (account) attributes(deathAction) *syscall.SysProcAttr {
	// A group of its own: Ctrl-C in the console must reach Busbar alone.
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// guard is a job object that the kernel closes with our process, ending every process in it.
// The server's log makes the data whole at the next start.
type guard struct{ job windows.Handle }

func newGuard(pid int) (*guard, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("create a job object: %w", err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = assign(job, pid)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return nil, fmt.Errorf("put the server into a job object: %w", err)
	}
	return &guard{job: job}, nil
}

func assign(job windows.Handle, pid int) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return windows.AssignProcessToJobObject(job, h)
}

func (g *guard) release() {
	if g == nil || g.job == 0 {
		return
	}
	_ = windows.CloseHandle(g.job)
	g.job = 0
}

func (p *process) fastShutdown() error      { return p.control("fast") }
func (p *process) immediateShutdown() error { return p.control("immediate") }

// control uses pg_ctl, because Windows has no signals to send.
func (p *process) control(mode string) error {
	ctl := exec.Command(p.ctl, "stop", "--no-wait", "--mode="+mode, "--pgdata="+p.cmd.Dir)
	if out, err := ctl.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl stop: %w: %s", err, out)
	}
	return nil
}

func isReadOnly(error) bool { return false }

func syncDir(string) error { return nil }
