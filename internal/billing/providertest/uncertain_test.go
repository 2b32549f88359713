package providertest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
)

// attempts are how often the libraries send a call that isn't answered.
func (r *rig) attempts() int {
	if r.account.Provider == payment.Stripe {
		return 3
	}
	return 1
}

// A page whose answer was lost is found again, and there is one.
func TestSec096_LostStartIsFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		r.account.Fail(providertest.Lost("POST", r.attempts()))
		if _, err := r.gateway.Start(t.Context(), top); !errors.Is(err, payment.ErrUncertain) {
			t.Fatalf("a lost answer is %v", err)
		}
		page, err := r.gateway.Find(t.Context(), top)
		if made := r.account.Sales(top.ID.String()); err != nil || !slices.Equal(made, []string{page.Ref}) {
			t.Errorf("found was %+v, %v, of %v", page, err, made)
		}
		if page != r.start(top) {
			t.Error("started once more it is another page")
		}
	})
}

// A call that takes too long is uncertain, and what it did is found.
func TestSec096_TimeOutIsLookedUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		r.account.Fail(providertest.Slow("POST", time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := r.gateway.Start(ctx, top); !errors.Is(err, payment.ErrUncertain) {
			t.Fatalf("a time-out is %v", err)
		}
		page, err := r.gateway.Find(t.Context(), top)
		if made := r.account.Sales(top.ID.String()); err != nil || !slices.Equal(made, []string{page.Ref}) {
			t.Errorf("found was %+v, %v, of %v", page, err, made)
		}
	})
}

// A provider that fails is uncertain, one that refuses isn't; and while it fails, nothing is said to be unknown.
func TestSec096_FailureIsUncertain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		var refused *payment.Refusal
		r.account.Fail(providertest.Refused("POST", "We don't serve you."))
		if _, err := r.gateway.Start(t.Context(), r.topUp()); !errors.As(err, &refused) || refused.Reason != "We don't serve you." {
			t.Errorf("a refusal is %v", err)
		}
		down := providertest.Broken("")
		down.Times = -1
		r.account.Fail(down)
		top := r.topUp()
		for what, do := range map[string]func() error{
			"start":  func() error { _, err := r.gateway.Start(t.Context(), top); return err },
			"find":   func() error { _, err := r.gateway.Find(t.Context(), top); return err },
			"lookup": func() error { _, err := r.gateway.Lookup(t.Context(), "cs_1"); return err },
			"refund lookup": func() error {
				_, err := r.gateway.(payment.RefundFinder).LookupRefund(t.Context(), payment.Refund{ID: top.ID, Charge: "ch_1"})
				return err
			},
		} {
			if err := do(); !errors.Is(err, payment.ErrUncertain) {
				t.Errorf("%s is %v", what, err)
			}
		}
		r.account.Clear()
		r.start(top)
	})
}

// Where Stripe's key remembers a failure although the page was made, or is used with other words, the page is found without the key.
func TestSec095And096_KeyThatGivesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Stripe)
	top := r.topUp()
	broken := providertest.Broken("POST")
	broken.Done, broken.Kept = true, true
	r.account.Fail(broken)
	if _, err := r.gateway.Start(t.Context(), top); !errors.Is(err, payment.ErrUncertain) {
		t.Fatalf("a failure is %v", err)
	}
	page, err := r.gateway.Find(t.Context(), top)
	if made := r.account.Sales(top.ID.String()); err != nil || !slices.Equal(made, []string{page.Ref}) {
		t.Errorf("found was %+v, %v, of %v", page, err, made)
	}
	again := r.topUp()
	first := r.start(again)
	again.Amount++
	if got, err := r.gateway.Start(t.Context(), again); !errors.Is(err, payment.ErrKeyReused) {
		t.Errorf("the same id with another amount is %+v, %v", got, err)
	}
	if got, err := r.gateway.Find(t.Context(), again); err != nil || got.Ref != first.Ref {
		t.Errorf("found was %+v, %v", got, err)
	}
	// What never arrived, and can't be paid any more, isn't there.
	late, tooLate := r.topUp(), r.topUp()
	late.Expires = time.Now().Add(-time.Minute)
	tooLate.ID, tooLate.Expires = idOf(time.Now().Add(-45*time.Minute)), time.Now().Add(15*time.Minute)
	for _, top := range []payment.TopUp{late, tooLate} {
		if got, err := r.gateway.Find(t.Context(), top); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("what never was is %+v, %v", got, err)
		}
	}
}

// What was made a day ago is found although the provider has forgotten its key, also by who only asks for it again.
func TestSec096_ForgottenKeyMakesNoSecondPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		day := 25 * time.Hour
		r.behind.Store(int64(day))
		top := r.topUp()
		top.ID, top.Expires = idOf(time.Now().Add(-day)), time.Now().Add(-day+2*time.Hour)
		if r.account.Provider == payment.Razorpay {
			top.Expires = time.Now().Add(time.Hour)
		}
		page := r.start(top)
		charge := r.pay(page.Ref, providertest.Paying{})
		r.behind.Store(0)
		r.account.Forget()
		for what, get := range map[string]func(context.Context, payment.TopUp) (payment.Page, error){"found": r.gateway.Find, "started": r.gateway.Start} {
			if got, err := get(t.Context(), top); err != nil || got.Ref != page.Ref {
				t.Errorf("%s again it is %+v, %v", what, got, err)
			}
		}
		if made := r.account.Sales(top.ID.String()); len(made) != 1 || r.account.Payments(top.ID.String()) != 1 {
			t.Errorf("there are %v", made)
		}
		if s := r.look(page.Ref); s.Charge != charge {
			t.Errorf("it stands as %+v", s)
		}
	})
}

