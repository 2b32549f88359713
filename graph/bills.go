package graph

import (
	"encoding/json"
	"fmt"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// billOf shows a bill.
func billOf(b rating.Bill) *model.Bill {
	out := &model.Bill{
		Lines: make([]*model.BillLine, len(b.Lines)), Currency: b.Currency, Net: amountOf(b.NetMinor, b.Currency), Tax: amountOf(b.TaxMinor, b.Currency),
		Total: amountOf(b.GrossMinor, b.Currency), Review: make([]*model.BillReview, len(b.Review)),
		EnergyWh: float(b.EnergyWh), ChargingS: float(b.ChargingS), IdleS: float(b.IdleS),
	}
	for i := range b.Lines {
		out.Lines[i] = lineOf(&b.Lines[i], b.Currency)
	}
	for i, r := range b.Review {
		out.Review[i] = &model.BillReview{Code: string(r.Code), Message: r.Message}
	}
	return out
}

func lineOf(l *rating.Line, currency string) *model.BillLine {
	if l == nil {
		return nil
	}
	out := &model.BillLine{
		Kind: model.BillLineKind(l.Kind), Restriction: l.Restriction, Quantity: float(l.Quantity), Billed: float(l.Billed), UnitPrice: float(l.UnitPrice),
		Net: amountOf(l.NetMinor, currency), Tax: amountOf(l.TaxMinor, currency), Total: amountOf(l.GrossMinor, currency), From: l.From, To: l.To,
	}
	if l.Dimension != "" {
		dimension := model.PriceDimension(l.Dimension)
		out.Dimension = &dimension
	}
	if l.Element > 0 {
		out.Element = &l.Element
	}
	if l.TaxPercent != nil {
		percent := float(*l.TaxPercent)
		out.TaxPercent = &percent
	}
	switch l.Dimension {
	case tariff.Energy:
		out.Unit = "Wh"
	case tariff.Time, tariff.ParkingTime:
		out.Unit = "s"
	}
	return out
}

func differencesOf(c rating.Comparison, currency string) []*model.BillDifference {
	out := make([]*model.BillDifference, len(c.Lines))
	for i, d := range c.Lines {
		out[i] = &model.BillDifference{
			Kind: model.BillLineKind(d.Kind), Before: lineOf(d.A, currency), After: lineOf(d.B, currency),
			Net: amountOf(d.NetMinor, currency), Tax: amountOf(d.TaxMinor, currency), Total: amountOf(d.GrossMinor, currency),
		}
		if d.Dimension != "" {
			dimension := model.PriceDimension(d.Dimension)
			out[i].Dimension = &dimension
		}
	}
	return out
}

// storedBill reads a bill as it was stored.
func storedBill(text vocabulary.JSON) (b rating.Bill, err error) {
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, fmt.Errorf("read a stored bill: %w", err)
	}
	return b, nil
}

// float is a number for people's eyes; money never goes through it.
func float(d interface{ Float64() (float64, bool) }) float64 {
	f, _ := d.Float64()
	return f
}
