package payment_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// In whatever order a provider's words come, and however often, a payment ends in the same state.
func TestSec087_WordsInAnyOrderEndAlike(t *testing.T) {
	t.Parallel()
	id, fee := uuid.New(), int64(59)
	open := func(ref string) payment.Dispute {
		return payment.Dispute{Ref: ref, Amount: 2000, Taken: 2000, Fee: 1500, Reason: "fraudulent", Outcome: payment.Open}
	}
	words := []payment.State{
		{Payment: id, Ref: "p", Status: payment.Pending, Currency: "EUR"},
		{Payment: id, Ref: "p", Status: payment.Failed, Currency: "EUR", Failure: "declined"},
		{Payment: id, Ref: "p", Status: payment.Captured, Captured: 2000, Currency: "EUR", Charge: "c"},
		{Payment: id, Ref: "p", Status: payment.Captured, Captured: 2000, Currency: "EUR", Charge: "c", Fee: &fee},
		{Payment: id, Ref: "p", Status: payment.Refunded, Captured: 2000, Refunded: 500, Currency: "EUR", Charge: "c", Fee: &fee},
		{Payment: id, Ref: "p", Status: payment.Refunded, Captured: 2000, Refunded: 2000, Currency: "EUR", Charge: "c", Fee: &fee},
		{Payment: id, Ref: "p", Status: payment.Disputed, Captured: 2000, Currency: "EUR", Charge: "c", Fee: &fee, Disputes: []payment.Dispute{open("d2")}},
		{Payment: id, Ref: "p", Status: payment.Disputed, Captured: 2000, Refunded: 2000, Currency: "EUR", Charge: "c", Fee: &fee,
			Disputes: []payment.Dispute{{Ref: "d1", Amount: 2000, Fee: 1500, Reason: "fraudulent", Outcome: payment.Won}, open("d2")}},
		{Payment: id, Ref: "p", Status: payment.Disputed, Captured: 2000, Refunded: 2000, Currency: "EUR", Charge: "c", Fee: &fee, Disputes: []payment.Dispute{open("d1")}},
	}
	want := words[7]
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 7))
		var got payment.State
		for _, i := range append(r.Perm(len(words)), r.Perm(len(words))...) {
			got = got.Advance(words[i])
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d ended as %+v", seed, got)
		}
		if got.Taken() != 2000 {
			t.Fatalf("seed %d: %d are gone because of disputes", seed, got.Taken())
		}
	}
}

// A difference between what was asked for and what was captured is said in words that name both.
func TestSec088_DifferencesAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state payment.State
		want  string
	}{
		{payment.State{Status: payment.Pending, Currency: "USD"}, ""},
		{payment.State{Captured: 2000, Currency: "EUR"}, ""},
		{payment.State{Captured: 1999, Currency: "EUR"}, "1999 (minor units) in EUR were captured instead of 2000"},
		{payment.State{Captured: 2000, Currency: "USD"}, "2000 (minor units) in USD were captured instead of 2000 in EUR"},
	} {
		if got := c.state.Differs(2000, "EUR"); got != c.want {
			t.Errorf("%+v differs as %q, want %q", c.state, got, c.want)
		}
	}
}
