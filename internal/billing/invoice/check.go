package invoice

import (
	"errors"
	"fmt"
	"time"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"
)

const (
	// maxMinor is the largest amount: what JSON readers still hold exactly.
	maxMinor = 1<<53 - 1
	// maxLines keeps a document one that can be read.
	maxLines = 5000
	// slack is how far a line's tax may be from its rate in minor units: net and gross are each rounded once.
	slack = 2
)

var errTooMuch = errors.New("an amount is larger than can be held exactly")

// AddUp sets taxes and totals from the lines.
func (d *Document) AddUp() error {
	taxes, total, err := sums(d.Lines)
	if err != nil {
		return fmt.Errorf("add a document up: %w", err)
	}
	d.Taxes, d.Net, d.Tax, d.Gross = taxes, total.Net, total.Tax, total.Gross
	return nil
}

// sums checks the lines and adds them up.
func sums(lines []Line) (taxes []Tax, total Tax, err error) {
	for i := range lines {
		l := &lines[i]
		if err := l.check(); err != nil {
			return nil, Tax{}, fmt.Errorf("line %d: %w", i+1, err)
		}
		at := -1
		for j := range taxes {
			if samePercent(taxes[j].Percent, l.TaxPercent) {
				at = j
			}
		}
		if at < 0 {
			taxes, at = append(taxes, Tax{Percent: l.TaxPercent}), len(taxes)
		}
		for _, sum := range [...]*Tax{&taxes[at], &total} {
			sum.Net, sum.Tax, sum.Gross = sum.Net+l.Net, sum.Tax+l.Tax, sum.Gross+l.Gross
			if tooMuch(sum.Net) || tooMuch(sum.Tax) || tooMuch(sum.Gross) {
				return nil, Tax{}, errTooMuch
			}
		}
	}
	return taxes, total, nil
}

func tooMuch(minor int64) bool { return minor > maxMinor || minor < -maxMinor }

func samePercent(a, b *decimal.Decimal) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Cmp(*b) == 0
}

func (l *Line) check() error {
	switch {
	case tooMuch(l.Net) || tooMuch(l.Tax) || tooMuch(l.Gross):
		return errTooMuch
	case l.Net+l.Tax != l.Gross:
		return fmt.Errorf("net %d and tax %d aren't gross %d", l.Net, l.Tax, l.Gross)
	case l.TaxPercent == nil && l.Tax != 0:
		return errors.New("it has a tax but no rate: an adjustment over several rates needs a line for each")
	case l.TaxPercent != nil && l.TaxPercent.IsNeg():
		return errors.New("its tax rate is negative")
	case l.Item == "" || l.Item == Other && clean(l.Description) == "":
		return errors.New("it doesn't say what it is for")
	case l.Unit != KWh && l.Unit != Second && l.Unit != Each:
		return fmt.Errorf("there is no unit %q", l.Unit)
	}
	// A limit of a tariff may name its amounts before and after tax, whatever the rate.
	if l.TaxPercent == nil || l.Item == IdleCap || l.Item == MinPrice || l.Item == MaxPrice {
		return nil
	}
	if off, err := offRate(l); err != nil {
		return err
	} else if off {
		return fmt.Errorf("tax %d isn't %s %% of net %d", l.Tax, l.TaxPercent, l.Net)
	}
	return nil
}

func offRate(l *Line) (bool, error) {
	net, err := decimal.New(l.Net, 0)
	if err != nil {
		return false, errTooMuch
	}
	due, err := net.Mul(*l.TaxPercent)
	if err != nil {
		return false, errTooMuch
	}
	if due, err = due.Quo(decimal.Hundred); err != nil {
		return false, errTooMuch
	}
	tax, err := decimal.New(l.Tax, 0)
	if err != nil {
		return false, errTooMuch
	}
	apart, err := due.SubAbs(tax)
	if err != nil {
		return false, errTooMuch
	}
	return apart.Cmp(decimal.MustNew(slack, 0)) > 0, nil
}

// Check refuses a document that doesn't add up, or of which something is missing.
func (d *Document) Check() error {
	if err := d.check(); err != nil {
		return fmt.Errorf("document %s: %w", shorten(clean(d.Number), 40), err)
	}
	return nil
}

func (d *Document) check() error {
	if _, _, _, err := ParseNumber(d.Number); err != nil {
		return err
	}
	switch {
	case d.Kind != Receipt && d.Kind != Invoice && d.Kind != CreditNote:
		return fmt.Errorf("there is no kind %q", d.Kind)
	case d.Kind == CreditNote && d.Gross > 0:
		return errors.New("a credit note gives back, and this one takes")
	case d.Kind != CreditNote && d.Gross < 0:
		return errors.New("its sum is negative: what gives back is a credit note")
	case (d.Kind == CreditNote) != (d.Corrects != ""):
		return errors.New("a credit note, and nothing else, names the document that it takes back")
	case d.IssuedAt.IsZero():
		return errors.New("it doesn't say when it was issued")
	case clean(d.Seller.Name) == "":
		return errors.New("it doesn't say who sells")
	case len(d.Lines) == 0 || len(d.Lines) > maxLines:
		return fmt.Errorf("it has %d lines: at least one is needed, and at most %d", len(d.Lines), maxLines)
	}
	if _, known := currency.GetDigits(d.Currency); !known {
		return fmt.Errorf("there is no currency %q", shorten(clean(d.Currency), 10))
	}
	if _, err := d.zone(); err != nil {
		return err
	}
	if s := d.Session; s != nil && (s.Start.IsZero() || s.Stop.Before(s.Start) || s.EnergyWh.IsNeg()) {
		return errors.New("its session has no start, stops before it, or gave energy back")
	}
	return d.addsUp()
}

// addsUp compares what the document says with what its lines say.
func (d *Document) addsUp() error {
	taxes, total, err := sums(d.Lines)
	if err != nil {
		return err
	}
	if total.Net != d.Net || total.Tax != d.Tax || total.Gross != d.Gross {
		return fmt.Errorf("its lines come to %d + %d = %d, its totals say %d + %d = %d", total.Net, total.Tax, total.Gross, d.Net, d.Tax, d.Gross)
	}
	same := len(taxes) == len(d.Taxes)
	for i := range taxes {
		same = same && samePercent(taxes[i].Percent, d.Taxes[i].Percent) &&
			taxes[i].Net == d.Taxes[i].Net && taxes[i].Tax == d.Taxes[i].Tax && taxes[i].Gross == d.Taxes[i].Gross
	}
	if !same {
		return errors.New("its taxes per rate aren't those of its lines")
	}
	return nil
}

func (d *Document) zone() (*time.Location, error) {
	if d.Zone == "" || d.Zone == "Local" {
		return nil, errors.New("its location has no time zone")
	}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %q", shorten(clean(d.Zone), 40))
	}
	return zone, nil
}

func (d *Document) digits() int {
	n, _ := currency.GetDigits(d.Currency) // checked before
	return int(n)
}
