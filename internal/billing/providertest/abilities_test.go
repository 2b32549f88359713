package providertest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
)

// saved is a customer with a card.
func (r *rig) saved() (saver payment.Saver, customer, method string) {
	r.t.Helper()
	saver = r.gateway.(payment.Saver)
	customer, err := saver.MakeCustomer(r.t.Context(), payment.Customer{ID: uuid.Must(uuid.NewV7()), Name: "Driver", Email: "driver@demo.example"})
	r.must(err)
	page, err := saver.StartSetup(r.t.Context(), payment.Setup{ID: uuid.Must(uuid.NewV7()), Customer: customer, ReturnURL: "http://127.0.0.1:1/back"})
	r.must(err)
	return saver, customer, r.pay(page.Ref, providertest.Paying{})
}

// A driver is one customer, however often and under whatever name they are made, also when Stripe has forgotten the key.
func TestSaver_OneCustomerOfADriver(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Stripe)
	saver := r.gateway.(payment.Saver)
	for _, id := range []uuid.UUID{uuid.Must(uuid.NewV7()), idOf(time.Now().Add(-48 * time.Hour))} {
		first, err := saver.MakeCustomer(t.Context(), payment.Customer{ID: id, Name: "A", Email: "a@demo.example"})
		r.must(err)
		for _, name := range []string{"A", "B"} {
			if got, err := saver.MakeCustomer(t.Context(), payment.Customer{ID: id, Name: name, Email: "a@demo.example"}); err != nil || got != first {
				t.Errorf("made again as %s it is %s, %v", name, got, err)
			}
		}
	}
	if _, ok := newRig(t, payment.Razorpay).gateway.(payment.Saver); ok {
		t.Error("Razorpay is said to keep methods")
	}
}

// A card is left on the provider's page, listed as it is printed on receipts, and forgotten when its owner wants that.
func TestSaver_KeepsAndForgetsCards(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Stripe)
	saver := r.gateway.(payment.Saver)
	customer, err := saver.MakeCustomer(t.Context(), payment.Customer{ID: uuid.Must(uuid.NewV7())})
	r.must(err)
	setup := payment.Setup{ID: uuid.Must(uuid.NewV7()), Customer: customer, ReturnURL: "http://127.0.0.1:1/back"}
	page, err := saver.StartSetup(t.Context(), setup)
	r.must(err)
	if again, err := saver.StartSetup(t.Context(), setup); err != nil || again != page {
		t.Errorf("started again it is %+v, %v", again, err)
	}
	want := payment.SetupState{Setup: setup.ID, Ref: page.Ref, Customer: customer}
	check := func(when string) {
		t.Helper()
		got, err := saver.LookupSetup(t.Context(), page.Ref)
		r.must(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s it isn't as it should be: %s", when, diff)
		}
	}
	check("before anything was left")
	r.must(r.account.Decline(page.Ref, "", "Your card does not support this type of purchase."))
	want.Failure = "Your card does not support this type of purchase."
	check("after a card was refused")
	ref := r.pay(page.Ref, providertest.Paying{})
	want.Failure, want.Done = "", true
	want.Method = payment.Method{Ref: ref, Kind: "card", Brand: "visa", Last4: "4242", ExpiryMonth: 12, ExpiryYear: time.Now().Year() + 3}
	check("when a card was left")
	if e := r.eventOf("checkout.session.completed"); e.Setup != setup.ID || e.Ref != page.Ref || e.Payment != uuid.Nil {
		t.Errorf("its event is %+v", e)
	}
	if got, err := saver.Methods(t.Context(), customer); err != nil || !cmp.Equal(got, []payment.Method{want.Method}) {
		t.Errorf("the customer has %+v, %v", got, err)
	}
	for range 2 {
		if err := saver.Detach(t.Context(), ref); err != nil {
			t.Errorf("detach: %v", err)
		}
	}
	if err := saver.Detach(t.Context(), "pm_none"); err != nil {
		t.Errorf("detach what isn't there: %v", err)
	}
	if got, err := saver.Methods(t.Context(), customer); err != nil || len(got) != 0 {
		t.Errorf("the customer has %+v, %v", got, err)
	}
	var refused *payment.Refusal
	charge := payment.SavedCharge{ID: uuid.Must(uuid.NewV7()), Customer: customer, Method: ref, Amount: 2000, Currency: "EUR"}
	if got, err := saver.Charge(t.Context(), charge); !errors.As(err, &refused) {
		t.Errorf("a forgotten card was charged: %+v, %v", got, err)
	}
	second, err := saver.StartSetup(t.Context(), payment.Setup{ID: uuid.Must(uuid.NewV7()), Customer: customer, ReturnURL: "http://127.0.0.1:1/back"})
	r.must(err)
	r.must(r.account.Expire(second.Ref))
	if got, err := saver.LookupSetup(t.Context(), second.Ref); err != nil || !got.Expired || got.Done {
		t.Errorf("expired it is %+v, %v", got, err)
	}
}

