package drivers_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/evdriver"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// desk is staff at work with drivers.
type desk struct {
	t   *testing.T
	w   *worldtest.World
	ctx context.Context
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	w := worldtest.New(t)
	return &desk{t, w, w.A.As(tenancy.Finance)}
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// driver makes a driver in the main network.
func (d *desk) driver(email string) *ent.EVDriver {
	d.t.Helper()
	made, err := d.w.Drivers.Create(d.ctx, drivers.Spec{Name: "Somebody", Email: email, Network: d.w.A.Main})
	d.must(err)
	return made
}

func (d *desk) wallet(of *ent.EVDriver) *ent.Wallet {
	d.t.Helper()
	w, err := of.QueryWallet().Only(d.ctx)
	d.must(err)
	return w
}

func (d *desk) tag(of *ent.EVDriver) string {
	return worldtest.OwnerValue[string](d.w, "select id_tag from tokens where driver_id = $1", of.ID)
}

func (d *desk) adjust(w *ent.Wallet, key, amount, reason string) error {
	_, err := d.w.Drivers.Adjust(d.ctx, drivers.Adjustment{Wallet: w.ID, Key: key, Reason: reason, Amount: drivers.Amount{Value: amount, Currency: "EUR"}})
	return err
}

func (d *desk) funds(w *ent.Wallet) drivers.Funds {
	d.t.Helper()
	found, err := d.w.Drivers.Funds(d.ctx, w.ID)
	d.must(err)
	return found[w.ID]
}

func (d *desk) refused(what string, err error, code fault.Code, field string) {
	d.t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code || f.Field != field {
		d.t.Errorf("%s was answered %v, want %s of %q", what, err, code, field)
	}
}

// A driver comes with a wallet in the network's currency and a token that a station of any version takes.
func TestCreate_ComesWithWalletAndToken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	driver := d.driver(" Some.Body@Demo.example ")
	if driver.Email != "some.body@demo.example" || driver.Language != "en" || driver.Status != evdriver.StatusActive {
		t.Errorf("the driver is %+v", driver)
	}
	if w := d.wallet(driver); w.Currency != "EUR" || w.NetworkID != d.w.A.Main || d.funds(w) != (drivers.Funds{}) {
		t.Errorf("the wallet is %+v with %+v", w, d.funds(w))
	}
	tag := d.tag(driver)
	if len(tag) != 20 || strings.ToUpper(tag) != tag || strings.ContainsAny(tag, "0189") {
		t.Errorf("the virtual token is %q", tag)
	}
	if again := d.tag(d.driver("other@demo.example")); again == tag {
		t.Error("two drivers have one token")
	}
	if got := worldtest.OwnerValue[int](d.w, "select count(*) from audit_events where action = 'driver.create' and subject_id = $1", driver.ID.String()); got != 1 {
		t.Errorf("making the driver is noted %d times", got)
	}
	// Who reaches one network needn't name it.
	sub := d.w.A.In(d.w.A.Sub, tenancy.Operator)
	made, err := d.w.Drivers.Create(sub, drivers.Spec{Name: "Theirs"})
	d.must(err)
	if made.NetworkID != d.w.A.Sub {
		t.Errorf("the driver is made in %s", made.NetworkID)
	}
	_, err = d.w.Drivers.Create(d.ctx, drivers.Spec{Name: "Whose"})
	d.refused("a driver of no network", err, fault.Invalid, "networkId")
}

