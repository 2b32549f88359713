package invoice

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		prefix string
		year   int
		n      int64
		want   string
	}{
		{"", 2030, 1, "2030-000001"}, {"", 2030, 123, "2030-000123"}, {"NL-A/1", 2030, 1_234_567, "NL-A/1-2030-1234567"}, {"CN", 9999, maxNumber, "CN-9999-999999999999"},
	} {
		got, err := Number(c.prefix, c.year, c.n)
		if err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
		if prefix, year, n, err := ParseNumber(got); err != nil || prefix != c.prefix || year != c.year || n != c.n {
			t.Errorf("%s is read as %q %d %d, %v", got, prefix, year, n, err)
		}
	}
	for _, c := range []struct {
		prefix string
		year   int
		n      int64
	}{{"", 2030, 0}, {"", 2030, -1}, {"", 1999, 1}, {"", 10_000, 1}, {"a b", 2030, 1}, {"-", 2030, 1}, {"a\n", 2030, 1}, {strings.Repeat("A", 17), 2030, 1}, {"", 2030, maxNumber + 1}} {
		if got, err := Number(c.prefix, c.year, c.n); err == nil {
			t.Errorf("%+v became %s", c, got)
		}
	}
	for _, s := range []string{"", "-", "2030", "2030-", "2030-123", "2030-0000123", "2030-00012a", "-2030-000123", "2030-+00123", " 2030-000123", "x\u202e-2030-000123", "2030-99999999999999999999"} {
		if prefix, year, n, err := ParseNumber(s); err == nil {
			t.Errorf("%q is read as %q %d %d", s, prefix, year, n)
		}
	}
}

func TestWhatDoesNotAddUpIsRefused(t *testing.T) {
	t.Parallel()
	good := sample(t)
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Document){
		"aren't gross":           func(d *Document) { d.Lines[0].Gross++ },
		"its totals say":         func(d *Document) { d.Gross++; d.Net++ },
		"its totals say ":        func(d *Document) { d.Net++; d.Tax-- },
		"its totals say   ":      func(d *Document) { d.Net++ },
		"its totals say  ":       func(d *Document) { d.Gross++ },
		"its taxes per rate":     func(d *Document) { d.Taxes[0].Net++; d.Taxes[1].Net-- },
		"its taxes per rate ":    func(d *Document) { d.Taxes = d.Taxes[:2] },
		"several rates":          func(d *Document) { d.Lines[0].TaxPercent = nil },
		"isn't 18 % of net":      func(d *Document) { d.Lines[0].Tax += 2; d.Lines[0].Net -= 2 },
		"negative":               func(d *Document) { d.Lines[0].TaxPercent = rate("-1") },
		"what it is for":         func(d *Document) { d.Lines[0].Item, d.Lines[0].Description = Other, "\u202e " },
		"no unit":                func(d *Document) { d.Lines[0].Unit = "MWh" },
		"larger than":            func(d *Document) { d.Lines[0].Net = maxMinor + 1 },
		"isn't the number":       func(d *Document) { d.Number = "12" },
		"no kind":                func(d *Document) { d.Kind = "BILL" },
		"a credit note gives":    func(d *Document) { d.Kind, d.Corrects = CreditNote, "2030-000001" },
		"names the document":     func(d *Document) { d.Corrects = "2030-000001" },
		"when it was issued":     func(d *Document) { d.IssuedAt = time.Time{} },
		"who sells":              func(d *Document) { d.Seller.Name = " \u200e" },
		"0 lines":                func(d *Document) { d.Lines = nil },
		"no currency":            func(d *Document) { d.Currency = "XXQ" },
		"no time zone":           func(d *Document) { d.Zone = "Local" },
		"no time zone \"Nowhere": func(d *Document) { d.Zone = "Nowhere" },
		"stops before":           func(d *Document) { d.Session.Stop = d.Session.Start.Add(-time.Second) },
	} {
		d := sample(t)
		change(&d)
		for way, write := range map[string]func() ([]byte, error){"JSON": d.JSON, "PDF": func() ([]byte, error) { return d.PDF("en") }} {
			if out, err := write(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) || out != nil {
				t.Errorf("%s of %s: %v", way, name, err)
			}
		}
	}
}

