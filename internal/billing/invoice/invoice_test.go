package invoice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
		"its taxes per rate":     func(d *Document) { d.Taxes[0].Net++; d.Taxes[1].Net-- },
		"its taxes per rate ":    func(d *Document) { d.Taxes = d.Taxes[:2] },
		"several rates":          func(d *Document) { d.Lines[0].TaxPercent = nil },
		"isn't 18 % of net":      func(d *Document) { d.Lines[0].Tax += 3; d.Lines[0].Net -= 3 },
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

func TestAPaperSaysEverything(t *testing.T) {
	t.Parallel()
	d := sample(t)
	pages := pagesOf(t, d, "en-IN")
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	says(t, pages, "Receipt 2030-000123", "Issued: 2030-01-07 21:00:00 +05:30", "Times in: Asia/Kolkata",
		"Demo Charging", "1 Example Street", "560001 Bengaluru", "Tax id: 29AAAAA0000A1Z5", "billing@demo.example",
		"Jörg Fahrer", "2 Example Road", "driver@demo.example",
		"Location: Example Park", "Station: DEMO-01", "EVSE: DEMO-01 / 2", "01900000-0000-7000-8000-000000000001",
		"Start: 2030-01-07 19:30:00 +05:30", "Stop: 2030-01-07 20:59:30 +05:30", "Energy: 8.5001 kWh",
		"8.5 kWh", "10.00 / kWh", "85.00", "15.30", "100.30", "Idle time: after 10 minutes", "0:30:30 h", "60.125 / h", "Idle time, free",
		"₹115.56", "₹16.83", "₹132.39", "18 %", "5 %", "none", "₹32.09",
		"Paid from the wallet, 2030-01-07 20:59:31 +05:30, W-77", "https://demo.example/check/2030-000123",
		"Questions? Write to help@demo.example.", "Format: OCMF", `OCMF|{"FV":"1.0","RD":[{"RV":8.5}]}|{"SD":"3045"}`,
		"Public key: 3059301306072A8648CE3D0201", "Page 1 of 1")
	for language, word := range map[string]string{"nl": "Bon 2030-000123", "de-AT": "Beleg 2030-000123", "hi-IN": "Receipt 2030-000123", "": "Receipt", "xx": "Receipt"} {
		says(t, pagesOf(t, d, language), word)
	}
	d.Kind = Invoice
	says(t, pagesOf(t, d, "nl"), "Factuur", "8,5 kWh", "Btw-overzicht", "Betaald uit het tegoed")
}

func TestEveryLanguageHasEveryWord(t *testing.T) {
	t.Parallel()
	for _, language := range Languages() {
		w := languages[language]
		for item, english := range languages["en"].items {
			if w.items[item] == "" || !typeface.covers(w.items[item]) {
				t.Errorf("%s: no word for %s", language, english)
			}
		}
		fixed := fmt.Sprintf("%q", []string{w.receipt, w.invoice, w.creditNote, w.corrects, w.issued, w.timesIn, w.seller, w.buyer, w.taxID, w.session,
			w.location, w.station, w.evse, w.start, w.stop, w.energy, w.item, w.quantity, w.unitPrice, w.tax, w.net, w.gross, w.total, w.noTax, w.taxes,
			w.rate, w.wallet, w.card, w.paid, w.givenBack, w.signed, w.format, w.publicKey, w.verify, w.notes, w.page, w.of, w.continued})
		if strings.Contains(fixed, `""`) || !typeface.covers(fixed) {
			t.Errorf("%s: a word is missing or can't be set: %s", language, fixed)
		}
	}
	for _, sign := range []string{"₹", "€", "£", "¥", "₩", "₺", "zł", "Ωж"} {
		if !typeface.covers(sign) {
			t.Errorf("the typeface lacks %s", sign)
		}
	}
	if typeface.covers("न") || typeface.covers("🚗") {
		t.Error("the typeface has what it can't have")
	}
}

func TestLongTablesTurnThePage(t *testing.T) {
	t.Parallel()
	for lines, want := range map[int]int{1: 1, 40: 2, 400: 10} {
		pages := pagesOf(t, repeated(t, lines), "en")
		if len(pages) < want || len(pages) > want+1 {
			t.Errorf("%d lines take %d pages", lines, len(pages))
		}
		all := strings.Join(pages, "\n")
		for i := range lines {
			if row := fmt.Sprintf("Energy: row%04d\n", i+1); strings.Count(all, row) != 1 {
				t.Errorf("%d lines: %q stands there %d times", lines, row, strings.Count(all, row))
			}
		}
		for i, page := range pages {
			if strings.Contains(page, "Energy: row") != strings.Contains(page, "Quantity") {
				t.Errorf("page %d has rows without a head, or a head without rows", i+1)
			}
			if footer := fmt.Sprintf("Page %d of %d", i+1, len(pages)); !strings.Contains(page, footer) {
				t.Errorf("page %d doesn't say %q", i+1, footer)
			}
		}
	}
}

// furniture is what stands on each page.
var furniture = regexp.MustCompile(`(?m)^.*(Seite \d+ von \d+|\(Fortsetzung\)|· 2030-000123)\n`)

