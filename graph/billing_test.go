package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/internal/worldtest"
)

// fields decodes what these tests look at.
type billed struct {
	ChargingSessions struct {
		Edges []struct {
			Node struct {
				ID, Status string
				Tariff     struct{ Name string }
				Driver     *struct{ Name string }
				Cost       *struct {
					Currency string
					Total    struct{ Amount, Currency string }
					EnergyWh float64
					Lines    []struct {
						Kind, Dimension, Restriction, Unit string
						Quantity, UnitPrice                float64
						Total                              struct{ Amount string }
					}
				}
				Charge *struct {
					ID, Status string
					Total, Due struct{ Amount string }
				}
			}
		}
	}
}

const sessionCosts = `{ chargingSessions { edges { node { id status tariff { name } driver { name } charge { id status total { amount } due { amount } }
	cost { currency energyWh total { amount currency } lines { kind dimension restriction unit quantity unitPrice total { amount } } } } } } }`

// From a price to a bill, through the interface alone: shown before, growing while it runs, and explained line by line.
func TestSellingThroughTheInterface(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.owner(a.w.A)
	a.w.Owner("update networks set currency = 'INR'")
	must[any](a, key, `mutation($n: ID!) { updateNetwork(input: {id: $n, free: false}) { network { free } } }`, map[string]any{"n": a.w.A.Main})
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	charger := a.w.Onboarded(a.w.A, st)
	made := must[struct {
		CreateTariff struct{ Tariff struct{ ID, Currency string } }
		CreateDriver struct {
			Driver struct {
				Tokens []struct{ IDTag string }
				Wallet struct{ ID string }
			}
		}
	}](a, key, `mutation($n: ID!) { createTariff(input: {name: "Plain", networkId: $n, pricePerKwh: "10"}) { tariff { id currency } }
		createDriver(input: {name: "Somebody", networkId: $n}) { driver { tokens { idTag } wallet { id } } } }`, map[string]any{"n": a.w.A.Main})
	if made.CreateTariff.Tariff.Currency != "INR" {
		t.Errorf("the tariff is in %s", made.CreateTariff.Tariff.Currency)
	}
	tag, wallet := made.CreateDriver.Driver.Tokens[0].IDTag, made.CreateDriver.Driver.Wallet.ID
	remote := `mutation($s: ID!, $t: String!) { remoteStart(input: {stationId: $s, evseNo: 1, idTag: $t}, wait: 0) { id } }`
	if r := a.ask(key, remote, map[string]any{"s": st.ID, "t": tag}); r.code() != "CONFLICT" || !strings.Contains(r.raw, "tariff") {
		t.Errorf("without a tariff a start from afar was answered %s", r.raw)
	}
	issue := must[struct {
		DetectedIssues struct {
			Edges []struct {
				Node struct{ ID, Kind, Title, Meaning, Remedy, Status string }
			}
		}
	}](a, key, `{ detectedIssues { edges { node { id kind title meaning remedy status } } } }`, nil).DetectedIssues.Edges
	if len(issue) != 1 || issue[0].Node.Kind != "COST_SETTING_MISSING" || issue[0].Node.Title != "Cost setting not configured at CP1" {
		t.Errorf("the issues are %+v", issue)
	}
	must[any](a, key, `mutation($t: ID!, $n: ID!) { assignTariff(input: {tariffId: $t, networkId: $n}) { tariff { id } assignment { level target } } }`, map[string]any{"t": made.CreateTariff.Tariff.ID, "n": a.w.A.Main})
	if r := a.ask(key, remote, map[string]any{"s": st.ID, "t": tag}); r.code() != "CONFLICT" || !strings.Contains(r.raw, "100.00 INR") {
		t.Errorf("with an empty wallet a start from afar was answered %s", r.raw)
	}
	must[any](a, key, `mutation($w: ID!) { adjustWallet(input: {walletId: $w, amount: {amount: "500.00", currency: "INR"}, reason: "To begin with.", idempotencyKey: "1"}) { wallet { id } } }`, map[string]any{"w": wallet})
	quote := must[struct {
		PriceQuote struct {
			Free  bool
			Level string
			Bill  struct {
				Total struct{ Amount, Currency string }
			}
		}
	}](a, key, `query($s: ID!) { priceQuote(input: {stationId: $s, energyWh: 8500}) { free level bill { total { amount currency } } } }`, map[string]any{"s": st.ID}).PriceQuote
	if quote.Bill.Total.Amount != "85.00" || quote.Bill.Total.Currency != "INR" || quote.Level != "NETWORK" {
		t.Errorf("8.5 kWh are quoted as %+v", quote)
	}

	at := func(ago time.Duration) string { return time.Now().Add(-ago).UTC().Format(time.RFC3339) }
	session := worldtest.Do[struct{ TransactionID int64 }](charger, "StartTransaction", map[string]any{"connectorId": 1, "idTag": tag, "meterStart": 100, "timestamp": at(time.Hour)})
	worldtest.Do[any](charger, "MeterValues", map[string]any{"connectorId": 1, "transactionId": session.TransactionID, "meterValue": []any{map[string]any{
		"timestamp": at(30 * time.Minute), "sampledValue": []any{map[string]any{"value": "4100", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}}}}})
	running := must[billed](a, key, sessionCosts, nil).ChargingSessions.Edges[0].Node
	if running.Cost == nil || running.Cost.Total.Amount != "40.00" || running.Charge != nil || running.Tariff.Name != "Plain" || running.Driver == nil || running.Driver.Name != "Somebody" {
		t.Errorf("while it runs the session is %+v", running)
	}
	worldtest.Do[any](charger, "StopTransaction", map[string]any{"transactionId": session.TransactionID, "meterStop": 8600, "timestamp": at(0)})
	ended := must[billed](a, key, sessionCosts, nil).ChargingSessions.Edges[0].Node
	if ended.Status != "COMPLETED" || ended.Charge == nil || ended.Charge.Status != "PAID" || ended.Charge.Total.Amount != "85.00" || ended.Cost.Total.Amount != "85.00" {
		t.Fatalf("the session is %+v", ended)
	}
	if l := ended.Cost.Lines; len(l) != 1 || l[0].Dimension != "ENERGY" || l[0].Quantity != 8500 || l[0].Unit != "Wh" || l[0].UnitPrice != 10 || l[0].Total.Amount != "85.00" {
		t.Errorf("it is explained as %+v", l)
	}
	back := must[struct {
		RefundCharge struct {
			Charge struct {
				Due         struct{ Amount string }
				Corrections []struct {
					Kind  string
					Total struct{ Amount string }
				}
			}
		}
	}](a, key, `mutation($c: ID!) { refundCharge(input: {chargeId: $c, amount: {amount: "5.00", currency: "INR"}, reason: "A gesture.", idempotencyKey: "1"}) { charge { due { amount } corrections { kind total { amount } } } } }`,
		map[string]any{"c": ended.Charge.ID}).RefundCharge.Charge
	if back.Due.Amount != "80.00" || len(back.Corrections) != 1 || back.Corrections[0].Kind != "REFUND" || back.Corrections[0].Total.Amount != "-5.00" {
		t.Errorf("after a refund the charge is %+v", back)
	}
	again := must[struct {
		RebillSession struct {
			Total       struct{ Amount string }
			Differences []struct {
				Before, After *struct{ Total struct{ Amount string } }
			}
		}
	}](a, key, `mutation($s: ID!) { rebillSession(input: {sessionId: $s}) { total { amount } differences { before { total { amount } } after { total { amount } } } } }`, map[string]any{"s": ended.ID}).RebillSession
	if again.Total.Amount != "0.00" || len(again.Differences) != 1 || again.Differences[0].After.Total.Amount != "85.00" {
		t.Errorf("rated anew it is %+v", again)
	}
}

