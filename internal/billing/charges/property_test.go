package charges_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// history is a life of a shop: what was begun and not ended yet, and what was billed.
type history struct {
	*shop
	r       *rand.Rand
	running map[int]running
	ended   []map[string]any // stops that may be sent again
	meter   int64
	steps   []string
}

type running struct {
	transaction int64
	start       map[string]any
	meter       int64
	began       time.Duration
}

// Whatever happens, in whatever order, and however often it is said: the books add up, every balance is the sum of its entries, a
// session has at most one charge, and nothing is held for what has ended and is settled.
func TestAnyHistoryAddsUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := &history{shop: newShop(t, taxed, 3000), r: rand.New(rand.NewPCG(seed, 3)), running: map[int]running{}, meter: 1000}
			for range 60 {
				h.step()
			}
			for connector := range h.running {
				h.end(connector)
			}
			h.check()
			if t.Failed() {
				t.Logf("the history was %v", h.steps)
			}
		})
	}
}

func (h *history) step() {
	connector := 1 + h.r.IntN(2)
	_, busy := h.running[connector]
	switch n := h.r.IntN(12); {
	case n < 3 && !busy:
		h.begin(connector)
	case n < 5 && busy:
		h.end(connector)
	case n == 5 && busy: // the station didn't see our answer
		h.say("start again")
		worldtest.Do[any](h.charger, "StartTransaction", h.running[connector].start)
	case n == 6 && len(h.ended) > 0:
		h.say("stop again")
		worldtest.Do[any](h.charger, "StopTransaction", h.ended[h.r.IntN(len(h.ended))])
	case n == 7:
		h.say("top up")
		h.topUp(1 + h.r.Int64N(3000))
		h.must(h.Charges.CollectWallet(h.billing(), h.wallet.ID))
	case n == 8:
		_, err := h.drivers.Adjust(h.ctx, drivers.Adjustment{Wallet: h.wallet.ID, Amount: drivers.Amount{Value: "1.00", Currency: "EUR"}, Reason: "A gift.", Key: fmt.Sprint("gift ", h.r.IntN(4))})
		h.allow("gift", err)
	case n == 9:
		_, err := h.Charges.Grow(h.billing())
		h.allow("grow", err)
	default:
		h.staff()
	}
}

func (h *history) say(step string) { h.steps = append(h.steps, step) }

// allow takes refusals that a person is told; anything else is wrong.
func (h *history) allow(step string, err error) {
	h.t.Helper()
	h.say(step)
	if err != nil && fault.Of(err) == nil {
		h.t.Errorf("%s: %v", step, err)
	}
}

func (h *history) begin(connector int) {
	h.say("start")
	began := time.Duration(30+h.r.IntN(60)) * time.Minute
	start := map[string]any{"connectorId": connector, "idTag": h.tag, "meterStart": h.meter, "timestamp": at(began)}
	if h.r.IntN(4) == 0 {
		start["idTag"] = "NOBODY"
	}
	answer := worldtest.Do[struct{ TransactionID int64 }](h.charger, "StartTransaction", start)
	h.running[connector] = running{answer.TransactionID, start, h.meter, began}
	h.meter += 100_000
}

func (h *history) end(connector int) {
	h.say("stop")
	r := h.running[connector]
	delete(h.running, connector)
	register := r.meter + h.r.Int64N(25_000)
	if h.r.IntN(6) == 0 {
		register = r.meter - 500 // nothing that can be believed
	}
	stop := map[string]any{"transactionId": r.transaction, "meterStop": register, "timestamp": at(0)}
	worldtest.Do[any](h.charger, "StopTransaction", stop)
	h.ended = append(h.ended, stop)
}

// staff does something with one of the charges.
func (h *history) staff() {
	all, err := h.DB.Ent().Charge.Query().All(h.ctx)
	h.must(err)
	if len(all) == 0 {
		return
	}
	c := all[h.r.IntN(len(all))]
	some := 1 + h.r.Int64N(300)
	switch h.r.IntN(6) {
	case 0:
		h.allow("refund", h.Charges.Refund(h.ctx, c.ID, &some, "A gesture.", fmt.Sprint(h.r.IntN(3))))
	case 1:
		h.allow("write off", h.Charges.WriteOff(h.ctx, c.ID, "Nobody pays."))
	case 2:
		h.allow("approve", h.Charges.Approve(h.ctx, c.ID, nil, "It is right."))
	case 3:
		h.allow("retry", h.Charges.Retry(h.ctx, c.ID))
	case 4:
		_, err := h.Charges.Rebill(h.ctx, c.QuerySession().OnlyIDX(h.ctx), uuid.Nil, true, "To be sure.")
		h.allow("rebill", err)
	case 5:
		_, err := h.Charges.Collect(h.billing(), c.ID)
		h.allow("collect", err)
	}
}

func (h *history) check() {
	h.t.Helper()
	h.addsUp()
	if twice := worldtest.OwnerValue[int](h.World, "select count(*) from (select session_id from charges group by 1 having count(*) > 1) t"); twice > 0 {
		h.t.Errorf("%d sessions have two charges", twice)
	}
	if held := worldtest.OwnerValue[int](h.World, `select count(*) from (select a.owner_id from ledger_accounts a join ledger_entries e on e.account_id = a.id join charges c on c.session_id = a.owner_id
		where a.kind = 'HOLD' and c.status in ('PAID', 'WRITTEN_OFF') group by 1 having sum(e.amount) <> 0) t`); held > 0 {
		h.t.Errorf("something is held for %d sessions that are settled", held)
	}
	// What charges and their corrections say is what the books say was earned.
	said := worldtest.OwnerValue[int64](h.World, `select coalesce(sum(c.gross + coalesce((select sum(x.gross) from charge_corrections x where x.charge_id = c.id and x.status = 'APPLIED'), 0)), 0)::bigint
		from charges c where c.status in ('PAID', 'RECEIVABLE', 'WRITTEN_OFF')`)
	if booked := h.account("REVENUE") + h.account("TAX"); booked != said {
		h.t.Errorf("the charges come to %d, and the books have %d", said, booked)
	}
	var session *ent.ChargingSession
	for _, session = range h.DB.Ent().ChargingSession.Query().AllX(h.ctx) {
		c, err := session.QueryCharge().Only(h.ctx)
		if err != nil {
			h.t.Errorf("session %s is %s and has no charge: %v", session.ID, session.Status, err)
			continue
		}
		if want := map[string]string{"PAID": "COMPLETED", "RECEIVABLE": "COMPLETED", "WRITTEN_OFF": "COMPLETED"}[string(c.Status)]; want != "" && string(session.Status) != want || want == "" && string(session.Status) != string(c.Status) {
			h.t.Errorf("the charge is %s and its session %s", c.Status, session.Status)
		}
	}
}
