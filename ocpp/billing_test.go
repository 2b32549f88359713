package ocpp_test

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/billing/pricing"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// sell makes the main network of A sell by a tariff, and gives a driver there with so much in the wallet.
func sell(t *testing.T, w *worldtest.World, definition, amount string) (tag string) {
	t.Helper()
	ctx := w.A.As(tenancy.Owner)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Owner("update networks set free = false where id = $1", w.A.Main)
	parsed, err := tariff.Parse([]byte(definition))
	must(err)
	made, err := w.Pricing.Create(ctx, pricing.Spec{Name: "Plain", Definition: parsed})
	must(err)
	_, err = w.Pricing.Assign(ctx, made.ID, pricing.Target{Level: pricing.OnTenant})
	must(err)
	staff := drivers.New(w.DB, w.Bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
	driver, err := staff.Create(ctx, drivers.Spec{Name: "Somebody", Network: w.A.Main})
	must(err)
	_, err = staff.Adjust(ctx, drivers.Adjustment{Wallet: driver.QueryWallet().OnlyIDX(ctx), Amount: drivers.Amount{Value: amount, Currency: "EUR"}, Reason: "To begin with.", Key: "first"})
	must(err)
	return driver.QueryTokens().OnlyX(ctx).IDTag
}

// A queue that a station of OCPP 2.x brings after an outage costs the same in any order, and however often its events come.
func TestOfflineQueue_CostsTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	const definition = `{"currency":"EUR","tax_included":"NO","elements":[
		{"price_components":[{"type":"FLAT","price":0.50,"vat":20,"step_size":1},{"type":"ENERGY","price":0.30,"vat":20,"step_size":1}],"restrictions":{"max_kwh":4}},
		{"price_components":[{"type":"ENERGY","price":0.60,"vat":20,"step_size":1},{"type":"PARKING_TIME","price":6.00,"vat":20,"step_size":60}]}],"idle_grace_s":300}`
	w := worldtest.New(t)
	tag := sell(t, w, definition, "500.00")
	began := time.Now().UTC().Add(-3 * time.Hour).Truncate(time.Second)
	queue := func(transaction string) (events []map[string]any) {
		register := 10_000
		for i := range 12 {
			event := map[string]any{"eventType": "Updated", "triggerReason": "MeterValuePeriodic", "seqNo": i, "offline": true,
				"timestamp":       began.Add(time.Duration(i) * 10 * time.Minute).Format(time.RFC3339),
				"transactionInfo": map[string]any{"transactionId": transaction, "chargingState": "Charging"}}
			phase := "Sample.Periodic"
			switch i {
			case 0:
				event["eventType"], event["triggerReason"], event["idToken"], phase = "Started", "Authorized", map[string]any{"idToken": tag, "type": "ISO14443"}, "Transaction.Begin"
				event["evse"] = map[string]any{"id": 1, "connectorId": 1}
			case 8, 9, 10:
				event["transactionInfo"] = map[string]any{"transactionId": transaction, "chargingState": "SuspendedEV"}
			case 11:
				event["eventType"], event["triggerReason"], phase = "Ended", "EVDeparted", "Transaction.End"
				event["transactionInfo"] = map[string]any{"transactionId": transaction, "stoppedReason": "EVDisconnected"}
			}
			if i >= 1 && i <= 8 {
				register += 1000
			}
			event["meterValue"] = []any{map[string]any{"timestamp": event["timestamp"], "sampledValue": []any{map[string]any{
				"value": register, "context": phase, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": map[string]any{"unit": "Wh"}}}}}
			events = append(events, event)
		}
		return events
	}
	bills := map[string]int{}
	for seed := range uint64(6) {
		st := w.AddStation(w.A, w.A.Main, fmt.Sprint("CP", seed), 1)
		s := onboarded2(t, w, st, "2.0.1")
		events := queue(fmt.Sprint("T", seed))
		if seed > 0 {
			r := rand.New(rand.NewPCG(seed, 2))
			events = append(events, events[r.IntN(12)], events[r.IntN(12)], events[r.IntN(12)])
			r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		}
		for _, e := range events {
			worldtest.Do[any](s, "TransactionEvent", e)
		}
		s.Hang()
		bills[worldtest.OwnerValue[string](w, `select coalesce((select c.status || ' ' || s.status || ' ' || c.gross || ' ' || (c.bill - 'lines')::text || (c.bill->'lines')::text
			from charges c where c.session_id = s.id), s.status || ' without charge') from charging_sessions s where s.station_id = $1`, st.ID)]++
	}
	if len(bills) != 1 {
		t.Errorf("the queue was billed in %d ways: %v", len(bills), bills)
	}
	for bill := range bills {
		// 0.50 + 4 × 0.30 + 4 × 0.60 = 4.10, and 25 of 30 minutes idle at 6.00 = 2.50; with 20 % tax 7.92.
		if want := "PAID COMPLETED 792"; len(bill) < len(want) || bill[:len(want)] != want {
			t.Errorf("it was billed as %s, want %s", bill, want)
		}
	}
}
