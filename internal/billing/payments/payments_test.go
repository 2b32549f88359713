package payments_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A top-up is paid on the provider's page, told of by its webhook, and in the wallet once, with the provider's fee in the books.
func TestTopUp_ArrivesByWebhook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		started := i.start("20.00")
		p := started.Payment
		if started.CheckoutURL == "" || started.Message != "" || p.Status != "PENDING" || p.Uncertain {
			t.Fatalf("it began as %+v %+v", started, p)
		}
		i.pay(p.ID, providertest.Paying{})
		i.send(i.there.Events()...)
		i.work()
		p = i.read(p.ID)
		if p.Status != "CAPTURED" || p.Captured != 2000 || p.Credited != 2000 || p.Fee == nil || *p.Fee != 30 || p.SettledAt == nil {
			t.Errorf("it is %+v", p)
		}
		if i.balance() != 2000 || i.kind(ledger.Clearing) != -1970 || i.kind(ledger.Fees) != -30 {
			t.Errorf("the wallet has %d, the provider owes %d and kept %d", i.balance(), i.kind(ledger.Clearing), i.kind(ledger.Fees))
		}
		hook, err := i.w.Payments.Webhook(i.ctx, i.account)
		i.must(err)
		if hook.LastEventAt == nil {
			t.Error("the account doesn't know that its webhook works")
		}
		i.sound()
	})
}

// The same event a thousand times at once, and every other event of the payment: one credit.
func TestSec086_TheSameEventAThousandTimesCreditsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		p := i.start("20.00").Payment
		i.pay(p.ID, providertest.Paying{})
		events := i.there.Events()
		answers, err := i.there.Send(context.Background(), events[len(events)-1], providertest.Sending{Times: 1000})
		i.must(err)
		for _, status := range answers {
			if status != http.StatusOK {
				t.Fatalf("one was answered %d", status)
			}
		}
		i.send(events...)
		if n := worldtest.OwnerValue[int](i.w, "select count(*) from river_job where kind = 'process_payment_event'"); n != len(events) {
			t.Errorf("%d events are looked at %d times", len(events), n)
		}
		// The jobs all at once, and the client's own check beside them.
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := i.w.Payments.Process(i.system, p.ID); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		i.work()
		if i.balance() != 2000 {
			t.Errorf("the wallet has %d", i.balance())
		}
		i.sound()
	})
}

// In whatever order events come, the payment and the books end alike: also where a refund is told of before the capture, and a failure
// after it.
func TestSec087_EveryOrderOfEventsEndsAlike(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		for seed := range uint64(4) {
			before := i.balance()
			from := len(i.there.Events())
			id := i.start("20.00").Payment.ID
			i.must(i.there.Decline(i.read(id).Ref, "card_declined", "Your card was declined."))
			charge := i.pay(id, providertest.Paying{})
			_, err := i.there.Refund(charge, 500)
			i.must(err)
			events := i.there.Events()[from:]
			r := rand.New(rand.NewPCG(seed, 86))
			for _, n := range append(r.Perm(len(events)), r.Perm(len(events))...) {
				i.send(events[n])
				if r.IntN(2) == 0 {
					i.work()
				}
			}
			i.work()
			p := i.read(id)
			if p.Status != "REFUNDED" || p.Captured != 2000 || p.Refunded != 500 || p.Failure != "" || i.balance()-before != 1500 {
				t.Errorf("seed %d ended as %+v, %d in the wallet", seed, p, i.balance()-before)
			}
		}
		i.sound()
	})
}

