package tariff

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/govalues/decimal"
)

// Number is an exact decimal that is written as a JSON number, as OCPI has it. A number that can't be held exactly is refused.
type Number struct{ decimal.Decimal }

// ParseNumber reads a decimal such as "0.25".
func ParseNumber(s string) (Number, error) {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' }) {
		return Number{}, fmt.Errorf("%q is not a decimal number such as 0.25", short(s))
	}
	d, err := decimal.Parse(s)
	if err != nil {
		return Number{}, fmt.Errorf("%q is not a decimal number such as 0.25 with at most %d digits", short(s), decimal.MaxPrec)
	}
	if plain(s) != plain(d.String()) {
		return Number{}, fmt.Errorf("%s has more digits than can be held exactly (%d)", short(s), decimal.MaxPrec)
	}
	return Number{d}, nil
}

// plain drops the zeros of a decimal that say nothing.
func plain(s string) string {
	s = strings.TrimLeft(strings.TrimPrefix(s, "-"), "0")
	if strings.IndexByte(s, '.') >= 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// MustNumber is ParseNumber for constants; it panics.
func MustNumber(s string) Number {
	n, err := ParseNumber(s)
	if err != nil {
		panic("tariff: " + err.Error())
	}
	return n
}

// MarshalJSON writes a JSON number.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalJSON reads a JSON number.
func (n *Number) UnmarshalJSON(data []byte) error {
	switch {
	case string(data) == "null":
		return nil
	case len(data) > 0 && data[0] == '"':
		return &json.UnmarshalTypeError{Value: "string", Type: reflect.TypeFor[Number]()}
	}
	read, err := ParseNumber(string(data))
	if err != nil {
		return err
	}
	*n = read
	return nil
}

// decimals is how many decimals the number needs.
func (n Number) decimals() int { return n.MinScale() }

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
