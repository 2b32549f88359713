package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
)

// link is a transaction with what its hash is made of.
type link struct {
	ID                              uuid.UUID
	Network                         *uuid.UUID
	Kind, Key, Subject, Memo, Actor string
	At                              time.Time
	Accounts                        []uuid.UUID
	Amounts                         []int64
	Currencies                      []string
	position                        int64
	hash                            []byte
}

// linkColumns are those of a link, of transaction t.
const linkColumns = `t.id, t.network_id, t.kind, t.idempotency_key, t.subject, t.memo, t.actor, t.at,
	(select array_agg(e.account_id order by e.position) from ledger_entries e where e.transaction_id = t.id),
	(select array_agg(e.amount order by e.position) from ledger_entries e where e.transaction_id = t.id),
	(select array_agg(e.currency order by e.position) from ledger_entries e where e.transaction_id = t.id)`

func (k *link) columns() []any {
	return []any{&k.ID, &k.Network, &k.Kind, &k.Key, &k.Subject, &k.Memo, &k.Actor, &k.At, &k.Accounts, &k.Amounts, &k.Currencies}
}

// sum is the hash of a link behind another. Every field is written with its length, so that no two transactions are written alike.
func (k *link) sum(before []byte) []byte {
	h := sha256.New()
	write(h, before)
	write(h, k.ID[:])
	if k.Network != nil {
		write(h, k.Network[:])
	} else {
		write(h, nil)
	}
	for _, text := range []string{k.Kind, k.Key, k.Subject, k.Memo, k.Actor} {
		write(h, []byte(text))
	}
	number(h, k.At.UnixMicro())
	number(h, int64(len(k.Accounts)))
	for i := range k.Accounts {
		write(h, k.Accounts[i][:])
		number(h, k.Amounts[i])
		write(h, []byte(k.Currencies[i]))
	}
	return h.Sum(nil)
}

func write(h hash.Hash, b []byte) {
	number(h, int64(len(b)))
	h.Write(b)
}

func number(h hash.Hash, n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

// sealBatch is how many transactions are linked at once.
const sealBatch = 1000

// Seal links the tenant's transactions that aren't yet. Periodic work calls it for each tenant; two at once take turns. A transaction
// is linked once no older one can commit any more, so that the order of the links is the order of what happened.
func Seal(ctx context.Context, database *db.DB) (sealed int, err error) {
	for {
		var n int
		err := database.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = sealSome(ctx, tx)
			return err
		})
		sealed += n
		if err != nil || n < sealBatch {
			return sealed, err
		}
	}
}

func sealSome(ctx context.Context, tx *db.Tx) (int, error) {
	// The number keeps the turns of different tenants apart, well enough: who shares one waits for the other.
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('ledger_links ' || busbar_tenant()::text, 0))"); err != nil {
		return 0, wrap("take a turn at the chain", err)
	}
	var position int64
	var before []byte
	err := tx.QueryRow(ctx, "select position, hash from ledger_links where tenant_id = busbar_tenant() order by position desc limit 1").Scan(&position, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, wrap("find the end of the chain", err)
	}
	rows, err := tx.Query(ctx, `select `+linkColumns+` from ledger_transactions t
		where t.tenant_id = busbar_tenant() and t.xid < pg_snapshot_xmin(pg_current_snapshot()) and not exists (select from ledger_links l where l.transaction_id = t.id)
		order by t.xid, t.id limit $1`, sealBatch)
	if err != nil {
		return 0, wrap("load what isn't linked yet", err)
	}
	links, err := collect(rows)
	if err != nil {
		return 0, wrap("load what isn't linked yet", err)
	}
	var batch pgx.Batch
	for i := range links {
		position, before = position+1, links[i].sum(before)
		batch.Queue("insert into ledger_links (tenant_id, position, transaction_id, hash) values (busbar_tenant(), $1, $2, $3)", position, links[i].ID, before)
	}
	return len(links), wrap("link transactions", tx.SendBatch(ctx, &batch).Close())
}

func collect(rows pgx.Rows, more ...func(*link) any) (links []link, err error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k link, err error) {
		columns := k.columns()
		for _, m := range more {
			columns = append(columns, m(&k))
		}
		return k, row.Scan(columns...)
	})
}

// Finding is something that is wrong with the books.
type Finding struct {
	// Position is where in the chain; 0 where it isn't about the chain.
	Position int64
	What     string
}

// Report is what a verification found. Sealed is how many transactions the chain has, Head its last hash.
type Report struct {
	Sealed   int64
	Head     []byte
	Findings []Finding
}

// mostFindings bounds a report: behind the first break everything is broken.
const mostFindings = 100

// Verify looks the tenant's books through: whether each transaction adds up, whether the chain is whole and as it was sealed,
// whether every transaction but the newest is in it, and whether balances are the sums of their entries.
func Verify(ctx context.Context, database *db.DB) (r Report, err error) {
	err = database.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := r.chain(ctx, tx); err != nil {
			return err
		}
		return r.sums(ctx, tx)
	})
	return r, err
}

func (r *Report) add(position int64, format string, args ...any) {
	if len(r.Findings) < mostFindings {
		r.Findings = append(r.Findings, Finding{position, fmt.Sprintf(format, args...)})
	}
}

func (r *Report) chain(ctx context.Context, tx *db.Tx) error {
	for {
		rows, err := tx.Query(ctx, `select `+linkColumns+`, l.position, l.hash from ledger_links l join ledger_transactions t on t.id = l.transaction_id
			where l.tenant_id = busbar_tenant() and l.position > $1 order by l.position limit $2`, r.Sealed, sealBatch)
		if err != nil {
			return wrap("read the chain", err)
		}
		links, err := collect(rows, func(k *link) any { return &k.position }, func(k *link) any { return &k.hash })
		if err != nil {
			return wrap("read the chain", err)
		}
		for i := range links {
			k := &links[i]
			if k.position != r.Sealed+1 {
				r.add(r.Sealed+1, "Transactions %d to %d of the chain are missing.", r.Sealed+1, k.position-1)
			} else if !bytes.Equal(k.sum(r.Head), k.hash) {
				r.add(k.position, "Transaction %s isn't what was sealed, or one before it is missing.", k.ID)
			}
			r.Sealed, r.Head = k.position, k.hash
		}
		if len(links) < sealBatch {
			return nil
		}
	}
}

// late is when a transaction should have been linked.
const late = 10 * time.Minute

func (r *Report) sums(ctx context.Context, tx *db.Tx) error {
	for what, sql := range map[string]string{
		"Transaction %s doesn't add up.": `select t.id::text from ledger_transactions t where tenant_id = busbar_tenant() and (
			not exists (select from ledger_entries e where e.transaction_id = t.id)
			or exists (select from ledger_entries e where e.transaction_id = t.id group by currency having sum(amount) <> 0))`,
		"Account %s has another balance than its entries add up to.": `select account_id::text from ledger_balances b where tenant_id = busbar_tenant()
			and balance <> (select coalesce(sum(amount), 0) from ledger_entries e where e.account_id = b.account_id)`,
		"Transaction %s is old and was never sealed.": fmt.Sprintf(`select t.id::text from ledger_transactions t where tenant_id = busbar_tenant()
			and t.recorded_at < now() - interval '%d seconds' and not exists (select from ledger_links l where l.transaction_id = t.id)`, int(late.Seconds())),
	} {
		rows, err := tx.Query(ctx, sql+" limit 20")
		if err != nil {
			return wrap("add the books up", err)
		}
		wrong, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return wrap("add the books up", err)
		}
		for _, id := range wrong {
			r.add(0, what, id)
		}
	}
	return nil
}