// An amount or currency that wasn't asked for is credited as it came, and somebody is told.
func TestSec088_WhatCameIsCreditedAndFlagged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		less := i.start("20.00").Payment.ID
		i.pay(less, providertest.Paying{Amount: 1900})
		i.must(i.w.Payments.Process(i.system, less))
		if p := i.read(less); p.Credited != 1900 || strings.Join(p.Flags, " ") != "AMOUNT_DIFFERS" || i.balance() != 1900 {
			t.Errorf("it is %+v, with %d in the wallet", p, i.balance())
		}
		other := i.start("20.00").Payment.ID
		i.pay(other, providertest.Paying{Currency: "USD"})
		for range 2 {
			i.must(i.w.Payments.Process(i.system, other))
		}
		if p := i.read(other); p.Credited != 2000 || strings.Join(p.Flags, " ") != "CURRENCY_DIFFERS" || i.balance() != 1900 {
			t.Errorf("it is %+v, with %d in the wallet", p, i.balance())
		}
		dollars := worldtest.OwnerValue[int64](i.w, "select balance from ledger_balances b join ledger_accounts a on a.id = b.account_id where a.kind = 'WALLET' and a.currency = 'USD' and a.owner_id = $1", i.wallet.ID)
		if dollars != 2000 || i.issues() != "PAYMENT_DIFFERS PAYMENT_DIFFERS" {
			t.Errorf("%d in dollars; issues %s", dollars, i.issues())
		}
		_, err := i.w.Payments.Refund(i.ctx, payments.Refund{Payment: other, Amount: payments.Amount{Value: "20.00", Currency: "USD"}, Reason: "wrong currency", Key: "k"})
		i.must(err)
		i.sound()
	})
}

// Forged webhooks are refused without saying why, whatever is forged about them.
func TestSec084_ForgedWebhooksAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		p := i.start("20.00").Payment
		i.pay(p.ID, providertest.Paying{})
		e := i.there.Events()[len(i.there.Events())-1]
		_, b := i.open(i.w.B, payment.Provider(i.account.Provider), "b", uuid.Nil)
		age := 6 * time.Minute
		if i.account.Provider == "RAZORPAY" {
			age = 26 * time.Hour // it sends again for a day, with the time of the first
		}
		bodies := map[string]bool{}
		for what, how := range map[string]providertest.Sending{
			"unsigned":                    {Unsigned: true},
			"re-serialised":               {Tampered: append([]byte(" "), e.Body...)},
			"too old":                     {Age: age},
			"signed with another secret":  {Secret: b.WebhookSecret},
			"signed with an empty secret": {Secret: " "},
		} {
			header, body := i.there.Sign(e, how)
			status, text := i.post("/webhooks/"+strings.ToLower(string(i.account.Provider))+"/"+i.account.ID.String(), header, body)
			if status != http.StatusBadRequest {
				t.Errorf("%s was answered %d %s", what, status, text)
			}
			bodies[text] = true
		}
		if len(bodies) != 1 {
			t.Errorf("the answers tell what was wrong: %v", bodies)
		}
		// Signed with A's secret for B's account.
		header, body := i.there.Sign(e, providertest.Sending{})
		if status, _ := i.post(strings.TrimPrefix(i.hookOf(b), i.w.HTTP.URL), header, body); status != http.StatusBadRequest {
			t.Errorf("A's event at B's account was answered %d", status)
		}
		if status, _ := i.post("/webhooks/"+strings.ToLower(string(i.account.Provider))+"/"+uuid.NewString(), header, body); status != http.StatusNotFound {
			t.Errorf("an account that isn't there was answered %d", status)
		}
		if status, _ := i.post("/webhooks/other/"+i.account.ID.String(), header, body); status != http.StatusNotFound {
			t.Errorf("an account at another provider was answered %d", status)
		}
		if status, _ := i.post("/webhooks/"+strings.ToLower(string(i.account.Provider))+"/"+i.account.ID.String(), header, make([]byte, 70<<10)); status != http.StatusRequestEntityTooLarge {
			t.Errorf("70 KB were answered %d", status)
		}
		if n := worldtest.OwnerValue[int](i.w, "select count(*) from payment_events"); n != 0 || i.balance() != 0 {
			t.Errorf("%d events were stored, %d are in the wallet", n, i.balance())
		}
	})
}

// Whoever goes on sending what isn't the provider's is stopped before it is read; the provider's own address and other accounts aren't.
func TestSec084_ForgersAreSlowedDown(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	path := "/webhooks/stripe/" + i.account.ID.String()
	status := 0
	for range 21 {
		status, _ = i.post(path, http.Header{}, []byte("{}"))
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the last was answered %d", status)
	}
	other, there := i.open(i.w.A, payment.Stripe, "sub", i.w.A.Sub)
	header, body := there.Sign(providertest.Event{ID: "evt_1", Body: []byte(`{"id":"evt_1","object":"event","livemode":false,"type":"ping","data":{"object":{}}}`)}, providertest.Sending{})
	if status, text := i.post("/webhooks/stripe/"+other.ID.String(), header, body); status != http.StatusOK {
		t.Errorf("another account was answered %d %s", status, text)
	}
}

