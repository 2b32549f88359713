package rating

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// limit adds the lines that keep the bill within its limits: the cap on standing, then the least and the most that a session costs.
// An expired reservation is no session, so it costs no minimum.
func (t *till) limit(b *Bill, tar *tariff.Tariff, s *Session, session bool) error {
	from, to := s.Start, s.End
	if !session {
		from, to = s.Reservation.From, s.Reservation.To
	}
	adjust := func(kind Kind, limit *tariff.Limit, of func(*Line) bool) error {
		if limit == nil {
			return nil
		}
		net, _, gross, err := sum(b.Lines, of)
		if err != nil {
			return err
		}
		tax := taxOf(b.Lines, of, tar)
		toNet, toGross, err := t.within(limit, kind == MinPrice, net, gross, tax)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if toNet == net && toGross == gross {
			return nil
		}
		line := Line{
			Kind: kind, Quantity: decimal.One, Billed: decimal.One,
			NetMinor: toNet - net, TaxMinor: toGross - gross - (toNet - net), GrossMinor: toGross - gross,
			From: inZone(from, s.Zone), To: inZone(to, s.Zone),
		}
		if !tax.mixed {
			line.TaxPercent = tax.percent
		}
		if kind == IdleCap {
			line.Dimension = tariff.ParkingTime
		}
		if price := limit.AfterTaxes; price != nil && (t.included || limit.BeforeTaxes == nil) {
			line.UnitPrice = price.Decimal
		} else {
			line.UnitPrice = limit.BeforeTaxes.Decimal
		}
		b.Lines = append(b.Lines, line)
		return nil
	}
	everything := func(*Line) bool { return true }
	if err := adjust(IdleCap, tar.IdleCap, func(l *Line) bool { return l.Dimension == tariff.ParkingTime }); err != nil {
		return err
	}
	if session {
		if err := adjust(MinPrice, tar.MinPrice, everything); err != nil {
			return err
		}
	}
	return adjust(MaxPrice, tar.MaxPrice, everything)
}

func inZone(at time.Time, zone *time.Location) time.Time {
	return time.UnixMicro(at.UnixMicro()).In(zone)
}

// within moves two sums into a limit. Where it names both amounts each holds for itself (OCPI 2.2.1, min_price and max_price); a
// limit after taxes is at least the one before, so the tax stays at least 0. Where it names one the other follows by the tax of the
// lines.
func (t *till) within(l *tariff.Limit, least bool, net, gross int64, tax taxRate) (toNet, toGross int64, err error) {
	beyond := func(amount, limit int64) bool { return least == (amount < limit) && amount != limit }
	toNet, toGross = net, gross
	if l.BeforeTaxes != nil {
		if limit := t.minor(l.BeforeTaxes); beyond(net, limit) {
			toNet = limit
		}
	}
	if l.AfterTaxes != nil {
		if limit := t.minor(l.AfterTaxes); beyond(gross, limit) {
			toGross = limit
		}
	}
	switch {
	case l.AfterTaxes == nil && toNet != net:
		toGross, err = t.grossOf(toNet, net, gross, tax)
	case l.BeforeTaxes == nil && toGross != gross:
		toNet, err = t.netOf(toGross, net, gross, tax)
	}
	return toNet, toGross, err
}

func (t *till) minor(n *tariff.Number) int64 {
	whole, fraction, _ := n.Int64(t.digits)
	for range t.digits {
		whole *= 10
	}
	return whole + fraction
}

func (t *till) grossOf(toNet, net, gross int64, tax taxRate) (int64, error) {
	if tax.mixed && net > 0 {
		return t.proportion(toNet, gross, net)
	}
	if tax.percent == nil {
		return toNet, nil
	}
	t.num.SetInt64(toNet)
	t.den.SetInt64(1)
	return t.taxed(*tax.percent)
}

func (t *till) netOf(toGross, net, gross int64, tax taxRate) (int64, error) {
	if tax.mixed && gross > 0 {
		return t.proportion(toGross, net, gross)
	}
	if tax.percent == nil {
		return toGross, nil
	}
	return t.untaxed(toGross, *tax.percent)
}

// taxRate is the tax of some lines: one percentage, or none (nil), or several, of which percent is the first.
type taxRate struct {
	percent *decimal.Decimal
	mixed   bool
}

// taxOf finds the tax of the lines that cost something. Where none does it is that of the tariff's first component with a tax.
func taxOf(lines []Line, of func(*Line) bool, tar *tariff.Tariff) taxRate {
	var tax taxRate
	any := false
	for i := range lines {
		l := &lines[i]
		if !of(l) || l.NetMinor == 0 || l.Kind != Charge {
			continue
		}
		if any && !samePercent(tax.percent, l.TaxPercent) {
			tax.mixed = true
			return tax
		}
		if !any {
			tax.percent, any = l.TaxPercent, true
		}
	}
	if any {
		return tax
	}
	for i := range tar.Elements {
		for j := range tar.Elements[i].Components {
			if percent := tar.Elements[i].Components[j].TaxPercent; percent != nil && tar.Elements[i].Restrictions.Reservation == "" {
				return taxRate{percent: &percent.Decimal}
			}
		}
	}
	return tax
}

func samePercent(a, b *decimal.Decimal) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Cmp(*b) == 0
}
