package graph_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// newTill is a tenant with an account at a provider's stand-in, and drivers.
func newTill(t *testing.T, keys payment.Account, people ...string) (*api, *providertest.Account) {
	t.Helper()
	server := providertest.Start(t, providertest.Options{})
	a := newAPI(t, worldtest.WithProviders(func(account payment.Account) string {
		if account.Provider == payment.Stripe {
			return server.StripeURL()
		}
		return server.RazorpayURL()
	}))
	owner := a.w.A.As(tenancy.Owner)
	there := server.Open(keys)
	there.Hold()
	_, err := a.w.Payments.CreateAccount(owner, payments.AccountSpec{Provider: keys.Provider, Name: "Ours", Key: keys.Key, Secret: keys.Secret, WebhookSecret: keys.WebhookSecret})
	if err != nil {
		t.Fatal(err)
	}
	for _, email := range people {
		if _, err := a.w.Drivers.Create(owner, drivers.Spec{Name: "Somebody", Email: email, Network: a.w.A.Main}); err != nil {
			t.Fatal(err)
		}
	}
	return a, there
}

// A driver tops their own wallet up on the provider's page, comes back to their wallet, and sees the payment until it is there.
func TestDriver_TopsTheWalletUp(t *testing.T) {
	t.Parallel()
	a, there := newTill(t, payment.Account{Provider: payment.Stripe, Secret: "sk_test_alpha", WebhookSecret: "whsec_alpha"}, "me@demo.example")
	me := a.signInDriver("alpha", "main", "me@demo.example")
	const topUp = `mutation($amount: String!) { startMyTopUp(input: {amount: {amount: $amount, currency: "EUR"}}) { checkoutURL message payment { id status amount { amount } checkoutURL } } }`
	if r := a.askAs(me, topUp, map[string]any{"amount": "-5"}); r.code() != "INVALID" || r.Errors[0].Extensions["field"] != "amount.amount" {
		t.Errorf("less than nothing was answered %s", r.raw)
	}
	r := a.askAs(me, topUp, map[string]any{"amount": "25.00"})
	if len(r.Errors) > 0 || !strings.Contains(r.raw, "checkoutURL\":\"http") || !strings.Contains(r.raw, `"status":"PENDING","amount":{"amount":"25.00"}`) {
		t.Fatalf("the top-up was answered %s", r.raw)
	}
	id := worldtest.OwnerValue[uuid.UUID](a.w, "select id from payments")
	if back := worldtest.OwnerValue[string](a.w, "select return_url from payments"); !strings.Contains(back, "/drive/alpha/main/wallet?payment="+id.String()) {
		t.Errorf("the driver comes back to %s", back)
	}
	if _, err := there.Pay(worldtest.OwnerValue[string](a.w, "select ref from payments"), providertest.Paying{}); err != nil {
		t.Fatal(err)
	}
	if err := a.w.Payments.Process(tenancy.NewContext(context.Background(), tenancy.Billing(a.w.A.ID)), id); err != nil {
		t.Fatal(err)
	}
	after := a.askAs(me, `{ my { wallet { balance { amount } } payments { status checkoutURL } } }`, nil)
	if after.raw != `{"data":{"my":{"wallet":{"balance":{"amount":"25.00"}},"payments":[{"status":"CAPTURED","checkoutURL":null}]}}}` {
		t.Errorf("afterwards the driver sees %s", after.raw)
	}
}

