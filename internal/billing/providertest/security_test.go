package providertest_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/billing/razorpay"
	"github.com/busbar-ev/busbar/internal/billing/stripe"
)

// Of all that can be sent as a webhook, only what the provider signed for this account, lately, is read.
func TestSec084_OnlyTheProvidersWebhooksAreRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		other := accountOf(r.account.Provider, "b")
		page := r.start(r.topUp())
		r.pay(page.Ref, providertest.Paying{})
		old := 301 * time.Second
		if r.account.Provider == payment.Razorpay { // the same body is sent again for a day
			old = 26 * time.Hour
		}
		for _, e := range r.account.Events() {
			header, body := r.account.Sign(e, providertest.Sending{})
			if got, err := r.gateway.Event(header, body, time.Now()); err != nil || got.ID != e.ID || got.Kind != e.Kind {
				t.Fatalf("%s as it is sent was read as %+v, %v", e.Kind, got, err)
			}
			for what, how := range map[string]providertest.Sending{
				"unsigned":                        {Unsigned: true},
				"re-serialised":                   {Tampered: append(append([]byte(nil), e.Body...), '\n')},
				"with another body":               {Tampered: []byte(strings.Replace(string(e.Body), "250000", "950000", 1))},
				"signed too long ago":             {Age: old},
				"signed in the future":            {Age: -301 * time.Second},
				"signed with another's secret":    {Secret: other.WebhookSecret},
				"signed with the interface's key": {Secret: r.account.Secret},
			} {
				header, body := r.account.Sign(e, how)
				if got, err := r.gateway.Event(header, body, time.Now()); !errors.Is(err, payment.ErrForged) {
					t.Errorf("%s %s was read as %+v, %v", e.Kind, what, got, err)
				}
			}
		}
		// What A was sent is no event of B, whatever B's gateway is told.
		b := gatewayOf(t, r.server, other, r.client)
		header, body := r.account.Sign(r.account.Events()[0], providertest.Sending{})
		if got, err := b.Event(header, body, time.Now()); !errors.Is(err, payment.ErrForged) {
			t.Errorf("an event of another account was read as %+v, %v", got, err)
		}
	})
}

// Without a webhook secret nobody could tell a provider's events from forged ones, so there is no gateway; and an empty secret signs
// nothing.
func TestSec085_NoGatewayWithoutWebhookSecret(t *testing.T) {
	t.Parallel()
	for _, p := range []payment.Provider{payment.Stripe, payment.Razorpay} {
		a := accountOf(p, "a")
		a.WebhookSecret = ""
		var err error
		if p == payment.Stripe {
			_, err = stripe.New(a, stripe.Options{})
		} else {
			_, err = razorpay.New(a, razorpay.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), "webhook") {
			t.Errorf("%s without a webhook secret was answered %v", p, err)
		}
	}
}

// However often an event comes, and however many events and signatures say the same, what was paid is there once.
func TestSec086_OneCreditHoweverManyEvents(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		in := r.inbox(map[uuid.UUID]string{})
		r.account.Hold()
		ref, maker := "", payment.OrderMaker(nil)
		if m, ok := r.gateway.(payment.OrderMaker); ok && r.account.Provider == payment.Razorpay { // paid in the app's checkout: captured, order.paid and the app's own word
			o, err := m.MakeOrder(t.Context(), top)
			r.must(err)
			ref, maker = o.Ref, m
		} else {
			ref = r.start(top).Ref
		}
		in.refs[top.ID] = ref
		charge := r.pay(ref, providertest.Paying{})
		if maker != nil && !maker.CheckoutSignature(ref, charge, r.account.CheckoutSignature(ref, charge)) {
			t.Error("the checkout's signature isn't believed")
		}
		events := r.account.Events()
		if len(events) < 3 {
			t.Fatalf("only %d events came of it", len(events))
		}
		var all sync.WaitGroup
		for _, e := range events {
			all.Go(func() {
				answers, err := r.account.Send(t.Context(), e, providertest.Sending{Times: 1000 / len(events)})
				if err != nil {
					t.Errorf("send %s: %v", e.Kind, err)
				}
				for _, status := range answers {
					if status != http.StatusOK {
						t.Errorf("%s was answered %d", e.Kind, status)
						return
					}
				}
			})
		}
		all.Wait()
		if in.booked != 1 || in.credits[charge] != top.Amount {
			t.Errorf("%d credits were booked: %v", in.booked, in.credits)
		}
	})
}