// A tariff that can't be, or an amount, is INVALID with its field; one that leaves hours without a price is warned of, with the hours.
func TestTariffs_BadInputNamesItsField(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.owner(a.w.A)
	element := func(component string) string { return `elements: [{price_components: [` + component + `]}]` }
	for input, field := range map[string]string{
		`name: "", pricePerKwh: "1"`:                "name",
		`name: "A"`:                                 "elements",
		`name: "A", pricePerKwh: "1", elements: []`: "elements",
		`name: "A", elements: []`:                   "elements",
		`name: "A", pricePerKwh: "-1"`:              "elements[0].price_components[0].price",
		`name: "A", pricePerKwh: "0.1234567"`:       "elements[0].price_components[0].price",
		`name: "A", pricePerKwh: "1", currency: "JPY", minPrice: {afterTaxes: "0.5"}`:                     "min_price.after_taxes",
		`name: "A", pricePerKwh: "1", currency: "ABC"`:                                                    "currency",
		`name: "A", ` + element(`{type: "HEAT", price: 1, step_size: 1}`):                                 "elements[0].price_components[0].type",
		`name: "A", ` + element(`{type: "ENERGY", step_size: 1}`):                                         "elements[0].price_components[0].price",
		`name: "A", ` + element(`{type: "ENERGY", price: 1, step_size: 1, colour: "red"}`):                "elements[0].price_components[0].colour",
		`name: "A", pricePerKwh: "1", validFrom: "2030-01-02T00:00:00Z", validTo: "2030-01-01T00:00:00Z"`: "end_date_time",
	} {
		r := a.ask(key, `mutation { createTariff(input: {`+input+`}) { tariff { id } } }`, nil)
		if got, _ := firstExtension(r, "field").(string); r.code() != "INVALID" || got != field {
			t.Errorf("%s was answered %s, want the field %s", input, r.raw, field)
		}
	}
	nights := must[struct {
		CreateTariff struct {
			Tariff struct {
				Warnings []struct{ Code, Message string }
				Version  struct{ Number int }
			}
		}
	}](a, key, fmt.Sprintf(`mutation { createTariff(input: {name: "Nights", %s}) { tariff { warnings { code message } version { number } } } }`,
		`elements: [{price_components: [{type: "ENERGY", price: 0.25, vat: 19, step_size: 1}], restrictions: {start_time: "22:00", end_time: "06:00"}}]`), nil).CreateTariff.Tariff
	if len(nights.Warnings) != 1 || nights.Warnings[0].Code != "HOURS_UNPRICED" || !strings.Contains(nights.Warnings[0].Message, "06:00") || nights.Version.Number != 1 {
		t.Errorf("a tariff for nights alone is %+v", nights)
	}
}

