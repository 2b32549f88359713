package payments_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// checkout begins a top-up that an app pays.
func (i *till) checkout(value string) *payments.Started {
	i.t.Helper()
	started, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur(value), InApp: true})
	i.must(err)
	return started
}

// handed is what the checkout gives to the app once an order was paid.
func (i *till) handed(p uuid.UUID, charge string) payments.Confirmation {
	i.t.Helper()
	order := i.read(p).Ref
	if i.there.Provider == payment.Stripe {
		return payments.Confirmation{Payment: p, Ref: order}
	}
	return payments.Confirmation{Payment: p, Ref: charge, Signature: i.there.CheckoutSignature(order, charge)}
}

// An app is given what the provider's checkout needs, and the payment is in the wallet as soon as the app confirms it.
func TestCheckout_IsPaidInAnApp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		started := i.checkout("20.00")
		p, c := started.Payment, started.Checkout
		if c == nil || started.CheckoutURL != "" || started.Message != "" || p.Uncertain {
			t.Fatalf("it began as %+v %+v", started, p)
		}
		if c.Ref == "" || c.Ref != i.read(p.ID).Ref || c.Amount != 2000 || c.Currency != "EUR" || string(c.Provider) != string(p.Provider) || c.Name == "" || c.Description == "" {
			t.Errorf("the app is given %+v", c)
		}
		if i.there.Provider == payment.Razorpay && c.Key != i.there.Key || (c.ClientSecret != "") != (i.there.Provider == payment.Stripe) {
			t.Errorf("the app is given %+v", c)
		}
		if kept := worldtest.OwnerValue[int](i.w, "select count(*) from payments p where $1 <> '' and p::text like '%' || $1 || '%'", c.ClientSecret); kept != 0 {
			t.Error("the client secret is stored")
		}
		confirmed, err := i.w.Payments.ConfirmCheckout(i.ctx, i.handed(p.ID, i.pay(p.ID, providertest.Paying{})))
		i.must(err)
		if confirmed.Message != "" || confirmed.Payment.Status != "CAPTURED" || i.balance() != 2000 {
			t.Errorf("confirmed it is %+v, with %d in the wallet", confirmed, i.balance())
		}
		if started.Payment.ID != p.ID || len(i.there.Sales(p.ID.String())) != 1 {
			t.Error("it isn't one order")
		}
		i.sound()
	})
}

// Confirmations before the webhook, after it and many at once, and reconciliation beside them: one credit.
func TestSec086_ConfirmedInAnyOrderCreditsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		want := int64(0)
		for _, order := range []string{"confirm events look", "events confirm look", "look events confirm", "events look confirm confirm"} {
			from := len(i.there.Events())
			id := i.checkout("20.00").Payment.ID
			word := i.handed(id, i.pay(id, providertest.Paying{}))
			events := i.there.Events()[from:]
			for _, what := range strings.Fields(order) {
				switch what {
				case "confirm":
					var all sync.WaitGroup
					for range 5 {
						all.Go(func() {
							if _, err := i.w.Payments.ConfirmCheckout(i.ctx, word); err != nil {
								t.Error(err)
							}
						})
					}
					all.Wait()
				case "events":
					i.send(events...)
					i.work()
				case "look":
					_, err := i.w.Payments.Reconcile(i.ctx, i.account.ID)
					i.must(err)
					i.work()
				}
				if p := i.read(id); p.Status != "CAPTURED" || p.Credited != 2000 {
					t.Errorf("%s of %q leaves %+v", what, order, p)
				}
			}
			if want += 2000; i.balance() != want {
				t.Errorf("after %q the wallet has %d, want %d", order, i.balance(), want)
			}
		}
		i.sound()
	})
}

// The word of an app is believed for its own order alone, and never instead of the provider's: one that isn't signed asks nobody, and one
// that is signed credits nothing that wasn't paid.
func TestSec086_AnAppsWordAloneCreditsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, other := i.checkout("20.00").Payment.ID, i.checkout("5.00").Payment.ID
		paid := i.handed(other, i.pay(other, providertest.Paying{}))
		unpaid := i.handed(id, "pay_never")
		calls := len(i.there.Calls(""))
		for what, c := range map[string]payments.Confirmation{
			"another order's":       {Payment: id, Ref: paid.Ref, Signature: paid.Signature},
			"another payment's id":  {Payment: id, Ref: paid.Ref, Signature: unpaid.Signature},
			"nothing":               {Payment: id},
			"a signature and no id": {Payment: id, Signature: unpaid.Signature},
			"a changed one":         {Payment: id, Ref: unpaid.Ref + "1", Signature: unpaid.Signature},
			"one that is no hex":    {Payment: id, Ref: "pi_x", Signature: "zz"},
		} {
			_, err := i.w.Payments.ConfirmCheckout(i.ctx, c)
			i.refused(what, err, fault.Invalid, "signature")
		}
		if got := len(i.there.Calls("")); got != calls {
			t.Errorf("the provider was asked %d times for words that nobody signed", got-calls)
		}
		confirmed, err := i.w.Payments.ConfirmCheckout(i.ctx, unpaid)
		i.must(err)
		if confirmed.Payment.Status != "PENDING" || i.balance() != 0 {
			t.Errorf("signed and not paid it is %+v, with %d in the wallet", confirmed.Payment, i.balance())
		}
		page := i.start("20.00").Payment.ID
		_, err = i.w.Payments.ConfirmCheckout(i.ctx, i.handed(page, "pay_x"))
		i.refused("a payment on a page", err, fault.Invalid, "paymentId")
	})
}

