// Package money owns how an amount is written: minor units inside, a decimal text outside.
//
//	"222.00" INR ─ Parse ─> 22200 ─ Format ─> "222.00"
//
// A currency has the decimals that ISO 4217 gives it: 2 for EUR, none for JPY, 3 for KWD. An amount with more is refused and never
// rounded: whoever wrote it meant something else.
package money

import (
	"math"
	"regexp"
	"strings"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/fault"
)

// most is the largest amount in minor units: what readers of JSON still hold exactly.
const most = 1<<53 - 1

var plain = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,18})?$`)

// Digits are the decimals of a currency. The field is named where there is no such currency.
func Digits(field, code string) (int, error) {
	digits, known := currency.GetDigits(code)
	if !known {
		return 0, fault.In(field, "%q is not a currency: give its ISO 4217 code in capitals, such as EUR.", clip(code))
	}
	return int(digits), nil
}

// Parse reads an amount. It may be negative; Positive refuses that.
func Parse(field, amount, code string) (int64, error) {
	digits, err := Digits(field+".currency", code)
	if err != nil {
		return 0, err
	}
	field += ".amount"
	if !plain.MatchString(amount) {
		return 0, fault.In(field, "%q is not an amount: write it as a decimal number such as 12.50, without blanks or thousands separators.", clip(amount))
	}
	d, err := decimal.Parse(amount)
	if err != nil {
		return 0, fault.In(field, "%s is more than an amount can be.", clip(amount))
	}
	if d.MinScale() > digits {
		return 0, fault.In(field, "%s has more decimals than an amount in %s (%d).", clip(amount), code, digits)
	}
	whole, fraction, ok := d.Int64(digits)
	if !ok {
		return 0, fault.In(field, "%s is more than an amount can be.", clip(amount))
	}
	scale := int64(math.Pow10(digits))
	if whole > most/scale || whole < -most/scale || max(whole*scale+fraction, -whole*scale-fraction) > most {
		return 0, fault.In(field, "%s is more than an amount can be.", clip(amount))
	}
	return whole*scale + fraction, nil
}

// Positive reads an amount of more than nothing.
func Positive(field, amount, code string) (int64, error) {
	minor, err := Parse(field, amount, code)
	if err == nil && minor <= 0 {
		return 0, fault.In(field+".amount", "Give an amount of more than 0, not %s.", clip(amount))
	}
	return minor, err
}

// Format writes an amount with all decimals of its currency.
func Format(minor int64, code string) string {
	digits, _ := currency.GetDigits(code)
	d, err := decimal.New(minor, int(digits))
	if err != nil {
		return "" // no currency has so many decimals
	}
	return d.String()
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}
