package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A tenant connects an account, somebody pays, the webhook tells of it, staff give a part back: all of it over the interface, and none
// of it shows a secret.
func TestPayments_FromAccountToRefund(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, providertest.Options{})
	a := newAPI(t, worldtest.WithProviders(func(payment.Account) string { return provider.StripeURL() }))
	key := a.owner(a.w.A)
	there := provider.Open(payment.Account{Provider: payment.Stripe, Secret: "sk_test_hidden", WebhookSecret: "whsec_hidden"})
	there.Hold()

	made := a.ask(key, `mutation { createPaymentAccount(input: {provider: STRIPE, name: "Ours", live: false, secret: "sk_test_hidden", webhookSecret: "whsec_hidden"}) {
		paymentAccount { id provider name live enabled webhookURL lastEventAt network { id } } } }`, nil)
	if len(made.Errors) > 0 || strings.Contains(made.raw, "hidden") {
		t.Fatalf("the account is %s", made.raw)
	}
	accounts := must[struct {
		PaymentAccounts []struct {
			ID         uuid.UUID
			WebhookURL string
		}
	}](a, key, `{ paymentAccounts { id webhookURL } }`, nil).PaymentAccounts
	if len(accounts) != 1 || accounts[0].WebhookURL != a.w.HTTP.URL+"/webhooks/stripe/"+accounts[0].ID.String() {
		t.Fatalf("the accounts are %+v", accounts)
	}
	there.SetWebhook(accounts[0].WebhookURL)

	driver, err := a.w.Drivers.Create(a.w.A.As(tenancy.Owner), drivers.Spec{Name: "Somebody", Network: a.w.A.Main})
	if err != nil {
		t.Fatal(err)
	}
	wallet := driver.QueryWallet().OnlyX(a.w.A.As(tenancy.Owner))
	started := must[struct {
		StartTopUp struct {
			Payment              struct{ ID uuid.UUID }
			CheckoutURL, Message *string
		}
	}](a, key, `mutation($w: ID!) { startTopUp(input: {walletId: $w, amount: "20.00", currency: "EUR"}) { payment { id } checkoutURL message } }`, map[string]any{"w": wallet.ID}).StartTopUp
	if started.CheckoutURL == nil || started.Message != nil {
		t.Fatalf("it began as %+v", started)
	}
	if _, err := there.Pay((*started.CheckoutURL)[strings.LastIndex(*started.CheckoutURL, "/")+1:], providertest.Paying{}); err != nil {
		t.Fatal(err)
	}
	for _, e := range there.Events() {
		if answers, err := there.Send(context.Background(), e, providertest.Sending{}); err != nil || answers[0] != 200 {
			t.Fatalf("the webhook was answered %v %v", answers, err)
		}
	}
	if err := a.w.Payments.Process(tenancy.NewContext(t.Context(), tenancy.Billing(a.w.A.ID)), started.Payment.ID); err != nil {
		t.Fatal(err)
	}

	refund := `mutation($p: ID!, $a: String!) { refundPayment(input: {paymentId: $p, amount: {amount: $a, currency: "EUR"}, reason: "asked for it", idempotencyKey: "k"}) {
		message refund { status amount { amount currency } } payment { id } } }`
	if r := a.ask(key, refund, map[string]any{"p": started.Payment.ID, "a": "20.01"}); r.code() != "INVALID" || r.Errors[0].Extensions["field"] != "amount.amount" {
		t.Errorf("too much was answered %s", r.raw)
	}
	if r := a.ask(key, refund, map[string]any{"p": started.Payment.ID, "a": "5.00"}); len(r.Errors) > 0 || !strings.Contains(r.raw, `"DONE"`) {
		t.Errorf("the refund was answered %s", r.raw)
	}
	if r := a.ask(key, refund, map[string]any{"p": started.Payment.ID, "a": "6.00"}); r.code() != "CONFLICT" || r.Errors[0].Extensions["field"] != "idempotencyKey" {
		t.Errorf("the key used for another refund was answered %s", r.raw)
	}
	got := must[struct {
		Payment struct {
			Status                                    string
			Amount, Captured, Credited, Returned, Fee amount
			CheckoutURL                               *string
			Refunds                                   []struct{ Amount amount }
			Bookings                                  []struct {
				Kind, AccountKind string
				Amount            amount
			}
		}
	}](a, key, `query($p: ID!) { payment(id: $p) { status checkoutURL amount { amount currency } captured { amount currency } credited { amount currency } returned { amount currency }
		fee { amount currency } refunds { amount { amount currency } } bookings { kind accountKind amount { amount currency } } } }`, map[string]any{"p": started.Payment.ID}).Payment
	eur := func(value string) amount { return amount{value, "EUR"} }
	if got.Status != "CAPTURED" || got.CheckoutURL != nil || got.Amount != eur("20.00") || got.Captured != eur("20.00") || got.Credited != eur("20.00") || got.Returned != eur("5.00") ||
		got.Fee != eur("0.30") || len(got.Refunds) != 1 || len(got.Bookings) != 6 {
		t.Errorf("the payment shows %+v", got)
	}
	if leaked := worldtest.OwnerValue[int](a.w, "select count(*) from payment_accounts t where t::text like '%hidden%'"); leaked != 0 {
		t.Error("secrets lie open in the database")
	}
}