// A payment of another tenant, another network or another driver isn't there, whatever else is said of it; a reader may not confirm.
func TestSec053_ConfirmationsStayApart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		mine := tenancy.NewContext(t.Context(), tenancy.Driver(i.w.A.ID, i.w.A.Main, i.driver.ID, "Somebody"))
		started, err := i.w.Payments.StartTopUp(mine, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00"), InApp: true})
		i.must(err)
		id := started.Payment.ID
		word := i.handed(id, i.pay(id, providertest.Paying{}))
		another, err := i.w.Drivers.Create(i.ctx, drivers.Spec{Name: "Another", Email: "another@demo.example", Network: i.w.A.Main})
		i.must(err)
		theirs := tenancy.NewContext(t.Context(), tenancy.Driver(i.w.A.ID, i.w.A.Main, another.ID, "Another"))
		_, err = i.w.Payments.ConfirmCheckout(theirs, word)
		i.refused("another driver's word", err, fault.NotFound, "")
		_, err = i.w.Payments.ConfirmCheckout(i.w.B.As(tenancy.Owner), word)
		i.refused("another tenant's word", err, fault.NotFound, "")
		_, err = i.w.Payments.ConfirmCheckout(i.w.B.As(tenancy.Owner), payments.Confirmation{Payment: id})
		i.refused("another tenant's word without a signature", err, fault.NotFound, "")
		_, err = i.w.Payments.ConfirmCheckout(i.w.A.In(i.w.A.Sub, tenancy.Owner), word)
		i.refused("another network's word", err, fault.NotFound, "")
		_, err = i.w.Payments.ConfirmCheckout(i.w.A.As(tenancy.Reader), word)
		i.refused("a reader's word", err, fault.Forbidden, "")
		if i.balance() != 0 {
			t.Fatalf("the wallet has %d", i.balance())
		}
		_, err = i.w.Payments.ConfirmCheckout(i.w.A.In(i.w.A.Main, tenancy.Owner), word)
		i.must(err)
		confirmed, err := i.w.Payments.ConfirmCheckout(mine, word)
		i.must(err)
		if confirmed.Payment.Status != "CAPTURED" || i.balance() != 2000 {
			t.Errorf("the driver's own is %+v, with %d in the wallet", confirmed.Payment, i.balance())
		}
	})
}

// A provider that can't be reached while an app confirms is asked again in a minute, once however often the app asks; an order whose answer
// was lost is found, and never made twice.
func TestSec096_ConfirmedWhileTheProviderIsAway(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id := i.checkout("20.00").Payment.ID
		word := i.handed(id, i.pay(id, providertest.Paying{}))
		i.due()
		i.w.Owner("update river_job set state = 'completed', finalized_at = now()")
		i.there.Fail(providertest.Fault{Status: http.StatusServiceUnavailable, Times: -1})
		for range 3 {
			confirmed, err := i.w.Payments.ConfirmCheckout(i.ctx, word)
			i.must(err)
			if confirmed.Message == "" || !confirmed.Payment.Uncertain || confirmed.Payment.Status != "PENDING" {
				t.Errorf("without an answer it is %+v", confirmed)
			}
		}
		if n := worldtest.OwnerValue[int](i.w, "select count(*) from river_job where kind = 'process_payment' and state = 'scheduled'"); n != 1 {
			t.Errorf("it is looked up %d times", n)
		}
		i.there.Clear()
		i.due()
		i.work()
		if p := i.read(id); p.Status != "CAPTURED" || p.Uncertain || i.balance() != 2000 {
			t.Errorf("afterwards it is %+v, with %d in the wallet", p, i.balance())
		}

		i.there.Fail(providertest.Fault{Call: "POST", Done: true, Lost: true, Times: 3})
		lost := i.checkout("5.00")
		if lost.Checkout != nil || lost.Message == "" || !lost.Payment.Uncertain {
			t.Fatalf("a lost answer began as %+v", lost)
		}
		_, err := i.w.Payments.ConfirmCheckout(i.ctx, payments.Confirmation{Payment: lost.Payment.ID})
		i.refused("what the provider hasn't answered for", err, fault.Conflict, "")
		i.there.Clear()
		i.due()
		i.work()
		if p := i.read(lost.Payment.ID); p.Uncertain || p.Ref == "" || p.Status != "PENDING" || len(i.there.Sales(p.ID.String())) != 1 {
			t.Errorf("found it is %+v", p)
		}
		// Nothing was paid of it in its time: it ends by itself, and what comes later still counts.
		i.w.Owner("update payments set expires_at = now() - interval '25 hours' where id = $1", lost.Payment.ID)
		i.must(i.w.Payments.Process(i.system, lost.Payment.ID))
		if p := i.read(lost.Payment.ID); p.Status != "EXPIRED" || p.SettledAt == nil {
			t.Errorf("abandoned it is %+v", p)
		}
		i.pay(lost.Payment.ID, providertest.Paying{})
		i.send(i.there.Events()...)
		i.work()
		if p := i.read(lost.Payment.ID); p.Status != "CAPTURED" || i.balance() != 2500 {
			t.Errorf("paid late it is %+v, with %d in the wallet", p, i.balance())
		}
		i.sound()
	})
}
