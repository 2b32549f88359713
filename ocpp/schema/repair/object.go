package repair

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// Object is one object of a payload while it is rewritten.
type Object struct {
	w       *walker
	members []entry
}

type entry struct {
	name  string
	value []byte
}

// open lists an object's members. Of members that stand twice the last counts, as most parsers have it.
func (w *walker) open(v []byte) *Object {
	o := &Object{w: w}
	index := map[string]int{}
	_ = schema.Members(v, func(name string, value jsontext.Value) error {
		if at, ok := index[name]; ok {
			o.Note(schema.KindJSON, name, "member stands twice; the last one counts", o.members[at].value)
			o.members[at].value = value.Clone()
			return nil
		}
		index[name] = len(o.members)
		o.members = append(o.members, entry{name, value.Clone()})
		return nil
	})
	return o
}

func (w *walker) empty() *Object { return &Object{w: w} }

// json writes the object as it stands.
func (o *Object) json() []byte {
	b := []byte{'{'}
	for i, m := range o.members {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, m.name)
		b = append(append(b, ':'), m.value...)
	}
	return append(b, '}')
}

// Has reports whether a member was sent.
func (o *Object) Has(name string) bool { return o.Get(name) != nil }

// Get returns a member's JSON, or nil.
func (o *Object) Get(name string) []byte {
	for i := range o.members {
		if o.members[i].name == name {
			return o.members[i].value
		}
	}
	return nil
}

// Text returns a member's text, or "" where it is absent or something else.
func (o *Object) Text(name string) string {
	v := o.Get(name)
	if v == nil || v[0] != '"' {
		return ""
	}
	s, _ := jsontext.AppendUnquote(nil, v)
	return string(s)
}

// Set adds a member, given as JSON.
func (o *Object) Set(name, value string) {
	o.members = append(o.members, entry{name, []byte(value)})
}

// Take removes a member and returns its JSON, or nil.
func (o *Object) Take(name string) []byte { return o.take(name) }

func (o *Object) take(name string) []byte {
	for i := range o.members {
		if o.members[i].name == name {
			v := o.members[i].value
			o.members = append(o.members[:i], o.members[i+1:]...)
			return v
		}
	}
	return nil
}

// Note records a repair at one of the object's members.
func (o *Object) Note(kind schema.Kind, name, what string, was []byte) {
	o.w.in(schema.PointerStep(name))
	o.w.note(kind, what, was)
	o.w.out()
}

// Rename moves a member that goes by another name, unless the right one is there too.
func (o *Object) Rename(from, to string) {
	if o.Has(to) || !o.Has(from) {
		return
	}
	for i := range o.members {
		if o.members[i].name == from {
			o.members[i].name = to
		}
	}
	o.Note(schema.KindRenamed, to, "sent as "+from, nil)
}

// matchNames finds the schema's members that came in other letter case or with blanks around.
func (o *Object) matchNames(s *shape) {
	for i := range o.members {
		name := o.members[i].name
		if s.lists(name) {
			continue
		}
		for _, m := range s.members {
			if strings.EqualFold(m.name, strings.TrimSpace(name)) && !o.Has(m.name) {
				o.Rename(name, m.name)
				break
			}
		}
	}
}

func (s *shape) lists(name string) bool {
	for i := range s.members {
		if s.members[i].name == name {
			return true
		}
	}
	return false
}