// Without the secret of its webhook an account isn't stored, nor with keys of the other mode; what is stored is sealed.
func TestSec085_NoAccountWithoutAWebhookSecret(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	spec := payments.AccountSpec{Provider: payment.Razorpay, Name: "Second", Key: "rzp_test_k", Secret: "s", WebhookSecret: " "}
	_, err := i.w.Payments.CreateAccount(i.ctx, spec)
	i.refused("an account without a webhook secret", err, fault.Invalid, "webhookSecret")
	spec.WebhookSecret, spec.Key = "hook", ""
	_, err = i.w.Payments.CreateAccount(i.ctx, spec)
	i.refused("an account without its key id", err, fault.Invalid, "key")
	spec.Key, spec.Live = "rzp_test_k", true
	_, err = i.w.Payments.CreateAccount(i.ctx, spec)
	i.refused("a test key for a live account", err, fault.Invalid, "key")
	none := ""
	_, err = i.w.Payments.UpdateAccount(i.ctx, i.account.ID, payments.AccountChange{WebhookSecret: &none})
	i.refused("taking the webhook secret away", err, fault.Invalid, "webhookSecret")
	live := "sk_live_1"
	_, err = i.w.Payments.UpdateAccount(i.ctx, i.account.ID, payments.AccountChange{Secret: &live})
	i.refused("a live key for a test account", err, fault.Invalid, "secret")
	_, err = i.w.Payments.UpdateAccount(i.w.B.As(tenancy.Owner), i.account.ID, payments.AccountChange{Secret: &live})
	i.refused("another tenant's change", err, fault.NotFound, "")
	_, err = i.w.Payments.UpdateAccount(i.w.A.As(tenancy.Operator), i.account.ID, payments.AccountChange{Secret: &live})
	i.refused("an operator's change", err, fault.Forbidden, "")
	if leaks := worldtest.OwnerValue[int](i.w, `select count(*) from payment_accounts a where position('whsec' in encode(webhook_secret, 'escape')) > 0 or position('sk_test' in encode(secret, 'escape')) > 0`); leaks > 0 {
		t.Error("secrets lie open in the database")
	}
	if leaks := worldtest.OwnerValue[int](i.w, "select count(*) from audit_events where details::text like '%whsec%' or details::text like '%sk_%'"); leaks > 0 {
		t.Error("secrets are in the audit log")
	}
	// A key that is changed counts at once.
	i.there.WebhookSecret = "whsec_next"
	_, err = i.w.Payments.UpdateAccount(i.ctx, i.account.ID, payments.AccountChange{WebhookSecret: &i.there.WebhookSecret})
	i.must(err)
	i.start("20.00")
	i.pay(worldtest.OwnerValue[uuid.UUID](i.w, "select id from payments"), providertest.Paying{})
	i.send(i.there.Events()...)
}

// Events of the other mode, and events of another account, count for nothing, even where they name a payment of this one.
func TestSec089_EventsOfAnotherModeOrAccount(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	p := i.start("20.00").Payment
	i.pay(p.ID, providertest.Paying{})
	e := i.there.Events()[len(i.there.Events())-1]
	for what, how := range map[string]providertest.Sending{"a live event": {OtherMode: true}, "a connected account's event": {Merchant: "acct_other"}} {
		answers, err := i.there.Send(context.Background(), e, how)
		i.must(err)
		if answers[0] != http.StatusBadRequest {
			t.Errorf("%s was answered %d", what, answers[0])
		}
	}
	// The network's own account takes an event, rightly signed, about the tenant's payment.
	other, there := i.open(i.w.A, payment.Stripe, "sub", i.w.A.Sub)
	header, body := there.Sign(e, providertest.Sending{Body: e.Body})
	if status, _ := i.post("/webhooks/stripe/"+other.ID.String(), header, body); status != http.StatusOK {
		t.Fatalf("it was answered %d", status)
	}
	i.work()
	if i.balance() != 0 || i.read(p.ID).Credited != 0 {
		t.Error("an account's event moved another account's money")
	}
	if got := worldtest.OwnerValue[string](i.w, "select outcome from payment_events"); got != "nothing of ours" {
		t.Errorf("the event's outcome is %q", got)
	}
}

