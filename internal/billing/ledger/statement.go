package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
)

// Balance is what an account has: the balance that is kept, or the sum of its entries.
func Balance(ctx context.Context, database *db.DB, account uuid.UUID) (int64, error) {
	rows, err := database.Query(ctx, `select coalesce(b.balance, (select coalesce(sum(amount), 0) from ledger_entries where account_id = a.id))::bigint
		from ledger_accounts a left join ledger_balances b on b.account_id = a.id where a.id = $1`, account)
	if err != nil {
		return 0, wrap("read the balance", err)
	}
	balance, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.Missing("account")
	}
	return balance, wrap("read the balance", err)
}

// Line is an entry as its owner reads it.
type Line struct {
	Transaction         uuid.UUID
	Kind, Subject, Memo string
	At                  time.Time
	Amount              int64
	// BalanceAfter is nil for an account that keeps no balance.
	BalanceAfter *int64
}

// Statement lists the entries of an account, the newest first, below a transaction where one is given.
func Statement(ctx context.Context, database *db.DB, account, below uuid.UUID, most int) ([]Line, error) {
	rows, err := database.Query(ctx, `select t.id, t.kind, t.subject, t.memo, t.at, e.amount, e.balance_after
		from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
		where e.account_id = $1 and ($2::uuid is null or e.transaction_id < $2) order by e.transaction_id desc, e.position desc limit $3`,
		account, db.OrNull(below), most)
	if err != nil {
		return nil, wrap("read the statement", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Line])
	return lines, wrap("read the statement", err)
}
