package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// The reasons a strict read gives up. They carry no place: Unmarshal adds the decoder's.
var (
	errNotObject  = errors.New("an object is expected")
	errNotArray   = errors.New("an array is expected")
	errNotText    = errors.New("text is expected")
	errNotInteger = errors.New("a whole number of at most 64 bits is expected")
	errNotNumber  = errors.New("a number is expected")
	errNotBoolean = errors.New("true or false is expected")
	errNUL        = errors.New("text may not hold the NUL character")
	errEmpty      = errors.New("an optional value may be absent, but not empty")
	errAfter      = errors.New("something follows the value")
	errTwice      = errors.New("a member stands twice in one object")
)

type reader struct {
	decoder jsontext.Decoder
	buffer  bytes.Buffer
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// on points the decoder at the bytes. Duplicate names are refused by the generated code's presence
// bits, and unknown ones altogether, so the decoder need not keep a set of names.
func (r *reader) on(data []byte) *jsontext.Decoder {
	r.buffer = *bytes.NewBuffer(data)
	r.decoder.Reset(&r.buffer, jsontext.AllowDuplicateNames(true))
	return &r.decoder
}

func (r *reader) release() {
	r.buffer = bytes.Buffer{}
	readers.Put(r)
}

// Unmarshal reads one value strictly. On error the message is half filled.
func Unmarshal(data []byte, m interface {
	UnmarshalJSONFrom(d *jsontext.Decoder) error
}) error {
	r := readers.Get().(*reader)
	defer r.release()
	d := r.on(data)
	if err := m.UnmarshalJSONFrom(d); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("at %q: %w", d.StackPointer(), err)
	}
	if _, err := d.ReadToken(); err != io.EOF {
		if err == nil {
			err = errAfter
		}
		return err
	}
	return nil
}

func begin(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return mismatch(d, errNotObject)
	}
	_, err := d.ReadToken()
	return err
}

// mismatch prefers the decoder's own complaint about broken JSON to ours about the type.
func mismatch(d *jsontext.Decoder, err error) error {
	if _, syntax := d.ReadValue(); syntax != nil {
		return syntax
	}
	return err
}

// ReadObject reads an object through its members' own method. m.ReadMember gets a member's name quoted, as it
// stands in the text, and valid until it reads on; it gives the member's presence bit. The low bits,
// masked by required, belong to the required members, which names lists in the order of their bits.
func ReadObject(d *jsontext.Decoder, m interface {
	ReadMember(d *jsontext.Decoder, name []byte) (uint64, error)
}, required uint64, names string) error {
	if err := begin(d); err != nil {
		return err
	}
	var seen uint64
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		bit, err := m.ReadMember(d, name)
		if err != nil {
			return err
		}
		if seen&bit != 0 {
			return errTwice
		}
		seen |= bit
	}
	if seen&required != required {
		return missing(seen, names)
	}
	_, err := d.ReadToken()
	return err
}

// Unlisted refuses a member that the schema does not list.
func Unlisted(name []byte) error {
	return fmt.Errorf("member %s is not in the schema", Shorten(name))
}

func missing(seen uint64, names string) error {
	var absent []string
	for i, name := range strings.Fields(names) {
		if seen&(1<<i) == 0 {
			absent = append(absent, name)
		}
	}
	return fmt.Errorf("required member %s is missing", strings.Join(absent, ", "))
}

// unquote turns a quoted string into text.
func unquote(v []byte) (string, error) {
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), nil
	}
	s, err := unquoteAny(v)
	if err == nil && strings.IndexByte(s, 0) >= 0 {
		// Postgres text can't hold it.
		return "", errNUL
	}
	return s, err
}

func unquoteAny(v []byte) (string, error) {
	b, err := jsontext.AppendUnquote(nil, v)
	return string(b), err
}

// String reads text.
func String(d *jsontext.Decoder, to *string) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	if v[0] != '"' {
		return errNotText
	}
	*to, err = unquote(v)
	return err
}

// Unit reads text that is nearly always one of a few units, without allocating for those.
func Unit(d *jsontext.Decoder, to *string) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	if v[0] != '"' {
		return errNotText
	}
	switch string(v) {
	case `"Wh"`:
		*to = "Wh"
	case `"kWh"`:
		*to = "kWh"
	case `"W"`:
		*to = "W"
	case `"kW"`:
		*to = "kW"
	case `"A"`:
		*to = "A"
	case `"V"`:
		*to = "V"
	case `"Percent"`:
		*to = "Percent"
	case `"Celsius"`:
		*to = "Celsius"
	case `"Hz"`:
		*to = "Hz"
	default:
		*to, err = unquote(v)
	}
	return err
}

// Enum reads one of a schema's values. known returns the constant of that text, or "".
// Unknown values are kept; Check reports them.
func Enum[E ~string](d *jsontext.Decoder, to *E, known func(string) E) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	if v[0] != '"' {
		return errNotText
	}
	inner := v[1 : len(v)-1]
	if len(inner) > 0 {
		if e := known(unsafe.String(&inner[0], len(inner))); e != "" {
			*to = e
			return nil
		}
	}
	s, err := unquote(v)
	*to = E(s)
	return err
}

