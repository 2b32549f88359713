package invoice

import (
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// FromBill completes a document with what a session costs: lines, taxes, totals, currency and energy. It fails where the bill's totals
// aren't those of its lines, and where one of its lines adjusts amounts of several tax rates: that one has to be split first.
func FromBill(bill rating.Bill, about Document) (Document, error) {
	d := about
	d.Currency = bill.Currency
	d.Lines = make([]Line, 0, len(bill.Lines))
	for i := range bill.Lines {
		line, err := fromLine(&bill.Lines[i])
		if err != nil {
			return Document{}, fmt.Errorf("write a bill down: line %d: %w", i+1, err)
		}
		d.Lines = append(d.Lines, line)
	}
	if len(d.Lines) == 0 {
		d.Lines = []Line{{Item: Energy, Unit: KWh, Quantity: kWh(bill.EnergyWh)}}
	}
	if d.Session != nil {
		session := *d.Session
		session.EnergyWh = bill.EnergyWh
		d.Session = &session
	}
	if err := d.AddUp(); err != nil {
		return Document{}, err
	}
	if d.Net != bill.NetMinor || d.Tax != bill.TaxMinor || d.Gross != bill.GrossMinor || d.digits() != bill.Digits {
		return Document{}, fmt.Errorf("write a bill down: its lines come to %d + %d = %d, its totals say %d + %d = %d",
			d.Net, d.Tax, d.Gross, bill.NetMinor, bill.TaxMinor, bill.GrossMinor)
	}
	return d, d.Check()
}

func fromLine(l *rating.Line) (Line, error) {
	out := Line{
		Description: l.Restriction, Quantity: l.Billed, UnitPrice: l.UnitPrice, TaxPercent: l.TaxPercent,
		Net: l.NetMinor, Tax: l.TaxMinor, Gross: l.GrossMinor,
	}
	if l.Kind == rating.Grace {
		out.Quantity = l.Quantity
	}
	switch l.Dimension {
	case tariff.Energy:
		out.Item, out.Unit, out.Quantity = Energy, KWh, kWh(out.Quantity)
	case tariff.Time:
		out.Item, out.Unit = Charging, Second
	case tariff.ParkingTime:
		out.Item, out.Unit = Idle, Second
	case tariff.Flat:
		out.Item = Fee
	}
	if l.Restrictions != nil && l.Restrictions.Reservation != "" {
		out.Item = Reservation
	}
	switch l.Kind {
	case rating.Charge:
	case rating.Grace:
		out.Item = Grace
	case rating.IdleCap:
		out.Item, out.Unit = IdleCap, Each
	case rating.MinPrice:
		out.Item = MinPrice
	case rating.MaxPrice:
		out.Item = MaxPrice
	default:
		return Line{}, fmt.Errorf("there is no kind %q", l.Kind)
	}
	if out.Item == "" {
		return Line{}, fmt.Errorf("there is no dimension %q", l.Dimension)
	}
	return out, nil
}

// kWh shifts the point: nothing is rounded.
func kWh(wh decimal.Decimal) decimal.Decimal {
	shifted, err := wh.Quo(decimal.Thousand)
	if err != nil {
		return wh // a division by a thousand doesn't fail
	}
	return shifted.Trim(0)
}

// Credit takes a document back: a credit note with its lines, turned round.
func (d *Document) Credit(number string, at time.Time, notes ...string) (Document, error) {
	if err := d.Check(); err != nil {
		return Document{}, err
	}
	if d.Kind == CreditNote {
		return Document{}, fmt.Errorf("document %s is a credit note: it isn't taken back by another", d.Number)
	}
	out := *d
	out.Kind, out.Number, out.Corrects, out.IssuedAt, out.Notes, out.Paid = CreditNote, number, d.Number, at, notes, nil
	out.Lines = slices.Clone(d.Lines)
	for i := range out.Lines {
		l := &out.Lines[i]
		l.Quantity, l.Net, l.Tax, l.Gross = l.Quantity.Neg(), -l.Net, -l.Tax, -l.Gross
	}
	if err := out.AddUp(); err != nil {
		return Document{}, err
	}
	return out, out.Check()
}
