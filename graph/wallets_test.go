package graph_test

import (
	"testing"

	"github.com/busbar-ev/busbar/tenancy"
)

type amount struct{ Amount, Currency string }

// A driver is made with wallet and token, gets a gift, and the statement and the books show it; the subscriber is told.
func TestWallets_ThroughTheInterface(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.w.Key(a.w.A, tenancy.Finance, a.w.A.Main)
	type wallet struct {
		ID                                    string
		Balance, Held, Available, CreditLimit amount
	}
	made := must[struct {
		CreateDriver struct {
			Driver struct {
				ID     string
				Tokens []struct{ ID, Type, IDTag string }
				Wallet wallet
			}
		}
	}](a, key, `mutation { createDriver(input: {name: "Somebody", email: "somebody@demo.example"}) {
		driver { id tokens { id type idTag } wallet { id balance { amount currency } held { amount currency } available { amount currency } creditLimit { amount currency } } } } }`, nil).CreateDriver.Driver
	nothing := amount{"0.00", "EUR"}
	if len(made.Tokens) != 1 || made.Tokens[0].Type != "VIRTUAL" || made.Wallet != (wallet{made.Wallet.ID, nothing, nothing, nothing, nothing}) {
		t.Fatalf("the driver comes with %+v", made)
	}

	s := a.open(key)
	s.subscribe("1", `subscription($id: ID!) { walletUpdated(id: $id) { missed wallet { balance { amount } available { amount } } } }`, map[string]any{"id": made.Wallet.ID})
	s.until(`"balance":{"amount":"0.00"}`)
	const adjust = `mutation($id: ID!, $amount: String!, $key: String!) {
		adjustWallet(input: {walletId: $id, amount: {amount: $amount, currency: "EUR"}, reason: "Welcome", idempotencyKey: $key}) { wallet { balance { amount } } } }`
	for range 2 {
		got := a.ask(key, adjust, map[string]any{"id": made.Wallet.ID, "amount": "222.00", "key": "k"})
		if got.raw != `{"data":{"adjustWallet":{"wallet":{"balance":{"amount":"222.00"}}}}}` {
			t.Errorf("the gift was answered %s", got.raw)
		}
	}
	s.until(`"balance":{"amount":"222.00"},"available":{"amount":"222.00"}`)
	if r := a.ask(key, adjust, map[string]any{"id": made.Wallet.ID, "amount": "1.00", "key": "k"}); r.code() != "CONFLICT" || r.Errors[0].Extensions["field"] != "idempotencyKey" {
		t.Errorf("the key's other use was answered %s", r.raw)
	}
	if r := a.ask(key, adjust, map[string]any{"id": made.Wallet.ID, "amount": "1.005", "key": "l"}); r.code() != "INVALID" || r.Errors[0].Extensions["field"] != "amount.amount" {
		t.Errorf("half a cent was answered %s", r.raw)
	}
	a.ask(key, adjust, map[string]any{"id": made.Wallet.ID, "amount": "-22", "key": "m"})

	const line = `edges { cursor node { kind accountKind memo amount { amount currency } balanceAfter { amount } wallet { id } session { id } payment { id } } } totalCount pageInfo { hasNextPage endCursor }`
	type page struct {
		TotalCount int
		PageInfo   struct {
			HasNextPage bool
			EndCursor   string
		}
		Edges []struct {
			Node struct {
				Kind, AccountKind, Memo string
				Amount                  amount
				BalanceAfter            *struct{ Amount string }
				Wallet                  *struct{ ID string }
			}
		}
	}
	statement := `query($id: ID!, $after: Cursor) { wallet(id: $id) { statement(first: 1, after: $after) { ` + line + ` } } }`
	first := must[struct{ Wallet struct{ Statement page } }](a, key, statement, map[string]any{"id": made.Wallet.ID}).Wallet.Statement
	second := must[struct{ Wallet struct{ Statement page } }](a, key, statement, map[string]any{"id": made.Wallet.ID, "after": first.PageInfo.EndCursor}).Wallet.Statement
	if n := first.Edges[0].Node; first.TotalCount != 2 || !first.PageInfo.HasNextPage || n.Amount != (amount{"-22.00", "EUR"}) || n.BalanceAfter.Amount != "200.00" || n.Wallet.ID != made.Wallet.ID {
		t.Errorf("the statement begins %+v", first)
	}
	if n := second.Edges[0].Node; second.PageInfo.HasNextPage || n.Amount.Amount != "222.00" || n.Kind != "ADJUSTMENT" || n.Memo != "Welcome" {
		t.Errorf("the statement goes on %+v", second)
	}
	books := must[struct{ LedgerEntries page }](a, key, `{ ledgerEntries(accountKind: PROMOTION) { `+line+` } }`, nil).LedgerEntries
	if books.TotalCount != 1 || books.Edges[0].Node.Amount.Amount != "-222.00" || books.Edges[0].Node.BalanceAfter != nil || books.Edges[0].Node.Wallet != nil {
		t.Errorf("the promotions are %+v", books)
	}
	for what, query := range map[string]string{"an empty page": `{ ledgerEntries(first: 0) { totalCount } }`, "a page too long": `{ ledgerEntries(first: 201) { totalCount } }`} {
		if r := a.ask(key, query, nil); r.code() != "INVALID" {
			t.Errorf("%s was answered %s", what, r.raw)
		}
	}
	if r := a.ask(key, `query($id: ID!) { ledgerEntries(walletId: $id) { totalCount } }`, map[string]any{"id": made.ID}); r.code() != "NOT_FOUND" {
		t.Errorf("the books of no wallet were answered %s", r.raw)
	}
}

// A token is given to a driver, and taken back.
func TestTokens_ChangeHands(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.w.Key(a.w.A, tenancy.Operator, a.w.A.Main)
	driver := must[struct {
		CreateDriver struct{ Driver struct{ ID string } }
	}](a, key, `mutation { createDriver(input: {name: "Somebody"}) { driver { id } } }`, nil).CreateDriver.Driver.ID
	type token struct {
		ID, NetworkID string
		Driver        *struct{ ID string }
	}
	made := must[struct{ CreateToken struct{ Token token } }](a, key, `mutation($d: ID!) { createToken(input: {idTag: "CARD-1", driverId: $d}) { token { id networkId driver { id } } } }`,
		map[string]any{"d": driver}).CreateToken.Token
	if made.Driver == nil || made.Driver.ID != driver || made.NetworkID != a.w.A.Main.String() {
		t.Errorf("the token is %+v", made)
	}
	change := func(input map[string]any) *struct{ ID string } {
		t.Helper()
		input["id"] = made.ID
		return must[struct{ UpdateToken struct{ Token token } }](a, key, `mutation($i: UpdateTokenInput!) { updateToken(input: $i) { token { driver { id } } } }`,
			map[string]any{"i": input}).UpdateToken.Token.Driver
	}
	if got := change(map[string]any{"label": "blue"}); got == nil {
		t.Error("a change of the label takes the token from its driver")
	}
	if got := change(map[string]any{"driverId": nil}); got != nil {
		t.Error("the token stays its driver's")
	}
	if got := change(map[string]any{"driverId": driver}); got == nil || got.ID != driver {
		t.Error("the token isn't the driver's again")
	}
}
