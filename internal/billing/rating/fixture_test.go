package rating

import (
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// parse reads a tariff; what is left away is EUR with added tax.
func parse(t testing.TB, text string) *tariff.Tariff {
	t.Helper()
	if !strings.Contains(text, `"currency"`) {
		text = `{"currency":"EUR",` + strings.TrimSpace(text)[1:]
	}
	if !strings.Contains(text, `"tax_included"`) {
		text = `{"tax_included":"NO",` + strings.TrimSpace(text)[1:]
	}
	read, err := tariff.Parse([]byte(text))
	if err != nil {
		t.Fatalf("read the tariff: %v\n%s", err, text)
	}
	return read
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, local string) time.Time {
	t.Helper()
	return atIn(t, local, zone(t, "Europe/Amsterdam"))
}

func atIn(t testing.TB, local string, z *time.Location) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04:05", local, z)
	if err != nil {
		if when, err = time.ParseInLocation("2006-01-02 15:04", local, z); err != nil {
			t.Fatal(err)
		}
	}
	return when
}

// leg is a piece of a session in a test: how long, how much energy, and what flows.
type leg struct {
	lasts    time.Duration
	wh       string
	stands   bool
	powerW   string
	currentA string
}

func known(s string) decimal.NullDecimal {
	if s == "" {
		return decimal.NullDecimal{}
	}
	return decimal.NullDecimal{Decimal: decimal.MustParse(s), Valid: true}
}

func session(start time.Time, legs ...leg) Session {
	s := Session{Start: start, End: start, Zone: start.Location()}
	for _, l := range legs {
		p := Period{From: s.End, To: s.End.Add(l.lasts), Charging: !l.stands, PowerW: known(l.powerW), CurrentA: known(l.currentA)}
		if l.wh != "" {
			p.EnergyWh = decimal.MustParse(l.wh)
		}
		s.Periods = append(s.Periods, p)
		s.End = p.To
	}
	return s
}

func rate(t testing.TB, tar *tariff.Tariff, s Session) Bill {
	t.Helper()
	bill, err := Rate(tar, s, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	return bill
}

// costs checks the totals of a bill, in major units, and that it adds up.
func costs(t testing.TB, bill Bill, net, gross string) {
	t.Helper()
	addsUp(t, bill)
	if got := major(bill.NetMinor, bill.Digits); got != net {
		t.Errorf("net is %s, want %s\n%s", got, net, show(bill))
	}
	if got := major(bill.GrossMinor, bill.Digits); gross != "" && got != gross {
		t.Errorf("gross is %s, want %s\n%s", got, gross, show(bill))
	}
}

func major(minor int64, digits int) string { return decimal.MustNew(minor, digits).String() }

func addsUp(t testing.TB, bill Bill) {
	t.Helper()
	var net, tax, gross int64
	for _, l := range bill.Lines {
		if l.NetMinor+l.TaxMinor != l.GrossMinor {
			t.Errorf("a line's net and tax aren't its gross: %+v", l)
		}
		if (l.Kind == Charge || l.Kind == Grace) && (l.NetMinor < 0 || l.TaxMinor < 0 || l.Billed.IsNeg() || l.Quantity.IsNeg()) {
			t.Errorf("a line is negative: %+v", l)
		}
		net, tax, gross = net+l.NetMinor, tax+l.TaxMinor, gross+l.GrossMinor
	}
	if net != bill.NetMinor || tax != bill.TaxMinor || gross != bill.GrossMinor || net+tax != gross {
		t.Errorf("the lines don't sum to the totals:\n%s", show(bill))
	}
	if bill.NetMinor < 0 || bill.TaxMinor < 0 {
		t.Errorf("a total is negative:\n%s", show(bill))
	}
}

func show(bill Bill) string {
	var b strings.Builder
	for _, l := range bill.Lines {
		percent := "-"
		if l.TaxPercent != nil {
			percent = l.TaxPercent.String()
		}
		b.WriteString(strings.Join([]string{
			string(l.Kind), string(l.Dimension), "[" + l.Restriction + "]", l.Quantity.String(), "as", l.Billed.String(), "at", l.UnitPrice.String(), "tax", percent,
			"=", major(l.NetMinor, bill.Digits), "+", major(l.TaxMinor, bill.Digits), "=", major(l.GrossMinor, bill.Digits),
			l.From.Format("15:04:05"), "to", l.To.Format("15:04:05"),
		}, " ") + "\n")
	}
	for _, r := range bill.Review {
		b.WriteString("review: " + string(r.Code) + ": " + r.Message + "\n")
	}
	return b.String()
}

// billed gives the lines in short: dimension, billed quantity, net.
func billed(bill Bill) string {
	var parts []string
	for _, l := range bill.Lines {
		name := string(l.Dimension)
		if l.Kind != Charge {
			name = string(l.Kind)
		}
		parts = append(parts, name+" "+l.Billed.String()+" "+major(l.NetMinor, bill.Digits))
	}
	return strings.Join(parts, "; ")
}

const (
	minute = time.Minute
	hour   = time.Hour
)
