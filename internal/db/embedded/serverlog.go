package embedded

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	tailLines = 20
	// A statement quoted in the log may be long; a line is cut here.
	maxLine = 4096
)

// serverLog turns the server's output into log records and keeps its end for error messages.
type serverLog struct {
	logger   *slog.Logger
	stopping *atomic.Bool
	wasReady atomic.Bool

	mu      sync.Mutex
	partial []byte
	last    []string
}

func newServerLog(logger *slog.Logger, stopping *atomic.Bool) *serverLog {
	return &serverLog{logger: logger, stopping: stopping}
}

func (l *serverLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, b...)
	for {
		i := bytes.IndexByte(l.partial, '\n')
		if i < 0 {
			if len(l.partial) > maxLine {
				l.partial = l.partial[:maxLine]
			}
			return len(b), nil
		}
		l.line(string(l.partial[:min(i, maxLine)]))
		l.partial = append(l.partial[:0], l.partial[i+1:]...)
	}
}

func (l *serverLog) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.partial) > 0 {
		l.line(string(l.partial))
		l.partial = nil
	}
}

// line must be called with the lock held.
func (l *serverLog) line(text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	l.last = append(l.last, text)
	if len(l.last) > tailLines {
		l.last = l.last[1:]
	}
	l.logger.Log(context.Background(), l.level(text), "postgres: "+text)
}

// level keeps quiet about what the client is told anyway: an ERROR answers a statement, and a
// FATAL while starting or stopping is the expected way to turn a connection away.
func (l *serverLog) level(text string) slog.Level {
	severity, _, _ := strings.Cut(text, ":")
	switch severity {
	case "PANIC":
		return slog.LevelError
	case "FATAL":
		if l.wasReady.Load() && !l.stopping.Load() {
			return slog.LevelWarn
		}
	}
	return slog.LevelDebug
}

func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, " | ")
}
