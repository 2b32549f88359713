package quirks

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Match says which stations a row is about: those that meet every criterion it has. A row without any is about all stations.
//
// A pattern is compared without regard to case. With a * it must fit as a whole; without one it is the beginning; the empty
// pattern fits only a station that gives nothing.
type Match struct {
	Vendor   []string `json:"vendor,omitempty"`
	Model    []string `json:"model,omitempty"`
	Firmware []string `json:"firmware,omitempty"`
	// FirmwareFrom and FirmwareBefore bound the version number within the firmware: from this one on, before that one.
	FirmwareFrom   string `json:"firmwareFrom,omitempty"`
	FirmwareBefore string `json:"firmwareBefore,omitempty"`
	// Version is the OCPP version that is spoken.
	Version string `json:"version,omitempty"`

	vendor, model, firmware []pattern
	from, before            []int
	weight, length          int
}

// pattern is a text in lower case, cut at its stars.
type pattern struct {
	parts []string
	exact bool // the empty pattern
}

func compile(text string) pattern {
	text = strings.ToLower(text)
	if text == "" {
		return pattern{exact: true}
	}
	if !strings.Contains(text, "*") {
		text += "*"
	}
	return pattern{parts: strings.Split(text, "*")}
}

// fits takes a value in lower case.
func (p pattern) fits(value string) bool {
	if p.exact {
		return value == ""
	}
	rest, ok := strings.CutPrefix(value, p.parts[0])
	if !ok {
		return false
	}
	last := len(p.parts) - 1
	for _, part := range p.parts[1:last] {
		_, behind, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = behind
	}
	return strings.HasSuffix(rest, p.parts[last])
}

func (p pattern) length() (n int) {
	for _, part := range p.parts {
		n += len(part)
	}
	return n
}

// The weights of criteria: one outweighs all below it together.
const (
	weighVendor = 1 << iota
	weighModel
	weighVersion
	weighFirmware
)

var errBounds = errors.New("a bound of firmware has no version number, such as 1.15")

func (m *Match) prepare() error {
	for _, c := range []struct {
		texts  []string
		into   *[]pattern
		weight int
	}{{m.Vendor, &m.vendor, weighVendor}, {m.Model, &m.model, weighModel}, {m.Firmware, &m.firmware, weighFirmware}} {
		longest := 0
		for _, text := range c.texts {
			p := compile(text)
			*c.into = append(*c.into, p)
			longest = max(longest, p.length())
		}
		if len(c.texts) > 0 {
			m.weight |= c.weight
			m.length += longest
		}
	}
	for _, b := range []struct {
		text string
		into *[]int
	}{{m.FirmwareFrom, &m.from}, {m.FirmwareBefore, &m.before}} {
		if b.text == "" {
			continue
		}
		if *b.into = number(b.text); *b.into == nil {
			return fmt.Errorf("%w: %q", errBounds, b.text)
		}
		m.weight |= weighFirmware
	}
	switch m.Version {
	case "":
	case "1.6", "2.0.1", "2.1":
		m.weight |= weighVersion
	default:
		return fmt.Errorf("%q is no OCPP version", m.Version)
	}
	return nil
}

// fits takes an identity whose texts are in lower case.
func (m *Match) fits(id Identity) bool {
	if m.Version != "" && m.Version != id.Version || !anyFits(m.vendor, id.Vendor) || !anyFits(m.model, id.Model) || !anyFits(m.firmware, id.Firmware) {
		return false
	}
	if m.from == nil && m.before == nil {
		return true
	}
	n := number(id.Firmware)
	return n != nil && (m.from == nil || slices.Compare(n, m.from) >= 0) && (m.before == nil || slices.Compare(n, m.before) < 0)
}

func anyFits(patterns []pattern, value string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p pattern) bool { return p.fits(value) })
}

var dotted = regexp.MustCompile(`\d+(?:\.\d+)+`)

// number finds the version number in a firmware's name: the last group of digits with points, for makers put build numbers and
// the name of the board before it.
func number(firmware string) []int {
	groups := dotted.FindAllString(firmware, -1)
	if len(groups) == 0 {
		return nil
	}
	var n []int
	for part := range strings.SplitSeq(groups[len(groups)-1], ".") {
		digit, err := strconv.Atoi(part)
		if err != nil {
			return nil // more digits than any version has
		}
		n = append(n, digit)
	}
	return n
}

// sort puts the most specific row first; among equals the order of the table stays.
func (t *Table) sort() {
	slices.SortStableFunc(t.rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(b.Match.weight, a.Match.weight), cmp.Compare(b.Match.length, a.Match.length))
	})
}

func decodeStrictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
