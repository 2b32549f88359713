package db

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
)

// driver is ent's way to the pool. Outside a transaction every statement carries its viewer along.
type driver struct{ db *DB }

// Dialect names the SQL that ent writes.
func (*driver) Dialect() string { return dialect.Postgres }

// Close does nothing: the DB owns the pool.
func (*driver) Close() error { return nil }

// Tx refuses: a mutation owns one transaction, and InTx makes it.
func (d *driver) Tx(ctx context.Context) (dialect.Tx, error) {
	s, err := sessionOf(ctx)
	if err != nil {
		return nil, err
	}
	return &ownTx{txDriver{tx: d.db.begin(s)}, ctx}, nil
}

// Query implements dialect.ExecQuerier.
func (d *driver) Query(ctx context.Context, query string, args, v any) error {
	rows, err := d.db.Query(ctx, query, args.([]any)...)
	if err != nil {
		return err
	}
	return deliver(rows, v)
}

// Exec implements dialect.ExecQuerier.
func (d *driver) Exec(ctx context.Context, query string, args, v any) error {
	n, err := d.db.Exec(ctx, query, args.([]any)...)
	if err != nil {
		return err
	}
	return report(n, v)
}

// txDriver is the driver inside a transaction that InTx owns: it neither begins nor commits. What ent read inside keeps it,
// and is asked for its edges long after: from the commit on, queries go the way of all others, with the viewer of their own
// context.
type txDriver struct {
	tx    pgx.Tx
	after *afterCommit
}

// afterCommit says whether a transaction is committed, and where queries go from then on.
type afterCommit struct {
	committed atomic.Bool
	driver    dialect.ExecQuerier
}

func (txDriver) Dialect() string { return dialect.Postgres }
func (txDriver) Close() error    { return nil }

// Tx joins the transaction that is open.
func (d txDriver) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d), nil }

func (d txDriver) Query(ctx context.Context, query string, args, v any) error {
	if d.after != nil && d.after.committed.Load() {
		return d.after.driver.Query(ctx, query, args, v)
	}
	rows, err := d.tx.Query(ctx, query, args.([]any)...)
	if err != nil {
		return err
	}
	return deliver(rows, v)
}

func (d txDriver) Exec(ctx context.Context, query string, args, v any) error {
	tag, err := d.tx.Exec(ctx, query, args.([]any)...)
	if err != nil {
		return err
	}
	return report(tag.RowsAffected(), v)
}

// ownTx is a transaction that ent itself began, for an operation of several statements outside InTx.
type ownTx struct {
	txDriver
	ctx context.Context
}

func (t *ownTx) Commit() error   { return t.tx.Commit(t.ctx) }
func (t *ownTx) Rollback() error { return t.tx.Rollback(context.WithoutCancel(t.ctx)) }

func deliver(rows pgx.Rows, v any) error {
	out, ok := v.(*entsql.Rows)
	if !ok {
		rows.Close()
		return fmt.Errorf("run a query: ent wants its rows as %T, which this driver doesn't know", v)
	}
	*out = entsql.Rows{ColumnScanner: &scanner{rows: rows}}
	return nil
}

func report(n int64, v any) error {
	switch out := v.(type) {
	case nil:
		return nil
	case *stdsql.Result:
		*out = affected(n)
		return nil
	default:
		return fmt.Errorf("run a statement: ent wants its result as %T, which this driver doesn't know", v)
	}
}

// affected is a result of which only the number of rows is known; Postgres has no last insert id.
type affected int64

func (affected) LastInsertId() (int64, error) {
	return 0, errors.New("a last insert id is unknown to Postgres: use RETURNING")
}
func (n affected) RowsAffected() (int64, error) { return int64(n), nil }

// scanner shows pgx rows as the database/sql rows that ent reads.
type scanner struct{ rows pgx.Rows }

func (s *scanner) Close() error {
	s.rows.Close()
	return s.rows.Err()
}

func (s *scanner) Columns() ([]string, error) {
	fields := s.rows.FieldDescriptions()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names, nil
}

func (*scanner) ColumnTypes() ([]*stdsql.ColumnType, error) {
	return nil, errors.New("column types are not known outside database/sql")
}
func (s *scanner) Err() error             { return s.rows.Err() }
func (s *scanner) Next() bool             { return s.rows.Next() }
func (*scanner) NextResultSet() bool      { return false }
func (s *scanner) Scan(dest ...any) error { return s.rows.Scan(dest...) }
