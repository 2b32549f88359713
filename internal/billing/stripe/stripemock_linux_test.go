package stripe_test

import (
	"os/exec"
	"syscall"
)

// endWithUs ends a process also when the tests are killed.
func endWithUs(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