// Whatever is lost between the provider and our commit, the payment is found again, and there is one page and one credit.
func TestSec096_LostAnswersAreLookedUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		call := "POST /v1/checkout/sessions"
		if i.account.Provider == "RAZORPAY" {
			call = "POST /v1/payment_links"
		}
		i.there.Fail(providertest.Lost(call, 3))
		started := i.start("20.00")
		id := started.Payment.ID
		if started.CheckoutURL != "" || started.Message == "" || !started.Payment.Uncertain || started.Payment.Status != "PENDING" {
			t.Fatalf("a lost answer began as %+v %+v", started, started.Payment)
		}
		i.there.Clear()
		i.due()
		i.work()
		if p := i.read(id); p.Uncertain || p.Ref == "" || p.CheckoutURL == "" {
			t.Fatalf("after it was looked up it is %+v", p)
		}
		if pages := i.there.Sales(id.String()); len(pages) != 1 {
			t.Errorf("there are %d pages", len(pages))
		}
		i.pay(id, providertest.Paying{})
		i.must(i.w.Payments.Process(i.system, id))
		// A crash after the provider was asked, and before its answer was stored: as if nothing had been stored of it.
		second := i.start("30.00").Payment.ID
		i.pay(second, providertest.Paying{})
		i.w.Owner("update payments set ref = '', checkout_url = '', uncertain = true where id = $1", second)
		i.must(i.w.Payments.Process(i.system, second))
		if i.balance() != 5000 || i.there.Payments(second.String()) != 1 {
			t.Errorf("the wallet has %d; the provider took the second %d times", i.balance(), i.there.Payments(second.String()))
		}
		i.sound()
	})
}

// A provider that is away for long is an issue, which ends when it is back.
func TestSec096_ALongSilenceIsAnIssue(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Razorpay)
	i.there.Fail(providertest.Fault{Status: http.StatusServiceUnavailable, Times: -1})
	id := i.start("20.00").Payment.ID
	i.w.Owner("update payments set created_at = now() - interval '20 minutes'")
	open, err := i.w.Payments.Open(i.system)
	if err != nil || len(open) != 1 || open[0] != id {
		t.Errorf("open are %v %v", open, err)
	}
	if err := i.w.Payments.Process(i.system, id); err == nil {
		t.Error("no answer is no error")
	}
	if i.issues() != "PAYMENT_UNCERTAIN" {
		t.Errorf("the issues are %q", i.issues())
	}
	if open, err := i.w.Payments.Open(i.system); err != nil || len(open) != 0 {
		t.Errorf("it was just looked up, and open are %v %v", open, err)
	}
	i.there.Clear()
	i.must(i.w.Payments.Process(i.system, id))
	if p := i.read(id); i.issues() != "" || p.Status != "FAILED" || p.Uncertain || !strings.Contains(p.Failure, "never received") {
		t.Errorf("issues %q, the payment is %+v", i.issues(), p)
	}
}

// A provider that forgot a payment isn't asked in a hurry: somebody is told, and the payment stays as it was.
func TestProcess_ForgottenByTheProvider(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		id, _ := i.paid("20.00")
		i.w.Owner("update payments set ref = 'plink_gone', created_at = now() - interval '1 hour' where id = $1", id)
		i.must(i.w.Payments.Process(i.system, id))
		if p := i.read(id); p.Status != "CAPTURED" || !p.Uncertain || i.balance() != 2000 || i.issues() != "PAYMENT_UNCERTAIN" {
			t.Errorf("it is %+v, with %d in the wallet, issues %s", p, i.balance(), i.issues())
		}
	})
}