// In whatever order events come, a payment ends in the state in which it is at the provider.
func TestSec087_EventsInAnyOrderEndAlike(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		page := r.start(top)
		r.must(r.account.Decline(page.Ref, "insufficient_funds", "Your card has insufficient funds."))
		if s := r.look(page.Ref); s.Status != payment.Failed || s.Failure != "Your card has insufficient funds." || s.FailureCode != "insufficient_funds" {
			t.Fatalf("after a declined try it is %+v", s)
		}
		failed := r.account.Events()
		charge := r.pay(page.Ref, providertest.Paying{})
		r.done(r.account.Refund(charge, 1000))
		want := r.look(page.Ref)
		if want.Status != payment.Refunded || want.Captured != top.Amount || want.Refunded != 1000 || want.Failure != "" || want.Payment != top.ID {
			t.Fatalf("at the provider it is %+v", want)
		}
		events := r.account.Events()
		for seed := range uint64(20) {
			in := &inbox{gateway: r.gateway, refs: map[uuid.UUID]string{top.ID: page.Ref}, states: map[uuid.UUID]payment.State{}, credits: map[string]int64{}}
			order := rand.New(rand.NewPCG(seed, 87)).Perm(len(events))
			for _, i := range append(order, 0) { // "failed" once more at the end
				header, body := r.account.Sign(events[i], providertest.Sending{})
				e, err := r.gateway.Event(header, body, time.Now())
				r.must(err)
				in.handle(t.Context(), nil, e)
			}
			if got := in.states[top.ID]; !reflect.DeepEqual(got, want) || in.booked != 1 {
				t.Fatalf("seed %d ended as %+v with %d credits, want %+v", seed, got, in.booked, want)
			}
		}
		if len(failed) != 1 {
			t.Errorf("a declined try made %d events", len(failed))
		}
	})
}

// Nothing that wasn't captured is given back.
func TestSec087_NoRefundBeforeCapture(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		page := r.start(r.topUp())
		r.must(r.account.Decline(page.Ref, "do_not_honor", "Declined"))
		charge := "ch_none"
		if r.account.Provider == payment.Razorpay {
			charge = r.eventOf("payment.failed").Charge
		}
		_, err := r.gateway.Refund(t.Context(), payment.Refund{ID: uuid.Must(uuid.NewV7()), Charge: charge, Amount: 100, Currency: r.currency})
		var refused *payment.Refusal
		if !errors.As(err, &refused) && !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("a refund of what wasn't captured was answered %v", err)
		}
	})
}

// eventOf is an event of a kind as the gateway reads it.
func (r *rig) eventOf(kind string) payment.Event {
	r.t.Helper()
	found := r.events(kind)
	if len(found) == 0 {
		r.t.Fatalf("no event is %s", kind)
	}
	header, body := r.account.Sign(found[len(found)-1], providertest.Sending{})
	e, err := r.gateway.Event(header, body, time.Now())
	r.must(err)
	return e
}

// What was captured is what counts, in the currency in which it was; and that it differs is said.
func TestSec088_WhatWasCapturedCounts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		less, elsewhere := r.start(top), r.topUp()
		r.pay(less.Ref, providertest.Paying{Amount: top.Amount - 1})
		if s := r.look(less.Ref); s.Captured != top.Amount-1 || !strings.Contains(s.Differs(top.Amount, top.Currency), "instead of 250000") {
			t.Errorf("with a smaller amount it is %+v, %q", s, s.Differs(top.Amount, top.Currency))
		}
		page := r.start(elsewhere)
		r.pay(page.Ref, providertest.Paying{Currency: "USD"})
		if s := r.look(page.Ref); s.Captured != top.Amount || s.Currency != "USD" || !strings.Contains(s.Differs(top.Amount, top.Currency), "in USD") {
			t.Errorf("in another currency it is %+v, %q", s, s.Differs(top.Amount, top.Currency))
		}
	})
}

// Events of the other mode or of another account aren't read, and what an account's key can't see isn't there.
func TestSec089_OtherModeAndOtherAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		page := r.start(r.topUp())
		r.pay(page.Ref, providertest.Paying{})
		e := r.account.Events()[0]
		if r.account.Provider == payment.Stripe {
			header, body := r.account.Sign(e, providertest.Sending{OtherMode: true})
			if got, err := r.gateway.Event(header, body, time.Now()); !errors.Is(err, payment.ErrOtherMode) {
				t.Errorf("a live event of a test account was read as %+v, %v", got, err)
			}
		}
		known := r.account.Account // with the provider's own id of it
		g := gatewayOf(t, r.server, known, r.client)
		header, body := r.account.Sign(e, providertest.Sending{Merchant: "acc_somebody_else"})
		if got, err := g.Event(header, body, time.Now()); !errors.Is(err, payment.ErrOtherAccount) {
			t.Errorf("an event of another account was read as %+v, %v", got, err)
		}
		header, body = r.account.Sign(e, providertest.Sending{})
		if _, err := g.Event(header, body, time.Now()); err != nil {
			t.Errorf("an event of the account itself was answered %v", err)
		}
		// B shares the webhook's secret by mistake: the event is read, and its payment isn't there.
		b := accountOf(r.account.Provider, "b")
		b.WebhookSecret = r.account.WebhookSecret
		r.server.Open(b)
		of := gatewayOf(t, r.server, b, r.client)
		if got, err := of.Lookup(t.Context(), page.Ref); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("another account sees %+v, %v", got, err)
		}
		charge := r.look(page.Ref).Charge
		if got, err := of.(payment.Tracer).Trace(t.Context(), payment.Event{Charge: charge}); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("another account traces %+v, %v", got, err)
		}
		if got, err := of.Refund(t.Context(), payment.Refund{ID: uuid.Must(uuid.NewV7()), Charge: charge, Amount: 1, Currency: r.currency}); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("another account refunds %+v, %v", got, err)
		}
		// A key that nobody has is refused, and nothing else.
		var refused *payment.Refusal
		nobody := gatewayOf(t, r.server, accountOf(r.account.Provider, "nobody"), r.client)
		if _, err := nobody.Start(t.Context(), r.topUp()); !errors.As(err, &refused) {
			t.Errorf("an unknown key was answered %v", err)
		}
	})
}