func TestLongTextsAreWrapped(t *testing.T) {
	t.Parallel()
	d := sample(t)
	name := strings.TrimSpace(strings.Repeat("A name that is long ", 14))
	word := strings.Repeat("Donaudampfschifffahrt", 10)
	d.Seller.Name, d.Buyer.Name, d.Session.Location, d.Session.Station, d.Lines[1].Description = name, word, name, word, name
	d.Meter.Text = strings.Repeat("0123456789abcdef", 600)
	pages := pagesOf(t, d, "de")
	if len(pages) < 2 {
		t.Error("it doesn't take a second page")
	}
	for i := range pages {
		pages[i] = furniture.ReplaceAllString(pages[i], "")
	}
	says(t, pages, name, word, "Standort: "+name, d.Meter.Text)
}

func TestCurrenciesHaveTheirDigits(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][]string{
		"JPY": {"¥8,500", "1,530", "10.00", "10,030"}, "KWD": {"KWD 8.500", "1.530", "10.030"}, "INR": {"₹85.00", "15.30", "100.30"}, "EUR": {"€85.00"},
	} {
		d := repeated(t, 1)
		d.Currency = code
		if code == "JPY" {
			want[2] = "10 / kWh"
		}
		var flat []string
		for _, page := range pagesOf(t, d, "en") {
			flat = append(flat, strings.ReplaceAll(page, "\u00a0", " "))
		}
		says(t, flat, want...)
		out, err := d.JSON()
		if err != nil || !strings.Contains(string(out), fmt.Sprintf(`"amount": "%s"`, map[string]string{"JPY": "8500", "KWD": "8.500", "INR": "85.00", "EUR": "85.00"}[code])) {
			t.Errorf("%v\n%s", err, out)
		}
	}
	d := repeated(t, 1)
	l := &d.Lines[0]
	l.Net, l.Tax, l.TaxPercent, l.Gross, l.UnitPrice = maxMinor, 0, nil, maxMinor, dec("123456789012.345678")
	addUp(t, &d)
	says(t, pagesOf(t, d, "en-IN"), "₹9,00,71,99,25,47,409.91", "1,23,45,67,89,012.345678 / kWh")
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

func TestBytesAreTheSame(t *testing.T) {
	t.Parallel()
	d := repeated(t, 60)
	first, err := d.PDF("nl")
	if err != nil {
		t.Fatal(err)
	}
	firstJSON, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := d.PDF("nl")
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the PDF differs: %v", err)
		}
		if againJSON, err := d.JSON(); err != nil || !bytes.Equal(firstJSON, againJSON) {
			t.Fatalf("the JSON differs: %v", err)
		}
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

func TestSec044_HostileTextIsInert(t *testing.T) {
	t.Parallel()
	evil := []string{
		"a\x00b\x1b[31mc\r\nd\x7f", "gpj.\u202etxe\u2066x\u200e", strings.Repeat("x", 10_000), strings.Repeat("long ", 2_000), "\xff\xfe\xfd", "🚗🚗", "नमस्ते", "مرحبا שלום",
		`) Tj ET /JS (app.alert(1)) BT (`, `\) Tj`, "<script>alert(1)</script>", "{nb}", "\ufeff\u2028\u2029", strings.Repeat("\u0301", 3000), "",
	}
	for _, text := range evil {
		d := sample(t)
		d.Seller = Party{Name: "S" + text, AddressLines: []string{text, text}, TaxID: text, Email: text}
		d.Buyer = d.Seller
		d.Session.ID, d.Session.Location, d.Session.Station, d.Session.EVSE = text, text, text, text
		d.Lines[1].Description, d.Verification, d.Notes = text, text, []string{text, text}
		d.Paid.Reference, d.Meter = text, &SignedMeter{Format: text, Text: text, PublicKey: text}
		pages := pagesOf(t, d, "en")
		says(t, pages, "₹132.39", "Total")
		if i := strings.IndexFunc(strings.Join(pages, ""), func(r rune) bool { return r != '\n' && !typeface.has(r) }); i >= 0 {
			t.Errorf("%.20q reached the paper", text)
		}
		for _, mark := range []string{"\u202e", "\u2066", "\u200e", "\x1b"} {
			if strings.Contains(strings.Join(pages, ""), mark) {
				t.Errorf("%q reached the paper", mark)
			}
		}
		raw, err := d.PDF("en")
		if err != nil || bytes.Contains(raw, []byte("/JS")) {
			t.Errorf("%.20q: %v, or it became a script", text, err)
		}
		out, err := d.JSON()
		if err != nil || !json.Valid(out) || bytes.Contains(out, []byte("<script>")) {
			t.Errorf("%.20q: %v\n%.300s", text, err, out)
		}
		var read struct {
			Seller struct{ Name string }
			Meter  struct{ Text string } `json:"signed_meter_data"`
		}
		if err := json.Unmarshal(out, &read); err != nil || strings.ContainsAny(read.Seller.Name, "\u202e\x1b\x00\n") {
			t.Errorf("%.20q: %q, %v", text, read.Seller.Name, err)
		}
		if utf8.ValidString(text) && read.Meter.Text != text {
			t.Errorf("signed data was changed: %.40q", read.Meter.Text)
		}
	}
	if got := clean(" a\u202e\t\tb\u200dc "); got != "a b\u200dc" {
		t.Errorf("clean gives %q", got)
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