// What can't be is refused with its field.
func TestCreate_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for what, c := range map[string]struct {
		spec  drivers.Spec
		field string
	}{
		"no name":             {drivers.Spec{Name: " "}, "name"},
		"a long name":         {drivers.Spec{Name: strings.Repeat("x", 201)}, "name"},
		"a name of two lines": {drivers.Spec{Name: "a\nb"}, "name"},
		"no address":          {drivers.Spec{Name: "a", Email: "nobody"}, "email"},
		"two addresses":       {drivers.Spec{Name: "a", Email: "a@b.example,c@d.example"}, "email"},
		"no phone":            {drivers.Spec{Name: "a", Phone: "call me"}, "phone"},
		"no language":         {drivers.Spec{Name: "a", Language: "xx"}, "language"},
		"a long note":         {drivers.Spec{Name: "a", Note: strings.Repeat("x", 2001)}, "note"},
	} {
		c.spec.Network = d.w.A.Main
		_, err := d.w.Drivers.Create(d.ctx, c.spec)
		d.refused(what, err, fault.Invalid, c.field)
	}
	_, err := d.w.Drivers.Create(d.w.A.As(tenancy.Reader), drivers.Spec{Name: "a", Network: d.w.A.Main})
	d.refused("a reader's driver", err, fault.Forbidden, "")
	if got := worldtest.OwnerValue[int](d.w, "select count(*) from wallets"); got != 0 {
		t.Errorf("%d wallets were made all the same", got)
	}
}

// An address is taken within its network only, so that nobody learns who charges elsewhere.
func TestSec081_AddressesAreTakenPerNetwork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.driver("somebody@demo.example")
	_, err := d.w.Drivers.Create(d.ctx, drivers.Spec{Name: "Other", Email: "SOMEBODY@demo.example", Network: d.w.A.Main})
	d.refused("a taken address", err, fault.Conflict, "email")
	for what, ctx := range map[string]context.Context{"another network": d.w.A.In(d.w.A.Sub, tenancy.Admin), "another tenant": d.w.B.In(d.w.B.Main, tenancy.Admin)} {
		if _, err := d.w.Drivers.Create(ctx, drivers.Spec{Name: "Other", Email: "somebody@demo.example"}); err != nil {
			t.Errorf("the address of a driver of %s was answered %v", what, err)
		}
	}
	other := d.driver("other@demo.example")
	taken := "somebody@demo.example"
	_, err = d.w.Drivers.Update(d.ctx, other.ID, drivers.Change{Email: &taken})
	d.refused("a change to a taken address", err, fault.Conflict, "email")
}

// Drivers and wallets of others look like ones that don't exist.
func TestSec053_ForeignDriversAreNotThere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	driver := d.driver("somebody@demo.example")
	purse := d.wallet(driver)
	note := strings.Repeat("x", 9999) // would be refused, but for one who may see that
	for what, ctx := range map[string]context.Context{"another tenant": d.w.B.As(tenancy.Owner), "another network": d.w.A.In(d.w.A.Sub, tenancy.Owner)} {
		_, err := d.w.Drivers.Update(ctx, driver.ID, drivers.Change{Note: &note})
		d.refused("a change by "+what, err, fault.NotFound, "")
		_, err = d.w.Drivers.Adjust(ctx, drivers.Adjustment{Wallet: purse.ID})
		d.refused("an adjustment by "+what, err, fault.NotFound, "")
		_, err = d.w.Drivers.UpdateWallet(ctx, purse.ID, drivers.WalletChange{CreditLimit: &drivers.Amount{Value: "x"}})
		d.refused("a credit limit by "+what, err, fault.NotFound, "")
		_, err = d.w.Drivers.Create(ctx, drivers.Spec{Network: d.w.A.Main})
		d.refused("a driver made by "+what, err, fault.NotFound, "")
		_, err = d.w.Charging.CreateToken(ctx, charging.TokenSpec{Driver: driver.ID})
		d.refused("a token made by "+what, err, fault.NotFound, "")
		found, err := d.w.Drivers.Funds(ctx, purse.ID)
		if err != nil || len(found) != 0 {
			t.Errorf("%s sees funds %v %v", what, found, err)
		}
		lines, _, err := d.w.Drivers.Entries(ctx, drivers.Filter{Wallet: purse.ID}, nil, 10)
		if err != nil || len(lines) != 0 {
			t.Errorf("%s sees lines %v %v", what, lines, err)
		}
	}
}

