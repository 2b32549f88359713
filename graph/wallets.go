package graph

import (
	"context"
	"strconv"
	"time"

	"entgo.io/contrib/entgql"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
)

func walletPayload(w *ent.Wallet) *model.WalletPayload   { return &model.WalletPayload{Wallet: w} }
func driverPayload(d *ent.EVDriver) *model.DriverPayload { return &model.DriverPayload{Driver: d} }

// amountIn is money as somebody wrote it, for the domain to read once it knows the currency.
func amountIn(m *model.MoneyInput) *drivers.Amount {
	if m == nil {
		return nil
	}
	return &drivers.Amount{Value: m.Amount, Currency: m.Currency}
}

// funds are what is in a wallet; of is which of it is asked for.
func (r *Resolver) funds(ctx context.Context, w *ent.Wallet, of func(drivers.Funds) int64) (*model.Money, error) {
	found, err := r.fundsOf(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	return amountOf(of(found), w.Currency), nil
}

// entries are a page of the books.
func (r *Resolver) entries(ctx context.Context, f drivers.Filter, first *int, after *entgql.Cursor[uuid.UUID]) (*model.LedgerEntryConnection, error) {
	most := defaultPage
	if first != nil {
		most = *first
	}
	if most < 1 || most > maxPage {
		return nil, fault.In("first", "A page has 1 to %d items, not %d.", maxPage, most)
	}
	var from *drivers.Place
	if after != nil {
		text, _ := after.Value.(string)
		position, err := strconv.Atoi(text)
		if err != nil {
			return nil, fault.In("after", "This is no cursor of the books: take one from an edge of theirs.")
		}
		from = &drivers.Place{Transaction: after.ID, Position: position}
	}
	page, more, err := r.Drivers.Entries(ctx, f, from, most)
	if err != nil {
		return nil, err
	}
	c := &model.LedgerEntryConnection{
		PageInfo: &entgql.PageInfo[uuid.UUID]{HasNextPage: more, HasPreviousPage: after != nil}, Wallet: f.Wallet, AccountKind: string(f.Kind),
	}
	for i := range page {
		cursor := entgql.Cursor[uuid.UUID]{ID: page[i].Transaction, Value: strconv.Itoa(page[i].Position)}
		c.Edges = append(c.Edges, &model.LedgerEntryEdge{Node: entryOf(&page[i]), Cursor: cursor})
	}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c, nil
}

func entryOf(e *drivers.Entry) *model.LedgerEntry {
	shown := &model.LedgerEntry{
		TransactionID: e.Transaction, At: e.At, Kind: e.Kind, AccountKind: model.LedgerAccountKind(e.Account), Amount: amountOf(e.Amount, e.Currency),
		Memo: e.Memo, Actor: e.Actor, SessionID: e.Session(), PaymentID: e.Payment(),
	}
	if e.BalanceAfter != nil {
		shown.BalanceAfter = amountOf(*e.BalanceAfter, e.Currency)
	}
	if e.Account == ledger.Wallet {
		shown.WalletID, shown.Held = e.Owner, amountOf(e.Held, e.Currency)
	}
	return shown
}

// object loads what an id stands for, where there is one and the viewer sees it.
func object[T any](ctx context.Context, id *uuid.UUID, get func(context.Context, uuid.UUID) (*T, error)) (*T, error) {
	if id == nil {
		return nil, nil
	}
	return found(get(ctx, *id))
}

func (r *Resolver) walletUpdated(ctx context.Context, id uuid.UUID) (<-chan *model.WalletEvent, error) {
	load := func(ctx context.Context, at time.Time) ([]*model.WalletEvent, error) {
		w, err := r.ent().Wallet.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return []*model.WalletEvent{{Wallet: w, At: at}}, nil
	}
	events, err := live(ctx, r, feed[*model.WalletEvent]{
		pattern: drivers.WalletEvents(tenantOf(ctx), id).Exact(),
		present: func(ctx context.Context) ([]*model.WalletEvent, error) { return load(ctx, time.Now()) },
		wanted:  func(e charging.Event) bool { return e.Object == id },
		fetch: func(ctx context.Context, e charging.Event) ([]*model.WalletEvent, error) {
			loaded, err := load(ctx, e.At)
			return loaded, ignoreMissing(err)
		},
		missed: func(e *model.WalletEvent) { e.Missed = true },
	})
	return events, missing(err, "wallet")
}
