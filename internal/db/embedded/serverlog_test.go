package embedded

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func sum(b []byte) [sha256.Size]byte { return sha256.Sum256(b) }

// signalLog closes seen at the first record that contains the text.
type signalLog struct {
	text string
	seen chan struct{}
	once sync.Once
}

func newSignalLog(text string) *signalLog {
	return &signalLog{text: text, seen: make(chan struct{})}
}

func (l *signalLog) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func (l *signalLog) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(l.text)) {
		l.once.Do(func() { close(l.seen) })
	}
	return len(b), nil
}

func TestServerLogLevels(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var stopping atomic.Bool
	l := newServerLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), &stopping)
	for _, step := range []struct {
		ready, stopping bool
		text, want      string
	}{
		{false, false, "FATAL:  the database system is starting up", "DEBUG"},
		{true, false, "LOG:  checkpoint starting", "DEBUG"},
		{true, false, "ERROR:  duplicate key", "DEBUG"},
		{true, false, "FATAL:  sorry, too many clients already", "WARN"},
		{true, false, "PANIC:  could not write", "ERROR"},
		{true, true, "FATAL:  terminating connection", "DEBUG"},
	} {
		out.Reset()
		l.wasReady.Store(step.ready)
		stopping.Store(step.stopping)
		fmt.Fprintln(l, step.text)
		if !strings.Contains(out.String(), "level="+step.want) {
			t.Errorf("%+v: %s", step, out.String())
		}
	}
}

func TestServerLogKeepsItsEnd(t *testing.T) {
	t.Parallel()
	var stopping atomic.Bool
	l := newServerLog(slog.New(slog.DiscardHandler), &stopping)
	for i := range 50 {
		fmt.Fprintf(l, "LOG:  li")
		fmt.Fprintf(l, "ne %d\r\n\n", i)
	}
	fmt.Fprint(l, strings.Repeat("x", 3*maxLine))
	l.flush()
	parts := strings.Split(l.tail(), " | ")
	if len(parts) != tailLines || parts[tailLines-2] != "LOG:  line 49" || len(parts[tailLines-1]) != maxLine {
		t.Errorf("got %d lines: %.300s", len(parts), l.tail())
	}
}
