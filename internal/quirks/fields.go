package quirks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/busbar-ev/busbar/internal/fault"
)

// Kind says what a field holds.
type Kind string

// The kinds of field.
const (
	KindBool    Kind = "BOOL"
	KindInteger Kind = "INTEGER"
	KindNumber  Kind = "NUMBER"
	KindText    Kind = "TEXT"
	// KindList is a list of texts.
	KindList Kind = "LIST"
	// KindMap maps texts to texts.
	KindMap Kind = "MAP"
)

// Field describes one field of a behaviour, for those who show and edit it.
type Field struct {
	// Name is the name in JSON.
	Name string
	Kind Kind
	// Unit is what a number counts; empty where it counts nothing.
	Unit string
	// Min and Max bound a number; both are 0 where it has no bounds.
	Min, Max float64
	// Values are what a text, or a member of a list, may be; none where anything goes.
	Values []string
	// Doc is a sentence for people.
	Doc string
}

// fields stand in the order of the struct.
var fields = describe()

// Fields describes every field of a behaviour.
func Fields() []Field { return slices.Clone(fields) }

func describe() []Field {
	t := reflect.TypeFor[Behaviour]()
	list := make([]Field, t.NumField())
	for i := range list {
		tag := t.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		f := Field{Name: name, Unit: tag.Get("unit"), Values: strings.Fields(tag.Get("values")), Doc: tag.Get("doc")}
		f.Min, _ = strconv.ParseFloat(tag.Get("min"), 64)
		f.Max, _ = strconv.ParseFloat(tag.Get("max"), 64)
		of := t.Field(i).Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		f.Kind = map[reflect.Kind]Kind{
			reflect.Bool: KindBool, reflect.Int: KindInteger, reflect.Float64: KindNumber, reflect.String: KindText, reflect.Slice: KindList, reflect.Map: KindMap,
		}[of.Kind()]
		list[i] = f
	}
	return list
}

// ParseOverride reads a behaviour from JSON and checks it. Nothing, or null, is the empty behaviour; a field that is null is
// not set. Errors name the field as quirks.name.
func ParseOverride(text []byte) (Behaviour, error) {
	var b Behaviour
	text = bytes.TrimSpace(text)
	if len(text) == 0 || string(text) == "null" {
		return b, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return b, fault.In("quirks", `Quirks are a JSON object, such as {"maxStackLevel": 0}.`).Because(err)
	}
	value := reflect.ValueOf(&b).Elem()
	for i, f := range fields {
		raw, ok := members[f.Name]
		delete(members, f.Name)
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, value.Field(i).Addr().Interface()); err != nil {
			return Behaviour{}, fault.In("quirks."+f.Name, "%s is %s, not %s.", f.Name, f.wanted(), shorten(raw)).Because(err)
		}
	}
	for name := range members {
		return Behaviour{}, fault.In("quirks."+shorten([]byte(name)), "There is no quirk %s%s.", shorten([]byte(name)), resembling(name))
	}
	return b, b.Validate()
}

// Validate refuses values that no station could want.
func (b *Behaviour) Validate() error {
	value := reflect.ValueOf(b).Elem()
	for i, f := range fields {
		if value.Field(i).IsZero() {
			continue
		}
		of := value.Field(i)
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if err := f.check(of.Interface()); err != nil {
			return err
		}
	}
	if zone := Or(b.ZoneForZonelessTimes, ""); zone != "" && zone != "location" {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			return fault.In("quirks.zoneForZonelessTimes", "%q is no time zone: use a name such as Europe/Berlin, UTC, or location for the zone of the station's location.", zone)
		}
	}
	for _, step := range b.LimitSteps {
		if n, err := strconv.ParseFloat(step, 64); err != nil || n < 0 || n > 1000 {
			return fault.In("quirks.limitSteps", "%q is no limit in ampere: list numbers, such as 6, 8, 10, 13, 16.", step)
		}
	}
	return nil
}

func (f *Field) check(value any) error {
	switch v := value.(type) {
	case int:
		return f.checkBounds(float64(v))
	case float64:
		return f.checkBounds(v)
	case string:
		return f.checkValue(v)
	case []string:
		for _, member := range v {
			if err := f.checkValue(member); err != nil {
				return err
			}
		}
	case map[string]string:
		for ours, theirs := range v {
			if ours == "" || theirs == "" || len(ours) > 100 || len(theirs) > 100 {
				return fault.In("quirks."+f.Name, "%s has a pair with a name that is empty or longer than 100 characters.", f.Name)
			}
		}
	}
	return nil
}

func (f *Field) checkBounds(n float64) error {
	if f.Min == f.Max || n >= f.Min && n <= f.Max {
		return nil
	}
	return fault.In("quirks."+f.Name, "%s is %s, not %v.", f.Name, f.wanted(), n)
}

func (f *Field) checkValue(text string) error {
	if len(f.Values) == 0 || slices.Contains(f.Values, text) {
		return nil
	}
	return fault.In("quirks."+f.Name, "%s is %s, not %s.", f.Name, f.wanted(), shorten([]byte(text)))
}

// wanted says what a field takes.
func (f *Field) wanted() string {
	unit := ""
	if f.Unit != "" {
		unit = " " + f.Unit
	}
	bounds := ""
	if f.Min != f.Max {
		bounds = fmt.Sprintf(" from %v to %v", f.Min, f.Max)
	}
	switch {
	case f.Kind == KindBool:
		return "true or false"
	case f.Kind == KindInteger:
		return "a whole number" + bounds + unit
	case f.Kind == KindNumber:
		return "a number" + bounds + unit
	case f.Kind == KindList && len(f.Values) > 0:
		return "a list of " + strings.Join(f.Values, ", ")
	case f.Kind == KindList:
		return "a list of texts"
	case f.Kind == KindMap:
		return `an object of texts, such as {"ours": "the station's"}`
	case len(f.Values) > 0:
		return "one of " + strings.Join(f.Values, ", ")
	}
	return "a text"
}

// resembling names the field that was probably meant.
func resembling(name string) string {
	for _, f := range fields {
		if strings.EqualFold(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name), f.Name) {
			return ": did you mean " + f.Name + "?"
		}
	}
	return ""
}

func shorten(text []byte) string {
	s := strings.ToValidUTF8(string(text), "?")
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