// A saved card is charged once, stands by its own ref, and is refunded like any other payment.
func TestSaver_Charges(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Stripe)
	saver, customer, method := r.saved()
	charge := payment.SavedCharge{ID: uuid.Must(uuid.NewV7()), Customer: customer, Method: method, Amount: 2000, Currency: "EUR", Description: "Automatic top-up"}
	fee := int64(30)
	want := payment.State{Payment: charge.ID, Status: payment.Captured, Captured: 2000, Fee: &fee, Currency: "EUR"}
	for range 3 {
		got, err := saver.Charge(t.Context(), charge)
		r.must(err)
		want.Ref, want.Charge = got.Ref, got.Charge
		if diff := cmp.Diff(want, got); diff != "" || got.Ref == "" || got.Charge == "" {
			t.Errorf("the charge isn't as it should be: %s", diff)
		}
	}
	if diff := cmp.Diff(want, r.look(want.Ref)); diff != "" {
		t.Errorf("looked up it isn't as it was: %s", diff)
	}
	if n := r.account.Payments(charge.ID.String()); n != 1 {
		t.Errorf("money was taken %d times", n)
	}
	if e := r.eventOf("payment_intent.succeeded"); e.Payment != charge.ID || e.Charge != want.Charge {
		t.Errorf("its event is %+v", e)
	}
	if got, err := r.gateway.Refund(t.Context(), payment.Refund{ID: uuid.Must(uuid.NewV7()), Charge: want.Charge, Amount: 500, Currency: "EUR"}); err != nil || !got.Done {
		t.Errorf("the refund is %+v, %v", got, err)
	}
	if s := r.look(want.Ref); s.Status != payment.Refunded || s.Refunded != 500 {
		t.Errorf("refunded it is %+v", s)
	}
}

// A card that declines is a state with words and no error; asked for again, the bank isn't.
func TestSaver_DeclinesAreStates(t *testing.T) {
	t.Parallel()
	for code, needs := range map[string]bool{"insufficient_funds": false, "expired_card": false, "authentication_required": true} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, payment.Stripe)
			saver, customer, method := r.saved()
			r.must(r.account.DeclineMethod(method, code))
			charge := payment.SavedCharge{ID: uuid.Must(uuid.NewV7()), Customer: customer, Method: method, Amount: 2000, Currency: "EUR"}
			first, err := saver.Charge(t.Context(), charge)
			if err != nil || first.Status != payment.Failed || first.FailureCode != code || first.Failure == "" || first.NeedsPayer != needs || first.Captured != 0 {
				t.Fatalf("it is %+v, %v", first, err)
			}
			if !cmp.Equal(first, r.look(first.Ref)) {
				t.Errorf("looked up it is %+v, not %+v", r.look(first.Ref), first)
			}
			r.must(r.account.DeclineMethod(method, ""))
			if again, err := saver.Charge(t.Context(), charge); err != nil || !cmp.Equal(first, again) {
				t.Errorf("asked for again it is %+v, %v", again, err)
			}
			if found, err := saver.FindCharge(t.Context(), charge); err != nil || !cmp.Equal(first, found) {
				t.Errorf("found it is %+v, %v", found, err)
			}
			if n := len(r.events("payment_intent.payment_failed")); n != 1 || r.account.Payments(charge.ID.String()) != 0 {
				t.Errorf("the bank was asked %d times", n)
			}
		})
	}
}

