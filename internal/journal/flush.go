package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/busbar-ev/busbar/internal/failpoint"
)

const (
	// flushTimeout bounds one attempt at a transaction; a Postgres that hangs is as good as away.
	flushTimeout = 30 * time.Second
	// Between attempts during an outage.
	firstRetry, lastRetry = 50 * time.Millisecond, time.Second
)

// run is the flusher.
func (j *Journal) run() {
	defer close(j.stopped)
	var batch []*Entry
	w := newWriter()
	// A station that only pings makes no entries: its liveness travels on its own.
	idle := time.NewTicker(livenessInterval)
	defer idle.Stop()
	for {
		open := true
		select {
		case _, open = <-j.wake:
		case <-idle.C:
			j.flushLiveness(w)
		}
		for {
			if batch = j.take(batch); len(batch) == 0 {
				break
			}
			j.store(w, batch)
			clear(batch)
		}
		if !open {
			return
		}
	}
}

// flushLiveness writes when stations were last heard, if that is due. What fails is written with the next entries.
func (j *Journal) flushLiveness(w *writer) {
	if j.seen.isDue() {
		_ = j.attempt(w, nil)
	}
}

// store keeps at a batch until it is stored, then answers those who wait. Only rows that Postgres refuses for what they
// contain are given up, one entry at a time.
func (j *Journal) store(w *writer, batch []*Entry) {
	pause := firstRetry
	for {
		err := j.attempt(w, batch)
		if err == nil {
			j.recovered()
			for _, e := range batch {
				j.messages.Add(int64(len(e.Messages)))
				e.done <- nil
			}
			j.flushes.Add(1)
			return
		}
		if refused(err) {
			j.storeApart(w, batch, err)
			return
		}
		if j.outage.CompareAndSwap(false, true) {
			j.logger.Error("the journal can't write: stations get no answers until it can, and keep their messages", "error", err, "waiting", len(batch))
		}
		if j.abandoned() {
			for _, e := range batch {
				e.done <- ErrClosed
			}
			return
		}
		time.Sleep(pause)
		pause = min(2*pause, lastRetry)
	}
}

// storeApart halves a batch until the entry that Postgres refuses stands alone.
func (j *Journal) storeApart(w *writer, batch []*Entry, cause error) {
	if len(batch) == 1 {
		j.logger.Error("Postgres refused an entry of the journal for what it contains", "error", cause)
		batch[0].done <- fmt.Errorf("store a message: %w", cause)
		return
	}
	half := len(batch) / 2
	j.store(w, batch[:half])
	j.store(w, batch[half:])
}

func (j *Journal) recovered() {
	if j.outage.CompareAndSwap(true, false) {
		j.logger.Info("the journal writes again")
	}
}

// abandoned reports whether the node is shutting down, so that an outage need not be waited for.
func (j *Journal) abandoned() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closed
}

// attempt stores a batch in one transaction. When the answer to the commit is lost it asks Postgres how the transaction
// ended.
func (j *Journal) attempt(w *writer, batch []*Entry) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	conn, err := j.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("get a connection to Postgres: %w", err)
	}
	defer conn.Release()
	w.fill(batch, j.seen.due())
	xid, err := w.write(ctx, conn)
	if err != nil {
		_ = conn.Conn().Close(ctx) // the pool replaces it
		return err
	}
	failpoint.Reach(failpoint.BeforeJournal)
	if _, err = conn.Exec(ctx, "commit"); err == nil {
		failpoint.Reach(failpoint.AfterJournal)
		return nil
	}
	_ = conn.Conn().Close(ctx)
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fmt.Errorf("commit: %w", err)
	}
	return j.outcome(xid, err)
}

// outcome asks how a transaction ended whose commit was never answered. It keeps asking: repeating a transaction that did
// commit would log its messages twice.
func (j *Journal) outcome(xid string, lost error) error {
	pause := firstRetry
	for {
		ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
		var status *string
		err := j.pool.QueryRow(ctx, "select pg_xact_status($1::text::xid8)", xid).Scan(&status)
		cancel()
		switch {
		case err == nil && status != nil && *status == "committed":
			return nil
		case err == nil && (status == nil || *status == "aborted"):
			return fmt.Errorf("commit: %w", lost)
		}
		j.outage.Store(true)
		if j.abandoned() {
			return fmt.Errorf("commit: %w", lost)
		}
		time.Sleep(pause)
		pause = min(2*pause, lastRetry)
	}
}

// refused reports whether Postgres rejected the rows themselves, so that trying again can't help.
func refused(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code[:2] {
	case "22", "23", "42": // data exception, constraint, no such table or right
		return true
	}
	return false
}

// write sends everything but the commit, and returns the transaction's id.
func (w *writer) write(ctx context.Context, conn *pgxpool.Conn) (xid string, err error) {
	pg := conn.Conn().PgConn()
	results, err := pg.Exec(ctx, "begin; select pg_current_xact_id()::text").ReadAll()
	if err != nil {
		return "", fmt.Errorf("begin: %w", err)
	}
	xid = string(results[1].Rows[0][0])
	for _, c := range []*copyBuffer{&w.messages, &w.samples, &w.statuses, &w.events} {
		for _, part := range c.parts {
			if part.rows == 0 {
				continue
			}
			if _, err := pg.CopyFrom(ctx, bytes.NewReader(part.finish()), c.statement(part.week)); err != nil {
				return "", fmt.Errorf("copy into %s: %w", c.table, err)
			}
		}
	}
	var updates pgx.Batch
	w.queueUpdates(&updates)
	if updates.Len() > 0 {
		if err := conn.SendBatch(ctx, &updates).Close(); err != nil {
			return "", fmt.Errorf("bring statuses and sessions up to date: %w", err)
		}
	}
	return xid, nil
}
