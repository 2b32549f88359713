package schema

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendKey appends a member's name, given as `"name":`, with the comma that may belong before it.
func AppendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(b, key...)
}

// appendString appends text with invalid UTF-8 replaced.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// AppendString appends a required text.
func AppendString(b []byte, key, s string) []byte {
	return appendString(AppendKey(b, key), s)
}

// AppendOptString appends an optional text unless it is empty.
func AppendOptString(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	return appendString(AppendKey(b, key), s)
}

// AppendInt appends a required whole number.
func AppendInt(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(AppendKey(b, key), n, 10)
}

// AppendOptInt appends an optional whole number.
func AppendOptInt(b []byte, key string, n Opt[int64]) []byte {
	if !n.Set {
		return b
	}
	return AppendInt(b, key, n.Value)
}

// AppendFloat appends a required number.
func AppendFloat(b []byte, key string, f float64) []byte {
	return appendFloat(AppendKey(b, key), f)
}

// appendFloat writes plain digits for the sizes that meters and currents have; small parsers on
// stations do not all know exponents.
func appendFloat(b []byte, f float64) []byte {
	switch abs := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		// JSON has no such numbers; Check refuses them before they get here.
		return append(b, '0')
	case abs != 0 && (abs < 1e-9 || abs >= 1e18):
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// AppendOptFloat appends an optional number.
func AppendOptFloat(b []byte, key string, f Opt[float64]) []byte {
	if !f.Set {
		return b
	}
	return AppendFloat(b, key, f.Value)
}

// AppendBool appends a required boolean.
func AppendBool(b []byte, key string, v bool) []byte {
	return strconv.AppendBool(AppendKey(b, key), v)
}

// AppendOptBool appends an optional boolean.
func AppendOptBool(b []byte, key string, v Opt[bool]) []byte {
	if !v.Set {
		return b
	}
	return AppendBool(b, key, v.Value)
}

// AppendTime appends a required time.
func AppendTime(b []byte, key string, t *Time) []byte {
	return t.AppendJSON(AppendKey(b, key))
}

// AppendOptTime appends an optional time.
func AppendOptTime(b []byte, key string, t *Time) []byte {
	if !t.Present() {
		return b
	}
	return AppendTime(b, key, t)
}

// AppendAny appends an optional value of any shape.
func AppendAny(b []byte, key string, v Raw) []byte {
	if v == nil {
		return b
	}
	return append(AppendKey(b, key), v...)
}

// AppendStrings appends an array of texts; nil is an absent one.
func AppendStrings[E ~string](b []byte, key string, list []E) []byte {
	if list == nil {
		return b
	}
	b = append(AppendKey(b, key), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, string(s))
	}
	return append(b, ']')
}

// AppendInts appends an array of whole numbers; nil is an absent one.
func AppendInts(b []byte, key string, list []int64) []byte {
	if list == nil {
		return b
	}
	b = append(AppendKey(b, key), '[')
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return append(b, ']')
}

// AppendObjects appends an array of objects; nil is an absent one.
func AppendObjects[T any](b []byte, key string, list []T, object func(*T, []byte) []byte) []byte {
	if list == nil {
		return b
	}
	b = append(AppendKey(b, key), '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = object(&list[i], b)
	}
	return append(b, ']')
}

// Empty makes a required array's nil into the empty array that stands for it on the wire.
func Empty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