// An order is paid in the app's checkout, whose word is believed when it is signed; how it stands is looked up all the same.
func TestOrderMaker(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Razorpay)
	maker := r.gateway.(payment.OrderMaker)
	top := r.topUp()
	order, err := maker.MakeOrder(t.Context(), top)
	if err != nil || order.Key != r.account.Key || order.Amount != top.Amount || order.Currency != "INR" || order.Ref == "" {
		t.Fatalf("the order is %+v, %v", order, err)
	}
	if again, err := maker.MakeOrder(t.Context(), top); err != nil || again != order {
		t.Errorf("made again it is %+v, %v", again, err)
	}
	want := payment.State{Payment: top.ID, Ref: order.Ref, Status: payment.Pending, Currency: "INR"}
	if got := r.look(order.Ref); !cmp.Equal(got, want) {
		t.Errorf("new it is %+v", got)
	}
	r.must(r.account.Decline(order.Ref, "payment_failed", "Payment was unsuccessful"))
	if got := r.look(order.Ref); got.Status != payment.Failed || got.Failure != "Payment was unsuccessful" {
		t.Errorf("after a failed try it is %+v", got)
	}
	paidBy := r.pay(order.Ref, providertest.Paying{})
	fee := int64(3750)
	want.Status, want.Charge, want.Captured, want.Fee = payment.Captured, paidBy, top.Amount, &fee
	if got := r.look(order.Ref); !cmp.Equal(got, want) {
		t.Errorf("paid it is %+v", got)
	}
	signature := r.account.CheckoutSignature(order.Ref, paidBy)
	for what, c := range map[string]struct {
		order, payment, signature string
		want                      bool
	}{
		"what the checkout gave": {order.Ref, paidBy, signature, true},
		"another order":          {"order_other", paidBy, signature, false},
		"another payment":        {order.Ref, "pay_other", signature, false},
		"no signature":           {order.Ref, paidBy, "", false},
		"nothing, well signed":   {"", "", r.account.CheckoutSignature("", ""), false},
		"a shifted bar":          {order.Ref + "|", paidBy, signature, false},
	} {
		if got := maker.CheckoutSignature(c.order, c.payment, c.signature); got != c.want {
			t.Errorf("%s is believed: %t", what, got)
		}
	}
	for _, kind := range []string{"payment.captured", "order.paid"} {
		if e := r.eventOf(kind); e.Ref != order.Ref || e.Charge != paidBy {
			t.Errorf("%s is %+v", kind, e)
		}
	}
	if e, err := r.gateway.(payment.Tracer).Trace(t.Context(), payment.Event{Charge: paidBy}); err != nil || e.Payment != top.ID {
		t.Errorf("the payment is traced to %+v, %v", e, err)
	}
}

