// Package failpoint ends the process where a test wants it to die: as a power cut would, at the nth time that a place is reached.
//
//	test ─ Arm("commit.after:7") ─> the program goes on ─ Reach("commit.after") ×7 ─> SIGKILL
//
// Nothing but a test's own program arms it. Unarmed, a place costs one load.
package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// The places.
const (
	BeforeCommit  = "commit.before"
	AfterCommit   = "commit.after"
	BeforeJournal = "journal.before"
	AfterJournal  = "journal.after"
	BeforeAnswer  = "answer.before"
	AfterAnswer   = "answer.after"
)

// Places lists them.
func Places() []string {
	return []string{BeforeCommit, AfterCommit, BeforeJournal, AfterJournal, BeforeAnswer, AfterAnswer}
}

type plan struct {
	place string
	left  atomic.Int64
}

var armed atomic.Pointer[plan]

// Arm has the process die at the nth time that a place is reached: "commit.after:7".
func Arm(spec string) error {
	place, count, found := strings.Cut(spec, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !found || err != nil || n < 1 {
		return fmt.Errorf("%q isn't a place and a number such as commit.after:7", spec)
	}
	p := &plan{place: place}
	p.left.Store(n)
	armed.Store(p)
	return nil
}

// Reach says that a place is reached.
func Reach(place string) {
	p := armed.Load()
	if p == nil || p.place != place || p.left.Add(-1) != 0 {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // whatever comes next must not happen any more
}
