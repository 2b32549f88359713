package ledger_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// benchWallets are how many wallets each benchmark debits.
var benchWallets = map[string]int{"OneWallet": 1, "Wallets": 10_000}

// benchConns are the connections of a node with few processors (db.Options).
const benchConns = 16

// BenchmarkPost debits wallets in transactions of their own, from many connections at once: all the same one, or any of many.
func BenchmarkPost(b *testing.B) {
	for _, name := range []string{"OneWallet", "Wallets"} {
		b.Run(name, func(b *testing.B) {
			count := benchWallets[name]
			w := worldtest.New(b)
			opened, err := db.Open(b.Context(), w.URL, db.Options{MaxConns: benchConns})
			if err != nil {
				b.Fatal(err)
			}
			small := w.DB
			w.DB = opened
			b.Cleanup(func() { w.DB = small; opened.Close() })
			books := newBooks(b, w, w.A)
			wallets := benchAccounts(w, count)
			benchPosts(b, func() error { return books.charge(wallets[rand.IntN(len(wallets))], uuid.NewString(), 100, 20) })
		})
	}
}

// benchPosts posts on all connections at once. Before it measures, every connection has opened, and has planned what it will do.
func benchPosts(b *testing.B, post func() error) {
	b.Helper()
	var warm errgroup.Group
	for range 2 * benchConns {
		warm.Go(func() error {
			var err error
			for i := 0; i < 20 && err == nil; i++ {
				err = post()
			}
			return err
		})
	}
	if err := warm.Wait(); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := post(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// benchAccounts opens wallets that may go as low as they like.
func benchAccounts(w *worldtest.World, count int) []uuid.UUID {
	wallets := make([]uuid.UUID, count)
	for i := range wallets {
		wallets[i] = uuid.Must(uuid.NewV7())
	}
	w.Owner(`with a as (insert into ledger_accounts (id, tenant_id, kind, currency, owner_id) select id, $1, 'WALLET', 'EUR', gen_random_uuid() from unnest($2::uuid[]) id returning id)
		insert into ledger_balances (account_id, tenant_id, currency, floor) select id, $1, 'EUR', -(1::bigint << 60) from a`, w.A.ID, wallets)
	w.Owner("vacuum analyze ledger_accounts, ledger_balances")
	return wallets
}

// BenchmarkPlainPost is what Postgres itself makes of it on the same machine, for scale: a guarded UPDATE and two INSERTs in a transaction,
// over a pool like ours, without a tenant, a key, or anything that says whether it adds up.
func BenchmarkPlainPost(b *testing.B) {
	for _, name := range []string{"OneWallet", "Wallets"} {
		b.Run(name, func(b *testing.B) {
			pool := plainTables(b)
			wallets := benchWallets[name]
			benchPosts(b, func() error { return plainPost(context.Background(), pool, rand.IntN(wallets)) })
		})
	}
}

func plainTables(b *testing.B) *pgxpool.Pool {
	b.Helper()
	cfg, err := pgxpool.ParseConfig(dbtest.NewEmpty(b))
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = benchConns
	pool, err := pgxpool.NewWithConfig(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	for _, sql := range []string{
		"create table wallets (id integer primary key, balance bigint not null, floor bigint not null)",
		"create table entries (id uuid, position integer, wallet integer not null, amount bigint not null, primary key (id, position))",
		"insert into wallets select i, 0, -(1::bigint << 60) from generate_series(0, 9999) i",
	} {
		if _, err := pool.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	return pool
}

func plainPost(ctx context.Context, pool *pgxpool.Pool, wallet int) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "update wallets set balance = balance - $2 where id = $1 and balance - $2 >= floor", wallet, 120)
		if err == nil && tag.RowsAffected() != 1 {
			err = errors.New("the wallet was not debited")
		}
		id := uuid.Must(uuid.NewV7())
		for position, amount := range []int64{-120, 120} {
			if err == nil {
				_, err = tx.Exec(ctx, "insert into entries values ($1, $2, $3, $4)", id, position, wallet, amount)
			}
		}
		return err
	})
}
