package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// postSQL calls the function as the application can, past this package: $1 is the network, $2 and $3 are the accounts.
const postSQL = `select ledger_post(gen_random_uuid(), $1, 'X', gen_random_uuid()::text, '', '', 'somebody', now(),
	array(select unnest(array[$2, $3]::uuid[]) order by 1), array[10, -10]::bigint[])`

// ledger_post runs as a role that no policy binds, and no foreign key stands behind it: it refuses by itself what isn't the viewer's.
func TestSec053_FunctionOfTheBooksRefusesWhatIsOthers(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	a, b := newBooks(t, w, w.A), newBooks(t, w, w.B)
	own := [2]uuid.UUID{a.wallet(-1000), a.wallet(-1000)}
	foreign := b.wallet(-1000)
	sub := w.A.In(w.A.Sub, tenancy.Owner)
	for what, c := range map[string]struct {
		ctx      context.Context
		network  any
		accounts [2]uuid.UUID
	}{
		"an account of another tenant":       {a.ctx, nil, [2]uuid.UUID{own[0], foreign}},
		"two accounts of another tenant":     {b.ctx, nil, own},
		"a network of another tenant":        {a.ctx, w.B.Main, own},
		"a network that is nowhere":          {a.ctx, uuid.New(), own},
		"accounts outside of the networks":   {sub, w.A.Sub, own},
		"another network than one's own":     {sub, w.A.Main, own},
		"the tenant as a whole, from a part": {sub, nil, own},
	} {
		if _, err := w.DB.Exec(c.ctx, postSQL, c.network, c.accounts[0], c.accounts[1]); code(err) != "BL005" {
			t.Errorf("%s was answered %v", what, err)
		}
	}
	app, err := pgx.Connect(t.Context(), w.URL)
	a.must(err)
	defer func() { _ = app.Close(context.Background()) }()
	_, err = app.Exec(t.Context(), "set role busbar_app")
	a.must(err)
	if _, err := app.Exec(t.Context(), postSQL, nil, own[0], own[1]); code(err) != "42501" {
		t.Errorf("posting without a tenant was answered %v", err)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from ledger_transactions") + worldtest.OwnerValue[int](w, "select count(*) from ledger_entries"); n != 0 {
		t.Errorf("%d rows were written", n)
	}
	if sum := worldtest.OwnerValue[int64](w, "select sum(abs(balance))::bigint from ledger_balances"); sum != 0 {
		t.Errorf("balances moved by %d", sum)
	}
	if _, err := w.DB.Exec(a.ctx, postSQL, w.A.Main, own[0], own[1]); err != nil {
		t.Errorf("posting what is one's own was answered %v", err)
	}
}

// The application writes the books through the function and in no other way; and what it writes adds up, even when it is called badly.
func TestSec098_BooksAreWrittenByTheFunctionAlone(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	b := newBooks(t, w, w.A)
	wallet := b.wallet(0)
	b.topUp(wallet, 1000)
	for _, sql := range []string{
		"insert into ledger_transactions (id, tenant_id, kind, idempotency_key, actor, at) select gen_random_uuid(), tenant_id, kind, 'k', actor, at from ledger_transactions",
		"insert into ledger_entries select transaction_id, position + 5, tenant_id, network_id, account_id, currency, amount, null from ledger_entries",
		"insert into ledger_balances (account_id, tenant_id, currency, balance) select id, tenant_id, currency, 1000000 from ledger_accounts where kind = 'REVENUE'",
		"update ledger_balances set balance = 1000000",
	} {
		if _, err := w.DB.Exec(b.ctx, sql); code(err) != "42501" {
			t.Errorf("the application asked to %s and was answered %v", sql, err)
		}
	}
	post := func(accounts, amounts string) error {
		_, err := w.DB.Exec(b.ctx, fmt.Sprintf("select ledger_post(gen_random_uuid(), null, 'X', gen_random_uuid()::text, '', '', 'somebody', now(), %s, %s)", accounts, amounts))
		return err
	}
	both := fmt.Sprintf("array(select unnest(array['%s', '%s']::uuid[]) order by 1)", wallet, b.revenue)
	for what, err := range map[string]error{
		"no entries":           post("array[]::uuid[]", "array[]::bigint[]"),
		"one entry":            post(fmt.Sprintf("array['%s']::uuid[]", b.revenue), "array[1]"),
		"fewer amounts":        post(both, "array[1]"),
		"what doesn't add up":  post(both, "array[1, -2]"),
		"no arrays":            post("null", "null"),
		"no account":           post(fmt.Sprintf("array['%s', null]::uuid[]", b.revenue), "array[1, -1]"),
		"no amount":            post(both, "array[1, null]"),
		"accounts out of turn": post(fmt.Sprintf("array(select unnest(array['%s', '%s']::uuid[]) order by 1 desc)", wallet, b.revenue), "array[1, -1]"),
	} {
		if err == nil {
			t.Errorf("%s was recorded", what)
		}
	}
	owner, err := pgx.Connect(t.Context(), w.URL)
	b.must(err)
	defer func() { _ = owner.Close(context.Background()) }()
	_, err = owner.Exec(t.Context(), "insert into ledger_entries select transaction_id, position + 5, tenant_id, network_id, account_id, currency, amount, null from ledger_entries")
	if code(err) != "BL004" {
		t.Errorf("adding entries that add up to a transaction that is over was answered %v", err)
	}
	if n := worldtest.OwnerValue[int](w, "select count(*) from ledger_entries"); n != 2 || b.balance(wallet) != 1000 {
		t.Errorf("there are %d entries, and the wallet has %d", n, b.balance(wallet))
	}
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
