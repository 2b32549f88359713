package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// books are the accounts of a tenant, as tests use them.
type books struct {
	t                      testing.TB
	w                      *worldtest.World
	ctx                    context.Context
	tenant                 uuid.UUID
	revenue, tax, provider uuid.UUID
}

func newBooks(t testing.TB, w *worldtest.World, tenant worldtest.Tenant) *books {
	t.Helper()
	b := &books{t: t, w: w, tenant: tenant.ID, ctx: tenancy.NewContext(context.Background(), tenancy.Maintenance(tenant.ID))}
	b.revenue = b.open(ledger.AccountSpec{Kind: ledger.Revenue, Currency: "EUR"})
	b.tax = b.open(ledger.AccountSpec{Kind: ledger.Tax, Currency: "EUR"})
	b.provider = b.open(ledger.AccountSpec{Kind: ledger.Clearing, Currency: "EUR"})
	return b
}

func (b *books) open(spec ledger.AccountSpec) (id uuid.UUID) {
	b.t.Helper()
	b.must(b.w.DB.InTx(b.ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = ledger.Open(ctx, tx, spec)
		return err
	}))
	return id
}

// wallet opens a wallet with a floor.
func (b *books) wallet(floor int64) uuid.UUID {
	b.t.Helper()
	return b.open(ledger.AccountSpec{Kind: ledger.Wallet, Currency: "EUR", Owner: uuid.New(), Floor: &floor})
}

func (b *books) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *books) post(kind, key string, entries ...ledger.Entry) (posted ledger.Posted, err error) {
	err = b.w.DB.InTx(b.ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		posted, err = ledger.Post(ctx, tx, ledger.Posting{Kind: kind, Key: key, Entries: entries})
		return err
	})
	if err != nil {
		err = ledger.Explain(err)
	}
	return posted, err
}

func (b *books) topUp(wallet uuid.UUID, amount int64) {
	b.t.Helper()
	_, err := b.post("TOP_UP", uuid.NewString(), ledger.Entry{Account: wallet, Amount: amount}, ledger.Entry{Account: b.provider, Amount: -amount})
	b.must(err)
}

func (b *books) charge(wallet uuid.UUID, key string, net, tax int64) error {
	_, err := b.post("CHARGE", key, ledger.Entry{Account: wallet, Amount: -net - tax}, ledger.Entry{Account: b.revenue, Amount: net}, ledger.Entry{Account: b.tax, Amount: tax})
	return err
}

func (b *books) balance(account uuid.UUID) int64 {
	b.t.Helper()
	n, err := ledger.Balance(b.ctx, b.w.DB, account)
	b.must(err)
	return n
}

func (b *books) verify() ledger.Report {
	b.t.Helper()
	r, err := ledger.Verify(b.ctx, b.w.DB)
	b.must(err)
	return r
}

// seal seals everything. What other databases of the server are doing can hold a transaction back for a moment.
func (b *books) seal() {
	b.t.Helper()
	b.w.Eventually("everything is sealed", func() bool {
		_, err := ledger.Seal(b.ctx, b.w.DB)
		b.must(err)
		return worldtest.OwnerValue[int](b.w, `select count(*) from ledger_transactions t
			where tenant_id = $1 and not exists (select from ledger_links l where l.transaction_id = t.id)`, b.tenant) == 0
	})
}

// A transaction happens once, moves what it says, and its accounts say so afterwards.
func TestPost_HappensOnce(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	b := newBooks(t, w, w.A)
	wallet := b.wallet(0)
	b.topUp(wallet, 10000)
	for range 3 {
		b.must(b.charge(wallet, "charge-1", 8500, 1400))
	}
	if got := []int64{b.balance(wallet), b.balance(b.revenue), b.balance(b.tax), b.balance(b.provider)}; fmt.Sprint(got) != "[100 8500 1400 -10000]" {
		t.Errorf("the balances are %v", got)
	}
	if err := b.charge(wallet, "charge-1", 1, 1); !errors.Is(err, ledger.ErrOtherPosting) {
		t.Errorf("another charge with the same key was answered %v", err)
	}
	lines, err := ledger.Statement(b.ctx, w.DB, wallet, uuid.Nil, 10)
	b.must(err)
	if len(lines) != 2 || lines[0].Kind != "CHARGE" || lines[0].Amount != -9900 || *lines[0].BalanceAfter != 100 || *lines[1].BalanceAfter != 10000 {
		t.Errorf("the statement is %+v", lines)
	}
	older, err := ledger.Statement(b.ctx, w.DB, wallet, lines[0].Transaction, 10)
	b.must(err)
	if len(older) != 1 || older[0].Kind != "TOP_UP" {
		t.Errorf("below the newest line the statement is %+v", older)
	}
	if again := b.open(ledger.AccountSpec{Kind: ledger.Tax, Currency: "EUR"}); again != b.tax {
		t.Error("one account was opened twice")
	}
}