// OptEnum is Enum for an optional member, which may be absent but not "".
func OptEnum[E ~string](d *jsontext.Decoder, to *E, known func(string) E) error {
	err := Enum(d, to, known)
	if err == nil && *to == "" {
		return errEmpty
	}
	return err
}

// Enums reads an array of a schema's values.
func Enums[E ~string](d *jsontext.Decoder, to *[]E, known func(string) E) error {
	return Slice(d, to, func(d *jsontext.Decoder, e *E) error { return Enum(d, e, known) })
}

// Int reads a whole number. 1.0 and 1e2 are whole, as in JSON Schema.
func Int(d *jsontext.Decoder, to *int64) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	n, ok := parseInt(v)
	if !ok {
		return errNotInteger
	}
	*to = n
	return nil
}

func parseInt(v []byte) (int64, bool) {
	if len(v) == 0 || (v[0] != '-' && (v[0] < '0' || v[0] > '9')) {
		return 0, false
	}
	if len(v) <= 18 {
		n, digits := int64(0), v
		if v[0] == '-' {
			digits = v[1:]
		}
		for _, c := range digits {
			if c < '0' || c > '9' {
				return parseWhole(v)
			}
			n = n*10 + int64(c-'0')
		}
		if v[0] == '-' {
			n = -n
		}
		return n, true
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n, true
	}
	return parseWhole(v)
}

// parseWhole takes a number written with a point or an exponent whose value is whole.
func parseWhole(v []byte) (int64, bool) {
	if !bytes.ContainsAny(v, ".eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// OptInt reads an optional whole number.
func OptInt(d *jsontext.Decoder, to *Opt[int64]) error {
	to.Set = true
	return Int(d, &to.Value)
}

// Float reads a number.
func Float(d *jsontext.Decoder, to *float64) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	if v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return errNotNumber
	}
	f, err := strconv.ParseFloat(unsafe.String(&v[0], len(v)), 64)
	if err != nil {
		return errNotNumber
	}
	*to = f
	return nil
}

// OptFloat reads an optional number.
func OptFloat(d *jsontext.Decoder, to *Opt[float64]) error {
	to.Set = true
	return Float(d, &to.Value)
}

// Bool reads true or false.
func Bool(d *jsontext.Decoder, to *bool) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	switch v[0] {
	case 't':
		*to = true
	case 'f':
		*to = false
	default:
		return errNotBoolean
	}
	return nil
}

// OptBool reads an optional true or false.
func OptBool(d *jsontext.Decoder, to *Opt[bool]) error {
	to.Set = true
	return Bool(d, &to.Value)
}

// DateTime reads a date-time. Every text is taken; Check reports the unreadable.
func DateTime(d *jsontext.Decoder, to *Time) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	if v[0] != '"' {
		return errNotText
	}
	s, err := unquote(v)
	if err == nil {
		*to = ParseTime(s)
	}
	return err
}

// OptDateTime is DateTime for an optional member, which may be absent but not "".
func OptDateTime(d *jsontext.Decoder, to *Time) error {
	err := DateTime(d, to)
	if err == nil && to.Raw == "" {
		return errEmpty
	}
	return err
}

// Any reads a value of any shape.
func Any(d *jsontext.Decoder, to *Raw) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	*to = Raw(v.Clone())
	return nil
}

// Pointer reads an optional object.
func Pointer[T any](d *jsontext.Decoder, to **T, read func(*T, *jsontext.Decoder) error) error {
	*to = new(T)
	return read(*to, d)
}

// Objects reads an array of objects. An empty one is not nil.
func Objects[T any](d *jsontext.Decoder, to *[]T, read func(*T, *jsontext.Decoder) error) error {
	if err := beginArray(d); err != nil {
		return err
	}
	list := []T{}
	for d.PeekKind() != ']' {
		list = extend(d, list)
		if err := read(&list[len(list)-1], d); err != nil {
			return err
		}
	}
	*to = list
	_, err := d.ReadToken()
	return err
}

// Slice reads an array of scalars. An empty one is not nil.
func Slice[T any](d *jsontext.Decoder, to *[]T, read func(*jsontext.Decoder, *T) error) error {
	if err := beginArray(d); err != nil {
		return err
	}
	list := []T{}
	for d.PeekKind() != ']' {
		list = extend(d, list)
		if err := read(d, &list[len(list)-1]); err != nil {
			return err
		}
	}
	*to = list
	_, err := d.ReadToken()
	return err
}

func beginArray(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return mismatch(d, errNotArray)
	}
	_, err := d.ReadToken()
	return err
}

// extend adds one zero element. The first allocation guesses the array's length from the text up to the next
// closing bracket, so that arrays without arrays in them are mostly allocated once.
func extend[T any](d *jsontext.Decoder, list []T) []T {
	if len(list) == cap(list) {
		const elementText, most = 96, 32
		ahead := max(bytes.IndexByte(d.UnreadBuffer(), ']'), 0)
		size := max(min(1+ahead/elementText, most), 2*len(list))
		bigger := make([]T, len(list), size)
		copy(bigger, list)
		list = bigger
	}
	return list[:len(list)+1]
}