// A refund whose answer was lost is found, and made once, whether its key is remembered or not.
func TestSec096_LostRefundIsFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		page := r.start(r.topUp())
		charge := r.pay(page.Ref, providertest.Paying{})
		finder := r.gateway.(payment.RefundFinder)
		r.account.HoldRefunds(true)
		refund := payment.Refund{ID: idOf(time.Now().Add(-25 * time.Hour)), Charge: charge, Amount: 1000, Currency: r.currency}
		if got, err := finder.LookupRefund(t.Context(), refund); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("a refund that there isn't is %+v, %v", got, err)
		}
		r.account.Fail(providertest.Lost("POST", r.attempts()))
		if _, err := r.gateway.Refund(t.Context(), refund); !errors.Is(err, payment.ErrUncertain) {
			t.Fatalf("a lost answer is %v", err)
		}
		found, err := finder.LookupRefund(t.Context(), refund)
		if err != nil || found.Ref == "" || found.Done || found.Failed != "" || found.Amount != 1000 {
			t.Fatalf("it is %+v, %v", found, err)
		}
		r.account.Forget()
		if got, err := r.gateway.Refund(t.Context(), refund); err != nil || got.Ref != found.Ref {
			t.Errorf("asked for again it is %+v, %v", got, err)
		}
		other := refund
		other.Amount++
		if got, err := r.gateway.Refund(t.Context(), other); !errors.Is(err, payment.ErrKeyReused) {
			t.Errorf("asked for again with another amount it is %+v, %v", got, err)
		}
		if got := r.account.Refunded(charge); got != 1000 {
			t.Errorf("%d was given back", got)
		}
		r.must(r.account.SettleRefund(found.Ref, ""))
		if got, err := finder.LookupRefund(t.Context(), refund); err != nil || !got.Done {
			t.Errorf("done it is %+v, %v", got, err)
		}
		r.must(r.account.SettleRefund(found.Ref, "lost_or_stolen_card"))
		if got, err := finder.LookupRefund(t.Context(), refund); err != nil || got.Done || got.Failed == "" {
			t.Errorf("failed it is %+v, %v", got, err)
		}
		kind := "charge.refund.updated"
		if r.account.Provider == payment.Razorpay {
			kind = "refund.failed"
		}
		if e := r.eventOf(kind); e.Refund != refund.ID || e.Charge != charge {
			t.Errorf("its event is %+v", e)
		}
		// Many refunds of one charge, so that it is on a later page.
		for range 120 {
			r.done(r.account.Refund(charge, 1))
		}
		if got, err := finder.LookupRefund(t.Context(), refund); err != nil || got.Ref != found.Ref {
			t.Errorf("among many it is %+v, %v", got, err)
		}
	})
}

// A charge of a saved method whose answer was lost is found, and takes money once.
func TestSec096_LostChargeIsFound(t *testing.T) {
	t.Parallel()
	r := newRig(t, payment.Stripe)
	saver, customer, method := r.saved()
	for what, id := range map[string]uuid.UUID{"remembered": uuid.Must(uuid.NewV7()), "forgotten": idOf(time.Now().Add(-25 * time.Hour))} {
		charge := payment.SavedCharge{ID: id, Customer: customer, Method: method, Amount: 2000, Currency: "EUR", Description: "Automatic top-up"}
		if got, err := saver.FindCharge(t.Context(), charge); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("%s: a charge that there isn't is %+v, %v", what, got, err)
		}
		r.account.Fail(providertest.Lost("POST /v1/payment_intents", 3))
		if _, err := saver.Charge(t.Context(), charge); !errors.Is(err, payment.ErrUncertain) {
			t.Fatalf("%s: a lost answer is %v", what, err)
		}
		found, err := saver.FindCharge(t.Context(), charge)
		if err != nil || found.Status != payment.Captured || found.Captured != 2000 || found.Payment != id {
			t.Fatalf("%s: it is %+v, %v", what, found, err)
		}
		if what == "forgotten" {
			r.account.Forget()
		}
		if got, err := saver.Charge(t.Context(), charge); err != nil || got.Charge != found.Charge {
			t.Errorf("%s: asked for again it is %+v, %v", what, got, err)
		}
		if n := r.account.Payments(id.String()); n != 1 {
			t.Errorf("%s: money was taken %d times", what, n)
		}
	}
}

// An order whose answer was lost is found without making another, and made again it is the same.
func TestSec096_LostOrderIsFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		maker := r.gateway.(payment.OrderMaker)
		top, call := r.topUp(), "POST /v1/orders"
		if r.account.Provider == payment.Stripe {
			call = "POST /v1/payment_intents"
		}
		r.account.Fail(providertest.Lost(call, r.attempts()))
		if _, err := maker.MakeOrder(t.Context(), top); !errors.Is(err, payment.ErrUncertain) {
			t.Fatalf("a lost answer is %v", err)
		}
		order, err := maker.FindOrder(t.Context(), top)
		if made := r.account.Sales(top.ID.String()); err != nil || !slices.Equal(made, []string{order.Ref}) {
			t.Errorf("the order is %+v, %v, of %v", order, err, made)
		}
		if again, err := maker.MakeOrder(t.Context(), top); err != nil || again != order || len(r.account.Sales(top.ID.String())) != 1 {
			t.Errorf("made again it is %+v, %v", again, err)
		}
	})
}