// Stripe's order is a PaymentIntent, which an app pays with its client secret, also after a try that failed; it is no page.
func TestOrderMaker_PaymentIntent(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Stripe)
	maker := r.gateway.(payment.OrderMaker)
	top := r.topUp()
	if _, err := maker.FindOrder(t.Context(), top); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("before it is made it is %v", err)
	}
	order, err := maker.MakeOrder(t.Context(), top)
	if err != nil || !strings.HasPrefix(order.Ref, "pi_") || !strings.HasPrefix(order.ClientSecret, order.Ref+"_secret_") || order.Key != "" || order.Amount != top.Amount || order.Currency != top.Currency {
		t.Fatalf("the order is %+v, %v", order, err)
	}
	if again, err := maker.MakeOrder(t.Context(), top); err != nil || again != order {
		t.Errorf("made again it is %+v, %v", again, err)
	}
	if found, err := maker.FindOrder(t.Context(), top); err != nil || found != order {
		t.Errorf("found it is %+v, %v", found, err)
	}
	want := payment.State{Payment: top.ID, Ref: order.Ref, Status: payment.Pending, Currency: top.Currency}
	if got := r.look(order.Ref); !cmp.Equal(got, want) {
		t.Errorf("new it is %+v", got)
	}
	r.must(r.account.Decline(order.Ref, "card_declined", "Your card was declined."))
	if got := r.look(order.Ref); got.Status != payment.Failed || got.Failure != "Your card was declined." {
		t.Errorf("after a failed try it is %+v", got)
	}
	paidBy := r.pay(order.Ref, providertest.Paying{})
	if got := r.look(order.Ref); got.Status != payment.Captured || got.Charge != paidBy || got.Captured != top.Amount || got.Payment != top.ID {
		t.Errorf("paid it is %+v", got)
	}
	if !maker.CheckoutSignature(order.Ref, order.Ref, "") || maker.CheckoutSignature(order.Ref, "pi_other", "") || maker.CheckoutSignature("", "", "") {
		t.Error("another PaymentIntent than its own is believed")
	}
	over, err := maker.MakeOrder(t.Context(), r.topUp())
	r.must(err)
	r.must(r.account.Expire(over.Ref))
	if got := r.look(over.Ref); got.Status != payment.Expired {
		t.Errorf("cancelled it is %+v", got)
	}
}

// A charge is traced to the payment whose page it was made on, and one that isn't ours to none.
func TestTracer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		charge := r.pay(r.start(top).Ref, providertest.Paying{})
		tracer := r.gateway.(payment.Tracer)
		if e, err := tracer.Trace(t.Context(), payment.Event{Charge: charge}); err != nil || e.Payment != top.ID {
			t.Errorf("it is traced to %+v, %v", e, err)
		}
		for _, charge := range []string{"", "ch_none", "../payments", "pay_none"} {
			if e, err := tracer.Trace(t.Context(), payment.Event{Charge: charge}); !errors.Is(err, payment.ErrUnknown) {
				t.Errorf("%q is traced to %+v, %v", charge, e, err)
			}
		}
	})
}

// Currencies whose smallest unit isn't the provider's arrive as what they are, and what the provider can't take is refused before it is
// asked.
func TestSec094_DecimalsOfCurrencies(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		ofStripe := r.account.Provider == payment.Stripe
		for _, c := range []struct {
			currency        string
			amount, counted int64 // in ISO 4217's minor units, and as the provider counts it
		}{
			{"JPY", 1500, 1500}, {"KWD", 12340, 12340}, {"EUR", 1999, 1999}, {"ISK", 1500, 150000}, {"UGX", 9000, 900000}, {"MGA", 500000, 5000},
		} {
			if !ofStripe {
				c.counted = c.amount
			}
			top := r.topUp()
			top.Currency, top.Amount = c.currency, c.amount
			page := r.start(top)
			charge := r.pay(page.Ref, providertest.Paying{})
			s := r.look(page.Ref)
			if s.Captured != c.amount || s.Currency != c.currency || s.Differs(c.amount, c.currency) != "" {
				t.Errorf("%d %s was captured as %d %s", c.amount, c.currency, s.Captured, s.Currency)
			}
			got, err := r.gateway.Refund(t.Context(), payment.Refund{ID: uuid.Must(uuid.NewV7()), Charge: charge, Amount: c.amount, Currency: c.currency})
			if err != nil || !got.Done || r.account.Refunded(charge) != c.counted {
				t.Errorf("%d %s was given back as %d: %v", c.amount, c.currency, r.account.Refunded(charge), err)
			}
			if s := r.look(page.Ref); s.Refunded != c.amount {
				t.Errorf("%d %s was given back and is shown as %d", c.amount, c.currency, s.Refunded)
			}
		}
		top := r.topUp()
		top.Currency, top.Amount = "KWD", 12345
		var refused *payment.Refusal
		before := len(r.account.Calls(""))
		if _, err := r.gateway.Start(t.Context(), top); !errors.As(err, &refused) || len(r.account.Calls("")) != before {
			t.Errorf("12.345 KWD was answered %v", err)
		}
	})
}
