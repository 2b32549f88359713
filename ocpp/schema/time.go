package schema

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Time is a date-time: the instant, and the text as the station sent it.
//
// An unreadable text gives a zero instant with Raw set; the receipt time then has to serve.
type Time struct {
	time.Time
	// Raw is the text as sent; empty for times of our own making.
	Raw string
	// Zoneless is set when the text names no zone. The instant is then read as UTC; the endpoint has it
	// moved to the station's zone where that is known.
	Zoneless bool

	loose bool // not RFC 3339, as every zoneless time
}

// wireTime is how times leave: UTC with milliseconds (OCPP 2.x allows at most three decimals).
const wireTime = "2006-01-02T15:04:05.000Z"

// At wraps an instant for sending.
func At(t time.Time) Time { return Time{Time: t} }

// Present reports whether the member was sent at all.
func (t *Time) Present() bool { return t.Raw != "" || !t.IsZero() }

// Readable reports whether the instant can be used.
func (t *Time) Readable() bool { return !t.IsZero() }

func (t *Time) valid() bool {
	return !t.IsZero() && !t.loose && t.Year() >= 0 && t.Year() <= 9999
}

// AppendJSON appends the quoted text: the instant in UTC, or Raw where there is no instant, or none
// without a zone.
func (t *Time) AppendJSON(b []byte) []byte {
	if (t.IsZero() || t.Zoneless) && t.Raw != "" {
		return appendString(b, t.Raw)
	}
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, wireTime)
	return append(b, '"')
}

// MarshalJSON replaces the promoted method of time.Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if !t.Present() {
		return []byte("null"), nil
	}
	return t.AppendJSON(nil), nil
}

// UnmarshalJSON replaces the promoted method of time.Time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	s, err := unquoteAny(jsontext.Value(b))
	if err == nil {
		*t = ParseTime(s)
	}
	return err
}

// ParseTime reads RFC 3339 and the spellings found on real stations: no zone, a one-digit hour, "+02",
// a blank for the T, a comma for the point, seconds since 1970. What it can't read has only Raw.
func ParseTime(s string) Time {
	t := Time{Raw: s}
	if at, ok := parseRFC3339(s); ok {
		t.Time = at
		return t
	}
	t.loose = true
	t.Time, t.Zoneless = parseLoose(strings.TrimSpace(s))
	return t
}

// parseRFC3339 is strict, and unlike time.Parse takes lower case and leap seconds, as RFC 3339 §5.6 does.
func parseRFC3339(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return time.Time{}, false
	}
	rest := s[19:]
	nanos := 0
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 1 {
			return time.Time{}, false
		}
		nanos = fraction(rest[1:n])
		rest = rest[n:]
	}
	offset := 0
	switch {
	case rest == "Z" || rest == "z":
	case len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		h, okH := digits(rest[1:3])
		m, okM := digits(rest[4:6])
		if !okH || !okM || h > 23 || m > 59 {
			return time.Time{}, false
		}
		offset = (h*60 + m) * 60
		if rest[0] == '-' {
			offset = -offset
		}
	default:
		return time.Time{}, false
	}
	if second == 60 {
		at, ok := instant(year, month, day, hour, minute, 59, nanos, offset)
		if !ok || at.Hour() != 23 || at.Minute() != 59 {
			return time.Time{}, false
		}
		return at.Add(time.Second), true
	}
	return instant(year, month, day, hour, minute, second, nanos, offset)
}

func instant(year, month, day, hour, minute, second, nanos, offset int) (time.Time, bool) {
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(month), day, hour, minute, second-offset, nanos, time.UTC)
	// The zero instant stands for "no time"; nobody charged a car in the year 1.
	return at, !at.IsZero()
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

// fraction turns the digits after the point into nanoseconds.
func fraction(s string) int {
	n, scale := 0, 100_000_000
	for i := 0; i < len(s) && scale > 0; i++ {
		n += int(s[i]-'0') * scale
		scale /= 10
	}
	return n
}

// parseLoose reads year-month-day, then what it can of hour:minute:second.fraction and zone.
func parseLoose(s string) (at time.Time, zoneless bool) {
	if at, ok := parseEpoch(s); ok {
		return at, false
	}
	p := looseParser{rest: s}
	year, width := p.number(4)
	if width != 4 || !p.skip("-/.") {
		return time.Time{}, false
	}
	month, _ := p.number(2)
	if !p.skip("-/.") {
		return time.Time{}, false
	}
	day, _ := p.number(2)
	var hour, minute, second, nanos int
	if p.skip("Tt _") {
		p.blanks()
		hour, _ = p.number(2)
		if p.skip(":.") {
			minute, _ = p.number(2)
		}
		if p.skip(":.") {
			second, _ = p.number(2)
		}
		if p.skip(".,") {
			n := 0
			for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
				n++
			}
			nanos = fraction(p.rest[:n])
			p.rest = p.rest[n:]
		}
	}
	p.blanks()
	offset, named := p.zone()
	if p.bad || p.rest != "" {
		return time.Time{}, false
	}
	// 24:00 is the end of the day (ISO 8601), second 60 the start of the next minute.
	extra := time.Duration(0)
	if hour == 24 && minute == 0 && second == 0 {
		hour, extra = 23, time.Hour
	}
	if second == 60 {
		second, extra = 59, extra+time.Second
	}
	at, ok := instant(year, month, day, hour, minute, second, nanos, offset)
	if !ok {
		return time.Time{}, false
	}
	return at.Add(extra), !named
}

// parseEpoch takes ten digits as seconds and thirteen as milliseconds since 1970.
func parseEpoch(s string) (time.Time, bool) {
	if len(s) != 10 && len(s) != 13 {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}, false
	}
	if len(s) == 10 {
		return time.Unix(n, 0).UTC(), true
	}
	return time.UnixMilli(n).UTC(), true
}

type looseParser struct {
	rest string
	bad  bool
}

func (p *looseParser) number(most int) (n, width int) {
	for width < most && width < len(p.rest) && p.rest[width] >= '0' && p.rest[width] <= '9' {
		n = n*10 + int(p.rest[width]-'0')
		width++
	}
	if width == 0 {
		p.bad = true
	}
	p.rest = p.rest[width:]
	return n, width
}

func (p *looseParser) skip(any string) bool {
	if p.rest == "" || strings.IndexByte(any, p.rest[0]) < 0 {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *looseParser) blanks() { p.rest = strings.TrimLeft(p.rest, " ") }

// zone reads Z, UTC, GMT, +02, +0200, +02:00 and the contradiction-free "+00:00Z".
func (p *looseParser) zone() (offset int, named bool) {
	for _, utc := range []string{"Z", "z", "UTC", "GMT"} {
		if p.rest == utc {
			p.rest = ""
			return 0, true
		}
	}
	if p.rest == "" || (p.rest[0] != '+' && p.rest[0] != '-') {
		return 0, false
	}
	sign := 1
	if p.rest[0] == '-' {
		sign = -1
	}
	p.rest = p.rest[1:]
	hours, _ := p.number(2)
	minutes := 0
	p.skip(":")
	if p.rest != "" && p.rest != "Z" {
		minutes, _ = p.number(2)
	}
	offset = sign * (hours*60 + minutes) * 60
	if hours > 23 || minutes > 59 {
		p.bad = true
	}
	if offset == 0 {
		p.skip("Z")
	}
	return offset, true
}
