package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// model is a version's messages, ready to be written as Go.
type model struct {
	flavour  *flavour
	objects  []*objectType // requests, responses, then nested types by name
	enums    []*enumType
	actions  []*action
	byName   map[string]*objectType
	enumsBy  map[string]*enumType
	topLevel map[string]bool
}

type objectType struct {
	name   string
	doc    string
	fields []*field
}

type enumType struct {
	name   string
	values []string
}

type action struct {
	name              string
	request, response *objectType // response is nil for SEND messages
}

type fieldKind uint8

const (
	textField fieldKind = iota
	enumField
	intField
	floatField
	boolField
	timeField
	uriField
	anyField
	customField
	objectField
)

type field struct {
	json, goName string
	kind         fieldKind
	typ          string // name of the enum or object
	required     bool
	array        bool
	schema       *node // constraints of the value, or of the element
	list         *node // constraints of the array
}

// build names and collects everything the roots describe.
func build(f *flavour, roots []*node) (*model, error) {
	m := &model{flavour: f, byName: map[string]*objectType{}, enumsBy: map[string]*enumType{}, topLevel: map[string]bool{}}
	byAction := map[string]*action{}
	for _, root := range roots {
		name, request := messageName(root.ID)
		a := byAction[name]
		if a == nil {
			a = &action{name: name}
			byAction[name] = a
			m.actions = append(m.actions, a)
		}
		suffix, verb := "Response", "answers"
		if request {
			suffix, verb = "Request", "is the call"
		}
		scope := &scope{root: root, message: strings.TrimPrefix(root.ID, "urn:"), model: m}
		o, err := scope.object(exported(name)+suffix, root, "")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", root.ID, err)
		}
		o.doc = fmt.Sprintf("%s %s %s of OCPP %s.", o.name, verb, name, f.version)
		m.topLevel[o.name] = true
		if request {
			a.request = o
		} else {
			a.response = o
		}
	}
	sort.Slice(m.actions, func(i, j int) bool { return m.actions[i].name < m.actions[j].name })
	sort.Slice(m.objects, func(i, j int) bool { return m.objects[i].name < m.objects[j].name })
	sort.Slice(m.enums, func(i, j int) bool { return m.enums[i].name < m.enums[j].name })
	for _, a := range m.actions {
		if _, ok := f.directions[a.name]; !ok {
			return nil, fmt.Errorf("direction.go does not say who sends %s", a.name)
		}
		if a.request == nil {
			return nil, fmt.Errorf("%s has no request", a.name)
		}
	}
	if len(m.actions) != len(f.directions) {
		return nil, fmt.Errorf("direction.go names %d actions, the schemas %d", len(f.directions), len(m.actions))
	}
	return m, m.checkNames()
}

func (m *model) checkNames() error {
	for name := range m.byName {
		if m.enumsBy[name] != nil {
			return fmt.Errorf("%s is the name of an object and of an enum; add it to names.go", name)
		}
	}
	return nil
}

// scope is one root schema while its types are collected.
type scope struct {
	root    *node
	message string
	model   *model
}

func (s *scope) object(name string, n *node, path string) (*objectType, error) {
	o := &objectType{name: name, doc: fmt.Sprintf("%s is part of messages of OCPP %s.", name, s.model.flavour.version)}
	if n.Additional == nil || *n.Additional {
		return nil, fmt.Errorf("object %s takes unlisted members, which only CustomDataType may", name)
	}
	for _, json := range n.Properties.names {
		f, err := s.field(json, n.Properties.nodes[json], path+"/"+json)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", json, err)
		}
		f.required = slices.Contains(n.Required, json)
		o.fields = append(o.fields, f)
	}
	if len(o.fields) > 64 {
		return nil, fmt.Errorf("object %s has more than 64 members", name)
	}
	if known := s.model.byName[name]; known != nil {
		if !sameObject(known, o) {
			return nil, fmt.Errorf("two different objects would be named %s", name)
		}
		return known, nil
	}
	s.model.byName[name] = o
	s.model.objects = append(s.model.objects, o)
	return o, nil
}

