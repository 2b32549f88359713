package receipts

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"github.com/busbar-ev/busbar/internal/billing/invoice"
	"github.com/busbar-ev/busbar/internal/billing/rating"
	"github.com/busbar-ev/busbar/internal/db"
)

// corrected says what a correction changed: for each tax rate what is added or given back. What gives back is a credit note.
func (s *Service) corrected(ctx context.Context, tx *db.Tx, from *source, correction uuid.UUID, about invoice.Document, bill rating.Bill) (*invoice.Document, error) {
	var net, tax int64
	var next, before []byte
	var reason string
	if err := tx.QueryRow(ctx, `select x.net, x.tax, x.bill, x.reason, (select y.bill from charge_corrections y
			where y.charge_id = x.charge_id and y.status = 'APPLIED' and y.bill is not null and y.id < x.id order by y.id desc limit 1)
		from charge_corrections x where x.id = $1 and x.charge_id = $2`, correction, from.Charge).Scan(&net, &tax, &next, &reason, &before); err != nil {
		return nil, fmt.Errorf("load the correction: %w", err)
	}
	if before != nil {
		bill = rating.Bill{}
		if err := json.Unmarshal(before, &bill); err != nil {
			return nil, fmt.Errorf("read the bill before the correction: %w", err)
		}
	}
	groups := share(rates(Split(bill)), bill.NetMinor, bill.TaxMinor, net, tax)
	if next != nil {
		var after rating.Bill
		if err := json.Unmarshal(next, &after); err != nil {
			return nil, fmt.Errorf("read the correction's bill: %w", err)
		}
		groups = subtract(rates(Split(after)), rates(Split(bill)))
	}
	about.Currency, about.Paid = from.Currency, nil
	about.Notes = append(about.Notes, reason)
	for _, g := range groups {
		if g.net == 0 && g.tax == 0 {
			continue
		}
		quantity := decimal.One
		about.Lines = append(about.Lines, invoice.Line{Item: invoice.Other, Description: reason, Quantity: quantity, UnitPrice: price(g.net, bill.Digits), TaxPercent: g.percent,
			Net: g.net, Tax: g.tax, Gross: g.net + g.tax})
	}
	if len(about.Lines) == 0 {
		return nil, nil
	}
	if net+tax < 0 {
		about.Kind, about.Corrects = invoice.CreditNote, *from.Original
	}
	if err := about.AddUp(); err != nil {
		return nil, err
	}
	var err error
	if about.Number, err = s.number(ctx, tx, from); err != nil {
		return nil, err
	}
	return &about, about.Check()
}

func price(minor int64, digits int) decimal.Decimal {
	d, err := decimal.New(minor, digits)
	if err != nil {
		return decimal.Zero // no currency has so many decimals
	}
	return d
}

// group is what the lines of one tax rate come to.
type group struct {
	percent  *decimal.Decimal
	net, tax int64
}

// rates are the sums of a bill for each tax rate, in the order in which they appear.
func rates(b rating.Bill) (groups []group) {
	for i := range b.Lines {
		l := &b.Lines[i]
		at := find(groups, l.TaxPercent)
		if at < 0 {
			groups, at = append(groups, group{percent: l.TaxPercent}), len(groups)
		}
		groups[at].net, groups[at].tax = groups[at].net+l.NetMinor, groups[at].tax+l.TaxMinor
	}
	return groups
}

func find(groups []group, percent *decimal.Decimal) int {
	for i := range groups {
		if p := groups[i].percent; p == nil && percent == nil || p != nil && percent != nil && p.Cmp(*percent) == 0 {
			return i
		}
	}
	return -1
}

// subtract gives what is different from one bill's rates to another's.
func subtract(after, before []group) []group {
	for _, b := range before {
		at := find(after, b.percent)
		if at < 0 {
			after, at = append(after, group{percent: b.percent}), len(after)
		}
		after[at].net, after[at].tax = after[at].net-b.net, after[at].tax-b.tax
	}
	return after
}

// share divides an amount over rates as the bill is divided; what rounding leaves goes to the last.
func share(groups []group, ofNet, ofTax, net, tax int64) []group {
	restNet, restTax := net, tax
	for i := range groups {
		g := &groups[i]
		if i == len(groups)-1 {
			g.net, g.tax = restNet, restTax
			break
		}
		g.net, g.tax = part(net, g.net, ofNet), part(tax, g.tax, ofTax)
		restNet, restTax = restNet-g.net, restTax-g.tax
	}
	return groups
}

// part is amount × of / whole with the sign of the amount.
func part(amount, of, whole int64) int64 {
	if whole <= 0 || of <= 0 {
		return 0
	}
	if amount < 0 {
		return -rating.Share(-amount, of, whole)
	}
	return rating.Share(amount, of, whole)
}

// Split divides lines that adjust amounts of several tax rates into one for each rate, as what they adjust is divided. A paper has to
// say what each rate comes to.
func Split(b rating.Bill) rating.Bill {
	var plain, lines []rating.Line
	for _, l := range b.Lines {
		if l.TaxPercent != nil || l.TaxMinor == 0 {
			plain = append(plain, l)
		}
	}
	base := rating.Bill{Lines: plain}
	groups := rates(base)
	var net, tax int64
	for _, g := range groups {
		net, tax = net+g.net, tax+g.tax
	}
	for _, l := range b.Lines {
		if l.TaxPercent != nil || l.TaxMinor == 0 || len(groups) == 0 {
			lines = append(lines, l)
			continue
		}
		for _, g := range share(append([]group(nil), groups...), net, tax, l.NetMinor, l.TaxMinor) {
			piece := l
			piece.TaxPercent, piece.NetMinor, piece.TaxMinor, piece.GrossMinor = g.percent, g.net, g.tax, g.net+g.tax
			lines = append(lines, piece)
		}
	}
	b.Lines = lines
	return b
}