// A floor is a floor, and can be a credit limit. One that is raised above a balance lets nothing more go, and takes what comes.
func TestPost_KeepsToTheFloor(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	b := newBooks(t, w, w.A)
	wallet := b.wallet(-500)
	b.must(b.charge(wallet, "a", 400, 100))
	for _, floor := range []int64{-500, 0} {
		b.must(w.DB.InTx(b.ctx, func(ctx context.Context, tx *db.Tx) error { return ledger.SetFloor(ctx, tx, wallet, floor) }))
		if err := b.charge(wallet, "b", 1, 1); !errors.Is(err, ledger.ErrInsufficient) {
			t.Errorf("below the floor %d a charge was answered %v", floor, err)
		}
	}
	b.topUp(wallet, 100)
	if got := b.balance(wallet); got != -400 {
		t.Errorf("the balance is %d", got)
	}
	err := w.DB.InTx(b.ctx, func(ctx context.Context, tx *db.Tx) error { return ledger.SetFloor(ctx, tx, b.revenue, 0) })
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("a floor for an account without a balance was answered %v", err)
	}
}

// Postgres itself refuses what would make the books wrong, whoever asks.
func TestSec098_BooksRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	b := newBooks(t, w, w.A)
	wallet := b.wallet(0)
	b.topUp(wallet, 1000)
	dollars := b.open(ledger.AccountSpec{Kind: ledger.Revenue, Currency: "USD"})
	for what, entries := range map[string][]ledger.Entry{
		"not zero":        {{Account: wallet, Amount: -10}, {Account: b.revenue, Amount: 9}},
		"two currencies":  {{Account: wallet, Amount: -10}, {Account: dollars, Amount: 10}},
		"a lone entry":    {{Account: wallet, Amount: 10}},
		"nothing at all":  nil,
		"nothing, twice":  {{Account: wallet, Amount: 0}, {Account: b.revenue, Amount: 0}},
		"unknown account": {{Account: wallet, Amount: -10}, {Account: uuid.New(), Amount: 10}},
		"an overflow":     {{Account: wallet, Amount: 1<<63 - 1}, {Account: b.revenue, Amount: -(1<<63 - 1)}},
	} {
		if _, err := b.post("CHARGE", uuid.NewString(), entries...); err == nil {
			t.Errorf("%s was recorded", what)
		}
	}
	owner, err := pgx.Connect(t.Context(), w.URL)
	b.must(err)
	defer func() { _ = owner.Close(context.Background()) }()
	for _, sql := range []string{
		"update ledger_entries set amount = amount * 2", "delete from ledger_entries", "truncate ledger_entries", "update ledger_transactions set kind = 'X'",
		"delete from ledger_transactions", "truncate ledger_transactions cascade", "update ledger_accounts set currency = 'USD'", "delete from ledger_accounts",
		"delete from ledger_links", "update ledger_links set position = position + 1",
		"insert into ledger_entries select transaction_id, 9, tenant_id, network_id, account_id, currency, 5, null from ledger_entries limit 1",
	} {
		if _, err := owner.Exec(t.Context(), sql); err == nil {
			t.Errorf("the owner of the database could %s", sql)
		}
	}
	for _, sql := range []string{"update ledger_entries set amount = 1", "delete from ledger_transactions", "update ledger_balances set account_id = account_id", "delete from ledger_balances"} {
		if _, err := w.DB.Exec(b.ctx, sql); err == nil {
			t.Errorf("the application could %s", sql)
		}
	}
	b.seal()
	if got := b.balance(wallet); got != 1000 || len(b.verify().Findings) != 0 {
		t.Errorf("afterwards the wallet has %d and the books show %+v", got, b.verify().Findings)
	}
}

