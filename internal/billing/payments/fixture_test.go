package payments_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/db/dbtest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// till is a tenant that takes payments over a stand-in of a provider.
type till struct {
	t      testing.TB
	w      *worldtest.World
	server *providertest.Server
	// there is the account at the stand-in, and account what we know of it.
	there   *providertest.Account
	account *ent.PaymentAccount
	driver  *ent.EVDriver
	wallet  *ent.Wallet
	ctx     context.Context // of staff
	system  context.Context // of jobs
}

// secretsOf are an account's as its provider gives them out.
func secretsOf(p payment.Provider, name string) payment.Account {
	if p == payment.Stripe {
		return payment.Account{Provider: p, Secret: "sk_test_" + name, WebhookSecret: "whsec_" + name}
	}
	return payment.Account{Provider: p, Key: "rzp_test_" + name, Secret: "secret " + name, WebhookSecret: "hook " + name}
}

func newTill(t testing.TB, p payment.Provider) *till {
	t.Helper()
	server := providertest.Start(t, providertest.Options{})
	w := worldtest.New(t, worldtest.WithProviders(func(a payment.Account) string {
		if a.Provider == payment.Stripe {
			return server.StripeURL()
		}
		return server.RazorpayURL()
	}))
	i := &till{t: t, w: w, server: server, ctx: w.A.As(tenancy.Owner), system: tenancy.NewContext(context.Background(), tenancy.Billing(w.A.ID))}
	i.account, i.there = i.open(w.A, p, "main", uuid.Nil)
	var err error
	i.driver, err = w.Drivers.Create(i.ctx, drivers.Spec{Name: "Somebody", Email: "somebody@demo.example", Network: w.A.Main})
	i.must(err)
	i.wallet, err = i.driver.QueryWallet().Only(i.ctx)
	i.must(err)
	return i
}

// open makes an account at the stand-in and here, and tells the stand-in of our webhook.
func (i *till) open(tenant worldtest.Tenant, p payment.Provider, name string, network uuid.UUID) (*ent.PaymentAccount, *providertest.Account) {
	i.t.Helper()
	keys := secretsOf(p, name+tenant.Slug)
	there := i.server.Open(keys)
	there.Hold()
	made, err := i.w.Payments.CreateAccount(tenant.As(tenancy.Owner), payments.AccountSpec{
		Provider: p, Name: name, Key: keys.Key, Secret: keys.Secret, WebhookSecret: keys.WebhookSecret, Network: network,
	})
	i.must(err)
	hook, err := i.w.Payments.Webhook(tenant.As(tenancy.Owner), made)
	i.must(err)
	there.SetWebhook(hook.URL)
	return made, there
}

// each runs a test with both providers.
func each(t *testing.T, test func(t *testing.T, i *till)) {
	for _, p := range []payment.Provider{payment.Stripe, payment.Razorpay} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			test(t, newTill(t, p))
		})
	}
}

func (i *till) must(err error) {
	i.t.Helper()
	if err != nil {
		i.t.Fatal(err)
	}
}

func (i *till) refused(what string, err error, code fault.Code, field string) {
	i.t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code || f.Field != field {
		i.t.Errorf("%s was answered %v, want %s of %q", what, err, code, field)
	}
}

func eur(value string) payments.Amount { return payments.Amount{Value: value, Currency: "EUR"} }

func (i *till) start(value string) *payments.Started {
	i.t.Helper()
	started, err := i.w.Payments.StartTopUp(i.ctx, payments.TopUp{Wallet: i.wallet.ID, Amount: eur(value)})
	i.must(err)
	return started
}

// pay pays a payment's page as somebody in front of it would, and gives what the provider calls the money.
func (i *till) pay(p uuid.UUID, how providertest.Paying) string {
	i.t.Helper()
	charge, err := i.there.Pay(i.read(p).Ref, how)
	i.must(err)
	return charge
}

// paid is a payment that was started and paid, and is in the books.
func (i *till) paid(value string) (id uuid.UUID, charge string) {
	i.t.Helper()
	id = i.start(value).Payment.ID
	charge = i.pay(id, providertest.Paying{})
	i.must(i.w.Payments.Process(i.system, id))
	return id, charge
}

func (i *till) read(id uuid.UUID) *ent.Payment {
	i.t.Helper()
	p, err := i.w.DB.Ent().Payment.Get(i.ctx, id)
	i.must(err)
	return p
}

func (i *till) balance() int64 {
	i.t.Helper()
	funds, err := i.w.Drivers.Funds(i.ctx, i.wallet.ID)
	i.must(err)
	return funds[i.wallet.ID].Balance
}

