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
	words := []payment.State{
		{Payment: id, Ref: "p", Status: payment.Pending, Currency: "EUR"},
		{Payment: id, Ref: "p", Status: payment.Failed, Currency: "EUR", Failure: "declined"},
		{Payment: id, Ref: "p", Status: payment.Captured, Captured: 2000, Currency: "EUR", Charge: "c"},
		{Payment: id, Ref: "p", Status: payment.Captured, Captured: 2000, Currency: "EUR", Charge: "c", Fee: &fee},
		{Payment: id, Ref: "p", Status: payment.Refunded, Captured: 2000, Refunded: 500, Currency: "EUR", Charge: "c", Fee: &fee},
		{Payment: id, Ref: "p", Status: payment.Refunded, Captured: 2000, Refunded: 2000, Currency: "EUR", Charge: "c", Fee: &fee},
	}
	want := words[5]
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 7))
		var got payment.State
		for _, i := range append(r.Perm(len(words)), r.Perm(len(words))...) {
			got = got.Advance(words[i])
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d ended as %+v", seed, got)
		}
	}
}