// Of a thousand that want the last of a wallet at once, one gets it.
func TestSec090_OneOfAThousandGetsTheLast(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	b := newBooks(t, w, w.A)
	wallet := b.wallet(0)
	b.topUp(wallet, 1199)
	var got, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			switch err := b.charge(wallet, fmt.Sprint("charge-", i), 1000, 190); {
			case err == nil:
				got.Add(1)
			case errors.Is(err, ledger.ErrInsufficient):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 || refused.Load() != 999 || b.balance(wallet) != 9 {
		t.Errorf("%d got it, %d were refused, and the wallet has %d", got.Load(), refused.Load(), b.balance(wallet))
	}
}

// Whatever happens, and however much of it at once, everything adds up, and the chain is whole.
func TestBooks_AddUpWhateverHappens(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	b := newBooks(t, w, w.A)
	wallets := make([]uuid.UUID, 5)
	for i := range wallets {
		wallets[i] = b.wallet(-int64(i) * 1000)
	}
	var all sync.WaitGroup
	for seed := range uint64(8) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for i := range 60 {
				from, to, amount := wallets[r.IntN(len(wallets))], wallets[r.IntN(len(wallets))], 1+r.Int64N(2000)
				key := fmt.Sprint(seed, "-", r.IntN(40), "-", i%2)
				var err error
				switch r.IntN(5) {
				case 0:
					_, err = b.post("TOP_UP", "t"+key, ledger.Entry{Account: to, Amount: amount}, ledger.Entry{Account: b.provider, Amount: -amount})
				case 1, 2:
					err = b.charge(from, "c"+key, amount, 1+amount/5)
				case 3:
					_, err = b.post("MOVE", "m"+key, ledger.Entry{Account: from, Amount: -amount}, ledger.Entry{Account: to, Amount: amount})
				case 4:
					_, err = ledger.Seal(b.ctx, w.DB)
				}
				if err != nil && !errors.Is(err, ledger.ErrInsufficient) && !errors.Is(err, ledger.ErrOtherPosting) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.seal()
	r := b.verify()
	n := worldtest.OwnerValue[int64](w, "select count(*) from ledger_transactions")
	if len(r.Findings) != 0 || r.Sealed != n || n < 20 {
		t.Errorf("%d of %d transactions are sealed; found %+v", r.Sealed, n, r.Findings)
	}
	if total := worldtest.OwnerValue[int64](w, "select coalesce(sum(amount), 0)::bigint from ledger_entries"); total != 0 {
		t.Errorf("all entries add up to %d", total)
	}
	for i, wallet := range wallets {
		if got := b.balance(wallet); got < -int64(i)*1000 {
			t.Errorf("wallet %d has %d", i, got)
		}
	}
}

// Whoever changes the books behind Postgres's back is found out.
func TestVerify_FindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ sql, finding string }{
		"an amount":              {"update ledger_entries set amount = amount * 2 where transaction_id = $1", "isn't what was sealed"},
		"a memo":                 {"update ledger_transactions set memo = 'x' where id = $1", "isn't what was sealed"},
		"a transaction gone":     {"with l as (delete from ledger_links where transaction_id = $1), e as (delete from ledger_entries where transaction_id = $1) delete from ledger_transactions where id = $1", "are missing"},
		"a balance":              {"update ledger_balances set balance = balance + 1 where $1 <> ''", "another balance"},
		"one that wasn't sealed": {"with l as (delete from ledger_links where position = 3) update ledger_transactions set recorded_at = now() - interval '1 day' where id = $1 or id = (select transaction_id from ledger_links where position = 3)", "never sealed"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := worldtest.New(t)
			b := newBooks(t, w, w.A)
			wallet := b.wallet(0)
			for range 3 {
				b.topUp(wallet, 100)
			}
			b.seal()
			if r := b.verify(); r.Sealed != 3 || len(r.Findings) != 0 {
				t.Fatalf("before anything was changed the books show %+v", r)
			}
			second := worldtest.OwnerValue[uuid.UUID](w, "select transaction_id from ledger_links where position = 2")
			owner, err := pgx.Connect(t.Context(), w.URL)
			b.must(err)
			defer func() { _ = owner.Close(context.Background()) }()
			_, err = owner.Exec(t.Context(), "set session_replication_role = replica")
			b.must(err)
			_, err = owner.Exec(t.Context(), c.sql, second.String())
			b.must(err)
			r := b.verify()
			found := false
			for _, f := range r.Findings {
				found = found || strings.Contains(f.What, c.finding)
			}
			if !found {
				t.Errorf("the books show %+v, not one that has %q", r.Findings, c.finding)
			}
		})
	}
}

// The books of a tenant are its own, and a network's its network's.
func TestSec053_BooksAreTheTenantsOwn(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	a, b := newBooks(t, w, w.A), newBooks(t, w, w.B)
	wallet := a.wallet(0)
	a.topUp(wallet, 1000)
	sub := &books{t: t, w: w, ctx: w.A.In(w.A.Sub, tenancy.Owner)}
	for who, other := range map[string]*books{"another tenant": b, "another network": sub} {
		if _, err := ledger.Balance(other.ctx, w.DB, wallet); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s reading a balance was answered %v", who, err)
		}
		if lines, err := ledger.Statement(other.ctx, w.DB, wallet, uuid.Nil, 10); len(lines) != 0 || err != nil {
			t.Errorf("%s read the statement %v, %v", who, lines, err)
		}
		if _, err := other.post("CHARGE", uuid.NewString(), ledger.Entry{Account: wallet, Amount: -10}, ledger.Entry{Account: b.revenue, Amount: 10}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s charging a wallet was answered %v", who, err)
		}
		if err := w.DB.InTx(other.ctx, func(ctx context.Context, tx *db.Tx) error { return ledger.SetFloor(ctx, tx, wallet, -1<<40) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s giving credit was answered %v", who, err)
		}
	}
	if err := w.DB.InTx(sub.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Open(ctx, tx, ledger.AccountSpec{Kind: ledger.Revenue, Currency: "EUR", Network: w.A.Main})
		return err
	}); !fault.Is(err, fault.NotFound) {
		t.Errorf("opening an account in another network was answered %v", err)
	}
	a.seal()
	b.topUp(b.wallet(0), 1)
	b.seal()
	if ra, rb := a.verify(), b.verify(); ra.Sealed != 1 || rb.Sealed != 1 || len(ra.Findings)+len(rb.Findings) != 0 {
		t.Errorf("the books show %+v and %+v", ra, rb)
	}
	if got := a.balance(wallet); got != 1000 {
		t.Errorf("the wallet has %d", got)
	}
}
