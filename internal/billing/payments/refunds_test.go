package payments_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func (i *till) refund(p uuid.UUID, value, key string) (*payments.Refunded, error) {
	return i.w.Payments.Refund(i.ctx, payments.Refund{Payment: p, Amount: eur(value), Reason: "asked for it", Key: key})
}

// spend takes from the wallet what a driver would have charged for.
func (i *till) spend(value string) {
	i.t.Helper()
	_, err := i.w.Drivers.Adjust(i.ctx, drivers.Adjustment{Wallet: i.wallet.ID, Key: "spent " + value, Reason: "spent", Amount: drivers.Amount{Value: "-" + value, Currency: "EUR"}})
	i.must(err)
}

// A refund leaves the wallet, goes through the provider, and is told of by its webhook without leaving the wallet again.
func TestRefund_LeavesTheWalletOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, charge := i.paid("20.00")
		done, err := i.refund(id, "5.00", "k")
		i.must(err)
		if done.Refund.Status != "DONE" || done.Message != "" || i.balance() != 1500 {
			t.Errorf("it is %+v %+v, with %d in the wallet", done, done.Refund, i.balance())
		}
		i.send(i.there.Events()...)
		i.due()
		i.work()
		if p := i.read(id); i.balance() != 1500 || p.Refunded != 500 || p.Status != "REFUNDED" || i.there.Refunded(charge) != 500 {
			t.Errorf("the payment is %+v, with %d in the wallet", p, i.balance())
		}
		i.sound()
	})
}

// Twice at once, twice after each other, more than there was, more than there is: money goes back once.
func TestSec092_NoDoubleRefund(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, charge := i.paid("20.00")
		var all sync.WaitGroup
		for _, key := range []string{"a", "b", "c", "d", "e"} {
			all.Go(func() {
				if _, err := i.refund(id, "20.00", key); err != nil && fault.Of(err) == nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if i.there.Refunded(charge) != 2000 || i.balance() != 0 {
			t.Errorf("%d were given back, %d are in the wallet", i.there.Refunded(charge), i.balance())
		}
		_, err := i.refund(id, "0.01", "f")
		i.refused("one more cent", err, fault.Conflict, "")
		second, charge := i.paid("20.00")
		i.spend("15.00")
		_, err = i.refund(second, "5.01", "g")
		i.refused("more than is in the wallet", err, fault.Invalid, "amount.amount")
		_, err = i.refund(second, "20.01", "g")
		i.refused("more than was paid", err, fault.Invalid, "amount.amount")
		_, err = i.refund(second, "5.00", "g")
		i.must(err)
		if i.balance() != 0 || i.there.Refunded(charge) != 500 {
			t.Errorf("%d are in the wallet, %d were given back", i.balance(), i.there.Refunded(charge))
		}
		i.sound()
	})
}

// A chargeback takes what was spent already: the wallet owes it, below its credit limit too, and the next top-up makes up for it. Won, it
// comes back.
func TestSec092_ChargebackAfterTheMoneyWasSpent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, charge := i.paid("20.00")
		i.spend("18.00")
		dispute, err := i.there.Dispute(charge, 2000, "fraudulent")
		i.must(err)
		i.send(i.there.Events()...)
		for range 2 {
			i.work()
			i.must(i.w.Payments.Process(i.system, id))
		}
		if p := i.read(id); i.balance() != -1800 || p.Status != "DISPUTED" || p.Disputed != 2000 || i.issues() != "PAYMENT_DISPUTED" {
			t.Errorf("the wallet has %d, issues %s, the payment is %+v", i.balance(), i.issues(), p)
		}
		_, err = i.refund(id, "1.00", "k")
		i.refused("a refund of what is gone", err, fault.Conflict, "")
		if _, err := i.w.Drivers.Adjust(i.ctx, drivers.Adjustment{Wallet: i.wallet.ID, Key: "x", Reason: "x", Amount: drivers.Amount{Value: "-0.01", Currency: "EUR"}}); err == nil {
			t.Error("a wallet that owes can be spent from")
		}
		i.paid("20.00")
		if i.balance() != 200 {
			t.Errorf("after the next top-up the wallet has %d", i.balance())
		}
		i.must(i.there.CloseDispute(dispute, true))
		i.must(i.w.Payments.Process(i.system, id))
		i.must(i.w.Payments.Process(i.system, id))
		if i.balance() != 2200 || i.issues() != "" {
			t.Errorf("after it was won the wallet has %d, issues %s", i.balance(), i.issues())
		}
		figures, err := i.w.Payments.Figures(i.ctx, id)
		i.must(err)
		if len(figures.Disputes) != 1 || figures.Disputes[0].Outcome != payment.Won || figures.Returned != 0 {
			t.Errorf("the payment shows %+v", figures)
		}
		i.sound()
	})
}

