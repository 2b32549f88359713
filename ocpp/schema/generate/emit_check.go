package main

import (
	"fmt"
	"strings"
)

// checks writes Check and, for whole messages, Validate.
func checks(m *model) string {
	p := newPage(m, schemaPath)
	for _, o := range m.objects {
		var body strings.Builder
		for _, f := range o.fields {
			body.WriteString(f.check())
		}
		receiver, checker := "m", "c"
		if body.Len() == 0 {
			receiver, checker = "", "_"
		}
		p.line("\n// Check reports what breaks the schema's constraints.")
		p.line("func (%s *%s) Check(%s *schema.Checker) {\n%s}", receiver, o.name, checker, body.String())
		if m.topLevel[o.name] {
			p.line("\n// Validate checks the message against its schema.")
			p.line("func (m *%s) Validate() []schema.Violation { return schema.Validate(m) }", o.name)
		}
	}
	return p.String()
}

func (f *field) check() string {
	var b strings.Builder
	value := "m." + f.goName
	if f.array {
		given := ""
		if !f.required {
			given = value + " != nil && "
		}
		if n := f.list.MinItems; n != nil && *n > 0 {
			fmt.Fprintf(&b, "if %slen(%s) < %d {\nc.MinItems(%q, len(%s), %d)\n}\n", given, value, *n, f.json, value, *n)
		}
		if n := f.list.MaxItems; n != nil {
			fmt.Fprintf(&b, "if len(%s) > %d {\nc.MaxItems(%q, len(%s), %d)\n}\n", value, *n, f.json, value, *n)
		}
		if inner := f.checkValue(value+"[i]", "i", true); inner != "" {
			fmt.Fprintf(&b, "for i := range %s {\n%s}\n", value, inner)
		}
		return b.String()
	}
	return f.checkValue(value, "-1", f.required)
}

// checkValue writes the checks of one value; index is -1 or the loop's variable.
func (f *field) checkValue(value, index string, required bool) string {
	name := fmt.Sprintf("%q", f.json)
	s := f.schema
	switch f.kind {
	case textField, uriField:
		out := ""
		if s.MaxLength != nil {
			// Bytes are never fewer than characters, so most texts need no counting.
			out = fmt.Sprintf("if len(%s) > %d {\nc.MaxLength(%s, %s, %s, %d)\n}\n", value, *s.MaxLength, name, index, value, *s.MaxLength)
		}
		if f.kind == uriField {
			given := ""
			if !required {
				given = fmt.Sprintf("if %s != \"\" ", value)
				return out + fmt.Sprintf("%s{\nc.URI(%s, %s)\n}\n", given, name, value)
			}
			out += fmt.Sprintf("c.URI(%s, %s)\n", name, value)
		}
		return out
	case enumField:
		given := ""
		if !required {
			given = value + ` != "" && `
		}
		return fmt.Sprintf("if %s!%s.Known() {\nc.NotListed(%s, %s, string(%s))\n}\n", given, value, name, index, value)
	case intField, floatField:
		return f.checkNumber(value, name, index, required)
	case timeField:
		if required {
			return fmt.Sprintf("c.Time(%s, &%s)\n", name, value)
		}
		return fmt.Sprintf("c.OptTime(%s, &%s)\n", name, value)
	case anyField:
		return fmt.Sprintf("c.Any(%s, %s)\n", name, value)
	case customField:
		return fmt.Sprintf("c.Custom(%s)\n", value)
	case objectField:
		check := fmt.Sprintf("c.In(%s, %s)\n%s.Check(c)\nc.Out()\n", name, index, value)
		if !required {
			return fmt.Sprintf("if %s != nil {\n%s}\n", value, check)
		}
		return check
	}
	return ""
}

func (f *field) checkNumber(value, name, index string, required bool) string {
	var b strings.Builder
	given := ""
	if !required {
		given = value + ".Set && "
		value += ".Value"
	}
	if n := f.schema.Minimum; n != nil {
		fmt.Fprintf(&b, "if %s%s < %v {\nc.Min(%s, %s, float64(%s), %v)\n}\n", given, value, *n, name, index, value, *n)
	}
	if n := f.schema.Maximum; n != nil {
		fmt.Fprintf(&b, "if %s%s > %v {\nc.Max(%s, %s, float64(%s), %v)\n}\n", given, value, *n, name, index, value, *n)
	}
	if f.kind == floatField {
		call := fmt.Sprintf("c.Finite(%s, %s)\n", name, value)
		if f.schema.MultipleOf != nil {
			call = fmt.Sprintf("c.Decimals(%s, %s, 1)\n", name, value)
		}
		if !required {
			call = fmt.Sprintf("if %s {\n%s}\n", strings.TrimSuffix(given, " && "), call)
		}
		b.WriteString(call)
	}
	return b.String()
}
