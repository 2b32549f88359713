package invoice

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of the page, in mm: A4 with a margin all around.
const (
	pageHeight = 297.0
	margin     = 15.0
	width      = 210 - 2*margin
	bottom     = pageHeight - 20
	gap        = 5.0
	half       = (width - gap) / 2
)

// How much of a text the page has room for, in characters. JSON has all of it.
const (
	maxField       = 300
	maxDescription = 500
	maxNote        = 2000
	maxSigned      = 20_000
	maxListed      = 10
)

// PDF writes the document for people, in a language such as "en", "nl-NL" or "en-IN"; amounts are written by the tag's rules. It has
// one or more A4 pages, the same bytes each time.
func (d *Document) PDF(language string) ([]byte, error) { return d.pdf(language, true) }

func (d *Document) pdf(language string, compress bool) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	zone, err := d.zone()
	if err != nil {
		return nil, err
	}
	// Written twice: the first time tells how many pages there are.
	first := newPaper(d, language, zone, 0, false)
	first.write()
	paper := newPaper(d, language, zone, first.out.PageNo(), compress)
	paper.write()
	var b bytes.Buffer
	if err := paper.out.Output(&b); err != nil {
		return nil, fmt.Errorf("write document %s: %w", d.Number, err)
	}
	return b.Bytes(), nil
}

// paper is a document while it is written. Nothing flows by itself: each row asks for its room first.
type paper struct {
	d       *Document
	words   *words
	figures *figures
	zone    *time.Location
	out     *fpdf.Fpdf
	y       float64
}

func newPaper(d *Document, tag string, zone *time.Location, pages int, compress bool) *paper {
	w, language, locale := inLanguage(tag)
	p := &paper{d: d, words: w, figures: newFigures(d.Currency, d.digits(), locale), zone: zone, out: fpdf.New("P", "mm", "A4", "")}
	o := p.out
	o.SetCompression(compress)
	o.SetCatalogSort(true)
	o.SetCreationDate(d.IssuedAt.UTC())
	o.SetModificationDate(d.IssuedAt.UTC())
	o.SetProducer("Busbar", true)
	o.SetCreator("Busbar", true)
	o.SetAuthor(shorten(clean(d.Seller.Name), maxField), true)
	o.SetTitle(w.title(d.Kind)+" "+d.Number, true)
	o.SetLang(language)
	o.SetMargins(margin, margin, margin)
	o.SetCellMargin(0)
	o.SetAutoPageBreak(false, 0)
	o.AddUTF8FontFromBytes("dejavu", "", regular)
	o.AddUTF8FontFromBytes("dejavu", "B", bold)
	o.SetDrawColor(170, 170, 170)
	o.SetLineWidth(0.2)
	o.SetFooterFunc(func() {
		p.font("", 7.5)
		o.SetTextColor(90, 90, 90)
		o.SetXY(margin, pageHeight-13)
		o.CellFormat(width/2, 4, p.text(d.Seller.Name, 60)+" · "+d.Number, "", 0, "L", false, 0, "")
		o.CellFormat(width/2, 4, fmt.Sprintf("%s %d %s %d", w.page, o.PageNo(), w.of, pages), "", 0, "R", false, 0, "")
		o.SetTextColor(0, 0, 0)
	})
	return p
}

func (p *paper) font(style string, size float64) { p.out.SetFont("dejavu", style, size) }

// text makes a text fit to be shown.
func (p *paper) text(s string, most int) string { return typeface.show(shorten(clean(s), most)) }

func (p *paper) addPage() {
	p.out.AddPage()
	p.y = margin
	if p.out.PageNo() > 1 {
		p.font("", 8)
		p.put(margin, width, 4, fmt.Sprintf("%s %s (%s)", p.words.title(p.d.Kind), p.d.Number, p.words.continued), "L")
		p.y += 8
	}
}

// room turns the page where fewer than h mm are left, and reports whether it did.
func (p *paper) room(h float64) bool {
	if p.y+h <= bottom {
		return false
	}
	p.addPage()
	return true
}

// put writes a line of text at the height at hand.
func (p *paper) put(x, w, h float64, s, align string) {
	p.out.SetXY(x, p.y)
	p.out.CellFormat(w, h, s, "", 0, align, false, 0, "")
}

// fit writes a figure, smaller where it is too long: figures are neither cut nor wrapped.
func (p *paper) fit(x, w, h float64, style string, size float64, s, align string) {
	s = typeface.show(s)
	for p.font(style, size); size > 3 && p.out.GetStringWidth(s) > w; p.font(style, size) {
		size -= 0.25
	}
	p.put(x, w, h, s, align)
}

