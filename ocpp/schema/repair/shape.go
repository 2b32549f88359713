package repair

import (
	"reflect"
	"strings"
	"sync"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

type kind uint8

const (
	text kind = iota
	enum
	integer
	number
	boolean
	dateTime
	anything
	custom
	object
	array
)

var kindNames = [...]string{
	text: "text", enum: "text", integer: "a whole number", number: "a number", boolean: "true or false",
	dateTime: "a time", anything: "any value", custom: "an object", object: "an object", array: "an array",
}

func (k kind) String() string { return kindNames[k] }

// shape is what the repairer has to know of a Go type.
type shape struct {
	kind    kind
	name    string   // Go type name of an object
	members []member // of an object
	element *shape   // of an array
}

type member struct {
	name     string
	required bool
	shape    *shape
}

var shapes sync.Map // reflect.Type → *shape

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := makeShape(t)
	shapes.Store(t, s)
	return s
}

func makeShape(t reflect.Type) *shape {
	switch t {
	case reflect.TypeFor[schema.Time]():
		return &shape{kind: dateTime}
	case reflect.TypeFor[schema.Raw]():
		return &shape{kind: anything}
	case reflect.TypeFor[schema.CustomData]():
		return &shape{kind: custom}
	case reflect.TypeFor[schema.Opt[int64]]():
		return &shape{kind: integer}
	case reflect.TypeFor[schema.Opt[float64]]():
		return &shape{kind: number}
	case reflect.TypeFor[schema.Opt[bool]]():
		return &shape{kind: boolean}
	}
	switch t.Kind() {
	case reflect.String:
		if t == reflect.TypeFor[string]() {
			return &shape{kind: text}
		}
		return &shape{kind: enum}
	case reflect.Int64:
		return &shape{kind: integer}
	case reflect.Float64:
		return &shape{kind: number}
	case reflect.Bool:
		return &shape{kind: boolean}
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Slice:
		return &shape{kind: array, element: shapeOf(t.Elem())}
	case reflect.Struct:
		s := &shape{kind: object, name: t.Name()}
		for i := range t.NumField() {
			f := t.Field(i)
			name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
			s.members = append(s.members, member{name: name, required: option == "", shape: shapeOf(f.Type)})
		}
		return s
	}
	panic("no OCPP shape for Go type " + t.String())
}
