package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
)

// A transaction begins with its first statement, whatever kind that is, and it is the viewer's from that statement on.
func TestEveryFirstStatementIsTheViewers(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, b := tenants(t, url)
	const count = "select count(*) from networks where tenant_id = $1"
	counted := func(row pgx.Row) (n int, err error) {
		err = row.Scan(&n)
		return n, err
	}
	for what, first := range map[string]func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (int, error){
		"a row": func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (int, error) {
			return counted(tx.QueryRow(ctx, count, tenant))
		},
		"rows": func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (int, error) {
			rows, err := tx.Query(ctx, "select id from networks where tenant_id = $1", tenant)
			if err != nil {
				return 0, err
			}
			ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			return len(ids), err
		},
		"a change": func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (int, error) {
			tag, err := tx.Exec(ctx, "update networks set name = name where tenant_id = $1", tenant)
			return int(tag.RowsAffected()), err
		},
		"a batch": func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (n int, err error) {
			var batch pgx.Batch
			batch.Queue("select 1")
			batch.Queue(count, tenant).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
			err = tx.SendBatch(ctx, &batch).Close()
			return n, err
		},
		"a part": func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (n int, err error) {
			err = tx.Try(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				n, err = counted(tx.QueryRow(ctx, count, tenant))
				return err
			})
			return n, err
		},
		"a statement with a name": func(ctx context.Context, tx *db.Tx, tenant uuid.UUID) (int, error) {
			if _, err := tx.Prepare(ctx, "counted", count); err != nil {
				return 0, err
			}
			return counted(tx.QueryRow(ctx, "counted", tenant))
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for _, tenant := range []uuid.UUID{a, b} {
				err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
					for range 2 { // as the first statement, and as one that follows
						if n, err := first(ctx, tx, tenant); err != nil || (n > 0) != (tenant == a) {
							t.Errorf("saw %d networks, of its own tenant: %v; %v", n, tenant == a, err)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A first statement that fails takes the transaction with it and gives the connection back; one that finds nothing doesn't.
func TestFirstStatementThatFails(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	a, _ := tenants(t, url)
	d, err := db.Open(t.Context(), url, db.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	for _, sql := range []string{"select 1 from nowhere", "not SQL", "select 1 / 0", "update tenants set slug = null"} {
		if err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, sql)
			return err
		}); err == nil {
			t.Errorf("%q succeeded", sql)
		}
		// Whoever overlooks the error has committed nothing.
		if err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
			_, _ = tx.Exec(ctx, sql)
			return nil
		}); err == nil {
			t.Errorf("a transaction in which %q failed was committed", sql)
		}
	}
	if err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
		var id uuid.UUID
		if err := tx.QueryRow(ctx, "select id from networks where slug = 'nowhere'").Scan(&id); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("looking for what isn't there was answered %v", err)
		}
		return tx.QueryRow(ctx, "select id from networks where slug = 'main'").Scan(&id)
	}); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(as(a))
	cancel()
	if err := d.InTx(ended, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "select 1")
		return err
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who has gone was answered %v", err)
	}
}

// A transaction without statements waits for no connection.
func TestTransactionWithoutStatementsTakesNoConnection(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	a, _ := tenants(t, url)
	d, err := db.Open(t.Context(), url, db.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	hooked := false
	err = d.InTx(as(a), func(ctx context.Context, outer *db.Tx) error {
		if _, err := outer.Exec(ctx, "select 1"); err != nil {
			return err
		}
		return d.InTx(as(a), func(_ context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { hooked = true })
			return nil
		})
	})
	if err != nil || !hooked {
		t.Errorf("got %v, and the hook ran: %v", err, hooked)
	}
}