// One key is one refund: the same again changes nothing, and another refund with it is refused.
func TestSec095_AKeyBelongsToOneRefund(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	id, charge := i.paid("20.00")
	first, err := i.refund(id, "5.00", "k")
	i.must(err)
	again, err := i.refund(id, "5.00", "k")
	i.must(err)
	if again.Refund.ID != first.Refund.ID || i.balance() != 1500 || i.there.Refunded(charge) != 500 {
		t.Errorf("twice made %s and %s, with %d in the wallet", first.Refund.ID, again.Refund.ID, i.balance())
	}
	_, err = i.refund(id, "6.00", "k")
	i.refused("another amount", err, fault.Conflict, "idempotencyKey")
	_, err = i.w.Payments.Refund(i.ctx, payments.Refund{Payment: id, Amount: eur("5.00"), Reason: "another reason", Key: "k"})
	i.refused("another reason", err, fault.Conflict, "idempotencyKey")
	_, err = i.refund(id, "5.00", "")
	i.refused("no key", err, fault.Invalid, "idempotencyKey")
	_, err = i.w.Payments.Refund(i.w.B.As(tenancy.Owner), payments.Refund{Payment: id, Amount: eur("5.00"), Reason: "x", Key: "l"})
	i.refused("another tenant's refund", err, fault.NotFound, "")
	_, err = i.w.Payments.Refund(i.w.A.As(tenancy.Reader), payments.Refund{Payment: id, Amount: eur("5.00"), Reason: "x", Key: "l"})
	i.refused("a reader's refund", err, fault.Forbidden, "")
	for value, field := range map[string]string{"-1": "amount.amount", "0": "amount.amount", "1.001": "amount.amount"} {
		_, err = i.refund(id, value, "m")
		i.refused("a refund of "+value, err, fault.Invalid, field)
	}
}

// The provider's answer to a refund is lost: it is looked up before it is asked for again, and money goes back once.
func TestSec096_ALostRefundIsLookedUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, charge := i.paid("20.00")
		call := "POST /v1/refunds"
		if i.account.Provider == "RAZORPAY" {
			call = "POST /v1/payments/"
		}
		for n, fault := range []providertest.Fault{providertest.Lost(call, 3), {Call: call, Status: 500, Words: "no", Times: 3}} {
			i.there.Fail(fault)
			done, err := i.refund(id, "5.00", strings.Repeat("k", n+1))
			i.must(err)
			if done.Refund.Status != "PENDING" || done.Message == "" {
				t.Errorf("it is %+v", done.Refund)
			}
			i.there.Clear()
			i.there.Forget()
			i.due()
			i.work()
			status := worldtest.OwnerValue[string](i.w, "select status from payment_refunds where id = $1", done.Refund.ID)
			if given := i.there.Refunded(charge); status != "DONE" || given != int64(500*(n+1)) {
				t.Errorf("the refund is %s, and %d were given back", status, given)
			}
		}
		i.must(i.w.Payments.Process(i.system, id))
		if i.balance() != 1000 {
			t.Errorf("the wallet has %d", i.balance())
		}
		i.sound()
	})
}

// What the provider refuses comes back into the wallet, at once or when the bank sends it back later; neither counts as a refund made at
// the provider.
func TestRefund_ThatFailsComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, _ := i.paid("20.00")
		call := "POST /v1/refunds"
		if i.account.Provider == "RAZORPAY" {
			call = "POST /v1/payments/"
		}
		i.there.Fail(providertest.Refused(call, "The balance of the account is too low."))
		done, err := i.refund(id, "5.00", "a")
		i.must(err)
		if done.Refund.Status != "FAILED" || !strings.Contains(done.Message, "too low") || i.balance() != 2000 {
			t.Errorf("it is %+v %q, with %d in the wallet", done.Refund, done.Message, i.balance())
		}
		done, err = i.refund(id, "5.00", "b")
		i.must(err)
		i.send(i.there.Events()...)
		i.work()
		if i.balance() != 1500 {
			t.Errorf("after the second the wallet has %d", i.balance())
		}
		sent := len(i.there.Events())
		i.must(i.there.SettleRefund(done.Refund.Ref, "account_closed"))
		i.send(i.there.Events()[sent:]...)
		for range 2 {
			i.work()
			i.must(i.w.Payments.Process(i.system, id))
			pending, err := i.w.Payments.SettleRefund(i.system, done.Refund.ID)
			i.must(err)
			if pending {
				t.Error("what failed is still pending")
			}
		}
		figures, err := i.w.Payments.Figures(i.ctx, id)
		i.must(err)
		if i.balance() != 2000 || i.kind(ledger.Wallet) != 2000 || figures.Returned != 0 {
			t.Errorf("after the bank sent it back the wallet has %d, and %d of the payment are back", i.balance(), figures.Returned)
		}
		_, err = i.refund(id, "20.00", "c")
		i.must(err)
		i.sound()
	})
}

// A refund that the provider hasn't decided on stays pending, and ends by its event.
func TestRefund_PendingEndsByItsEvent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, _ := i.paid("20.00")
		i.there.HoldRefunds(true)
		done, err := i.refund(id, "5.00", "a")
		i.must(err)
		if done.Refund.Status != "PENDING" || done.Refund.Ref == "" || i.balance() != 1500 {
			t.Errorf("it is %+v", done.Refund)
		}
		sent := len(i.there.Events())
		i.must(i.there.SettleRefund(done.Refund.Ref, ""))
		i.send(i.there.Events()[sent:]...)
		i.work()
		if status := worldtest.OwnerValue[string](i.w, "select status from payment_refunds"); status != "DONE" || i.balance() != 1500 {
			t.Errorf("the refund is %s, with %d in the wallet", status, i.balance())
		}
	})
}
