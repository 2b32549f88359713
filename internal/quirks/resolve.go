package quirks

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Resolve says how a station behaves, and which row decided what: the override first, then rows from the most specific on.
func Resolve(t *Table, id Identity, override Behaviour) (Behaviour, []Applied) {
	var effective Behaviour
	var applied []Applied
	if fields := effective.fill(&override); len(fields) > 0 {
		applied = append(applied, Applied{Fields: fields})
	}
	id.Vendor, id.Model, id.Firmware = fold(id.Vendor), fold(id.Model), fold(id.Firmware)
	for _, row := range t.rows {
		if !row.Match.fits(id) {
			continue
		}
		fields := effective.fill(&row.Behaviour)
		if len(fields) > 0 || row.Behaviour.empty() {
			applied = append(applied, Applied{row, fields})
		}
	}
	return effective, applied
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// fill takes over what b doesn't say yet, and returns the names of the fields that it took.
func (b *Behaviour) fill(from *Behaviour) (taken []string) {
	into, source := reflect.ValueOf(b).Elem(), reflect.ValueOf(from).Elem()
	for i := range fields {
		value := source.Field(i)
		if value.IsZero() {
			continue
		}
		if spelling, ok := value.Interface().(map[string]string); ok {
			// Spellings add up, key by key.
			merged := maps.Clone(spelling)
			maps.Copy(merged, into.Field(i).Interface().(map[string]string))
			if len(merged) > into.Field(i).Len() {
				into.Field(i).Set(reflect.ValueOf(merged))
				taken = append(taken, fields[i].Name)
			}
			continue
		}
		if into.Field(i).IsZero() {
			into.Field(i).Set(copied(value))
			taken = append(taken, fields[i].Name)
		}
	}
	return taken
}

// copied keeps whoever changes a behaviour from changing the table.
func copied(value reflect.Value) reflect.Value {
	if list, ok := value.Interface().([]string); ok {
		return reflect.ValueOf(slices.Clone(list))
	}
	p := reflect.New(value.Type().Elem())
	p.Elem().Set(value.Elem())
	return p
}

func (b *Behaviour) empty() bool { return reflect.ValueOf(b).Elem().IsZero() }

// Is reports whether a behaviour is known and true.
func Is(b *bool) bool { return b != nil && *b }

// Or is what a behaviour says, or else the usual.
func Or[T any](b *T, usual T) T {
	if b == nil {
		return usual
	}
	return *b
}

// Decides reports whether a row, or the override, decided a field.
func (a *Applied) Decides(field string) bool { return slices.Contains(a.Fields, field) }
