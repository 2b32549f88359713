package rating

import (
	"fmt"

	"github.com/busbar-ev/busbar/internal/billing/tariff"
)

// Difference is a line of one bill beside its counterpart in another; one of the two may be nil.
type Difference struct {
	Kind      Kind             `json:"kind"`
	Dimension tariff.Dimension `json:"dimension,omitempty"`
	A         *Line            `json:"a,omitempty"`
	B         *Line            `json:"b,omitempty"`
	// The amounts are b's minus a's.
	NetMinor   int64 `json:"net_minor"`
	TaxMinor   int64 `json:"tax_minor"`
	GrossMinor int64 `json:"gross_minor"`
}

// Comparison is what changes from one bill to another: each line of both, once, and the totals of b minus those of a.
type Comparison struct {
	Lines      []Difference `json:"lines"`
	NetMinor   int64        `json:"net_minor"`
	TaxMinor   int64        `json:"tax_minor"`
	GrossMinor int64        `json:"gross_minor"`
}

// Compare sets two bills side by side, such as one session rated by two versions of a tariff. Lines that price the same under the
// same restriction belong together, and then those that price the same at all, in their order.
func Compare(a, b Bill) (Comparison, error) {
	if a.Currency != b.Currency {
		return Comparison{}, fmt.Errorf("compare bills: one is in %s and the other in %s", a.Currency, b.Currency)
	}
	partner := make([]int, len(a.Lines))
	for i := range partner {
		partner[i] = -1
	}
	taken := make([]bool, len(b.Lines))
	pair := func(alike func(x, y *Line) bool) {
		for i := range a.Lines {
			for j := range b.Lines {
				if partner[i] < 0 && !taken[j] && a.Lines[i].reserves() == b.Lines[j].reserves() && alike(&a.Lines[i], &b.Lines[j]) {
					partner[i], taken[j] = j, true
				}
			}
		}
	}
	same := func(x, y *Line) bool { return x.Kind == y.Kind && x.Dimension == y.Dimension }
	pair(func(x, y *Line) bool { return same(x, y) && x.Restriction == y.Restriction && x.From.Equal(y.From) })
	pair(func(x, y *Line) bool { return same(x, y) && x.Restriction == y.Restriction })
	pair(same)
	var c Comparison
	for i := range a.Lines {
		if partner[i] < 0 {
			c.add(&a.Lines[i], nil)
		} else {
			c.add(&a.Lines[i], &b.Lines[partner[i]])
		}
	}
	for j := range b.Lines {
		if !taken[j] {
			c.add(nil, &b.Lines[j])
		}
	}
	return c, nil
}

func (l *Line) reserves() bool { return l.Restrictions != nil && l.Restrictions.Reservation != "" }

func (c *Comparison) add(a, b *Line) {
	d := Difference{A: a, B: b}
	if a != nil {
		d.Kind, d.Dimension = a.Kind, a.Dimension
		d.NetMinor, d.TaxMinor, d.GrossMinor = -a.NetMinor, -a.TaxMinor, -a.GrossMinor
	}
	if b != nil {
		d.Kind, d.Dimension = b.Kind, b.Dimension
		d.NetMinor += b.NetMinor
		d.TaxMinor += b.TaxMinor
		d.GrossMinor += b.GrossMinor
	}
	c.Lines = append(c.Lines, d)
	c.NetMinor += d.NetMinor
	c.TaxMinor += d.TaxMinor
	c.GrossMinor += d.GrossMinor
}
