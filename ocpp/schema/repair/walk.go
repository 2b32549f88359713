package repair

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// walker rewrites one payload.
type walker struct {
	policy  *Policy
	path    []string
	repairs []schema.Repair
	fault   *schema.Error // why the last refused object was refused
}

func (w *walker) in(name string) { w.path = append(w.path, name) }
func (w *walker) out()           { w.path = w.path[:len(w.path)-1] }

func (w *walker) pointer() string {
	if len(w.path) == 0 {
		return ""
	}
	return "/" + strings.Join(w.path, "/")
}

func (w *walker) note(kind schema.Kind, what string, was []byte) {
	switch {
	case len(w.repairs) < mostRepairs:
		w.repairs = append(w.repairs, schema.Repair{Path: w.pointer(), Kind: kind, What: what, Was: schema.Shorten(was)})
	case len(w.repairs) == mostRepairs:
		w.repairs = append(w.repairs, more)
	}
}

// verdict of reading one value.
type verdict uint8

const (
	taken   verdict = iota // appended to the output
	absent                 // nothing there, or nothing usable: noted, nothing appended
	refused                // an object lacks what can't be supplied; walker.fault says what
)

// value appends v, converted to the shape.
func (w *walker) value(out, v []byte, s *shape, required bool) ([]byte, verdict) {
	switch s.kind {
	case anything:
		return append(out, v...), taken
	case object:
		return w.oneObject(out, v, s)
	case custom:
		return w.custom(out, v)
	case array:
		return w.array(out, v, s)
	}
	if v[0] == 'n' {
		w.note(schema.KindNull, "null was read as absent", nil)
		return out, absent
	}
	switch s.kind {
	case integer:
		return w.integer(out, v)
	case number:
		return w.number(out, v)
	case boolean:
		return w.boolean(out, v)
	case dateTime:
		return w.dateTime(out, v, required)
	default:
		return w.text(out, v, s.kind == enum && !required)
	}
}

// oneObject reads an object, also where it came wrapped in an array.
func (w *walker) oneObject(out, v []byte, s *shape) ([]byte, verdict) {
	switch v[0] {
	case '{':
	case 'n':
		w.note(schema.KindNull, "null was read as absent", nil)
		return out, absent
	case '[':
		var first []byte
		_ = elements(v, func(e []byte) {
			if first == nil && e[0] == '{' {
				first = append(first, e...)
			}
		})
		if first == nil {
			w.note(schema.KindDropped, "an array where an object belongs; not used", v)
			return out, absent
		}
		w.note(schema.KindType, "an array where an object belongs; its first element is used", v)
		v = first
	default:
		w.note(schema.KindDropped, describe(v)+" where an object belongs; not used", v)
		return out, absent
	}
	from, notes := len(out), len(w.repairs)
	out, ok := w.object(out, v, s)
	if !ok {
		w.repairs = w.repairs[:notes]
		return out[:from], refused
	}
	return out, taken
}

func (w *walker) array(out, v []byte, s *shape) ([]byte, verdict) {
	switch {
	case v[0] == 'n' || string(v) == `""`:
		w.note(schema.KindNull, describe(v)+" was read as an absent array", nil)
		return out, absent
	case v[0] != '[':
		w.note(schema.KindType, describe(v)+" where an array belongs; read as its only element", nil)
		v = append(append([]byte{'['}, v...), ']')
	}
	out = append(out, '[')
	i, kept := 0, 0
	_ = elements(v, func(e []byte) {
		w.in(strconv.Itoa(i))
		from := len(out)
		if kept > 0 {
			out = append(out, ',')
		}
		var got verdict
		out, got = w.value(out, e, s.element, true)
		if got == taken {
			kept++
		} else {
			out = out[:from]
			if got == refused {
				w.note(schema.KindDropped, "element not used: "+w.fault.Description, e)
			}
		}
		w.out()
		i++
	})
	return append(out, ']'), taken
}