// Gifts come from promotions, takings go to write-offs, and neither goes below what the wallet may have.
func TestAdjust_GivesAndTakes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	purse := d.wallet(d.driver("a@demo.example"))
	d.must(d.adjust(purse, "1", "25.00", "Welcome"))
	d.must(d.adjust(purse, "2", "-10.00", "Given twice"))
	if got := d.funds(purse); got != (drivers.Funds{Balance: 1500, Available: 1500}) {
		t.Errorf("the wallet has %+v", got)
	}
	if err := d.adjust(purse, "3", "-15.01", "Too much"); fault.Of(err) != ledger.ErrInsufficient {
		t.Errorf("taking more than there is was answered %v", err)
	}
	limit := drivers.Amount{Value: "5", Currency: "EUR"}
	changed, err := d.w.Drivers.UpdateWallet(d.ctx, purse.ID, drivers.WalletChange{CreditLimit: &limit})
	d.must(err)
	if got := d.funds(purse); changed.CreditLimit != 500 || got != (drivers.Funds{Balance: 1500, Available: 2000}) {
		t.Errorf("with credit of %d the wallet has %+v", changed.CreditLimit, got)
	}
	d.must(d.adjust(purse, "4", "-20", "On credit"))
	if got := d.funds(purse); got != (drivers.Funds{Balance: -500}) {
		t.Errorf("the wallet has %+v", got)
	}
	got := worldtest.OwnerValue[string](d.w, `select string_agg(kind || ' ' || total, ', ' order by kind) from (
		select a.kind, sum(e.amount) as total from ledger_entries e join ledger_accounts a on a.id = e.account_id group by a.kind) t`)
	if got != "PROMOTION -2500, WALLET -500, WRITE_OFF 3000" {
		t.Errorf("the books show %s", got)
	}
	for what, c := range map[string]struct{ amount, currency, reason, key, field string }{
		"nothing":           {"0", "EUR", "r", "k", "amount"},
		"too much":          {"10000000000.01", "EUR", "r", "k", "amount.amount"},
		"overflow":          {"99999999999999999999", "EUR", "r", "k", "amount.amount"},
		"a third decimal":   {"1.001", "EUR", "r", "k", "amount.amount"},
		"another currency":  {"1", "INR", "r", "k", "amount.currency"},
		"no reason":         {"1", "EUR", " ", "k", "reason"},
		"no key":            {"1", "EUR", "r", "", "idempotencyKey"},
		"a very long key":   {"1", "EUR", "r", strings.Repeat("k", 101), "idempotencyKey"},
		"a key of no signs": {"1", "EUR", "r", "\x00", "idempotencyKey"},
	} {
		_, err := d.w.Drivers.Adjust(d.ctx, drivers.Adjustment{Wallet: purse.ID, Key: c.key, Reason: c.reason, Amount: drivers.Amount{Value: c.amount, Currency: c.currency}})
		d.refused(what, err, fault.Invalid, c.field)
	}
	_, err = d.w.Drivers.UpdateWallet(d.ctx, purse.ID, drivers.WalletChange{CreditLimit: &drivers.Amount{Value: "-1", Currency: "EUR"}})
	d.refused("a negative credit", err, fault.Invalid, "creditLimit.amount")
	_, err = d.w.Drivers.Adjust(d.w.A.As(tenancy.Operator), drivers.Adjustment{Wallet: purse.ID})
	d.refused("an operator's gift", err, fault.Forbidden, "")
}

