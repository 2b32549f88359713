package payments_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/ledger"
	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/payments"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// history is a till to which anything happens in any order.
type history struct {
	*till
	r        *rand.Rand
	payments []uuid.UUID
	charges  []string
	disputes []string
	did      []string
}

func (h *history) note(format string, args ...any) {
	h.did = append(h.did, fmt.Sprintf(format, args...))
}

// allow passes what may happen while a provider doesn't answer, and refusals of ours.
func (h *history) allow(err error) {
	h.t.Helper()
	if err != nil && !errors.Is(err, payment.ErrUncertain) && fault.Of(err) == nil {
		h.t.Fatalf("%v after %v", err, h.did)
	}
}

// step lets one thing happen.
func (h *history) step() {
	pick := func(of int) int { return h.r.IntN(max(of, 1)) }
	switch h.r.IntN(12) {
	case 0, 1:
		started, err := h.w.Payments.StartTopUp(h.ctx, payments.TopUp{Wallet: h.wallet.ID, Amount: eur(fmt.Sprintf("%d.00", 5+h.r.IntN(20))), InApp: h.r.IntN(2) == 0})
		h.allow(err)
		if err == nil {
			h.payments = append(h.payments, started.Payment.ID)
			h.note("start")
		}
	case 2, 3:
		if len(h.payments) == 0 {
			return
		}
		ref := h.read(h.payments[pick(len(h.payments))]).Ref
		if charge, err := h.there.Pay(ref, providertest.Paying{}); err == nil {
			h.charges = append(h.charges, charge)
			h.note("pay")
		}
	case 4:
		if len(h.payments) > 0 {
			id := h.payments[pick(len(h.payments))]
			_, err := h.refund(id, fmt.Sprintf("%d.00", 1+h.r.IntN(8)), uuid.NewString())
			h.allow(err)
			h.note("refund %v", err)
		}
	case 5:
		if len(h.charges) > 0 {
			_, err := h.there.Refund(h.charges[pick(len(h.charges))], int64(100*(1+h.r.IntN(4))))
			h.note("refund elsewhere %v", err)
		}
	case 6:
		if len(h.charges) > 0 && len(h.disputes) < 2 {
			dispute, err := h.there.Dispute(h.charges[pick(len(h.charges))], int64(100*(1+h.r.IntN(4))), "fraudulent")
			h.must(err)
			h.disputes = append(h.disputes, dispute)
			h.note("dispute")
		}
	case 7:
		if len(h.disputes) > 0 {
			h.must(h.there.CloseDispute(h.disputes[pick(len(h.disputes))], h.r.IntN(2) == 0))
			h.note("close")
		}
	case 8:
		h.there.Fail(providertest.Fault{Call: "POST", Done: h.r.IntN(2) == 0, Lost: true, Times: 3})
		h.note("lose an answer")
	case 9:
		for _, e := range h.there.Events() {
			if h.r.IntN(4) == 0 {
				h.send(e)
			}
		}
		h.note("events")
	case 10:
		if len(h.payments) > 0 {
			h.allow(h.w.Payments.Process(h.system, h.payments[pick(len(h.payments))]))
			h.note("look up")
		}
	case 11:
		if len(h.payments) > 0 {
			h.note("confirm %v", h.confirmed(h.payments[pick(len(h.payments))]))
		}
	}
}

// confirmed is an app's word for a payment, whether it was paid or not.
func (h *history) confirmed(id uuid.UUID) error {
	order := h.read(id).Ref
	c := payments.Confirmation{Payment: id, Ref: order}
	if h.there.Provider == payment.Razorpay {
		c.Ref = "pay_x"
		c.Signature = h.there.CheckoutSignature(order, c.Ref)
	}
	_, err := h.w.Payments.ConfirmCheckout(h.ctx, c)
	h.allow(err)
	return err
}

// Whatever happens at the provider and here, in whatever order, with answers lost and events repeated: in the end the books say what the
// provider says, and what is in the wallet is what came in less what went back.
func TestProperty_TheBooksFollowTheProvider(t *testing.T) {
	t.Parallel()
	for _, p := range []payment.Provider{payment.Stripe, payment.Razorpay} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s %d", p, seed), func(t *testing.T) {
				t.Parallel()
				h := &history{till: newTill(t, p), r: rand.New(rand.NewPCG(seed, 5))}
				for range 60 {
					h.step()
				}
				h.there.Clear()
				h.due()
				h.work()
				h.send(h.there.Events()...)
				h.work()
				h.settled()
			})
		}
	}
}

func (h *history) settled() {
	h.t.Helper()
	open := worldtest.OwnerValue[int](h.w, "select (select count(*) from payments where uncertain) + (select count(*) from payment_refunds where status = 'PENDING')")
	if open > 0 {
		h.t.Errorf("%d are still uncertain after %v", open, h.did)
	}
	var credited, returned int64
	for _, id := range h.payments {
		p := h.read(id)
		figures, err := h.w.Payments.Figures(h.ctx, id)
		h.must(err)
		var taken int64
		for _, d := range figures.Disputes {
			taken += d.Taken
		}
		if n := h.there.Payments(id.String()); p.Credited != p.Captured || (p.Captured > 0) != (n == 1) || n > 1 {
			h.t.Errorf("payment %s brought %d %d times, %d are booked, after %v", id, p.Captured, n, p.Credited, h.did)
		}
		if p.Captured > 0 && figures.Returned != h.there.Refunded(p.ChargeRef)+taken {
			h.t.Errorf("of payment %s the provider gave back %d and banks took %d, and %d are booked, after %v", id, h.there.Refunded(p.ChargeRef), taken, figures.Returned, h.did)
		}
		credited, returned = credited+p.Credited, returned+figures.Returned
	}
	if h.balance() != credited-returned || h.kind(ledger.Wallet)+h.kind(ledger.Clearing)+h.kind(ledger.Fees) != 0 {
		h.t.Errorf("the wallet has %d of %d less %d, after %v", h.balance(), credited, returned, h.did)
	}
	h.sound()
}
