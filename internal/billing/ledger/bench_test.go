package ledger_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// BenchmarkPost debits wallets in transactions of their own, from many connections at once: all the same one, or any of many.
func BenchmarkPost(b *testing.B) {
	for name, count := range map[string]int{"OneWallet": 1, "Wallets": 10_000} {
		b.Run(name, func(b *testing.B) {
			w := worldtest.New(b)
			wide, err := db.Open(b.Context(), w.URL, db.Options{MaxConns: 32})
			if err != nil {
				b.Fatal(err)
			}
			narrow := w.DB
			w.DB = wide
			b.Cleanup(func() { w.DB = narrow; wide.Close() })
			books := newBooks(b, w, w.A)
			floor := int64(-1 << 60)
			wallets := make([]uuid.UUID, count)
			books.must(w.DB.InTx(books.ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				for i := range wallets {
					if wallets[i], err = ledger.Open(ctx, tx, ledger.AccountSpec{Kind: ledger.Wallet, Currency: "EUR", Owner: uuid.New(), Floor: &floor}); err != nil {
						return err
					}
				}
				return nil
			}))
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := books.charge(wallets[rand.IntN(len(wallets))], uuid.NewString(), 100, 20); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
}