// What the provider refuses isn't started, and says why.
func TestTopUp_RefusedByTheProvider(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	i.there.Fail(providertest.Refused("POST /v1/checkout/sessions", "The account can't take payments yet."))
	_, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00")})
	i.refused("a refused top-up", err, fault.Conflict, "")
	if !strings.Contains(err.Error(), "can't take payments yet") {
		t.Errorf("it is told as %v", err)
	}
	if got := worldtest.OwnerValue[string](i.w, "select status || ' ' || uncertain || ' ' || failure from payments"); got != "FAILED false The account can't take payments yet." {
		t.Errorf("the payment is %s", got)
	}
}

// Amounts that can't be right are refused with their field, for each currency by its own measure.
func TestSec094_AmountsOfTopUps(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	for value, field := range map[string]string{
		"-5.00": "amount.amount", "0": "amount.amount", "0.50": "amount.amount", "10000.01": "amount.amount", "5.001": "amount.amount", "1e3": "amount.amount",
		"99999999999999999999": "amount.amount", "": "amount.amount",
	} {
		_, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur(value)})
		i.refused("a top-up of "+value, err, fault.Invalid, field)
	}
	_, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: payments.Amount{Value: "5", Currency: "USD"}})
	i.refused("another currency", err, fault.Invalid, "amount.currency")
	for _, c := range []struct {
		currency, value string
		ok              bool
	}{{"JPY", "99", false}, {"JPY", "100", true}, {"KWD", "1.500", true}, {"KWD", "0.999", false}, {"INR", "9.99", false}, {"INR", "250000.00", true}} {
		_, err := payments.BoundedForTest(payments.Amount{Value: c.value, Currency: c.currency}, c.currency)
		if (err == nil) != c.ok {
			t.Errorf("%s %s: %v", c.value, c.currency, err)
		}
	}
	_, err = i.w.Payments.StartTopUp(i.w.B.As(tenancy.Owner), payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00")})
	i.refused("another tenant's top-up", err, fault.NotFound, "")
	_, err = i.w.Payments.StartTopUp(i.w.A.As(tenancy.Reader), payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00")})
	i.refused("a reader's top-up", err, fault.Forbidden, "")
}

// A network's own account goes before the tenant's; where several could take it, the provider has to be named.
func TestTopUp_ChoosesTheAccount(t *testing.T) {
	t.Parallel()
	i := newTill(t, payment.Stripe)
	i.open(i.w.A, payment.Razorpay, "second", uuid.Nil)
	_, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00")})
	i.refused("a top-up without a provider", err, fault.Invalid, "provider")
	started, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00"), Provider: payment.Razorpay})
	i.must(err)
	if started.Payment.Provider != "RAZORPAY" {
		t.Errorf("it goes over %s", started.Payment.Provider)
	}
	own, _ := i.open(i.w.A, payment.Razorpay, "own", i.w.A.Main)
	if p := i.start("20.00").Payment; p.AccountID != own.ID {
		t.Error("the network's own account isn't taken")
	}
	_, err = i.w.Payments.CreateAccount(i.ctx, payments.AccountSpec{Provider: payment.Razorpay, Name: "Twice", Key: "rzp_test_x", Secret: "s", WebhookSecret: "w", Network: i.w.A.Main})
	i.refused("a second account with a provider", err, fault.Conflict, "provider")
	off := false
	for _, a := range []*ent.PaymentAccount{own, i.account} {
		_, err := i.w.Payments.UpdateAccount(i.ctx, a.ID, payments.AccountChange{Enabled: &off})
		i.must(err)
	}
	_, err = i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur("20.00"), Provider: payment.Stripe})
	i.refused("a provider that is switched off", err, fault.Invalid, "provider")
}

// Somebody who pays after the page expired, or never, leaves a payment that ends by itself.
func TestTopUp_ExpiresByItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		p := i.start("20.00").Payment
		i.must(i.there.Expire(p.Ref))
		i.w.Owner("update payments set created_at = now() - interval '3 hours'")
		open, err := i.w.Payments.Open(i.system)
		i.must(err)
		for _, id := range open {
			i.must(i.w.Payments.Process(i.system, id))
		}
		if p := i.read(p.ID); p.Status != "EXPIRED" || p.SettledAt == nil {
			t.Errorf("it is %+v", p)
		}
		if open, err := i.w.Payments.Open(i.system); err != nil || len(open) != 0 {
			t.Errorf("still open are %v %v", open, err)
		}
	})
}
