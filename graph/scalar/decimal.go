// Package scalar marshals the exact numbers of the domain to GraphQL.
package scalar

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/govalues/decimal"
)

// MarshalDecimal writes an exact decimal as a JSON number, without going through binary floating point.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, d.Trim(0).String())
	})
}

// UnmarshalDecimal reads a number as exactly as the client wrote it.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	case int:
		text = strconv.Itoa(v)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return decimal.Decimal{}, fmt.Errorf("a number is needed, not %T", v)
	}
	d, err := decimal.Parse(text)
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("%q is not a number that can be held exactly: %w", text, err)
	}
	return d, nil
}
