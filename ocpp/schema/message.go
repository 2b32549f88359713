package schema

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Message is what every generated request, response and nested object offers.
type Message interface {
	// UnmarshalJSONFrom reads strictly: right types, known members, required members.
	UnmarshalJSONFrom(d *jsontext.Decoder) error
	// AppendJSON appends the compact JSON text.
	AppendJSON(b []byte) []byte
	// Check reports what breaks the schema's constraints.
	Check(c *Checker)
}

// Violation is one broken constraint of the schema.
type Violation struct {
	Path string // JSON pointer from the payload's root, e.g. /meterValue/0/timestamp
	Rule Kind
	What string
}

func (v Violation) String() string { return v.Path + ": " + v.What }

// Kind sorts repairs and violations so that they can be counted and looked up.
type Kind string

// Kinds of repairs; the second half are also the rules a Violation can break.
const (
	KindEnvelope  Kind = "envelope"   // something around the payload: message type, id, array length
	KindJSON      Kind = "json"       // the text was not JSON
	KindType      Kind = "type"       // another JSON type than the schema's
	KindMissing   Kind = "missing"    // a required member was absent and has been supplied
	KindNull      Kind = "null"       // null or "" where a value or nothing belongs
	KindUnknown   Kind = "unknown"    // a member the schema does not list; kept in Was only
	KindRenamed   Kind = "renamed"    // a member under another name or in another place
	KindDropped   Kind = "dropped"    // a value that could not be used; kept in Was only
	KindTruncated Kind = "incomplete" // more repairs were made than are listed

	KindLength Kind = "length"
	KindEnum   Kind = "enum"
	KindRange  Kind = "range"
	KindCount  Kind = "count"
	KindFormat Kind = "format"
)

// Repair says what was changed, or accepted in spite of the schema, to make sense of a frame.
type Repair struct {
	// Path is a JSON pointer into the payload as it stands after the repair, or as sent for what
	// was taken out; "" is the envelope or the frame's text as a whole.
	Path string `json:"path"`
	Kind Kind   `json:"kind"`
	// What says it in words.
	What string `json:"what"`
	// Was is the value as sent, shortened to 200 bytes, where it is not in the message any more.
	Was string `json:"was,omitempty"`
}

func (r Repair) String() string {
	if r.Path == "" {
		return r.What
	}
	return r.Path + ": " + r.What
}

// Repaired reports whether a repair touches the path or something below it.
func Repaired(repairs []Repair, path string) bool {
	for i := range repairs {
		if p, ok := strings.CutPrefix(repairs[i].Path, path); ok && (p == "" || p[0] == '/') {
			return true
		}
	}
	return false
}

// Shorten bounds a value as sent for Repair.Was and error texts, and makes it fit for any text column: control
// characters and invalid UTF-8 are written as \x00.
func Shorten(value []byte) string {
	const limit = 200
	ending := ""
	if len(value) > limit {
		value, ending = value[:limit], "…"
		for i := 1; i <= utf8.UTFMax; i++ {
			// Not in the middle of a character.
			if b := value[limit-i]; utf8.RuneStart(b) {
				if !utf8.FullRune(value[limit-i:]) {
					value = value[:limit-i]
				}
				break
			}
		}
	}
	clean := utf8.Valid(value) && bytes.IndexFunc(value, isControl) < 0
	if clean {
		return string(value) + ending
	}
	var b strings.Builder
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRune(value[i:])
		switch {
		case r == utf8.RuneError && size == 1, isControl(r):
			fmt.Fprintf(&b, "\\x%02x", value[i])
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String() + ending
}

// PointerStep writes a member's name for a JSON pointer (RFC 6901 §3), shortened where it is absurd.
func PointerStep(name string) string {
	name = Shorten([]byte(name))
	if strings.ContainsAny(name, "~/") {
		return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return name
}

func isControl(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' }

// InvalidError refuses to send a message that breaks its schema.
type InvalidError struct {
	Message    string // Go type name, e.g. BootNotificationResponse
	Violations []Violation
}

func (e *InvalidError) Error() string {
	first := e.Violations[0]
	more := ""
	if n := len(e.Violations) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("%s breaks its schema at %s: %s%s; correct the value before it is sent", e.Message, first.Path, first.What, more)
}

// Validate checks a message against every constraint of its schema.
func Validate(m Message) []Violation {
	c := checkers.Get().(*Checker)
	m.Check(c)
	found := c.violations
	c.violations, c.depth = nil, 0
	checkers.Put(c)
	return found
}

var checkers = sync.Pool{New: func() any { return new(Checker) }}

// Encode returns the payload, or an InvalidError: what leaves always validates.
func Encode(m Message) ([]byte, error) { return Append(nil, m) }

// Append is Encode onto an existing buffer, which is returned unchanged on error.
func Append(b []byte, m Message) ([]byte, error) {
	if v := Validate(m); len(v) > 0 {
		name := strings.TrimPrefix(fmt.Sprintf("%T", m), "*")
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			name = name[i+1:]
		}
		return b, &InvalidError{Message: name, Violations: v}
	}
	return m.AppendJSON(b), nil
}