// wrap breaks a text into lines of a width, in the font at hand: at spaces, and inside words that are longer than a line. The writer's
// own SplitText takes marks without width for ones of any.
func (p *paper) wrap(s string, w float64) []string {
	var lines []string
	runes := []rune(s)
	start, space, used := 0, -1, 0.0
	for i, r := range runes {
		used += p.out.GetStringWidth(string(r))
		if r == ' ' {
			space = i
			continue
		}
		if used <= w || i == start {
			continue
		}
		end, next := i, i
		if space > start {
			end, next = space, space+1
		}
		lines = append(lines, string(runes[start:end]))
		start, space = next, -1
		used = p.out.GetStringWidth(string(runes[start : i+1]))
	}
	if start < len(runes) {
		lines = append(lines, string(runes[start:]))
	}
	return lines
}

func (p *paper) write() {
	p.addPage()
	p.head()
	p.lines()
	p.totals()
	p.taxes()
	p.payment()
	p.verification()
	p.texts()
}

// entry is a line of a column.
type entry struct {
	text  string
	style string
	size  float64
}

// entries wrap a text into lines of a column.
func (p *paper) entries(to []entry, style string, size, w float64, s string) []entry {
	p.font(style, size)
	for _, line := range p.wrap(p.text(s, maxField), w) {
		to = append(to, entry{line, style, size})
	}
	return to
}

func (p *paper) named(to []entry, name, s string) []entry {
	if s == "" {
		return to
	}
	return p.entries(to, "", 9, half, name+": "+s)
}

// columns writes two columns beside each other, over as many pages as it takes. On each page the left one comes first, so that it is
// read in one piece.
func (p *paper) columns(left, right []entry) {
	const height = 4.4
	for len(left)+len(right) > 0 {
		p.room(height)
		rows := min(int((bottom-p.y)/height), max(len(left), len(right)))
		top := p.y
		for i, column := range [...]*[]entry{&left, &right} {
			p.y = top
			for _, e := range (*column)[:min(rows, len(*column))] {
				p.font(e.style, e.size)
				p.put(margin+float64(i)*(half+gap), half, height, e.text, "L")
				p.y += height
			}
			*column = (*column)[min(rows, len(*column)):]
		}
		p.y = top + float64(rows)*height
	}
}

func (p *paper) party(party *Party, title string) []entry {
	var out []entry
	if clean(party.Name) == "" && clean(party.Email) == "" {
		return out
	}
	out = p.entries(out, "B", 8, half, title)
	out = p.entries(out, "", 10, half, party.Name)
	for _, line := range listed(party.AddressLines) {
		out = p.entries(out, "", 9, half, line)
	}
	out = p.named(out, p.words.taxID, clean(party.TaxID))
	return p.entries(out, "", 9, half, party.Email)
}

func listed(texts []string) []string {
	texts = cleaned(texts)
	return texts[:min(len(texts), maxListed)]
}

// head says who, what, when and where.
func (p *paper) head() {
	d, w := p.d, p.words
	p.font("B", 18)
	p.put(margin, width, 9, w.title(d.Kind)+" "+d.Number, "L")
	p.y += 11
	var facts []entry
	facts = p.named(facts, w.issued, moment(d.IssuedAt, p.zone))
	facts = p.named(facts, w.timesIn, d.Zone)
	if d.Corrects != "" {
		facts = p.named(facts, w.corrects, d.Corrects)
	}
	p.columns(facts, nil)
	p.y += 3
	p.columns(p.party(&d.Seller, w.seller), p.party(&d.Buyer, w.buyer))
	p.y += 3
	if s := d.Session; s != nil {
		var left, right []entry
		left = p.entries(left, "B", 8, half, w.session)
		left = p.named(left, w.location, clean(s.Location))
		left = p.named(left, w.station, clean(s.Station))
		left = p.named(left, w.evse, clean(s.EVSE))
		right = append(right, entry{size: 9})
		right = p.named(right, w.start, moment(s.Start, p.zone))
		right = p.named(right, w.stop, moment(s.Stop, p.zone))
		right = p.named(right, w.energy, p.figures.number(kWh(s.EnergyWh))+" kWh")
		left = p.named(left, "Id", clean(s.ID))
		p.columns(left, right)
		p.y += 3
	}
}
