// Package ledger owns the books: accounts, transactions with balanced entries, and the chain that shows whether anybody changed
// them. It doesn't know what is sold or how it is paid.
//
//	Open ─> account                                  Seal ─> links: hash of (link before, transaction)
//	Post ─> ledger_post: transaction, entries, balances      │
//	        one round trip in the caller's transaction       └─> Verify: links, sums, balances
//
// Amounts are in minor units of the account's currency. What an account is credited is positive, what it is debited negative: a
// driver's wallet that holds 100.00 has +10000, and the clearing account of the provider who owes it to us -10000. Every transaction
// adds up to zero in each currency, which Postgres checks; nothing is ever changed or deleted, which Postgres refuses. The application
// writes transactions, entries and balances through ledger_post alone, which holds every account against the viewer's tenant and networks.
// Only accounts with a floor keep a balance beside their entries, under a lock on its row. The balance of the others is the sum of
// their entries, so that a tenant's revenue is no queue that all its drivers wait in.
package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Kind is what an account is for.
type Kind string

// The kinds of account.
const (
	Wallet     Kind = "WALLET"     // what a driver has with us
	Hold       Kind = "HOLD"       // what of it is set aside for a session that runs
	Revenue    Kind = "REVENUE"    // what was earned, without tax
	Tax        Kind = "TAX"        // what is owed to the tax office
	Clearing   Kind = "CLEARING"   // what a payment provider owes us
	Fees       Kind = "FEES"       // what providers kept
	Promotion  Kind = "PROMOTION"  // what was given away
	WriteOff   Kind = "WRITE_OFF"  // what nobody will pay
	Receivable Kind = "RECEIVABLE" // what is billed outside
)

// AccountSpec names an account. There is one for each of its combinations.
type AccountSpec struct {
	Kind     Kind
	Currency string
	// Network is nil for an account of the tenant as a whole.
	Network uuid.UUID
	// Owner is the wallet or payment account that it belongs to; nil for those of the books themselves.
	Owner uuid.UUID
	// Floor is the least balance of an account that keeps one: 0, or minus a credit limit. Nil keeps none.
	Floor *int64
}

// Entry moves an amount on an account.
type Entry struct {
	Account uuid.UUID
	Amount  int64
}

// Posting is a transaction to record.
type Posting struct {
	// Kind says what happened: CHARGE, TOP_UP, REFUND, HOLD, RELEASE and so on.
	Kind string
	// Key makes it happen once: the second posting with a key is the first.
	Key string
	// Subject is what it is about, such as "charge 0197…"; Memo is for people.
	Subject, Memo string
	Network       uuid.UUID
	At            time.Time
	Entries       []Entry
}

// Posted is a recorded transaction. Fresh is false where its key had been used before.
type Posted struct {
	ID    uuid.UUID
	Fresh bool
}

// ErrInsufficient refuses a transaction that would take an account below its floor.
var ErrInsufficient = fault.New(fault.Conflict, "The balance doesn't cover this: top the wallet up, or raise its credit limit.")

// ErrOtherPosting refuses a key that belongs to a transaction with other entries. It is a fault of ours, never of a caller.
var ErrOtherPosting = errors.New("the idempotency key belongs to a transaction with other entries")

// The errors that ledger_post and the books' triggers raise.
const (
	codeInsufficient = "BL001"
	codeOtherPosting = "BL002"
	codeUnbalanced   = "BL004"
	codeNoAccount    = "BL005"
)

// ErrUnbalanced refuses entries that don't add up to zero in each currency.
var ErrUnbalanced = errors.New("the entries of the transaction don't add up to zero")

// Open finds an account, or opens it. A floor counts when the account is opened; SetFloor changes it.
func Open(ctx context.Context, tx *db.Tx, spec AccountSpec) (id uuid.UUID, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	if !v.Sees(spec.Network) {
		return uuid.Nil, fault.Missing("network")
	}
	find := func() error {
		return tx.QueryRow(ctx, `select id from ledger_accounts where tenant_id = $1 and network_id is not distinct from $2 and kind = $3 and currency = $4
			and owner_id is not distinct from $5`, v.Tenant, db.OrNull(spec.Network), spec.Kind, spec.Currency, db.OrNull(spec.Owner)).Scan(&id)
	}
	if err = find(); err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return id, wrap("look for the account", err)
	}
	fresh := uuid.Must(uuid.NewV7())
	tag, err := tx.Exec(ctx, `insert into ledger_accounts (id, tenant_id, network_id, kind, currency, owner_id) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
		fresh, v.Tenant, db.OrNull(spec.Network), spec.Kind, spec.Currency, db.OrNull(spec.Owner))
	if err != nil {
		return uuid.Nil, wrap("open the account", err)
	}
	if tag.RowsAffected() == 0 {
		return id, wrap("look for the account", find()) // somebody opened it meanwhile
	}
	if spec.Floor != nil {
		_, err = tx.Exec(ctx, `insert into ledger_balances (account_id, tenant_id, network_id, currency, floor) values ($1, $2, $3, $4, $5)`,
			fresh, v.Tenant, db.OrNull(spec.Network), spec.Currency, *spec.Floor)
	}
	return fresh, wrap("keep the account's balance", err)
}

// SetFloor changes the least balance of an account: minus its credit limit. A balance that is below it already stays, and can only
// rise.
func SetFloor(ctx context.Context, tx *db.Tx, account uuid.UUID, floor int64) error {
	tag, err := tx.Exec(ctx, "update ledger_balances set floor = $2 where account_id = $1", account, floor)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.Missing("account")
	}
	return wrap("change the account's floor", err)
}

// Post records a transaction inside the caller's. One that doesn't add up is refused, and fails the caller's with it.
func Post(ctx context.Context, tx *db.Tx, p Posting) (posted Posted, err error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return posted, err
	}
	if !v.Sees(p.Network) {
		return posted, fault.Missing("network")
	}
	if len(p.Entries) < 2 {
		return posted, ErrUnbalanced
	}
	// In the order in which the balances are locked, so that two postings never wait for each other.
	entries := slices.SortedStableFunc(slices.Values(p.Entries), func(a, b Entry) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	accounts, amounts := make([]uuid.UUID, len(entries)), make([]int64, len(entries))
	for i, e := range entries {
		accounts[i], amounts[i] = e.Account, e.Amount
	}
	at := p.At
	if at.IsZero() {
		at = time.Now()
	}
	err = tx.QueryRow(ctx, "select transaction, fresh from ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", uuid.Must(uuid.NewV7()), db.OrNull(p.Network), p.Kind,
		p.Key, p.Subject, p.Memo, v.Name, at.UTC().Truncate(time.Microsecond), accounts, amounts).Scan(&posted.ID, &posted.Fresh)
	return posted, Explain(err)
}

// Explain turns what Postgres raises about the books into the errors of this package.
func Explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return wrap("record the transaction", err)
	}
	switch pg.Code {
	case codeInsufficient:
		return ErrInsufficient
	case codeOtherPosting:
		return fmt.Errorf("%w: %s", ErrOtherPosting, pg.Message)
	case codeUnbalanced:
		return fmt.Errorf("%w: %s", ErrUnbalanced, pg.Message)
	case codeNoAccount:
		return fault.Missing("account")
	}
	return wrap("record the transaction", err)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
