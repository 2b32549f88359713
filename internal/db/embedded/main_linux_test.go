package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// helperEnv turns the test binary into a Busbar of its own that can be killed, or run as another user.
const helperEnv = "BUSBAR_EMBEDDED_TEST_HELPER"

func TestMain(m *testing.M) {
	if job := os.Getenv(helperEnv); job != "" {
		os.Exit(help(job))
	}
	goleak.VerifyTestMain(m)
}

type helperJob struct {
	Options Options
	// Squat takes the place of a server that is still running in the data directory.
	Squat bool
}

type helperAnswer struct{ URL, Err string }

// help starts the server, says how it went, and stops it when its input ends.
func help(encoded string) int {
	var job helperJob
	if err := json.Unmarshal([]byte(encoded), &job); err != nil {
		panic(err)
	}
	answer := json.NewEncoder(os.Stdout)
	if job.Squat {
		if err := os.Chdir(dataDir(job.Options.DataDir).cluster()); err != nil {
			panic(err)
		}
		_ = answer.Encode(helperAnswer{})
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	s, err := Start(context.Background(), job.Options)
	if err != nil {
		_ = answer.Encode(helperAnswer{Err: err.Error()})
		return 1
	}
	_ = answer.Encode(helperAnswer{URL: s.URL()})
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// helper is a running helper process.
type helper struct {
	cmd    *exec.Cmd
	in     io.Closer
	answer helperAnswer
}

// runHelper starts a helper as the given user; -1 is the user of the test.
func runHelper(t *testing.T, uid int, job helperJob) *helper {
	t.Helper()
	encoded, err := json.Marshal(job)
	must(t, err)
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	if uid >= 0 {
		// The test binary's own folder is closed to others.
		cmd = exec.Command(copyFile(t, exe, filepath.Join(openDir(t, -1), "helper")))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	cmd.Env = append(os.Environ(), helperEnv+"="+string(encoded), "HOME=/nonexistent")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	h := &helper{cmd: cmd, in: in}
	t.Cleanup(func() { _ = h.end() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("helper said nothing: %v", err)
	}
	must(t, json.Unmarshal(line, &h.answer))
	return h
}

// end lets the helper stop its server.
func (h *helper) end() error {
	_ = h.in.Close()
	return h.cmd.Wait()
}

// kill ends the helper the way the kernel's out-of-memory killer would.
func (h *helper) kill(t *testing.T) {
	t.Helper()
	must(t, h.cmd.Process.Kill())
	_ = h.cmd.Wait() // reports the kill
}

// openDir makes a folder anyone may look into, owned by the given user.
func openDir(t *testing.T, uid int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "busbar-embedded-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o755))
	if uid >= 0 {
		must(t, os.Chown(dir, uid, uid))
	}
	return dir
}

func copyFile(t *testing.T, from, to string) string {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	// A process that another test starts meanwhile would hold the file open for writing, and it couldn't be run ("text file busy").
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
	return to
}

// scenario is a user to start as and the owner of the data; root can play all of them.
type scenario struct {
	name   string
	runAs  int // -1 is the user of the test
	owner  int // of the folder before the start, -1 for the user of the test
	server int // user id the server must have outside of any namespace
}

func scenarios() []scenario {
	me := os.Geteuid()
	if me != 0 {
		return []scenario{{"user", -1, -1, me}}
	}
	return []scenario{
		{"root", -1, -1, 0},
		{"root on a directory of another user", -1, nobody, nobody},
		{"user", nobody, nobody, nobody},
	}
}
