package main

import (
	"fmt"
	"strings"
)

// reads writes UnmarshalJSONFrom: one switch over the members, presence bits for the required ones.
// Required members have the low bits, so that one mask tells whether all were there.
func reads(m *model) string {
	p := newPage(m, jsontextPath, "", schemaPath)
	for _, o := range m.objects {
		var required []string
		for _, f := range o.fields {
			if f.required {
				required = append(required, f.json)
			}
		}
		bit := map[string]int{}
		for i, name := range required {
			bit[name] = i
		}
		next := len(required)
		for _, f := range o.fields {
			if !f.required {
				bit[f.json] = next
				next++
			}
		}
		p.line("\n// UnmarshalJSONFrom reads the object strictly.")
		p.line("func (m *%s) UnmarshalJSONFrom(d *jsontext.Decoder) error {", o.name)
		p.line("return schema.ReadObject(d, m, %#x, %q)\n}", uint64(1)<<len(required)-1, strings.Join(required, " "))
		p.line("\n// ReadMember reads one member and gives its presence bit.")
		if len(o.fields) == 0 {
			p.line("func (*%s) ReadMember(_ *jsontext.Decoder, name []byte) (uint64, error) {", o.name)
			p.line("return 0, schema.Unlisted(name)\n}")
		} else {
			p.line("func (m *%s) ReadMember(d *jsontext.Decoder, name []byte) (uint64, error) {", o.name)
			p.line("switch string(name) {")
			for _, f := range o.fields {
				p.line("case `\"%s\"`:\nreturn 1 << %d, %s", f.json, bit[f.json], f.read())
			}
			p.line("}\nreturn 0, schema.Unlisted(name)\n}")
		}
		p.line("\n// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.")
		p.line("func (m *%s) UnmarshalJSON(b []byte) error { return schema.Unmarshal(b, m) }", o.name)
	}
	return p.String()
}

func (f *field) read() string {
	target := "&m." + f.goName
	opt := ""
	if !f.required {
		opt = "Opt"
	}
	switch f.kind {
	case textField, uriField:
		switch {
		case f.array:
			return fmt.Sprintf("schema.Slice(d, %s, schema.String)", target)
		case f.json == "unit":
			return fmt.Sprintf("schema.Unit(d, %s)", target)
		}
		return fmt.Sprintf("schema.String(d, %s)", target)
	case enumField:
		if f.array {
			return fmt.Sprintf("schema.Enums(d, %s, known%s)", target, f.typ)
		}
		return fmt.Sprintf("schema.%sEnum(d, %s, known%s)", opt, target, f.typ)
	case intField:
		if f.array {
			return fmt.Sprintf("schema.Slice(d, %s, schema.Int)", target)
		}
		return fmt.Sprintf("schema.%sInt(d, %s)", opt, target)
	case floatField:
		return fmt.Sprintf("schema.%sFloat(d, %s)", opt, target)
	case boolField:
		return fmt.Sprintf("schema.%sBool(d, %s)", opt, target)
	case timeField:
		return fmt.Sprintf("schema.%sDateTime(d, %s)", opt, target)
	case anyField:
		return fmt.Sprintf("schema.Any(d, %s)", target)
	case customField:
		return fmt.Sprintf("schema.Pointer(d, %s, (*schema.CustomData).UnmarshalJSONFrom)", target)
	}
	switch {
	case f.array:
		return fmt.Sprintf("schema.Objects(d, %s, (*%s).UnmarshalJSONFrom)", target, f.typ)
	case f.required:
		return fmt.Sprintf("m.%s.UnmarshalJSONFrom(d)", f.goName)
	}
	return fmt.Sprintf("schema.Pointer(d, %s, (*%s).UnmarshalJSONFrom)", target, f.typ)
}

// appends writes AppendJSON.
func appends(m *model) string {
	p := newPage(m, schemaPath)
	for _, o := range m.objects {
		p.line("\n// AppendJSON appends the compact JSON text.")
		p.line("func (m *%s) AppendJSON(b []byte) []byte {", o.name)
		if len(o.fields) == 0 {
			p.line("return append(b, '{', '}')\n}")
		} else {
			p.line("b = append(b, '{')")
			for _, f := range o.fields {
				p.line("%s", f.append())
			}
			p.line("return append(b, '}')\n}")
		}
		p.line("\n// MarshalJSON is AppendJSON for encoding/json. It does not validate; Encode does.")
		p.line("func (m *%s) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }", o.name)
	}
	return p.String()
}

func (f *field) append() string {
	key, value := fmt.Sprintf("`\"%s\":`", f.json), "m."+f.goName
	opt := ""
	if !f.required {
		opt = "Opt"
	}
	if f.array {
		list := value
		if f.required {
			list = "schema.Empty(" + value + ")"
		}
		switch f.kind {
		case textField, enumField:
			return fmt.Sprintf("b = schema.AppendStrings(b, %s, %s)", key, list)
		case intField:
			return fmt.Sprintf("b = schema.AppendInts(b, %s, %s)", key, list)
		}
		return fmt.Sprintf("b = schema.AppendObjects(b, %s, %s, (*%s).AppendJSON)", key, list, f.typ)
	}
	switch f.kind {
	case textField, uriField:
		return fmt.Sprintf("b = schema.Append%sString(b, %s, %s)", opt, key, value)
	case enumField:
		return fmt.Sprintf("b = schema.Append%sString(b, %s, string(%s))", opt, key, value)
	case intField:
		return fmt.Sprintf("b = schema.Append%sInt(b, %s, %s)", opt, key, value)
	case floatField:
		return fmt.Sprintf("b = schema.Append%sFloat(b, %s, %s)", opt, key, value)
	case boolField:
		return fmt.Sprintf("b = schema.Append%sBool(b, %s, %s)", opt, key, value)
	case timeField:
		return fmt.Sprintf("b = schema.Append%sTime(b, %s, &%s)", opt, key, value)
	case anyField:
		return fmt.Sprintf("b = schema.AppendAny(b, %s, %s)", key, value)
	}
	if f.required {
		return fmt.Sprintf("b = %s.AppendJSON(schema.AppendKey(b, %s))", value, key)
	}
	return fmt.Sprintf("if %s != nil {\nb = %s.AppendJSON(schema.AppendKey(b, %s))\n}", value, value, key)
}