// An app is given what the provider's checkout needs, by drivers' own door and by staff's; what it confirms is looked up, and is nobody
// else's to confirm.
func TestSec086_AppsPayInTheProvidersCheckout(t *testing.T) {
	t.Parallel()
	a, there := newTill(t, payment.Account{Provider: payment.Razorpay, Key: "rzp_test_alpha", Secret: "secret alpha", WebhookSecret: "hook"}, "me@demo.example", "other@demo.example")
	me, other := a.signInDriver("alpha", "main", "me@demo.example"), a.signInDriver("alpha", "main", "other@demo.example")
	const checkout = `checkoutURL message checkout { provider key orderId clientSecret amount { amount currency } minorUnits name description }`
	begun := a.askAs(me, `mutation { startMyTopUp(input: {amount: {amount: "25.00", currency: "EUR"}, via: CHECKOUT}) { `+checkout+` payment { id status } } }`, nil)
	id, order := worldtest.OwnerValue[uuid.UUID](a.w, "select id from payments"), worldtest.OwnerValue[string](a.w, "select ref from payments")
	operator := worldtest.OwnerValue[string](a.w, "select name from tenants where id = $1", a.w.A.ID)
	if begun.raw != `{"data":{"startMyTopUp":{"checkoutURL":null,"message":null,"checkout":{"provider":"RAZORPAY","key":"rzp_test_alpha","orderId":"`+order+`","clientSecret":null,`+
		`"amount":{"amount":"25.00","currency":"EUR"},"minorUnits":"2500","name":"`+operator+`","description":"Wallet top-up"},"payment":{"id":"`+id.String()+`","status":"PENDING"}}}}` {
		t.Fatalf("the app is given %s", begun.raw)
	}
	paidBy, err := there.Pay(order, providertest.Paying{})
	if err != nil {
		t.Fatal(err)
	}
	confirm := func(who http.Header, id uuid.UUID, signature string) result {
		return a.askAs(who, `mutation($p: ID!, $r: String!, $s: String!) { confirmMyCheckout(input: {paymentId: $p, providerPaymentId: $r, signature: $s}) { message payment { status } } }`,
			map[string]any{"p": id, "r": paidBy, "s": signature})
	}
	signature := there.CheckoutSignature(order, paidBy)
	foreign, missing := confirm(other, id, signature), confirm(other, uuid.New(), signature)
	if foreign.code() != "NOT_FOUND" || foreign.raw != missing.raw {
		t.Errorf("another driver's word was answered %s, for nothing %s", foreign.raw, missing.raw)
	}
	if r := confirm(me, id, there.CheckoutSignature("order_x", paidBy)); r.code() != "INVALID" || r.Errors[0].Extensions["field"] != "signature" {
		t.Errorf("another order's signature was answered %s", r.raw)
	}
	for range 2 {
		if r := confirm(me, id, signature); r.raw != `{"data":{"confirmMyCheckout":{"message":null,"payment":{"status":"CAPTURED"}}}}` {
			t.Errorf("the driver's word was answered %s", r.raw)
		}
	}
	if r := a.askAs(me, `{ my { wallet { balance { amount } } } }`, nil); !strings.Contains(r.raw, `"25.00"`) {
		t.Errorf("the driver has %s", r.raw)
	}

	key, wallet := a.owner(a.w.A), worldtest.OwnerValue[uuid.UUID](a.w, "select wallet_id from payments")
	started := must[struct {
		StartTopUp struct {
			Payment  struct{ ID uuid.UUID }
			Checkout struct{ OrderID string }
		}
	}](a, key, `mutation($w: ID!) { startTopUp(input: {walletId: $w, amount: "20.00", via: CHECKOUT}) { payment { id } checkout { orderId } } }`, map[string]any{"w": wallet}).StartTopUp
	if paidBy, err = there.Pay(started.Checkout.OrderID, providertest.Paying{}); err != nil {
		t.Fatal(err)
	}
	word := map[string]any{"p": started.Payment.ID, "r": paidBy, "s": there.CheckoutSignature(started.Checkout.OrderID, paidBy)}
	const staffs = `mutation($p: ID!, $r: String!, $s: String!) { confirmCheckout(input: {paymentId: $p, providerPaymentId: $r, signature: $s}) { message payment { status credited { amount } } } }`
	if r := a.ask(a.owner(a.w.B), staffs, word); r.code() != "NOT_FOUND" {
		t.Errorf("another tenant's word was answered %s", r.raw)
	}
	if r := a.ask(key, staffs, word); r.raw != `{"data":{"confirmCheckout":{"message":null,"payment":{"status":"CAPTURED","credited":{"amount":"20.00"}}}}}` {
		t.Errorf("the app's word was answered %s", r.raw)
	}
}
