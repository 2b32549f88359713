package invoice

import (
	_ "embed"
	"encoding/binary"
	"strings"
	"unicode"
)

// The typeface is DejaVu Sans Condensed: free to embed (font/LICENSE), with Latin, Greek, Cyrillic and the signs of currencies. The
// writer of PDFs sets one glyph for each character, so scripts that join or reorder theirs can't be set with any typeface.
var (
	//go:embed font/DejaVuSansCondensed.ttf
	regular []byte
	//go:embed font/DejaVuSansCondensed-Bold.ttf
	bold []byte

	typeface = both(readCoverage(regular), readCoverage(bold))
)

// missing stands for a character that the typeface can't show.
const missing = '□'

// coverage has a bit for each character of the basic plane.
type coverage [1 << 16 / 64]uint64

func (c *coverage) has(r rune) bool { return r >= 0 && r < 1<<16 && c[r>>6]&(1<<(r&63)) != 0 }

func (c *coverage) covers(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !c.has(r) })
}

// maxMarks is how many marks one letter carries; more would be drawn over the lines above.
const maxMarks = 2

// show replaces what the typeface can't show. What has no width anyway is left out.
func (c *coverage) show(s string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			return -1
		}
		switch {
		case r == '\u200c' || r == '\u200d' || r >= 0xfe00 && r <= 0xfe0f:
			return -1
		case c.has(r) && !joined(r):
			return r
		}
		return missing
	}, s)
}

// joined reports whether a character is of the scripts in the typeface that are written from the right: set one by one from the left
// they would read as something else.
func joined(r rune) bool {
	return r >= 0x0590 && r < 0x0900 || r >= 0xfb1d && r < 0xfe00 || r >= 0xfe70 && r < 0xff00
}

func both(a, b *coverage) *coverage {
	for i := range a {
		a[i] &= b[i]
	}
	return a
}

// readCoverage reads which characters a typeface has: the segments of its table "cmap", format 4 (OpenType, cmap). The typefaces are
// ours, so their shape is known; a test would show one that isn't.
func readCoverage(font []byte) *coverage {
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(font[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(font[at:])) }
	out := new(coverage)
	for i := range u16(4) {
		entry := 12 + 16*i
		if string(font[entry:entry+4]) != "cmap" {
			continue
		}
		table := u32(entry + 8)
		for j := range u16(table + 2) {
			sub := table + u32(table+8+8*j)
			if u16(sub) != 4 {
				continue
			}
			segments := u16(sub+6) / 2
			for k := range segments {
				last, first := u16(sub+14+2*k), u16(sub+16+2*segments+2*k)
				for r := first; r <= last && r != 0xffff; r++ {
					out[r>>6] |= 1 << (r & 63)
				}
			}
		}
	}
	return out
}
