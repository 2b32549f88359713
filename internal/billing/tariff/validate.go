package tariff

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/fault"
)

// Bounds of what a tariff may say. They keep every amount within int64 and the work of rating bounded.
const (
	maxElements  = 100
	maxTexts     = 50
	maxText      = 512 // OCPI 2.2.1, DisplayText
	maxPrice     = 1_000_000_000
	maxStep      = 1_000_000
	maxDurationS = 366 * 24 * 3600
	maxKWh       = 1_000_000
	maxPowerKW   = 100_000
	maxCurrentA  = 100_000
	// finer is how many more decimals than its currency a price for a kWh or an hour may have.
	finer = 4
	// fine is how many decimals a percentage or a restriction may have.
	fine = 4
)

// Validate checks the tariff. What is wrong is a fault that names the field by its path: elements[0].price_components[1].price.
func (t *Tariff) Validate() error {
	digits, known := t.Digits()
	if !known {
		return fault.In("currency", "%q is not a currency. Give its ISO 4217 code, such as EUR.", short(t.Currency))
	}
	switch t.TaxIncluded {
	case TaxIsIncluded, TaxIsAdded, TaxIsNotApplied:
	default:
		return fault.In("tax_included", "Say how prices stand to taxes: YES (they contain them), NO (they are added) or N/A (there are none).")
	}
	if len(t.Elements) == 0 {
		return fault.In("elements", "A tariff has at least one element. Give a FLAT price of 0 where charging is free.")
	}
	if len(t.Elements) > maxElements {
		return fault.In("elements", "A tariff has at most %d elements; this one has %d.", maxElements, len(t.Elements))
	}
	for i := range t.Elements {
		if err := t.validateElement(i, digits); err != nil {
			return err
		}
	}
	if err := t.validateLimits(digits); err != nil {
		return err
	}
	if !t.ValidFrom.IsZero() && !t.ValidTo.IsZero() && !t.ValidFrom.Before(t.ValidTo) {
		return fault.In("end_date_time", "The tariff ends before it begins. Choose an end after %s.", t.ValidFrom.Format("2006-01-02 15:04 MST"))
	}
	return t.validateTexts()
}

func (t *Tariff) validateElement(i, digits int) error {
	e := &t.Elements[i]
	if len(e.Components) == 0 {
		return fault.In(elementPath(i)+".price_components", "An element prices at least one of ENERGY, TIME, PARKING_TIME and FLAT.")
	}
	for j := range e.Components {
		c, path := &e.Components[j], componentPath(i, j)
		switch c.Dimension {
		case Flat, Time:
		case Energy, ParkingTime:
			if e.Restrictions.Reservation != "" {
				return fault.In(path+".type", "A reservation is priced by FLAT and TIME alone. Move %s to an element of its own.", c.Dimension)
			}
		default:
			return fault.In(path+".type", "%q is nothing that can be priced. Give ENERGY, TIME, PARKING_TIME or FLAT.", short(string(c.Dimension)))
		}
		if slices.ContainsFunc(e.Components[:j], func(o Component) bool { return o.Dimension == c.Dimension }) {
			return fault.In(path+".type", "%s is priced twice in one element: leave one, or move it to an element of its own.", c.Dimension)
		}
		decimals := digits
		if c.Dimension != Flat {
			decimals += finer
		}
		if err := validateAmount(path+".price", t.Currency, c.Price, decimals); err != nil {
			return err
		}
		if err := t.validateTax(path+".vat", c.TaxPercent); err != nil {
			return err
		}
		if c.StepSize < 0 || c.StepSize > maxStep {
			return fault.In(path+".step_size", "A step is between 0 and %d Wh or seconds; 0 and 1 bill exactly what was used.", maxStep)
		}
	}
	return e.Restrictions.validate(elementPath(i) + ".restrictions")
}

func (t *Tariff) validateTax(path string, percent *Number) error {
	if percent == nil {
		return nil
	}
	if t.TaxIncluded == TaxIsNotApplied {
		return fault.In(path, "The tariff says that no taxes apply (tax_included is N/A). Leave the percentage away, or say YES or NO there.")
	}
	return bounded(path, percent, "A tax", "%", 100, fine)
}