func TestACreditNoteTakesBack(t *testing.T) {
	t.Parallel()
	d := sample(t)
	note, err := d.Credit("CN-2030-000001", d.IssuedAt.Add(time.Hour), "The station stood still.")
	if err != nil {
		t.Fatal(err)
	}
	if note.Gross != -d.Gross || note.Tax != -d.Tax || d.Lines[0].Net != 8500 {
		t.Errorf("it gives %d of %d", note.Gross, d.Gross)
	}
	says(t, pagesOf(t, note, "en"), "Credit note CN-2030-000001", "Takes back: 2030-000123", "-₹132.39", "-8.5 kWh", "-0:30:30 h", "The station stood still.")
	if _, err := note.Credit("CN-2030-000002", d.IssuedAt); err == nil {
		t.Error("a credit note was taken back")
	}
	if _, err := d.Credit("nonsense", d.IssuedAt); err == nil {
		t.Error("a number that is none was taken")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	d := sample(t)
	out, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, text := range []string{`"kind": "RECEIPT"`, `"number": "2030-000123"`, `"issued_at": "2030-01-07T21:00:00+05:30"`, `"zone": "Asia/Kolkata"`, `"seller"`, `"buyer"`,
		`"session"`, `"energy_wh": "8500.1"`, `"lines"`, `"quantity": "8.5"`, `"price_per": "kWh"`, `"tax_percent": "18"`, `"amount": "85.00"`, `"price_per": "h"`,
		`"tax_percent": null`, `"taxes"`, `"gross": {`, `"amount": "132.39",`, `"paid"`, `"method": "WALLET"`, `"signed_meter_data"`, `"verification"`, `"notes"`} {
		next := strings.Index(string(out[at:]), text)
		if next < 0 {
			t.Fatalf("%s isn't there, or not in its place:\n%s", text, out)
		}
		at += next
	}
}

func TestABillBecomesADocument(t *testing.T) {
	t.Parallel()
	priced, err := tariff.Parse([]byte(`{"currency":"INR","tax_included":"NO","idle_grace_s":600,"elements":[{"price_components":[
		{"type":"ENERGY","price":10,"vat":18},{"type":"PARKING_TIME","price":60,"vat":18},{"type":"FLAT","price":5,"vat":18}]}],"max_price":{"before_taxes":100}}`))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2030, 1, 7, 14, 0, 0, 0, time.UTC)
	middle, end := start.Add(time.Hour), start.Add(90*time.Minute)
	bill, err := rating.Rate(priced, rating.Session{Start: start, End: end, Zone: time.UTC, Periods: []rating.Period{
		{From: start, To: middle, EnergyWh: dec("8500.1"), Charging: true}, {From: middle, To: end},
	}}, rating.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	about := sample(t)
	about.Lines, about.Session.EnergyWh = nil, decimal.Zero
	d, err := FromBill(bill, about)
	if err != nil {
		t.Fatal(err)
	}
	if d.Net != 10_000 || d.Gross != 11_800 || len(d.Taxes) != 1 || about.Session.EnergyWh.IsPos() {
		t.Errorf("net %d, gross %d, taxes %+v", d.Net, d.Gross, d.Taxes)
	}
	says(t, pagesOf(t, d, "en"), "8.5001 kWh", "10.00 / kWh", "Idle time, free", "0:10:00 h", "Idle time", "0:20:00 h", "60.00 / h", "Fee", "Down to the maximum price", "₹118.00")

	broken := bill
	broken.GrossMinor++
	if _, err := FromBill(broken, about); err == nil || !strings.Contains(err.Error(), "totals say") {
		t.Errorf("a bill that doesn't add up: %v", err)
	}
	mixed := bill
	mixed.Lines = append([]rating.Line(nil), bill.Lines...)
	mixed.Lines[len(mixed.Lines)-1].TaxPercent = nil
	if _, err := FromBill(mixed, about); err == nil || !strings.Contains(err.Error(), "a line for each") {
		t.Errorf("an adjustment over several rates: %v", err)
	}
	free, err := FromBill(rating.Bill{Currency: "INR", Digits: 2, EnergyWh: dec("1200")}, about)
	if err != nil {
		t.Fatal(err)
	}
	says(t, pagesOf(t, free, "en"), "1.2 kWh", "₹0.00")
}

// Whatever one rate of tax makes of a bill, with prices before or after it, becomes a document: rounding is no contradiction.
func TestEveryBillOfOneRateIsWrittenDown(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 7))
		code := []string{"EUR", "JPY", "KWD", "INR"}[r.IntN(4)]
		flat := map[string]string{"JPY": "1"}[code]
		if flat == "" {
			flat = fmt.Sprintf("%d.%02d", r.IntN(3), r.IntN(100))
		}
		vat := fmt.Sprintf("%d.%02d", r.IntN(100), r.IntN(100))
		limit := ""
		if r.IntN(2) == 0 {
			limit = fmt.Sprintf(`,"max_price":{"after_taxes":%d}`, 1+r.IntN(30))
		}
		text := fmt.Sprintf(`{"currency":"%s","tax_included":"%s"%s,"elements":[{"price_components":[{"type":"ENERGY","price":%d.%04d,"vat":%s},{"type":"PARKING_TIME","price":%d.%04d,"vat":%s},{"type":"FLAT","price":%s,"vat":%s}]}]}`,
			code, []string{"YES", "NO"}[r.IntN(2)], limit, r.IntN(20), r.IntN(10_000), vat, r.IntN(20), r.IntN(10_000), vat, flat, vat)
		priced, err := tariff.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		start := time.Date(2030, 1, 7, 14, 0, 0, 0, time.UTC)
		middle := start.Add(time.Duration(r.IntN(10_000)) * time.Second)
		end := middle.Add(time.Duration(r.IntN(10_000)) * time.Second)
		bill, err := rating.Rate(priced, rating.Session{Start: start, End: end, Zone: time.UTC, Periods: []rating.Period{
			{From: start, To: middle, EnergyWh: decimal.MustNew(r.Int64N(1_000_000), 1), Charging: true}, {From: middle, To: end},
		}}, rating.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		about := sample(t)
		d, err := FromBill(bill, about)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s\n%+v", seed, err, text, bill)
		}
		if _, err := d.Credit("2030-000124", d.IssuedAt); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// FuzzTexts puts any text anywhere: a document is refused or written, and nothing panics.
func FuzzTexts(f *testing.F) {
	f.Add("Demo", "en", "EUR")
	f.Add("\u202e🚗\xff", "hi-IN", "INR")
	f.Fuzz(func(t *testing.T, text, language, code string) {
		d := sample(t)
		d.Currency, d.Buyer.Name, d.Lines[1].Description, d.Verification, d.Meter.Text = code, text, text, text, text
		if _, err := d.PDF(language); err != nil && d.Check() == nil {
			t.Fatal(err)
		}
		if out, err := d.JSON(); err == nil && !json.Valid(out) {
			t.Fatalf("%q", out)
		}
	})
}
