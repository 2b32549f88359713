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
)

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
	for _, field := range []string{"/CreationDate (D:20300107153000", "/ModDate (D:20300107153000"} {
		if !bytes.Contains(first, []byte(field)) {
			t.Errorf("the PDF has no %s", field)
		}
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
		if len(pages) > 6 {
			t.Errorf("%.20q takes %d pages", text, len(pages))
		}
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

func TestMarksStayWithTheirLetters(t *testing.T) {
	t.Parallel()
	d := sample(t)
	d.Buyer.Name = strings.Repeat("Jose\u0301 ", 20)
	says(t, pagesOf(t, d, "en"), strings.TrimSpace(strings.Repeat("Jose\u0301 ", 9)))
	if got := typeface.show("e" + strings.Repeat("\u0301", 9) + "a\u0301 न"); got != "e\u0301\u0301a\u0301 □" {
		t.Errorf("shown as %q", got)
	}
}

// A figure is set smaller until its column holds it.
func TestFiguresFitTheirColumns(t *testing.T) {
	t.Parallel()
	d := sample(t)
	p := newPaper(&d, "en", time.UTC, 0, false)
	p.addPage()
	for _, figure := range []string{"1", "9,00,71,99,25,47,409.91", "1,234,567,890,123,456,789 / kWh"} {
		p.fit(margin, 18, rowHeight, "", rowSize, figure, "R")
		if w := p.out.GetStringWidth(figure); w > 18 {
			t.Errorf("%s is %.1f mm wide in a column of 18", figure, w)
		}
	}
}
