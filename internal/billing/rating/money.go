package rating

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// maxMinor is the largest amount: what JSON readers still hold exactly.
const maxMinor = 1<<53 - 1

var errTooMuch = errors.New("an amount is larger than can be held exactly")

// till turns volumes into amounts of money. The amount of a line is one fraction, rounded once.
type till struct {
	digits   int
	included bool
	halfUp   bool
	// num and den are the fraction of the amount at hand; the rest is scratch.
	num, den, a, b, quotient, rest big.Int
}

func newTill(t *tariff.Tariff, p Policy) (*till, error) {
	digits, _ := t.Digits()
	out := &till{digits: digits, included: t.TaxIncluded == tariff.TaxIsIncluded}
	switch p.Rounding {
	case HalfToEven, "":
	case HalfUp:
		out.halfUp = true
	default:
		return nil, fmt.Errorf("there is no rounding %q", p.Rounding)
	}
	return out, nil
}

// ring adds a line for each volume: the reservation's first, then in the order in which they began.
func (t *till) ring(b *Bill, volumes []volume, zone *time.Location) error {
	slices.SortStableFunc(volumes, func(v, w volume) int {
		if v.reservation != w.reservation {
			if v.reservation {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(v.fromUs, w.fromUs), cmp.Compare(v.dimension, w.dimension))
	})
	b.Lines = make([]Line, 0, len(volumes)+2)
	for i := range volumes {
		v := &volumes[i]
		c := v.rule.component
		line := Line{
			Kind: Charge, Dimension: c.Dimension, Element: v.rule.element, Restriction: v.rule.restrictions.String(),
			Quantity: exact(v.used), Billed: exact(v.billed), UnitPrice: c.Price.Decimal,
			From: time.UnixMicro(v.fromUs).In(zone), To: time.UnixMicro(v.toUs).In(zone),
		}
		if line.Restriction != "" {
			line.Restrictions = v.rule.restrictions
		}
		if c.TaxPercent != nil {
			percent := c.TaxPercent.Decimal
			line.TaxPercent = &percent
		}
		if v.grace {
			line.Kind, line.Billed = Grace, decimal.Zero
		} else if err := t.price(&line, v); err != nil {
			return fmt.Errorf("%s of element %d: %w", line.Dimension, line.Element, err)
		}
		b.Lines = append(b.Lines, line)
	}
	return nil
}

// price sets the amounts of a line. Millionths of a Wh or second times the price of a kWh or hour are multiplied first and divided
// once: with added tax net and gross each, with included tax gross, from which net is taken.
func (t *till) price(line *Line, v *volume) error {
	unit := int64(1_000_000)
	switch v.dimension {
	case energy:
		unit *= 1000
	case charging, standing:
		unit *= 3600
	}
	t.num.SetUint64(line.UnitPrice.Coef())
	t.num.Mul(&t.num, t.a.SetInt64(v.billed))
	t.num.Mul(&t.num, t.pow10(t.digits))
	t.den.SetInt64(unit)
	t.den.Mul(&t.den, t.pow10(line.UnitPrice.Scale()))
	first, err := t.round()
	if err != nil {
		return err
	}
	net, gross := first, first
	if line.TaxPercent != nil {
		if t.included {
			net, err = t.untaxed(gross, *line.TaxPercent)
		} else {
			gross, err = t.taxed(*line.TaxPercent)
		}
		if err != nil {
			return err
		}
	}
	line.NetMinor, line.TaxMinor, line.GrossMinor = net, gross-net, gross
	return nil
}

// taxed rounds the amount at hand with its tax.
func (t *till) taxed(percent decimal.Decimal) (int64, error) {
	hundred := t.b.Mul(aHundred, t.pow10(percent.Scale()))
	t.den.Mul(&t.den, hundred)
	t.num.Mul(&t.num, hundred.Add(hundred, t.a.SetUint64(percent.Coef())))
	return t.round()
}

// untaxed takes the tax out of an amount.
func (t *till) untaxed(gross int64, percent decimal.Decimal) (int64, error) {
	hundred := t.b.Mul(aHundred, t.pow10(percent.Scale()))
	t.num.Mul(t.num.SetInt64(gross), hundred)
	t.den.Add(hundred, t.a.SetUint64(percent.Coef()))
	return t.round()
}

// proportion is amount × b / c, rounded.
func (t *till) proportion(amount, b, c int64) (int64, error) {
	t.num.Mul(t.num.SetInt64(amount), t.a.SetInt64(b))
	t.den.SetInt64(c)
	return t.round()
}

// pow10 is for the scales of decimals, which end at 19.
func (t *till) pow10(n int) *big.Int {
	power := uint64(1)
	for range n {
		power *= 10
	}
	return t.a.SetUint64(power)
}

// round gives the fraction at hand as a whole number.
func (t *till) round() (int64, error) {
	t.quotient.QuoRem(&t.num, &t.den, &t.rest)
	switch t.rest.Lsh(&t.rest, 1).Cmp(&t.den) {
	case 1:
		t.quotient.Add(&t.quotient, one)
	case 0:
		if t.halfUp || t.quotient.Bit(0) == 1 {
			t.quotient.Add(&t.quotient, one)
		}
	}
	if !t.quotient.IsInt64() || t.quotient.Int64() > maxMinor {
		return 0, errTooMuch
	}
	return t.quotient.Int64(), nil
}

var one, aHundred = big.NewInt(1), big.NewInt(100)

// sum adds up the amounts of some lines.
func sum(lines []Line, of func(*Line) bool) (net, tax, gross int64, err error) {
	for i := range lines {
		if !of(&lines[i]) {
			continue
		}
		net += lines[i].NetMinor
		gross += lines[i].GrossMinor
		if net > maxMinor || gross > maxMinor {
			return 0, 0, 0, errTooMuch
		}
	}
	return net, gross - net, gross, nil
}