// A gift that is asked for a thousand times at once is given once, and noted once.
func TestSec093_OneGiftOfAThousand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	purse := d.wallet(d.driver("a@demo.example"))
	var all sync.WaitGroup
	slots := make(chan struct{}, 50)
	for range 1000 {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := d.adjust(purse, "spring", "10.00", "Spring gift"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := d.funds(purse).Balance; got != 1000 {
		t.Errorf("the wallet has %d", got)
	}
	if got := worldtest.OwnerValue[int](d.w, "select count(*) from audit_events where action = 'wallet.adjust'"); got != 1 {
		t.Errorf("the gift is noted %d times", got)
	}
}

// A key belongs to what it was first used for; in other networks it is free.
func TestSec095_KeyOfAnotherAdjustment(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	purse, other := d.wallet(d.driver("a@demo.example")), d.wallet(d.driver("b@demo.example"))
	d.must(d.adjust(purse, "k", "10.00", "Gift"))
	d.refused("another amount", d.adjust(purse, "k", "11.00", "Gift"), fault.Conflict, "idempotencyKey")
	d.refused("another sign", d.adjust(purse, "k", "-10.00", "Gift"), fault.Conflict, "idempotencyKey")
	d.refused("another reason", d.adjust(purse, "k", "10.00", "Gifts"), fault.Conflict, "idempotencyKey")
	d.refused("another wallet", d.adjust(other, "k", "10.00", "Gift"), fault.Conflict, "idempotencyKey")
	if a, b := d.funds(purse).Balance, d.funds(other).Balance; a != 1000 || b != 0 {
		t.Errorf("the wallets have %d and %d", a, b)
	}
	d.ctx = d.w.A.In(d.w.A.Sub, tenancy.Finance)
	theirs, err := d.w.Drivers.Create(d.ctx, drivers.Spec{Name: "Theirs"})
	d.must(err)
	d.must(d.adjust(d.wallet(theirs), "k", "10.00", "Gift"))
}

// Whoever follows a wallet learns of each posting, with the network that says who may.
func TestAdjust_IsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	purse := d.wallet(d.driver("a@demo.example"))
	followed, err := d.w.Bus.Subscribe(drivers.WalletEvents(d.w.A.ID, purse.ID).Exact(), 8)
	d.must(err)
	defer followed.Close()
	d.must(d.adjust(purse, "1", "5", "Gift"))
	d.must(d.adjust(purse, "1", "5", "Gift")) // nothing happens
	_, err = d.w.Drivers.UpdateWallet(d.ctx, purse.ID, drivers.WalletChange{CreditLimit: &drivers.Amount{Value: "5", Currency: "EUR"}})
	d.must(err)
	for i := range 2 {
		e, err := charging.ParseEvent((<-followed.C).Payload)
		if err != nil || e.Object != purse.ID || e.Network != d.w.A.Main || e.At.IsZero() {
			t.Errorf("event %d is %+v %v", i, e, err)
		}
	}
	select {
	case e := <-followed.C:
		t.Errorf("one event too many: %s", e.Payload)
	default:
	}
}

// A statement goes on where the page before ended.
func TestEntries_PageByPage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	purse := d.wallet(d.driver("a@demo.example"))
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		d.must(d.adjust(purse, key, key, "Gift "+key))
	}
	statement := drivers.Filter{Wallet: purse.ID, Kind: ledger.Wallet}
	var seen []string
	var after *drivers.Place
	for more := true; more; {
		var page []drivers.Entry
		var err error
		page, more, err = d.w.Drivers.Entries(d.ctx, statement, after, 2)
		d.must(err)
		for _, e := range page {
			seen = append(seen, e.Memo)
		}
		last := page[len(page)-1].Place()
		after = &last
	}
	if got := strings.Join(seen, ", "); got != "Gift 5, Gift 4, Gift 3, Gift 2, Gift 1" {
		t.Errorf("the statement shows %s", got)
	}
	page, _, err := d.w.Drivers.Entries(d.ctx, statement, nil, 1)
	d.must(err)
	if e := page[0]; e.Amount != 500 || *e.BalanceAfter != 1500 || e.Kind != "ADJUSTMENT" || e.Actor != "FINANCE" || e.Session() != nil || e.Payment() != nil {
		t.Errorf("the newest line is %+v", e)
	}
	for filter, want := range map[drivers.Filter]int{statement: 5, {}: 10, {Kind: ledger.Promotion}: 5, {Wallet: uuid.New()}: 0} {
		n, err := d.w.Drivers.Count(d.ctx, filter)
		page, _, err2 := d.w.Drivers.Entries(d.ctx, filter, nil, 100)
		if err != nil || err2 != nil || n != want || len(page) != want {
			t.Errorf("%+v has %d entries and shows %d (%v, %v), want %d", filter, n, len(page), err, err2, want)
		}
	}
}
