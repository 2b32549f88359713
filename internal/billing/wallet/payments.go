package wallet

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/db"
)

// Movement is what a payment moved between a wallet and the payment account that owes it to us.
type Movement struct {
	// Payment is what it is about, and Provider the payment account.
	Payment, Provider uuid.UUID
	// Kind says what happened, such as REFUND or DISPUTE, and Key makes it happen once.
	Kind, Key, Memo string
	// Amount comes into the wallet where it is positive, and leaves it where it is negative.
	Amount int64
	// Gone is set for money that the provider has taken back already. It is taken below the credit limit too: what was spent
	// meanwhile is owed from then on, and whatever comes in next makes up for it.
	Gone bool
}

// Move books a movement.
func Move(ctx context.Context, tx *db.Tx, w Wallet, m Movement) error {
	account, err := w.account(ctx, tx)
	if err != nil {
		return err
	}
	clearing, err := w.books(ctx, tx, ledger.Clearing, m.Provider)
	if err != nil {
		return err
	}
	post := func() error {
		_, err := w.post(ctx, tx, ledger.Posting{
			Kind: m.Kind, Key: m.Key, Subject: "payment " + m.Payment.String(), Memo: m.Memo,
			Entries: []ledger.Entry{{Account: account, Amount: m.Amount}, {Account: clearing, Amount: -m.Amount}},
		})
		return err
	}
	if !m.Gone || m.Amount >= 0 {
		return post()
	}
	var floor int64
	if err := tx.QueryRow(ctx, "select floor from ledger_balances where account_id = $1 for update", account).Scan(&floor); err != nil {
		return fmt.Errorf("look how far the wallet may go below zero: %w", err)
	}
	// Behind the lock on the balance, and only until the end of the transaction: nobody else meets an account without its floor.
	if err := ledger.SetFloor(ctx, tx, account, lowest); err != nil {
		return err
	}
	if err := post(); err != nil {
		return err
	}
	return ledger.SetFloor(ctx, tx, account, floor)
}

// lowest is a floor that no balance reaches.
const lowest = -1 << 62

// Fee books what a provider kept of a payment, or of its trouble with it, for itself.
func Fee(ctx context.Context, tx *db.Tx, w Wallet, m Movement) error {
	clearing, err := w.books(ctx, tx, ledger.Clearing, m.Provider)
	if err != nil {
		return err
	}
	fees, err := w.books(ctx, tx, ledger.Fees, uuid.Nil)
	if err != nil {
		return err
	}
	_, err = ledger.Post(ctx, tx, ledger.Posting{
		Kind: m.Kind, Key: m.Key, Subject: "payment " + m.Payment.String(), Memo: m.Memo, Network: w.Network,
		Entries: []ledger.Entry{{Account: clearing, Amount: m.Amount}, {Account: fees, Amount: -m.Amount}},
	})
	return err
}

// Spendable is what is in the wallet, without its credit, kept from others until the transaction ends.
func Spendable(ctx context.Context, tx *db.Tx, w Wallet) (balance int64, err error) {
	account, err := w.account(ctx, tx)
	if err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, "select balance from ledger_balances where account_id = $1 for update", account).Scan(&balance); err != nil {
		return 0, fmt.Errorf("look what is in the wallet: %w", err)
	}
	return balance, nil
}