func (t *Tariff) validateLimits(digits int) error {
	for _, l := range []struct {
		path  string
		limit *Limit
	}{{"min_price", t.MinPrice}, {"max_price", t.MaxPrice}, {"idle_cap", t.IdleCap}} {
		if l.limit == nil {
			continue
		}
		before, after := l.limit.BeforeTaxes, l.limit.AfterTaxes
		if before == nil && after == nil {
			return fault.In(l.path, "Give the amount before taxes, after taxes, or both.")
		}
		if before != nil {
			if err := validateAmount(l.path+".before_taxes", t.Currency, *before, digits); err != nil {
				return err
			}
		}
		if after != nil {
			if err := validateAmount(l.path+".after_taxes", t.Currency, *after, digits); err != nil {
				return err
			}
		}
		if before != nil && after != nil && after.Cmp(before.Decimal) < 0 {
			return fault.In(l.path+".after_taxes", "The amount after taxes (%s) is less than the one before (%s).", after, before)
		}
		if t.TaxIncluded == TaxIsNotApplied && before != nil && after != nil && after.Cmp(before.Decimal) != 0 {
			return fault.In(l.path+".after_taxes", "No taxes apply (tax_included is N/A), so the amounts before and after them are the same. Leave one away.")
		}
	}
	if t.MinPrice != nil && t.MaxPrice != nil {
		if above(t.MinPrice.BeforeTaxes, t.MaxPrice.BeforeTaxes) || above(t.MinPrice.AfterTaxes, t.MaxPrice.AfterTaxes) ||
			above(t.MinPrice.BeforeTaxes, t.MaxPrice.AfterTaxes) {
			return fault.In("max_price", "The maximum price is less than the minimum price.")
		}
	}
	if t.IdleGraceS < 0 || t.IdleGraceS > maxDurationS {
		return fault.In("idle_grace_s", "The grace is between 0 and %d seconds.", maxDurationS)
	}
	return nil
}

func above(a, b *Number) bool { return a != nil && b != nil && a.Cmp(b.Decimal) > 0 }

var language = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

func (t *Tariff) validateTexts() error {
	if len(t.AltText) > maxTexts {
		return fault.In("tariff_alt_text", "A tariff has at most %d texts.", maxTexts)
	}
	seen := map[string]bool{}
	for i, text := range t.AltText {
		path := "tariff_alt_text[" + strconv.Itoa(i) + "]"
		if !language.MatchString(text.Language) {
			return fault.In(path+".language", "%q is not a language tag such as en or pt-BR.", short(text.Language))
		}
		if seen[strings.ToLower(text.Language)] {
			return fault.In(path+".language", "There are two texts in %q: leave one.", text.Language)
		}
		seen[strings.ToLower(text.Language)] = true
		if text.Text == "" || utf8.RuneCountInString(text.Text) > maxText || !utf8.ValidString(text.Text) ||
			strings.ContainsFunc(text.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			return fault.In(path+".text", "A text has 1 to %d characters, and no control characters.", maxText)
		}
	}
	return nil
}

// validateAmount refuses what the currency can't express, rather than rounding a price that people see.
func validateAmount(path, currencyCode string, n Number, decimals int) error {
	if n.IsNeg() {
		return fault.In(path, "An amount can't be negative: %s.", n)
	}
	if n.decimals() > decimals {
		return fault.In(path, "%s has more decimals than an amount in %s may have here (%d).", n, currencyCode, decimals)
	}
	if n.Cmp(decimal.MustNew(maxPrice, 0)) > 0 {
		return fault.In(path, "%s is more than an amount may be (%d).", n, maxPrice)
	}
	return nil
}

func bounded(path string, n *Number, what, unit string, most int64, decimals int) error {
	if n.IsNeg() || n.Cmp(decimal.MustNew(most, 0)) > 0 {
		return fault.In(path, "%s is between 0 and %d %s, not %s.", what, most, unit, n)
	}
	if n.decimals() > decimals {
		return fault.In(path, "%s has more than %d decimals.", n, decimals)
	}
	return nil
}
