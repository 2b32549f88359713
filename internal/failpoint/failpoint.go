// Package failpoint ends the process where a test wants it to die: as a power cut would, at the nth time that a place is reached.
//
//	test ─ Arm("commit.after:7") ─> the program goes on ─ Reach("commit.after") ×7 ─> SIGKILL
//	test ─ Mortal(ctx, reached) ──> work under ctx ─ ReachIn(ctx, "commit.after") ─> reached, which ends the goroutine
//
// Nothing but a test arms it. Unarmed, a place costs one load.
package failpoint

import (
	"context"
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
	// BeforeStatement is a statement outside of a transaction, which commits by itself. Only contexts made by Mortal are told of it.
	BeforeStatement = "statement.before"
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

type mortalKey struct{}

// mortals is set once there was such a context.
var mortals atomic.Bool

// Mortal has places that are reached under the context told to a test instead of to the process: of several nodes in one process one dies so,
// by runtime.Goexit. what is the statement, where a place is one.
func Mortal(ctx context.Context, reached func(place, what string)) context.Context {
	mortals.Store(true)
	return context.WithValue(ctx, mortalKey{}, reached)
}

// ReachIn says that a place is reached under a context.
func ReachIn(ctx context.Context, place, what string) {
	if mortals.Load() {
		if reached, ok := ctx.Value(mortalKey{}).(func(place, what string)); ok {
			reached(place, what)
			return
		}
	}
	if place != BeforeStatement {
		Reach(place)
	}
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
