package journal

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// livenessInterval is how coarsely the database knows when a station was last heard; the message log knows exactly.
const livenessInterval = 15 * time.Second

// liveness collects when stations were last heard. It travels along with whatever is committed next.
type liveness struct {
	mu   sync.Mutex
	seen map[uuid.UUID]time.Time
	next time.Time
}

// Seen notes that a station was heard.
func (j *Journal) Seen(station uuid.UUID, at time.Time) {
	j.seen.mu.Lock()
	defer j.seen.mu.Unlock()
	if j.seen.seen == nil {
		j.seen.seen = map[uuid.UUID]time.Time{}
	}
	j.seen.seen[station] = at
}

// due returns what was collected, at most once in an interval.
func (l *liveness) due() map[uuid.UUID]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if len(l.seen) == 0 || now.Before(l.next) {
		return nil
	}
	collected := l.seen
	l.seen, l.next = nil, now.Add(livenessInterval)
	return collected
}

func (l *liveness) isDue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seen) > 0 && !time.Now().Before(l.next)
}

// EnsurePartitions makes the weekly partitions around a time, and a month ahead.
func (j *Journal) EnsurePartitions(ctx context.Context, around time.Time) error {
	if _, err := j.pool.Exec(ctx, "select hot.ensure_partitions($1, 5)", around); err != nil {
		return fmt.Errorf("make the partitions of the hot tables: %w", err)
	}
	return nil
}

// DropPartitions drops the partitions of a hot table that hold nothing younger than before, and returns how many.
func (j *Journal) DropPartitions(ctx context.Context, table string, before time.Time) (dropped int, err error) {
	if err := j.pool.QueryRow(ctx, "select hot.drop_partitions($1, $2)", table, before).Scan(&dropped); err != nil {
		return 0, fmt.Errorf("drop old partitions of %s: %w", table, err)
	}
	return dropped, nil
}

// NewID is a UUIDv7: ids sort by the time they were made.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// clean makes a text that Postgres can store.
func clean(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