// A refund that is asked for twice is made once, and never more is given back than was captured.
func TestSec092_NoDoubleRefund(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		page := r.start(r.topUp())
		charge := r.pay(page.Ref, providertest.Paying{})
		half := payment.Refund{ID: uuid.Must(uuid.NewV7()), Charge: charge, Amount: 150000, Currency: r.currency, Reason: "charger failed"}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if got, err := r.gateway.Refund(t.Context(), half); err != nil || !got.Done {
					t.Errorf("the refund is %+v, %v", got, err)
				}
			})
		}
		all.Wait()
		var refused *payment.Refusal
		more := half
		more.ID = uuid.Must(uuid.NewV7())
		if got, err := r.gateway.Refund(t.Context(), more); !errors.As(err, &refused) {
			t.Errorf("more than there was is given back: %+v, %v", got, err)
		}
		other := half
		other.Amount = 1
		if got, err := r.gateway.Refund(t.Context(), other); !errors.Is(err, payment.ErrKeyReused) {
			t.Errorf("a refund with another amount is %+v, %v", got, err)
		}
		if got := r.account.Refunded(charge); got != 150000 {
			t.Errorf("%d was given back", got)
		}
		kind := "charge.refunded"
		if r.account.Provider == payment.Razorpay {
			kind = "refund.processed"
			if e := r.eventOf(kind); e.Refund != half.ID || e.Charge != charge {
				t.Errorf("the refund's event is %+v", e)
			}
		}
		if n := len(r.events(kind)); n != 1 {
			t.Errorf("%d refunds were told of", n)
		}
	})
}

// A chargeback is seen with what was taken; won, it is given back; and none of it makes a payment less captured.
func TestSec092_Chargeback(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rig) {
		top := r.topUp()
		page := r.start(top)
		charge := r.pay(page.Ref, providertest.Paying{})
		r.done(r.account.Dispute(r.pay(r.start(r.topUp()).Ref, providertest.Paying{}), 500, "fraudulent")) // somebody else's
		paid := r.look(page.Ref)
		asked := r.done(r.account.Inquire(charge, 1000, "unrecognized"))
		if s := r.look(page.Ref); len(s.Disputes) != 1 || s.Disputes[0].Outcome != payment.Asked || s.Taken() != 0 {
			t.Errorf("when the bank asks it is %+v", s)
		}
		r.must(r.account.CloseDispute(asked, true))
		id := r.done(r.account.Dispute(charge, top.Amount, "fraudulent"))
		open := r.look(page.Ref)
		if open.Status != payment.Disputed || open.Captured != top.Amount || open.Taken() != top.Amount {
			t.Errorf("disputed it is %+v", open)
		}
		kind := "charge.dispute.created"
		if r.account.Provider == payment.Razorpay {
			kind = "payment.dispute.created"
		}
		e, err := r.gateway.(payment.Tracer).Trace(t.Context(), r.eventOf(kind))
		if err != nil || e.Payment != top.ID || e.Charge != charge {
			t.Errorf("the dispute is traced to %+v, %v", e, err)
		}
		r.must(r.account.CloseDispute(id, false))
		lost := r.look(page.Ref)
		if lost.Taken() != top.Amount || outcome(lost, id) != payment.Lost {
			t.Errorf("lost it is %+v", lost)
		}
		if late := lost.Advance(open); outcome(late, id) != payment.Lost {
			t.Errorf("what was lost is open again: %+v", late)
		}
		if late := lost.Advance(paid); late.Status != payment.Disputed || late.Taken() != top.Amount {
			t.Errorf("a late word makes it %+v", late)
		}
		r.must(r.account.CloseDispute(id, true))
		if s := r.look(page.Ref); s.Taken() != 0 || outcome(s, id) != payment.Won || s.Captured != top.Amount || s.Status != payment.Disputed {
			t.Errorf("won it is %+v", s)
		}
	})
}

func outcome(s payment.State, id string) payment.Outcome {
	for _, d := range s.Disputes {
		if d.Ref == id {
			return d.Outcome
		}
	}
	return ""
}
