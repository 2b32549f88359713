package schema

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Checker collects violations. The generated Check methods test inline and call it only where a
// constraint is in doubt, so a valid message costs no allocation.
type Checker struct {
	violations []Violation
	path       [24]step // deeper than any message of OCPP nests
	depth      int
}

type step struct {
	name  string
	index int // -1: the member itself, not an element of it
}

// In enters a member, or an element of it when index is not negative.
func (c *Checker) In(name string, index int) {
	c.path[c.depth] = step{name, index}
	c.depth++
}

// Out leaves what In entered.
func (c *Checker) Out() { c.depth-- }

func (c *Checker) pointer(name string, index int) string {
	var b strings.Builder
	write := func(s step) {
		b.WriteByte('/')
		b.WriteString(s.name)
		if s.index >= 0 {
			b.WriteByte('/')
			b.WriteString(strconv.Itoa(s.index))
		}
	}
	for _, s := range c.path[:c.depth] {
		write(s)
	}
	write(step{name, index})
	return b.String()
}

// mostViolations bounds the list of one message; a megabyte can break in as many places.
const mostViolations = 200

func (c *Checker) add(name string, index int, rule Kind, what string) {
	if len(c.violations) >= mostViolations {
		return
	}
	c.violations = append(c.violations, Violation{Path: c.pointer(name, index), Rule: rule, What: what})
}

// MaxLength checks a text whose bytes exceed the limit; the limit counts characters.
func (c *Checker) MaxLength(name string, index int, s string, limit int) {
	if n := utf8.RuneCountInString(s); n > limit {
		c.add(name, index, KindLength, fmt.Sprintf("%d characters where at most %d are allowed", n, limit))
	}
}

// NotListed reports an enum value that the schema does not list.
func (c *Checker) NotListed(name string, index int, value string) {
	if value == "" {
		c.add(name, index, KindEnum, "empty where one of the schema's values is required")
		return
	}
	c.add(name, index, KindEnum, fmt.Sprintf("%s is not among the schema's values", quoteShort(value)))
}

// Min reports a number below its minimum.
func (c *Checker) Min(name string, index int, value, limit float64) {
	c.add(name, index, KindRange, fmt.Sprintf("%s is less than %s", number(value), number(limit)))
}

// Max reports a number above its maximum.
func (c *Checker) Max(name string, index int, value, limit float64) {
	c.add(name, index, KindRange, fmt.Sprintf("%s is more than %s", number(value), number(limit)))
}

// Finite reports a number that JSON can't write.
func (c *Checker) Finite(name string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		c.add(name, -1, KindRange, "not a finite number")
	}
}

// Decimals reports a number with more decimals than multipleOf allows: 1 for 0.1.
func (c *Checker) Decimals(name string, value float64, most int) {
	c.Finite(name, value)
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if i := strings.IndexByte(text, '.'); i >= 0 && len(text)-i-1 > most {
		c.add(name, -1, KindRange, fmt.Sprintf("%s has more than %d decimal", text, most))
	}
}

// MinItems reports an array that is too short.
func (c *Checker) MinItems(name string, n, limit int) {
	c.add(name, -1, KindCount, fmt.Sprintf("%d elements where at least %d are required", n, limit))
}

// MaxItems reports an array that is too long.
func (c *Checker) MaxItems(name string, n, limit int) {
	c.add(name, -1, KindCount, fmt.Sprintf("%d elements where at most %d are allowed", n, limit))
}

// Time checks a required time.
func (c *Checker) Time(name string, t *Time) {
	switch {
	case t.valid():
	case !t.Present():
		c.add(name, -1, KindMissing, "the time is missing")
	case !t.Readable():
		c.add(name, -1, KindFormat, fmt.Sprintf("%s is not a time; only its text is kept", quoteShort(t.Raw)))
	case t.Zoneless:
		c.add(name, -1, KindFormat, fmt.Sprintf("%s names no zone; read in the station's, or as UTC where that isn't known", quoteShort(t.Raw)))
	default:
		c.add(name, -1, KindFormat, fmt.Sprintf("%s is not written as RFC 3339 asks; read as %s", quoteShort(t.Raw), t.UTC().Format(wireTime)))
	}
}

// OptTime checks an optional time.
func (c *Checker) OptTime(name string, t *Time) {
	if t.Present() {
		c.Time(name, t)
	}
}

// URI checks an absolute URI (RFC 3986 §4.3, as JSON Schema's format uri).
func (c *Checker) URI(name, s string) {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() {
		c.add(name, -1, KindFormat, fmt.Sprintf("%s is not an absolute URI", quoteShort(s)))
	}
}

// Any checks that a value of any shape is JSON at all.
func (c *Checker) Any(name string, v Raw) {
	if v != nil && !jsontext.Value(v).IsValid() {
		c.add(name, -1, KindJSON, "not valid JSON")
	}
}

// Custom checks a vendor's extension object.
func (c *Checker) Custom(v *CustomData) {
	if v == nil {
		return
	}
	c.In("customData", -1)
	if len(v.VendorID) > 255 {
		c.MaxLength("vendorId", -1, v.VendorID, 255)
	}
	c.Out()
	if v.Raw != nil {
		c.Any("customData", v.Raw)
	}
}

func quoteShort(s string) string { return strconv.Quote(Shorten([]byte(s))) }

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
