package money_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/fault"
)

// Amounts that no currency has are refused with their field, and nothing is rounded.
func TestSec094_AmountsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency, field string
	}{
		{"1.005", "EUR", "price.amount"}, {"1.5", "JPY", "price.amount"}, {"0.0001", "KWD", "price.amount"}, {"1e3", "EUR", "price.amount"},
		{"", "EUR", "price.amount"}, {" 1", "EUR", "price.amount"}, {"1,000.00", "EUR", "price.amount"}, {"NaN", "EUR", "price.amount"},
		{"99999999999999999999", "EUR", "price.amount"}, {"90071992547409.92", "EUR", "price.amount"}, {"-90071992547409.92", "EUR", "price.amount"},
		{"1", "XXQ", "price.currency"}, {"1", "eur", "price.currency"},
	} {
		_, err := money.Parse("price", c.amount, c.currency)
		if f := fault.Of(err); f == nil || f.Code != fault.Invalid || f.Field != c.field {
			t.Errorf("%q %s was answered %v", c.amount, c.currency, err)
		}
	}
	for _, amount := range []string{"0", "-1", "0.00", "-0.01"} {
		if _, err := money.Positive("price", amount, "EUR"); fault.Of(err) == nil {
			t.Errorf("%s counts as more than nothing", amount)
		}
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency string
		minor            int64
		written          string
	}{
		{"222", "INR", 22200, "222.00"}, {"85.00", "INR", 8500, "85.00"}, {"1.50000", "EUR", 150, "1.50"}, {"-0.01", "EUR", -1, "-0.01"},
		{"500", "JPY", 500, "500"}, {"1.234", "KWD", 1234, "1.234"}, {"90071992547409.91", "EUR", 1<<53 - 1, "90071992547409.91"}, {"0", "EUR", 0, "0.00"},
	} {
		minor, err := money.Parse("price", c.amount, c.currency)
		if err != nil || minor != c.minor || money.Format(minor, c.currency) != c.written {
			t.Errorf("%s %s is %d (%v), written %s", c.amount, c.currency, minor, err, money.Format(minor, c.currency))
		}
	}
}

// What is written is read as it was.
func TestAmounts_ComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor, code := rapid.Int64Range(-(1<<53-1), 1<<53-1).Draw(t, "minor"), rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "INR"}).Draw(t, "currency")
		if back, err := money.Parse("x", money.Format(minor, code), code); err != nil || back != minor {
			t.Fatalf("%d %s came back as %d, %v", minor, code, back, err)
		}
	})
}
