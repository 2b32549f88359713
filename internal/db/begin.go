package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// viewerTx is a transaction of one viewer that begins with its first statement: the beginning, who is acting and the statement go in
// one round trip. One without statements never takes a connection.
//
//	first statement ─> batch { begin; set_config(…); statement } ─> tx ─> further statements, commit
type viewerTx struct {
	pool *pgxpool.Pool
	who  session
	// tx is nil until the first statement.
	tx pgx.Tx
	// over says that it ended before it began.
	over bool
}

// begin prepares a transaction of the viewer.
func (d *DB) begin(s session) pgx.Tx { return &viewerTx{pool: d.app, who: s} }

// first begins with what is queued. Its results come next; they must be closed before the transaction goes on.
func (t *viewerTx) first(ctx context.Context, queued ...*pgx.QueuedQuery) (pgx.BatchResults, error) {
	if t.over {
		return nil, pgx.ErrTxClosed
	}
	var batch pgx.Batch
	batch.BeginTx(pgx.TxOptions{})
	batch.Queue(identify, t.who.args()...)
	batch.QueuedQueries = append(batch.QueuedQueries, queued...)
	results := t.pool.SendBatch(ctx, &batch)
	// Also where it failed, so that its end gives the connection back.
	t.tx = results.Tx()
	for range 2 {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			t.over = t.tx == nil
			return nil, fmt.Errorf("begin a transaction: %w", err)
		}
	}
	return results, nil
}

// begun begins without a statement, for what can't be part of a batch.
func (t *viewerTx) begun(ctx context.Context) (pgx.Tx, error) {
	if t.tx == nil {
		results, err := t.first(ctx)
		if err != nil {
			return nil, err
		}
		if err := results.Close(); err != nil {
			return nil, fmt.Errorf("begin a transaction: %w", err)
		}
	}
	return t.tx, nil
}

func (t *viewerTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if t.tx != nil {
		return t.tx.Query(ctx, sql, args...)
	}
	results, err := t.first(ctx, &pgx.QueuedQuery{SQL: sql, Arguments: args})
	if err != nil {
		return nil, err
	}
	return rowsOf(results)
}

func (t *viewerTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if t.tx != nil {
		return t.tx.Exec(ctx, sql, args...)
	}
	rows, err := t.Query(ctx, sql, args...)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rows.Close()
	return rows.CommandTag(), rows.Err()
}

func (t *viewerTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if t.tx != nil {
		return t.tx.QueryRow(ctx, sql, args...)
	}
	rows, err := t.Query(ctx, sql, args...)
	return row{rows, err}
}

func (t *viewerTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.tx != nil {
		return t.tx.SendBatch(ctx, b)
	}
	results, err := t.first(ctx, b.QueuedQueries...)
	if err != nil {
		return pgx.FailedBatchResults(b, err)
	}
	return results
}

func (t *viewerTx) Begin(ctx context.Context) (pgx.Tx, error) {
	tx, err := t.begun(ctx)
	if err != nil {
		return nil, err
	}
	return tx.Begin(ctx)
}

func (t *viewerTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	tx, err := t.begun(ctx)
	if err != nil {
		return 0, err
	}
	return tx.CopyFrom(ctx, table, columns, rows)
}

func (t *viewerTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	tx, err := t.begun(ctx)
	if err != nil {
		return nil, err
	}
	return tx.Prepare(ctx, name, sql)
}

func (t *viewerTx) Commit(ctx context.Context) error {
	if t.tx != nil {
		return t.tx.Commit(ctx)
	}
	return t.end()
}

func (t *viewerTx) Rollback(ctx context.Context) error {
	if t.tx != nil {
		return t.tx.Rollback(ctx)
	}
	return t.end()
}

// end ends a transaction that never began.
func (t *viewerTx) end() error {
	if t.over {
		return pgx.ErrTxClosed
	}
	t.over = true
	return nil
}

// LargeObjects are none of Busbar's.
func (t *viewerTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Conn is nil until the first statement.
func (t *viewerTx) Conn() *pgx.Conn {
	if t.tx == nil {
		return nil
	}
	return t.tx.Conn()
}

// row is the first of some rows.
type row struct {
	rows pgx.Rows
	err  error
}

func (r row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
