// Package model holds the types of the interface that no table has.
//
//	*.graphqls ─> gqlgen ─> generated.go
//	                        ledger.go: those that carry ids which the interface shows as objects
package model

import (
	"time"

	"entgo.io/contrib/entgql"
	"github.com/google/uuid"
)

// LedgerEntry is a line of the books. Its ids become objects when they are asked for.
type LedgerEntry struct {
	TransactionID uuid.UUID
	At            time.Time
	Kind          string
	AccountKind   LedgerAccountKind
	Amount        *Money
	BalanceAfter  *Money
	Held          *Money
	Memo, Actor   string

	WalletID, SessionID, PaymentID *uuid.UUID
}

// LedgerEntryConnection is a page of the books. Their number is counted when it is asked for.
type LedgerEntryConnection struct {
	Edges    []*LedgerEntryEdge
	PageInfo *entgql.PageInfo[uuid.UUID]
	// Wallet and AccountKind are what the page was asked for.
	Wallet      uuid.UUID
	AccountKind string
}
