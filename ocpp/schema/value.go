package schema

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// Opt is an optional number or boolean. The zero Opt is absent.
type Opt[T int64 | float64 | bool] struct {
	Value T
	Set   bool
}

// Some returns a present Opt.
func Some[T int64 | float64 | bool](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or returns the value, or otherwise when absent.
func (o Opt[T]) Or(otherwise T) T {
	if o.Set {
		return o.Value
	}
	return otherwise
}

// Raw is a JSON value of any shape, kept as its text. Nil is absent.
type Raw []byte

// CustomData is the one object of OCPP 2.x that vendors may extend (OCPP 2.0.1 Part 2, CustomDataType).
// Raw holds the whole object as sent; when it is nil the object is made from VendorID alone.
type CustomData struct {
	VendorID string
	Raw      Raw
}

var errCustomData = errors.New("customData must be an object with a text member vendorId")

// UnmarshalJSONFrom reads the object and keeps its text.
func (c *CustomData) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	if err != nil {
		return err
	}
	return c.set(v)
}

func (c *CustomData) set(v jsontext.Value) error {
	if v.Kind() != '{' {
		return errCustomData
	}
	found := false
	err := Members(v, func(name string, value jsontext.Value) error {
		if name != "vendorId" {
			return nil
		}
		if value.Kind() != '"' {
			return errCustomData
		}
		found = true
		var err error
		c.VendorID, err = unquote(value)
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		return errCustomData
	}
	c.Raw = append(c.Raw[:0:0], v...)
	return nil
}

// AppendJSON appends the object.
func (c *CustomData) AppendJSON(b []byte) []byte {
	if c.Raw != nil {
		return append(b, c.Raw...)
	}
	b = append(b, '{')
	b = appendString(append(b, `"vendorId":`...), c.VendorID)
	return append(b, '}')
}

// MarshalJSON is AppendJSON for encoding/json.
func (c *CustomData) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.
func (c *CustomData) UnmarshalJSON(b []byte) error { return c.set(b) }

// Members calls f for each member of an object, in order. The value is valid only during the call.
func Members(object []byte, f func(name string, value jsontext.Value) error) error {
	r := readers.Get().(*reader)
	defer r.release()
	d := r.on(object)
	if err := begin(d); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		quoted, err := d.ReadValue()
		if err != nil {
			return err
		}
		name, err := unquoteAny(quoted)
		if err != nil {
			return err
		}
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// Elements calls f for each element of an array, in order. The value is valid only during the call.
func Elements(array []byte, f func(value jsontext.Value) error) error {
	r := readers.Get().(*reader)
	defer r.release()
	d := r.on(array)
	if err := beginArray(d); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := f(value); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
