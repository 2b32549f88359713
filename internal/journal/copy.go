package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// copyBuffer collects rows of one hot table in Postgres's binary COPY format, a part for each weekly partition, so that
// rows go straight where they belong.
type copyBuffer struct {
	table   string
	columns string
	width   int16
	parts   []*copyPart
}

type copyPart struct {
	week string
	from time.Time
	rows int
	buf  []byte
}

// The header of the binary COPY format: signature, no flags, no extension.
var copyHeader = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")

func (c *copyBuffer) reset() {
	for _, p := range c.parts {
		p.rows = 0
		if cap(p.buf) > 16<<20 {
			p.buf = nil
		}
		p.buf = append(p.buf[:0], copyHeader...)
	}
	if len(c.parts) > 4 {
		c.parts = c.parts[:0]
	}
}

func (c *copyBuffer) statement(week string) string {
	return "copy hot." + c.table + "_" + week + " (" + c.columns + ") from stdin binary"
}

// row starts a row in the partition of the given time.
func (c *copyBuffer) row(at time.Time) *copyPart {
	var part *copyPart
	for _, p := range c.parts {
		if !at.Before(p.from) && at.Before(p.from.AddDate(0, 0, 7)) {
			part = p
			break
		}
	}
	if part == nil {
		monday := startOfWeek(at)
		part = &copyPart{week: monday.Format("20060102"), from: monday, buf: append([]byte(nil), copyHeader...)}
		c.parts = append(c.parts, part)
	}
	part.rows++
	part.buf = binary.BigEndian.AppendUint16(part.buf, uint16(c.width))
	return part
}

// startOfWeek is the Monday, UTC, that a partition begins with.
func startOfWeek(at time.Time) time.Time {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func (p *copyPart) finish() []byte {
	p.buf = binary.BigEndian.AppendUint16(p.buf, math.MaxUint16)
	return p.buf
}

func (p *copyPart) null() { p.buf = binary.BigEndian.AppendUint32(p.buf, math.MaxUint32) }

func (p *copyPart) uuid(id uuid.UUID) {
	p.buf = binary.BigEndian.AppendUint32(p.buf, 16)
	p.buf = append(p.buf, id[:]...)
}

func (p *copyPart) uuidOrNull(id uuid.UUID) {
	if id == uuid.Nil {
		p.null()
		return
	}
	p.uuid(id)
}

func (p *copyPart) int4(n int) {
	p.buf = binary.BigEndian.AppendUint32(p.buf, 4)
	p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(int32(n)))
}

func (p *copyPart) float8(f float64) {
	p.buf = binary.BigEndian.AppendUint32(p.buf, 8)
	p.buf = binary.BigEndian.AppendUint64(p.buf, math.Float64bits(f))
}

// postgresEpoch is where Postgres counts microseconds from.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func (p *copyPart) time(t time.Time) {
	p.buf = binary.BigEndian.AppendUint32(p.buf, 8)
	p.buf = binary.BigEndian.AppendUint64(p.buf, uint64(t.UnixMicro()-postgresEpoch))
}

// text writes a string. Postgres takes neither NUL nor broken UTF-8, and one such row would take the whole batch with it.
func (p *copyPart) text(s string) {
	if !storable(s) {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(len(s)))
	p.buf = append(p.buf, s...)
}

func (p *copyPart) textBytes(b []byte) {
	if !utf8.Valid(b) || hasNUL(b) {
		p.text(string(b))
		return
	}
	p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(len(b)))
	p.buf = append(p.buf, b...)
}

func (p *copyPart) bytesOrNull(b []byte) {
	if b == nil {
		p.null()
		return
	}
	p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(len(b)))
	p.buf = append(p.buf, b...)
}

// jsonbOrNull writes a list as jsonb: the format's version, then the text.
func (p *copyPart) jsonbOrNull(list []string) {
	if len(list) == 0 {
		p.null()
		return
	}
	text, _ := json.Marshal(list) // a list of strings always marshals
	text = Storable(text)
	p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(len(text)+1))
	p.buf = append(p.buf, 1)
	p.buf = append(p.buf, text...)
}

// jsonb writes JSON text, which the caller has made valid.
func (p *copyPart) jsonb(text []byte) {
	if len(text) == 0 {
		p.null()
		return
	}
	text = Storable(text)
	p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(len(text)+1))
	p.buf = append(p.buf, 1)
	p.buf = append(p.buf, text...)
}

func (p *copyPart) bool(v bool) {
	p.buf = binary.BigEndian.AppendUint32(p.buf, 1)
	if v {
		p.buf = append(p.buf, 1)
	} else {
		p.buf = append(p.buf, 0)
	}
}

func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func hasNUL(b []byte) bool {
	for _, c := range b {
		if c == 0 {
			return true
		}
	}
	return false
}

// Storable makes JSON fit for Postgres, whose texts have no NUL. A backslash that is itself escaped doesn't begin one.
func Storable(text []byte) []byte {
	if len(text) == 0 {
		return nil
	}
	text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	if !bytes.Contains(text, []byte(`\u0000`)) {
		return text
	}
	clean := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case bytes.HasPrefix(text[i:], []byte(`\u0000`)):
			clean = append(clean, "\uFFFD"...)
			i += len(`\u0000`) - 1
		case text[i] == '\\' && i+1 < len(text):
			clean = append(clean, text[i], text[i+1])
			i++
		default:
			clean = append(clean, text[i])
		}
	}
	return clean
}
