// Package journal writes the hot path: the OCPP message log, meter values, connector statuses, session progress and
// liveness, for all stations together.
//
// A station's frame becomes an Entry. Commit hands it over and returns when it is in Postgres. Whatever is handed over
// while one transaction commits travels in the next, so that the cost of a commit is shared by all who wait:
//
//	station ─┐                    ┌─ COPY ocpp_messages, meter_values, status_changes, station_events
//	station ─┼─> queue ─> flusher ┼─ UPDATE connectors, charging_sessions, stations     ─> COMMIT ─> all are answered
//	station ─┘                    └─ one transaction
//
// While Postgres is away nothing is acknowledged: entries wait, each station has one, and the flusher tries again. A
// commit whose answer was lost is looked up by its transaction id before it is repeated, so nothing is written twice.
package journal

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// maxBatch bounds a transaction. More than this waits for the next one.
const maxBatch = 4096

// ErrClosed is returned to those who hand over an entry after the journal has closed.
var ErrClosed = errors.New("the journal is closed: this node is shutting down")

// Journal is the one writer of the hot tables on this node.
type Journal struct {
	pool   *pgxpool.Pool
	logger *slog.Logger

	mu      sync.Mutex
	queue   []*Entry
	closed  bool
	wake    chan struct{}
	stopped chan struct{}

	seen     liveness
	outage   atomic.Bool
	flushes  atomic.Int64
	messages atomic.Int64
}

// Open starts the journal over the pool of the hot tables' owner.
func Open(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) (*Journal, error) {
	j := &Journal{
		pool:    pool,
		logger:  logger,
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
	if err := j.EnsurePartitions(ctx, time.Now()); err != nil {
		return nil, err
	}
	go j.run()
	return j, nil
}

// Commit stores the entry and returns once it is committed. If ctx ends first the entry may still be stored, and must not be
// used again.
func (j *Journal) Commit(ctx context.Context, e *Entry) error {
	e.prepare()
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.queue = append(j.queue, e)
	if len(j.queue) == 1 {
		// Under the lock, because Close closes the channel; it never blocks.
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
	j.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close stores what was handed over and stops. It gives up on the rest when ctx ends.
func (j *Journal) Close(ctx context.Context) error {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.wake)
	}
	j.mu.Unlock()
	select {
	case <-j.stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Available reports whether the last attempt to write succeeded.
func (j *Journal) Available() bool { return !j.outage.Load() }

// Written returns how many transactions and message rows the journal has committed.
func (j *Journal) Written() (transactions, messages int64) {
	return j.flushes.Load(), j.messages.Load()
}

// take empties the queue up to a batch.
func (j *Journal) take(into []*Entry) []*Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(len(j.queue), maxBatch)
	into = append(into[:0], j.queue[:n]...)
	rest := copy(j.queue, j.queue[n:])
	clear(j.queue[rest:])
	j.queue = j.queue[:rest]
	return into
}
