package graph_test

import (
	"context"
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

// A driver tops their own wallet up on the provider's page, comes back to their wallet, and sees the payment until it is there.
func TestDriver_TopsTheWalletUp(t *testing.T) {
	t.Parallel()
	server := providertest.Start(t, providertest.Options{})
	a := newAPI(t, worldtest.WithProviders(func(payment.Account) string { return server.StripeURL() }))
	owner := a.w.A.As(tenancy.Owner)
	keys := payment.Account{Provider: payment.Stripe, Secret: "sk_test_alpha", WebhookSecret: "whsec_alpha"}
	there := server.Open(keys)
	there.Hold()
	if _, err := a.w.Payments.CreateAccount(owner, payments.AccountSpec{Provider: keys.Provider, Name: "Ours", Secret: keys.Secret, WebhookSecret: keys.WebhookSecret}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.w.Drivers.Create(owner, drivers.Spec{Name: "Somebody", Email: "me@demo.example", Network: a.w.A.Main}); err != nil {
		t.Fatal(err)
	}
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