// kind is the sum of all accounts of a kind.
func (i *till) kind(k ledger.Kind) int64 {
	i.t.Helper()
	return worldtest.OwnerValue[int64](i.w, "select coalesce(sum(e.amount), 0)::bigint from ledger_entries e join ledger_accounts a on a.id = e.account_id where a.kind = $1", k)
}

// sound fails the test where the books don't verify.
func (i *till) sound() {
	i.t.Helper()
	report, err := ledger.Verify(i.system, i.w.DB)
	i.must(err)
	for _, f := range report.Findings {
		if !strings.Contains(f.What, "sealed") && !strings.Contains(f.What, "chain") {
			i.t.Errorf("the books: %s", f.What)
		}
	}
}

// work does what is enqueued, as the workers would, until nothing is left that is due.
func (i *till) work() {
	i.t.Helper()
	for range 20 {
		if i.workOnce() == 0 {
			return
		}
	}
	i.t.Fatal("there is always something left to do")
}

func (i *till) workOnce() int {
	i.t.Helper()
	var jobs []struct {
		ID   int64           `json:"id"`
		Kind string          `json:"kind"`
		Args json.RawMessage `json:"args"`
	}
	text := worldtest.OwnerValue[string](i.w, "select coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'args', args) order by id), '[]')::text from river_job where state = 'available'")
	i.must(json.Unmarshal([]byte(text), &jobs))
	for _, j := range jobs {
		if err := i.do(j.Kind, j.Args); err != nil {
			i.t.Fatalf("job %s %s: %v", j.Kind, j.Args, err)
		}
		i.w.Owner("update river_job set state = 'completed', finalized_at = now() where id = $1", j.ID)
	}
	return len(jobs)
}

// due makes everything due that is enqueued for later.
func (i *till) due() {
	i.w.Owner("update river_job set state = 'available', scheduled_at = now() where state = 'scheduled'")
}

func (i *till) do(kind string, args json.RawMessage) error {
	s := i.w.Payments
	switch kind {
	case payments.ProcessPayment{}.Kind():
		return s.Process(i.system, decoded[payments.ProcessPayment](i, args).Payment)
	case payments.ProcessEvent{}.Kind():
		return s.HandleEvent(i.system, decoded[payments.ProcessEvent](i, args))
	case payments.ProcessRefund{}.Kind():
		_, err := s.SettleRefund(i.system, decoded[payments.ProcessRefund](i, args).Refund)
		return err
	case payments.AutoTopUp{}.Kind():
		return s.TopUpByItself(i.system, decoded[payments.AutoTopUp](i, args).Wallet)
	case payments.ForgetMethod{}.Kind():
		return s.Forget(i.system, decoded[payments.ForgetMethod](i, args).Method)
	case payments.RunReconciliation{}.Kind():
		return s.RunReconciliation(i.system, decoded[payments.RunReconciliation](i, args).Reconciliation)
	case charges.RetryWallet{}.Kind():
		return i.w.Charges.CollectWallet(i.system, decoded[charges.RetryWallet](i, args).Wallet)
	}
	return nil // not about payments
}

func decoded[T any](i *till, args json.RawMessage) (v T) {
	i.t.Helper()
	i.must(json.Unmarshal(args, &v))
	return v
}

// send sends events that came about at the stand-in, and fails the test where one isn't taken.
func (i *till) send(events ...providertest.Event) {
	i.t.Helper()
	for _, e := range events {
		answers, err := i.there.Send(context.Background(), e, providertest.Sending{})
		i.must(err)
		if answers[0] != http.StatusOK {
			i.t.Errorf("event %s was answered %d", e.Kind, answers[0])
		}
	}
}

// issues are the kinds of open issues.
func (i *till) issues() string {
	i.t.Helper()
	return worldtest.OwnerValue[string](i.w, "select coalesce(string_agg(kind, ' ' order by kind), '') from detected_issues where status <> 'RESOLVED'")
}

func (i *till) hookOf(there *providertest.Account) string {
	return i.w.HTTP.URL + "/webhooks/" + strings.ToLower(string(there.Provider)) + "/" + worldtest.OwnerValue[uuid.UUID](i.w, "select id from payment_accounts where tenant_id = $1", i.w.B.ID).String()
}

// post sends a webhook as it is.
func (i *till) post(path string, header http.Header, body []byte) (status int, text string) {
	i.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, i.w.HTTP.URL+path, bytes.NewReader(body))
	i.must(err)
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	i.must(err)
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	i.must(err)
	http.DefaultClient.CloseIdleConnections()
	return response.StatusCode, string(answer)
}
