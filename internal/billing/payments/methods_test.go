package payments_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// saved is a way to pay that the driver left.
func (i *till) saved() (method *ent.PaymentMethod, card string) {
	i.t.Helper()
	setup, err := i.w.Payments.StartSetup(i.ctx, i.driver.ID)
	i.must(err)
	sent := len(i.there.Events())
	page := worldtest.OwnerValue[string](i.w, "select setup_ref from payment_methods where id = $1", setup.Method.ID)
	card, err = i.there.Pay(page, providertest.Paying{})
	i.must(err)
	i.send(i.there.Events()[sent:]...)
	i.work()
	method, err = i.w.DB.Ent().PaymentMethod.Get(i.ctx, setup.Method.ID)
	i.must(err)
	return method, card
}

func (i *till) line(below, amount string, method uuid.UUID) error {
	_, err := i.w.Payments.SetLine(i.ctx, payments.Line{Wallet: i.wallet.ID, Below: eur(below), Amount: eur(amount), Method: method})
	return err
}

// automatic does what upkeep and its jobs do.
func (i *till) automatic() {
	i.t.Helper()
	low, err := i.w.Payments.Low(i.system)
	i.must(err)
	for _, id := range low {
		i.must(i.w.Payments.TopUpByItself(i.system, id))
	}
}

func (i *till) count(where string) int {
	return worldtest.OwnerValue[int](i.w, "select count(*) from payments where "+where)
}

// A driver leaves a card on the provider's page; the wallet is topped up from it whenever it falls below its line, once at a time.
func TestAutoTopUp_LiftsTheWalletAboveItsLine(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	method, _ := i.saved()
	if method.Status != "ACTIVE" || method.Label != "Visa •••• 4242" || !strings.HasPrefix(method.Expires, "12/") {
		t.Fatalf("the way to pay is %+v", method)
	}
	i.must(i.line("5.00", "20.00", method.ID))
	i.work() // setting the line looks at once
	if i.balance() != 2000 {
		t.Errorf("the wallet has %d", i.balance())
	}
	i.automatic()
	i.spend("16.00")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if err := i.w.Payments.TopUpByItself(i.system, i.wallet.ID); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if i.balance() != 2400 || i.count("purpose = 'AUTO_TOP_UP' and status = 'CAPTURED'") != 2 {
		t.Errorf("the wallet has %d after %d top-ups", i.balance(), i.count("purpose = 'AUTO_TOP_UP'"))
	}
	i.sound()
}

// A decline is told of and ends automatic top-ups, until somebody sets the line again.
func TestAutoTopUp_DeclinedEndsIt(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"insufficient_funds", "authentication_required"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			i := newTill(t, payment.Stripe)
			method, card := i.saved()
			i.must(i.there.DeclineMethod(card, code))
			i.must(i.line("5.00", "20.00", method.ID))
			i.work()
			for range 3 {
				i.automatic()
			}
			if i.issues() != "AUTO_TOP_UP_FAILED" || i.balance() != 0 || i.count("status = 'FAILED' and settled_at is not null and not uncertain") != 1 || i.count("true") != 1 {
				t.Errorf("issues %s, %d in the wallet, %d payments", i.issues(), i.balance(), i.count("true"))
			}
			wallet, err := i.w.DB.Ent().Wallet.Get(i.ctx, i.wallet.ID)
			i.must(err)
			if wallet.AutoTopUpBelow != nil {
				t.Error("it goes on")
			}
			i.must(i.there.DeclineMethod(card, ""))
			i.w.Owner("update payments set created_at = created_at - interval '2 hours'")
			i.must(i.line("5.00", "20.00", method.ID))
			i.work()
			if i.issues() != "" || i.balance() != 2000 {
				t.Errorf("issues %q, %d in the wallet", i.issues(), i.balance())
			}
		})
	}
}

// The provider's answer is lost: the charge is found before it is made again, and taken once.
func TestSec096_ALostChargeIsLookedUp(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	method, _ := i.saved()
	i.must(i.line("5.00", "20.00", method.ID))
	i.there.Fail(providertest.Lost("POST /v1/payment_intents", 3))
	i.work()
	if i.count("uncertain and status = 'PENDING'") != 1 || i.balance() != 0 {
		t.Fatalf("%d in the wallet", i.balance())
	}
	i.automatic() // one is under way
	i.there.Clear()
	i.there.Forget()
	i.w.Owner("update payments set created_at = created_at - interval '2 minutes'")
	i.due()
	i.work()
	id := worldtest.OwnerValue[uuid.UUID](i.w, "select id from payments")
	if i.balance() != 2000 || i.there.Payments(id.String()) != 1 || i.count("true") != 1 {
		t.Errorf("%d in the wallet, taken %d times, %d payments", i.balance(), i.there.Payments(id.String()), i.count("true"))
	}
	i.sound()
}

