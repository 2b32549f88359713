package invoice

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/govalues/decimal"
)

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

func rate(s string) *decimal.Decimal {
	d := dec(s)
	return &d
}

// sample is a receipt with everything on it: 8.5 kWh at ₹ 10 with 18 % tax, and idle time.
func sample(t testing.TB) Document {
	t.Helper()
	d := Document{
		Kind: Receipt, Number: "2030-000123", IssuedAt: time.Date(2030, 1, 7, 15, 30, 0, 0, time.UTC), Zone: "Asia/Kolkata", Currency: "INR",
		Seller: Party{Name: "Demo Charging", AddressLines: []string{"1 Example Street", "560001 Bengaluru"}, TaxID: "29AAAAA0000A1Z5", Email: "billing@demo.example"},
		Buyer:  Party{Name: "Jörg Fahrer", AddressLines: []string{"2 Example Road"}, Email: "driver@demo.example"},
		Session: &Session{ID: "01900000-0000-7000-8000-000000000001", Location: "Example Park", Station: "DEMO-01", EVSE: "DEMO-01 / 2",
			Start: time.Date(2030, 1, 7, 14, 0, 0, 0, time.UTC), Stop: time.Date(2030, 1, 7, 15, 29, 30, 0, time.UTC), EnergyWh: dec("8500.1")},
		Lines: []Line{
			{Item: Energy, Quantity: dec("8.5"), Unit: KWh, UnitPrice: dec("10"), TaxPercent: rate("18"), Net: 8500, Tax: 1530, Gross: 10030},
			{Item: Idle, Description: "after 10 minutes", Quantity: dec("1830"), Unit: Second, UnitPrice: dec("60.125"), TaxPercent: rate("5"), Net: 3056, Tax: 153, Gross: 3209},
			{Item: Grace, Quantity: dec("600"), Unit: Second},
		},
		Paid:         &Payment{Method: Wallet, Reference: "W-77", At: time.Date(2030, 1, 7, 15, 29, 31, 0, time.UTC)},
		Meter:        &SignedMeter{Format: "OCMF", Text: `OCMF|{"FV":"1.0","RD":[{"RV":8.5}]}|{"SD":"3045"}`, PublicKey: "3059301306072A8648CE3D0201"},
		Verification: "https://demo.example/check/2030-000123",
		Notes:        []string{"Questions? Write to help@demo.example."},
	}
	addUp(t, &d)
	return d
}

func addUp(t testing.TB, d *Document) {
	t.Helper()
	if err := d.AddUp(); err != nil {
		t.Fatal(err)
	}
}

// repeated is a document of n lines.
func repeated(t testing.TB, n int) Document {
	t.Helper()
	d := sample(t)
	line := d.Lines[0]
	d.Lines = nil
	for i := range n {
		line.Description = fmt.Sprintf("row%04d", i+1)
		d.Lines = append(d.Lines, line)
	}
	addUp(t, &d)
	return d
}

var (
	pageMark = regexp.MustCompile(`/Type /Page\b[^s]`)
	// placed is where a text begins, in points from the left and from below.
	placed = regexp.MustCompile(`BT ([-0-9.]+) ([-0-9.]+) Td`)
	// shown are the texts of an uncompressed page: UTF-16 in brackets, with \ before what means something to PDF.
	shown = regexp.MustCompile(`(?s)\(((?:[^\\()]|\\.)*)\)\s*Tj`)
)

// page is what can be read on one.
func pagesOf(t testing.TB, d Document, language string) []string {
	t.Helper()
	raw, err := d.pdf(language, false)
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, content := range bytes.Split(raw, []byte("stream\n"))[1:] {
		content, _, _ = bytes.Cut(content, []byte("\nendstream"))
		for _, match := range placed.FindAllSubmatch(content, -1) {
			x, errX := strconv.ParseFloat(string(match[1]), 64)
			y, errY := strconv.ParseFloat(string(match[2]), 64)
			if errX != nil || errY != nil || x < 40 || x > 560 || y < 25 || y > 810 {
				t.Errorf("page %d has a text outside of its margins, at %s %s", len(pages)+1, match[1], match[2])
			}
		}
		var b strings.Builder
		for _, match := range shown.FindAllSubmatch(content, -1) {
			b.WriteString(fromUTF16(t, match[1]) + "\n")
		}
		if b.Len() > 0 {
			pages = append(pages, b.String())
		}
	}
	if marks := len(pageMark.FindAll(raw, -1)); marks != len(pages) {
		t.Fatalf("the PDF has %d pages, %d could be read", marks, len(pages))
	}
	return pages
}

func fromUTF16(t testing.TB, escaped []byte) string {
	t.Helper()
	var plain []byte
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '\\' {
			i++
			if escaped[i] == 'r' {
				plain = append(plain, '\r')
				continue
			}
		}
		plain = append(plain, escaped[i])
	}
	if len(plain)%2 != 0 {
		t.Fatalf("no UTF-16: %s", hex.EncodeToString(plain))
	}
	units := make([]uint16, 0, len(plain)/2)
	for i := 0; i < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}

// says fails for each text that can't be read. Lines that were wrapped are read as one.
func says(t testing.TB, pages []string, texts ...string) {
	t.Helper()
	all := strings.Join(pages, "\n")
	flat := strings.ReplaceAll(all, "\n", " ")
	tight := strings.ReplaceAll(all, "\n", "")
	for _, text := range texts {
		if !strings.Contains(flat, text) && !strings.Contains(tight, text) {
			t.Errorf("it doesn't say %q:\n%s", text, all)
		}
	}
}