func (s *scope) field(json string, n *node, path string) (*field, error) {
	f := &field{json: json, goName: exported(json)}
	if n.Type == "array" {
		f.array, f.list = true, n
		n = n.Items
		if n == nil || n.Type == "array" {
			return nil, fmt.Errorf("arrays of this kind are not supported")
		}
	}
	definition := ""
	if n.Ref != "" {
		var ok bool
		definition, ok = strings.CutPrefix(n.Ref, "#/definitions/")
		if !ok || s.root.Definitions.nodes[definition] == nil {
			return nil, fmt.Errorf("reference %s leads nowhere", n.Ref)
		}
		n = s.root.Definitions.nodes[definition]
	}
	f.schema = n
	switch {
	case definition == "CustomDataType":
		f.kind = customField
	case n.Type == "object":
		name, err := s.typeName(definition, json, path, false)
		if err != nil {
			return nil, err
		}
		o, err := s.object(name, n, path)
		if err != nil {
			return nil, err
		}
		f.kind, f.typ = objectField, o.name
	case n.Type == "string" && n.Enum != nil:
		name, err := s.typeName(definition, json, path, true)
		if err != nil {
			return nil, err
		}
		f.kind, f.typ = enumField, name
		if err := s.enum(name, n.Enum); err != nil {
			return nil, err
		}
	case n.Type == "string" && n.Format == "date-time":
		f.kind = timeField
	case n.Type == "string" && n.Format == "uri":
		f.kind = uriField
	case n.Type == "string" && n.Format == "":
		f.kind = textField
	case n.Type == "integer":
		f.kind = intField
	case n.Type == "number":
		f.kind = floatField
		if n.MultipleOf != nil && *n.MultipleOf != 0.1 {
			return nil, fmt.Errorf("multipleOf %v is not supported", *n.MultipleOf)
		}
	case n.Type == "boolean":
		f.kind = boolField
	case n.Type == "" && n.Enum == nil:
		f.kind = anyField
	default:
		return nil, fmt.Errorf("type %q format %q is not supported", n.Type, n.Format)
	}
	if f.array && (f.kind == timeField || f.kind == boolField || f.kind == floatField || f.kind == anyField || f.kind == customField) {
		return nil, fmt.Errorf("arrays of %q are not supported", n.Type)
	}
	return f, nil
}

func (s *scope) enum(name string, values []string) error {
	if known := s.model.enumsBy[name]; known != nil {
		if !slices.Equal(known.values, values) {
			return fmt.Errorf("two different enums would be named %s: %v and %v", name, known.values, values)
		}
		return nil
	}
	e := &enumType{name: name, values: values}
	s.model.enumsBy[name] = e
	s.model.enums = append(s.model.enums, e)
	return nil
}

func sameObject(a, b *objectType) bool {
	return slices.EqualFunc(a.fields, b.fields, func(x, y *field) bool {
		return x.json == y.json && x.kind == y.kind && x.typ == y.typ && x.required == y.required && x.array == y.array &&
			sameLimits(x.schema, y.schema) && (!x.array || sameLimits(x.list, y.list))
	})
}

func sameLimits(a, b *node) bool {
	return same(a.MaxLength, b.MaxLength) && same(a.MinItems, b.MinItems) && same(a.MaxItems, b.MaxItems) &&
		same(a.Minimum, b.Minimum) && same(a.Maximum, b.Maximum) && same(a.MultipleOf, b.MultipleOf)
}

func same[T comparable](a, b *T) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}

// messageName splits urn:Reset.req, urn:Reset.conf, urn:ResetRequest and urn:ResetResponse.
func messageName(id string) (name string, request bool) {
	id = strings.TrimPrefix(id, "urn:")
	for _, ending := range []struct {
		text    string
		request bool
	}{{".req", true}, {".conf", false}, {"Request", true}, {"Response", false}} {
		if name, ok := strings.CutSuffix(id, ending.text); ok {
			return name, ending.request
		}
	}
	// A SEND message (OCPP 2.1 Part 4 §4.2.5) has no answer, and its schema no ending.
	return id, true
}