// What can't be a line is refused with its field; ways to pay of others aren't there.
func TestSetLine_Refuses(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	method, _ := i.saved()
	i.refused("a line above the amount", i.line("21.00", "20.00", method.ID), fault.Invalid, "below.amount")
	i.refused("a negative line", i.line("-1.00", "20.00", method.ID), fault.Invalid, "below.amount")
	i.refused("nothing to top up with", i.line("0", "0", method.ID), fault.Invalid, "amount.amount")
	i.refused("a way to pay that isn't there", i.line("5.00", "20.00", uuid.New()), fault.NotFound, "")
	other, err := i.w.Drivers.Create(i.ctx, drivers.Spec{Name: "Other", Network: i.w.A.Main})
	i.must(err)
	setup, err := i.w.Payments.StartSetup(i.ctx, other.ID)
	i.must(err)
	i.refused("another driver's way to pay", i.line("5.00", "20.00", setup.Method.ID), fault.NotFound, "")
	_, err = i.w.Payments.SetLine(i.w.B.As(tenancy.Owner), payments.Line{Wallet: i.wallet.ID, Off: true})
	i.refused("another tenant's line", err, fault.NotFound, "")
	_, err = i.w.Payments.StartSetup(i.w.B.As(tenancy.Owner), i.driver.ID)
	i.refused("another tenant's driver", err, fault.NotFound, "")
	_, err = i.w.Payments.RemoveMethod(i.w.B.As(tenancy.Owner), method.ID)
	i.refused("another tenant's way to pay", err, fault.NotFound, "")
}

// A way to pay that is removed isn't taken from any more, and the provider forgets it.
func TestRemoveMethod_EndsWhatWasTakenFromIt(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	method, card := i.saved()
	i.must(i.line("5.00", "20.00", method.ID))
	i.work()
	i.spend("16.00")
	removed, err := i.w.Payments.RemoveMethod(i.ctx, method.ID)
	i.must(err)
	if removed.Status != "REMOVED" {
		t.Errorf("it is %s", removed.Status)
	}
	i.work()
	i.automatic()
	if i.balance() != 400 || len(i.there.Calls("POST /v1/payment_methods/"+card+"/detach")) != 1 {
		t.Errorf("%d in the wallet; it was forgotten %d times", i.balance(), len(i.there.Calls("POST /v1/payment_methods/"+card+"/detach")))
	}
}

// A driver pays into the own wallet, leaves and removes ways to pay, and reaches nothing of others.
func TestSec099_DriversPayForThemselvesAlone(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	other, err := i.w.Drivers.Create(i.ctx, drivers.Spec{Name: "Other", Network: i.w.A.Main})
	i.must(err)
	mine := tenancy.NewContext(i.t.Context(), tenancy.Driver(i.w.A.ID, i.w.A.Main, i.driver.ID, "Somebody"))
	theirs := tenancy.NewContext(i.t.Context(), tenancy.Driver(i.w.A.ID, i.w.A.Main, other.ID, "Other"))
	started, err := i.w.Payments.StartTopUp(mine, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00")})
	i.must(err)
	if started.CheckoutURL == "" || started.Payment.AskedBy != "driver Somebody" {
		t.Errorf("it began as %+v %+v", started, started.Payment)
	}
	method, _ := i.saved()
	_, err = i.w.Payments.SetLine(mine, payments.Line{Wallet: i.wallet.ID, Below: eur("5.00"), Amount: eur("20.00"), Method: method.ID})
	i.must(err)
	_, err = i.w.Payments.StartTopUp(theirs, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00")})
	i.refused("another driver's top-up", err, fault.NotFound, "")
	_, err = i.w.Payments.SetLine(theirs, payments.Line{Wallet: i.wallet.ID, Off: true})
	i.refused("another driver's line", err, fault.NotFound, "")
	_, err = i.w.Payments.StartSetup(theirs, i.driver.ID)
	i.refused("another driver's way to pay", err, fault.NotFound, "")
	_, err = i.w.Payments.RemoveMethod(theirs, method.ID)
	i.refused("removing another driver's way to pay", err, fault.NotFound, "")
	_, err = i.w.Payments.Refund(mine, payments.Refund{Payment: started.Payment.ID, Amount: eur("1.00"), Reason: "x", Key: "k"})
	if err == nil {
		t.Error("a driver refunds")
	}
	_, err = i.w.Payments.RemoveMethod(mine, method.ID)
	i.must(err)
}