// custom keeps a vendor's extension whole; only its vendorId is required of it.
func (w *walker) custom(out, v []byte) ([]byte, verdict) {
	if v[0] != '{' {
		w.note(schema.KindDropped, describe(v)+" where an object belongs; not used", v)
		return out, absent
	}
	o := w.open(v)
	if id := o.Get("vendorId"); id == nil || id[0] != '"' {
		o.Take("vendorId")
		o.Set("vendorId", `""`)
		w.note(schema.KindMissing, "customData has no vendorId in text; read as empty", id)
	}
	return append(out, o.json()...), taken
}

// object appends the object's members in the order of its shape. It reports false, with fault set, when
// a required member is missing that can't be supplied.
func (w *walker) object(out, v []byte, s *shape) ([]byte, bool) {
	o := w.open(v)
	if reshape := w.policy.Reshape[s.name]; reshape != nil {
		reshape(o)
	}
	o.matchNames(s)
	out = append(out, '{')
	start := len(out)
	for i := range s.members {
		m := &s.members[i]
		w.in(m.name)
		from := len(out)
		if from > start {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), m.name...), '"', ':')
		ok := w.member(&out, o, s, m, from)
		w.out()
		if !ok {
			return out, false
		}
	}
	for _, m := range o.members {
		w.in(schema.PointerStep(m.name))
		w.note(schema.KindUnknown, "member is not in the schema; kept aside", m.value)
		w.out()
	}
	return append(out, '}'), true
}

// member appends one value, or cuts the output back to from when the member stays absent.
func (w *walker) member(out *[]byte, o *Object, s *shape, m *member, from int) bool {
	v := o.take(m.name)
	got := absent
	if v != nil {
		*out, got = w.value(*out, v, m.shape, m.required)
	}
	if got == refused && !m.required {
		w.note(schema.KindDropped, "not used: "+w.fault.Description, v)
		got = absent
	}
	switch {
	case got == refused:
		return false
	case got == absent && m.required:
		return w.supply(out, s.name+"."+m.name, m, v)
	case got == absent:
		*out = (*out)[:from]
	}
	return true
}

// supply puts in what stands for an absent required member.
func (w *walker) supply(out *[]byte, key string, m *member, was []byte) bool {
	if literal, ok := w.policy.Supply[key]; ok {
		*out = append(*out, literal...)
		w.missing(was, "read as "+literal)
		return true
	}
	switch k := m.shape.kind; {
	case w.policy.Demand[key]:
	case k == dateTime:
		*out = append(*out, `""`...)
		w.missing(was, "the time of receipt has to serve")
		return true
	case k == text:
		*out = append(*out, `""`...)
		w.missing(was, "read as empty")
		return true
	case k == array:
		*out = append(*out, "[]"...)
		w.missing(was, "read as empty")
		return true
	case k == boolean:
		*out = append(*out, "false"...)
		w.missing(was, "read as false")
		return true
	case k == object:
		notes := len(w.repairs)
		w.missing(was, "read as an empty object")
		made, ok := w.object(*out, []byte("{}"), m.shape)
		if ok {
			*out = made
			return true
		}
		w.repairs = w.repairs[:notes]
	}
	if was == nil || string(was) == "null" {
		w.fault = &schema.Error{Code: schema.OccurrenceConstraintViolation, Description: fmt.Sprintf("required member %s is missing", w.pointer())}
	} else {
		w.fault = &schema.Error{Code: schema.TypeConstraintViolation, Description: fmt.Sprintf("member %s must be %s, not %s", w.pointer(), m.shape.kind, schema.Shorten(was))}
	}
	return false
}

// missing notes a supplied member, unless why it is missing was already noted at this place.
func (w *walker) missing(was []byte, how string) {
	if n := len(w.repairs); was != nil && n > 0 && n <= mostRepairs && w.repairs[n-1].Path == w.pointer() {
		w.repairs[n-1].What += "; " + how
		w.repairs[n-1].Kind = schema.KindMissing
		return
	}
	w.note(schema.KindMissing, "required member is missing; "+how, was)
}

func elements(v []byte, f func([]byte)) error {
	return schema.Elements(v, func(e jsontext.Value) error {
		f(e)
		return nil
	})
}

// describe names a JSON value's type in words.
func describe(v []byte) string {
	switch v[0] {
	case '"':
		if len(v) == 2 {
			return "an empty text"
		}
		return "a text"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