func firstExtension(r result, name string) any {
	if len(r.Errors) == 0 {
		return nil
	}
	return r.Errors[0].Extensions[name]
}

// Whoever follows issues sees those that are open first, and then each that comes; somebody of another tenant none of them.
func TestDetectedIssue_IsLive(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := a.owner(a.w.A)
	a.w.Owner("update networks set free = false")
	s, theirs := a.open(key), a.open(a.owner(a.w.B))
	theirs.subscribe("1", `subscription { detectedIssue { issue { title } } }`, nil)
	for _, identity := range []string{"CP1", "CP2"} {
		st := a.w.AddStation(a.w.A, a.w.A.Main, identity, 1)
		a.w.Onboarded(a.w.A, st)
		must[any](a, key, `mutation { createToken(input: {idTag: "CARD-`+identity+`"}) { token { id } } }`, nil)
		a.ask(key, `mutation($s: ID!) { remoteStart(input: {stationId: $s, evseNo: 1, idTag: "CARD-`+identity+`"}, wait: 0) { id } }`, map[string]any{"s": st.ID})
		if identity == "CP1" {
			s.subscribe("1", `subscription { detectedIssue { issue { title status } missed } }`, nil)
		}
		s.until(`"title":"Cost setting not configured at `+identity+`"`, `"status":"OPEN"`, `"missed":false`)
	}
	must[any](a, a.owner(a.w.B), `mutation { createToken(input: {idTag: "CARD"}) { token { id } } }`, nil)
	st := a.w.AddStation(a.w.B, a.w.B.Main, "CP-B", 1)
	a.w.Onboarded(a.w.B, st)
	a.ask(a.owner(a.w.B), `mutation($s: ID!) { remoteStart(input: {stationId: $s, evseNo: 1, idTag: "CARD"}, wait: 0) { id } }`, map[string]any{"s": st.ID})
	if got := theirs.event(); !strings.Contains(got, "CP-B") {
		t.Errorf("the first that another tenant hears of is %s", got)
	}
}
