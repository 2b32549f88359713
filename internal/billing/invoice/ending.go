package invoice

import (
	"strings"
	"unicode"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// payment says how the document was paid.
func (p *paper) payment() {
	paid := p.d.Paid
	if paid == nil {
		return
	}
	text := p.words.method(paid.Method, p.d.Kind == CreditNote)
	if !paid.At.IsZero() {
		text += ", " + moment(paid.At, p.zone)
	}
	if reference := clean(paid.Reference); reference != "" {
		text += ", " + reference
	}
	p.paragraph("", text, 9, 4.4, maxField)
	p.y += 2
}

// verification draws the QR code, and what it says beside it. A text that no code holds is left to the signed data.
func (p *paper) verification() {
	text := clean(p.d.Verification)
	if text == "" {
		return
	}
	code, err := qrCode(text)
	if err != nil {
		return
	}
	modules := code.Bounds().Dx()
	size := min(max(float64(modules)*0.45, 26), 72)
	p.room(size + 8)
	p.y += 2
	p.out.SetFillColor(0, 0, 0)
	module := size / float64(modules)
	for row := range modules {
		for start := 0; start < modules; start++ {
			end := start
			for end < modules && dark(code, end, row) {
				end++
			}
			if end > start {
				p.out.Rect(margin+float64(start)*module, p.y+float64(row)*module, float64(end-start)*module, module, "F")
				start = end
			}
		}
	}
	top := p.y
	x, w := margin+size+6, width-size-6
	p.font("B", 8)
	p.put(x, w, 4, p.words.verify, "L")
	p.y += 4.5
	p.font("", 7.5)
	for _, line := range p.wrap(p.text(text, maxField), w) {
		p.put(x, w, 3.6, line, "L")
		p.y += 3.6
	}
	p.y = top + size + 4
}

// qrCode prefers a code that survives a stain to one that holds more.
func qrCode(text string) (barcode.Barcode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		code, err = qr.Encode(text, qr.L, qr.Auto)
	}
	return code, err
}

func dark(code barcode.Barcode, x, y int) bool {
	r, _, _, _ := code.At(code.Bounds().Min.X+x, code.Bounds().Min.Y+y).RGBA()
	return r == 0
}

// texts writes notes, and what the meter signed.
func (p *paper) texts() {
	for i, note := range listed(p.d.Notes) {
		title := ""
		if i == 0 {
			title = p.words.notes
		}
		p.paragraph(title, note, 8.5, 4.2, maxNote)
	}
	m := p.d.Meter
	if m == nil {
		return
	}
	p.y += 2
	p.paragraph(p.words.signed, p.words.format+": "+clean(m.Format), 8, 4, maxField)
	if m.PublicKey != "" {
		p.paragraph("", p.words.publicKey+": "+inertly(m.PublicKey), 7, 3.4, maxSigned)
	}
	p.paragraph("", inertly(m.Text), 7, 3.4, maxSigned)
}

// inertly shows signed data with its spaces, and a sign for each character that has none.
func inertly(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return missing
		}
		return r
	}, strings.ToValidUTF8(s, string(missing)))
}

// paragraph writes a text over the whole width, and over as many pages as it takes.
func (p *paper) paragraph(title, text string, size, height float64, most int) {
	if title != "" {
		p.room(2 * height)
		p.font("B", 8)
		p.put(margin, width, height, title, "L")
		p.y += height
	}
	p.font("", size)
	for _, line := range p.wrap(typeface.show(shorten(text, most)), width) {
		if p.room(height) {
			p.font("", size)
		}
		p.put(margin, width, height, line, "L")
		p.y += height
	}
	p.y++
}
