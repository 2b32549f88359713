package drivers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/fault"
)

// Entry is a line of the books with what it is about.
type Entry struct {
	Transaction uuid.UUID
	Position    int
	At          time.Time
	// Kind says what happened: TOP_UP, CHARGE, HOLD, RELEASE, ADJUSTMENT and so on.
	Kind, Subject, Memo, Actor string
	Account                    ledger.Kind
	// Owner is whose account it is: a wallet, the session of a hold, a payment account; nil for those of the books themselves.
	Owner    *uuid.UUID
	Network  *uuid.UUID
	Currency string
	Amount   int64
	// BalanceAfter is nil for an account that keeps no balance.
	BalanceAfter *int64
	// Held is what the transaction changed of what is held beside a wallet; 0 on other accounts.
	Held int64
}

// Session is the session behind the entry, or nil.
func (e *Entry) Session() *uuid.UUID { return e.about("session") }

// Payment is the payment behind the entry, or nil.
func (e *Entry) Payment() *uuid.UUID { return e.about("payment") }

func (e *Entry) about(what string) *uuid.UUID {
	kind, text, _ := strings.Cut(e.Subject, " ")
	id, err := uuid.Parse(text)
	if err != nil || kind != what {
		return nil
	}
	return &id
}

// Place is where a page goes on: after this entry.
type Place struct {
	Transaction uuid.UUID
	Position    int
}

// Place is the entry's own.
func (e *Entry) Place() Place { return Place{e.Transaction, e.Position} }

// Filter says which entries are meant.
type Filter struct {
	// Wallet confines them to the accounts of a wallet.
	Wallet uuid.UUID
	// Kind confines them to accounts of a kind.
	Kind ledger.Kind
}

// Entries lists entries of the books, the newest first, after a place where one is given, and tells whether more follow. Viewers who
// are bound to networks see those of their networks.
func (s *Service) Entries(ctx context.Context, f Filter, after *Place, most int) (page []Entry, more bool, err error) {
	where, args := f.where()
	if after != nil {
		args = append(args, after.Transaction, after.Position)
		where += fmt.Sprintf(" and (t.xid, t.id, e.position) < ((select xid from ledger_transactions where id = $%d), $%d, $%d)", len(args)-1, len(args)-1, len(args))
	}
	args = append(args, most+1)
	// By the order in which transactions began, in which the tenant's index has them.
	rows, err := s.db.Query(ctx, `select t.id, e.position, t.at, t.kind, t.subject, t.memo, t.actor, a.kind, a.owner_id, e.network_id, e.currency, e.amount, e.balance_after,
			case when a.kind = $1 then coalesce((select sum(h.amount) from ledger_entries h join ledger_accounts ha on ha.id = h.account_id
				where h.transaction_id = t.id and ha.kind = $2), 0) else 0 end::bigint
		from ledger_transactions t join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id
		where `+where+fmt.Sprintf(" order by t.xid desc, t.id desc, e.position desc limit $%d", len(args)), args...)
	if err != nil {
		return nil, false, fmt.Errorf("read the books: %w", err)
	}
	page, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
	if err != nil {
		return nil, false, fmt.Errorf("read the books: %w", err)
	}
	if more = len(page) > most; more {
		page = page[:most]
	}
	return page, more, nil
}

// Count tells how many entries there are.
func (s *Service) Count(ctx context.Context, f Filter) (n int, err error) {
	where, args := f.where()
	rows, err := s.db.Query(ctx, "select count(*) from ledger_entries e join ledger_accounts a on a.id = e.account_id where $1 <> $2 and "+where, args...)
	if err == nil {
		n, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	}
	if err != nil {
		return 0, fmt.Errorf("count the entries: %w", err)
	}
	return n, nil
}

// where is the filter in SQL, after the kinds of a wallet's accounts as its first two arguments.
func (f Filter) where() (sql string, args []any) {
	sql, args = "true", []any{string(ledger.Wallet), string(ledger.Hold)}
	if f.Wallet != uuid.Nil {
		args = append(args, f.Wallet)
		sql += fmt.Sprintf(` and a.id in (select id from ledger_accounts where owner_id = $%d and kind = $1
			union all select h.id from charging_sessions c join ledger_accounts h on h.owner_id = c.id and h.kind = $2 where c.wallet_id = $%d)`, len(args), len(args))
	}
	if f.Kind != "" {
		args = append(args, string(f.Kind))
		sql += fmt.Sprintf(" and a.kind = $%d", len(args))
	}
	return sql, args
}

// Visible refuses a wallet that the viewer doesn't see.
func (s *Service) Visible(ctx context.Context, wallet uuid.UUID) error {
	_, err := s.db.Ent().Wallet.Get(ctx, wallet)
	if ent.IsNotFound(err) {
		return fault.Missing("wallet")
	}
	if err != nil {
		return fmt.Errorf("load the wallet: %w", err)
	}
	return nil
}
