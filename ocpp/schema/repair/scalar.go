package repair

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// text takes any scalar, and even an array or object, as its text.
func (w *walker) text(out, v []byte, dropEmpty bool) ([]byte, verdict) {
	if v[0] != '"' {
		w.note(schema.KindType, describe(v)+" where text belongs; read as its text", v)
		out, _ = jsontext.AppendQuote(out, v)
		return out, taken
	}
	if len(v) == 2 && dropEmpty {
		w.note(schema.KindNull, "an empty text was read as absent", nil)
		return out, absent
	}
	return w.withoutNUL(out, v), taken
}

// withoutNUL appends a quoted text less its NUL characters, which no text column can hold.
func (w *walker) withoutNUL(out, v []byte) []byte {
	if !strings.Contains(string(v), `\u0000`) {
		return append(out, v...)
	}
	s := unquote(v)
	clean := strings.ReplaceAll(s, "\x00", "")
	if clean != s {
		w.note(schema.KindJSON, "NUL characters were taken out", v)
	}
	out, _ = jsontext.AppendQuote(out, clean)
	return out
}

func unquote(v []byte) string {
	s, _ := jsontext.AppendUnquote(nil, v)
	return string(s)
}

// digits returns a number's text, also where it came as text or with a decimal comma.
func (w *walker) digits(v []byte, want string) (string, bool) {
	switch v[0] {
	case '"':
		s := strings.TrimSpace(unquote(v))
		n := strings.Replace(s, ",", ".", 1)
		if _, err := strconv.ParseFloat(n, 64); err != nil && !isRange(err) || !numeric(n) {
			w.note(schema.KindDropped, describe(v)+" where "+want+" belongs; not used", v)
			return "", false
		}
		w.note(schema.KindType, "text where "+want+" belongs; read as "+n, v)
		return n, true
	case 't', 'f', '{', '[':
		w.note(schema.KindDropped, describe(v)+" where "+want+" belongs; not used", v)
		return "", false
	}
	return string(v), true
}

// numeric refuses what ParseFloat takes and JSON does not: hex, Inf, NaN, underscores.
func numeric(s string) bool {
	return s != "" && strings.Trim(s, "+-.0123456789eE") == ""
}

func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

func (w *walker) integer(out, v []byte) ([]byte, verdict) {
	s, ok := w.digits(v, "a whole number")
	if !ok {
		return out, absent
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, _ := strconv.ParseFloat(s, 64)
		switch {
		case f >= 1<<63:
			n = math.MaxInt64
			w.note(schema.KindRange, "larger than 64 bits hold; read as "+strconv.FormatInt(n, 10), v)
		case f <= -1<<63:
			n = math.MinInt64
			w.note(schema.KindRange, "smaller than 64 bits hold; read as "+strconv.FormatInt(n, 10), v)
		default:
			n = int64(math.Round(f))
			if float64(n) != f {
				w.note(schema.KindType, "a fraction where a whole number belongs; rounded to "+strconv.FormatInt(n, 10), v)
			}
		}
	}
	return strconv.AppendInt(out, n, 10), taken
}

func (w *walker) number(out, v []byte) ([]byte, verdict) {
	s, ok := w.digits(v, "a number")
	if !ok {
		return out, absent
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		f = math.Copysign(math.MaxFloat64, f)
		w.note(schema.KindRange, "larger than any number that can be kept", v)
	}
	if v[0] != '"' && err == nil {
		return append(out, v...), taken
	}
	return strconv.AppendFloat(out, f, 'g', -1, 64), taken
}

func (w *walker) boolean(out, v []byte) ([]byte, verdict) {
	s := string(v)
	switch s {
	case "true", "false":
		return append(out, v...), taken
	}
	if v[0] == '"' {
		s = unquote(v)
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes", "on":
		s = "true"
	case "false", "0", "no", "off":
		s = "false"
	default:
		w.note(schema.KindDropped, describe(v)+" where true or false belongs; not used", v)
		return out, absent
	}
	w.note(schema.KindType, describe(v)+" where true or false belongs; read as "+s, v)
	return append(out, s...), taken
}

// dateTime leaves texts to schema.ParseTime and takes numbers as seconds or milliseconds since 1970.
func (w *walker) dateTime(out, v []byte, required bool) ([]byte, verdict) {
	switch v[0] {
	case '"':
		if len(v) == 2 {
			w.note(schema.KindNull, "an empty time was read as absent", nil)
			return out, absent
		}
		return w.withoutNUL(out, v), taken
	case '{', '[', 't', 'f':
		w.note(schema.KindDropped, describe(v)+" where a time belongs; not used", v)
		return out, absent
	}
	w.note(schema.KindType, "a number where a time belongs", v)
	return append(append(append(out, '"'), v...), '"'), taken
}
