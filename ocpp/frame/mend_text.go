package frame

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// text appends one quoted text, mended. A text that the end of the frame cuts off is nothing.
func (m *mender) text() got {
	start := m.pos
	m.pos++
	var b []byte
	controls, encoding, escapes := false, false, false
	for {
		if m.ended() {
			m.cut = true
			return nothing
		}
		c := m.in[m.pos]
		switch {
		case c == '"':
			m.pos++
			was := m.in[start:m.pos]
			if controls {
				m.note("control characters were taken out of the text", was)
			}
			if encoding {
				m.note("invalid UTF-8 was replaced", was)
			}
			if escapes {
				m.note("an unknown escape was read as it stands", was)
			}
			m.out, _ = jsontext.AppendQuote(m.out, b)
			return something
		case c == '\\':
			if bytes.HasPrefix(m.in[m.pos:], nulEscape) {
				controls = true
				m.pos += len(nulEscape)
				continue
			}
			var known bool
			b, known = m.escape(b)
			if m.cut {
				return nothing
			}
			escapes = escapes || !known
		case c == '\t' || c == '\n' || c == '\r':
			controls = true
			b = append(b, ' ')
			m.pos++
		case c < 0x20 || c == 0x7f:
			// Card readers and C strings leave them behind; they belong to no value.
			controls = controls || c != 0x7f
			if c == 0x7f {
				b = append(b, c)
			}
			m.pos++
		case c < utf8.RuneSelf:
			b = append(b, c)
			m.pos++
		default:
			r, size := utf8.DecodeRune(m.in[m.pos:])
			encoding = encoding || r == utf8.RuneError && size == 1
			b = utf8.AppendRune(b, r)
			m.pos += size
		}
	}
}

// escape reads what follows a backslash. What JSON doesn't know stays as it is written.
func (m *mender) escape(b []byte) ([]byte, bool) {
	if m.pos+1 >= len(m.in) {
		m.cut, m.pos = true, len(m.in)
		return b, false
	}
	c := m.in[m.pos+1]
	if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
		m.pos += 2
		return append(b, "\"\\/\b\f\n\r\t"[at]), true
	}
	if c == 'u' {
		if r, ok := m.hex(m.pos + 2); ok {
			m.pos += 6
			if !utf16.IsSurrogate(r) {
				return utf8.AppendRune(b, r), true
			}
			if low, ok := m.hex(m.pos + 2); ok && m.in[m.pos] == '\\' && m.in[m.pos+1] == 'u' {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					m.pos += 6
					return utf8.AppendRune(b, pair), true
				}
			}
			return utf8.AppendRune(b, utf8.RuneError), false
		}
	}
	m.pos++
	return append(b, '\\'), false
}

func (m *mender) hex(at int) (rune, bool) {
	if at+4 > len(m.in) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(m.in[at:at+4]), 16, 16)
	return rune(n), err == nil
}

// word appends a number or literal, mended. One that touches the end of the frame may be cut, and is nothing.
func (m *mender) word() got {
	start := m.pos
	for !m.ended() && strings.IndexByte("+-._", m.in[m.pos]) >= 0 || !m.ended() && alphanumeric(m.in[m.pos]) {
		m.pos++
	}
	word := m.in[start:m.pos]
	if m.ended() {
		m.cut = true
		return nothing
	}
	if v := jsontext.Value(word); v.IsValid() {
		m.out = append(m.out, word...)
		return something
	}
	switch strings.ToLower(string(word)) {
	case "true":
		m.literal("true", word)
		return something
	case "false":
		m.literal("false", word)
		return something
	case "null", "none", "nil", "undefined", "nan", "-nan", "inf", "-inf", "infinity", "-infinity":
		m.literal("null", word)
		return something
	}
	if plain, ok := plainNumber(string(word)); ok {
		m.literal(plain, word)
		return something
	}
	m.pos = start
	return nothing
}

func (m *mender) literal(json string, was []byte) {
	m.note("not JSON; read as "+json, was)
	m.out = append(m.out, json...)
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// plainNumber writes 007, .5, 5. and +1 as JSON has them.
func plainNumber(s string) (string, bool) {
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return "", false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return strconv.FormatInt(n, 10), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", false
	}
	return strconv.FormatFloat(f, 'g', -1, 64), true
}

// head reads the type and id at the start of a text that is otherwise hopeless: [2,"id",
func head(raw []byte) []jsontext.Value {
	m := mender{in: raw}
	m.trim()
	if m.peek() != '[' {
		return nil
	}
	m.pos++
	var found []jsontext.Value
	for range 2 {
		from := len(m.out)
		if c := m.peek(); c == '[' || c == '{' || m.value() == nothing {
			return nil
		}
		found = append(found, jsontext.Value(m.out[from:len(m.out):len(m.out)]))
		if m.peek() != ',' {
			return nil
		}
		m.pos++
	}
	return found
}
