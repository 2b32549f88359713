package payments_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// reconcile runs one, and gives what it found.
func (i *till) reconcile() (found []payments.Difference) {
	i.t.Helper()
	started, err := i.w.Payments.Reconcile(i.ctx, i.account.ID)
	i.must(err)
	i.work()
	done, err := i.w.DB.Ent().Reconciliation.Get(i.ctx, started.ID)
	i.must(err)
	if done.Status != "DONE" || done.FinishedAt == nil {
		i.t.Fatalf("the reconciliation is %+v", done)
	}
	i.must(json.Unmarshal([]byte(done.Differences), &found))
	return found
}

// What webhooks never told is found, booked and reported; what can't be booked is reported with both figures.
func TestReconcile_FindsWhatIsDifferent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, i *till) {
		good, _ := i.paid("10.00")
		if found := i.reconcile(); len(found) != 0 || i.issues() != "" {
			t.Errorf("of a payment as it should be: %+v, issues %s", found, i.issues())
		}
		missed := i.start("20.00").Payment.ID
		i.pay(missed, providertest.Paying{})
		back, charge := i.paid("30.00")
		_, err := i.there.Refund(charge, 700)
		i.must(err)
		lost := i.start("40.00").Payment.ID
		i.w.Owner("update payments set ref = 'plink_gone' where id = $1", lost)
		found := map[uuid.UUID]payments.Difference{}
		for _, d := range i.reconcile() {
			found[d.Payment] = d
		}
		want := map[uuid.UUID]payments.Difference{
			missed: {Payment: missed, Finding: payments.NotBooked, Booked: 0, Provider: 2000, Currency: "EUR", Resolved: true},
			back:   {Payment: back, Finding: payments.NotReturned, Booked: 0, Provider: 700, Currency: "EUR", Resolved: true},
		}
		for id, d := range want {
			if found[id] != d {
				t.Errorf("found %+v, want %+v", found[id], d)
			}
		}
		if d := found[lost]; d.Finding != payments.UnknownThere || d.Resolved || len(found) != 3 || found[good].Finding != "" {
			t.Errorf("found %+v", found)
		}
		if i.balance() != 1000+2000+3000-700 || i.issues() != "RECONCILIATION_FOUND" {
			t.Errorf("the wallet has %d, issues %s", i.balance(), i.issues())
		}
		i.sound()
	})
}

// Each account is reconciled at night by itself, once, and only where there is something to reconcile.
func TestReconcile_NightlyByItself(t *testing.T) {
	t.Parallel()
	i := newTill(t, "STRIPE")
	i.paid("10.00")
	if n, err := i.w.Payments.ReconcileNightly(i.system); n != 0 || err != nil {
		t.Errorf("of a young account %d began %v", n, err)
	}
	i.w.Owner("update payment_accounts set created_at = now() - interval '30 hours'")
	for _, want := range []int{1, 0} {
		if n, err := i.w.Payments.ReconcileNightly(i.system); n != want || err != nil {
			t.Errorf("%d began, want %d %v", n, want, err)
		}
	}
	i.work()
	if got := worldtest.OwnerValue[string](i.w, "select status || ' ' || looked_up || ' ' || asked_by from reconciliations"); got != "DONE 1 billing" {
		t.Errorf("it is %s", got)
	}
	_, err := i.w.Payments.Reconcile(i.w.B.As(tenancy.Owner), i.account.ID)
	i.refused("another tenant's reconciliation", err, fault.NotFound, "")
	_, err = i.w.Payments.Reconcile(i.w.A.As(tenancy.Reader), i.account.ID)
	i.refused("a reader's reconciliation", err, fault.Forbidden, "")
}
