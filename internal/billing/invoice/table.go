package invoice

import (
	"slices"

	"github.com/govalues/decimal"
)

// column of the table; its place is where the one before it ends.
type column struct {
	x, w  float64
	align string
}

// The columns: item, quantity, price, rate, net, tax, gross.
var table = func() []column {
	out := make([]column, 0, 7)
	x := margin
	for i, w := range [...]float64{57, 25, 26, 14, 20, 18, 20} {
		align := "R"
		if i == 0 {
			align = "L"
		}
		out = append(out, column{x, w, align})
		x += w
	}
	return out
}()

const (
	rowSize   = 8.0
	rowHeight = 4.0
	padding   = 1.5
)

func (p *paper) tableHead() {
	w, code := p.words, " ("+p.d.Currency+")"
	p.out.SetFillColor(238, 238, 238)
	p.out.Rect(margin, p.y, width, 6, "F")
	p.y++
	for i, name := range [...]string{w.item, w.quantity, w.unitPrice + code, w.tax + " %", w.net, w.tax, w.gross + code} {
		c := table[i]
		p.fit(c.x+padding/2, c.w-padding, rowHeight, "B", 7.5, name, c.align)
	}
	p.y += 6
}

// lines writes the table, with its head on each page.
func (p *paper) lines() {
	p.room(20)
	p.tableHead()
	for i := range p.d.Lines {
		l := &p.d.Lines[i]
		p.font("", rowSize)
		what := p.wrap(p.text(p.words.what(l), maxDescription), table[0].w-padding)
		height := float64(max(1, len(what)))*rowHeight + padding
		if p.room(height) {
			p.tableHead()
		}
		start := p.y
		cells := [...]string{"", p.quantity(l), p.price(l), p.percent(l.TaxPercent), p.figures.amount(l.Net), p.figures.amount(l.Tax), p.figures.amount(l.Gross)}
		for j, c := range table[1:] {
			p.fit(c.x+padding/2, c.w-padding, rowHeight, "", rowSize, cells[j+1], c.align)
		}
		p.font("", rowSize)
		for _, line := range what {
			p.put(table[0].x+padding/2, table[0].w-padding, rowHeight, line, "L")
			p.y += rowHeight
		}
		p.y = start + height
		p.out.Line(margin, p.y-padding/2, margin+width, p.y-padding/2)
	}
}

func (p *paper) quantity(l *Line) string {
	switch l.Unit {
	case Second:
		return clock(l.Quantity) + " h"
	case KWh:
		return p.figures.number(l.Quantity) + " kWh"
	default:
		return p.figures.number(l.Quantity)
	}
}

func (p *paper) price(l *Line) string {
	if l.Item == Grace {
		return "–"
	}
	text := p.figures.price(l.UnitPrice)
	if per := l.pricePer(); per != "" {
		text += " / " + per
	}
	return text
}

func (p *paper) percent(d *decimal.Decimal) string {
	if d == nil {
		return "–"
	}
	return p.figures.number(*d)
}

// totals writes the sums, with the currency.
func (p *paper) totals() {
	d, w := p.d, p.words
	rows := []struct {
		name  string
		minor int64
		style string
		size  float64
	}{{w.net, d.Net, "", 9}, {w.tax, d.Tax, "", 9}, {w.total, d.Gross, "B", 13}}
	p.room(22)
	p.y += 2
	for _, row := range rows {
		p.fit(margin+80, 45, 6, row.style, row.size, row.name, "L")
		p.fit(margin+125, 55-padding/2, 6, row.style, row.size, p.figures.money(row.minor), "R")
		p.y += 6
	}
	p.y += 3
}

// taxes writes the sums of each rate, where there is one.
func (p *paper) taxes() {
	w := p.words
	if !slices.ContainsFunc(p.d.Taxes, func(t Tax) bool { return t.Percent != nil }) {
		return
	}
	row := func(style string, cells ...string) {
		for i, cell := range cells {
			align := "R"
			if i == 0 {
				align = "L"
			}
			p.fit(margin+float64(i)*32, 30, rowHeight, style, rowSize, cell, align)
		}
		p.y += rowHeight
	}
	head := func() {
		p.font("B", 8)
		p.put(margin, width, rowHeight, w.taxes, "L")
		p.y += rowHeight
		row("B", w.rate, w.net, w.tax, w.gross)
	}
	p.room(4 * rowHeight)
	head()
	for _, t := range p.d.Taxes {
		if p.room(rowHeight) {
			head()
		}
		rate := w.noTax
		if t.Percent != nil {
			rate = p.percent(t.Percent) + " %"
		}
		row("", rate, p.figures.money(t.Net), p.figures.money(t.Tax), p.figures.money(t.Gross))
	}
	p.y += 3
}