// Dead jobs of another tenant are neither shown nor restarted, and look like jobs that aren't there.
func TestSec080_DeadJobsOverTheInterface(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	kill := func(tenant worldtest.Tenant) string {
		return worldtest.OwnerValue[string](a.w, `insert into river_job (kind, args, state, attempt, max_attempts, finalized_at, queue)
			values ('process_refund', json_build_object('tenant', $1::uuid, 'refund', gen_random_uuid())::jsonb, 'discarded', 25, 25, now(), 'default') returning id::text`, tenant.ID)
	}
	mine, theirs := kill(a.w.A), kill(a.w.B)
	key := a.owner(a.w.A)
	list := a.ask(key, `{ deadJobs { id kind what error attempts failedAt about { kind id } } }`, nil)
	if !strings.Contains(list.raw, `"id":"`+mine+`"`) || strings.Contains(list.raw, `"id":"`+theirs+`"`) {
		t.Errorf("A sees %s", list.raw)
	}
	restart := `mutation($j: String!) { restartJob(input: {jobId: $j}) { job { id } } }`
	foreign, missing := a.ask(key, restart, map[string]any{"j": theirs}), a.ask(key, restart, map[string]any{"j": "0"})
	if foreign.code() != "NOT_FOUND" || foreign.raw != missing.raw {
		t.Errorf("B's job was answered %s, one that isn't there %s", foreign.raw, missing.raw)
	}
	if r := a.ask(a.w.Key(a.w.A, tenancy.Finance, uuid.Nil), restart, map[string]any{"j": mine}); r.code() != "FORBIDDEN" {
		t.Errorf("finance was answered %s", r.raw)
	}
	if r := a.ask(key, restart, map[string]any{"j": mine}); len(r.Errors) > 0 {
		t.Errorf("restarting was answered %s", r.raw)
	}
}

// Every mutation of payments asks for its permission.
func TestPayments_TakePermissions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	reader, finance := a.w.Key(a.w.A, tenancy.Reader, uuid.Nil), a.w.Key(a.w.A, tenancy.Finance, uuid.Nil)
	id := uuid.NewString()
	for name, input := range map[string]string{
		"startTopUp":              `walletId: "` + id + `", amount: 1`,
		"confirmCheckout":         `paymentId: "` + id + `", providerPaymentId: "x"`,
		"refundPayment":           `paymentId: "` + id + `", amount: {amount: "1", currency: "EUR"}, reason: "x", idempotencyKey: "k"`,
		"startPaymentMethodSetup": `driverId: "` + id + `"`,
		"removePaymentMethod":     `id: "` + id + `"`,
		"updateWalletAutoTopUp":   `walletId: "` + id + `", off: true`,
		"reconcilePayments":       `accountId: "` + id + `"`,
	} {
		mutation := "mutation { " + name + "(input: {" + input + "}) { __typename } }"
		if r := a.ask(reader, mutation, nil); r.code() != "FORBIDDEN" {
			t.Errorf("a reader's %s was answered %s", name, r.raw)
		}
		if r := a.ask(finance, mutation, nil); r.code() != "NOT_FOUND" {
			t.Errorf("finance's %s was answered %s", name, r.raw)
		}
	}
	if r := a.ask(finance, `mutation { createPaymentAccount(input: {provider: STRIPE, name: "x", live: true, secret: "s", webhookSecret: "w"}) { __typename } }`, nil); r.code() != "FORBIDDEN" {
		t.Errorf("finance's account was answered %s", r.raw)
	}
}
