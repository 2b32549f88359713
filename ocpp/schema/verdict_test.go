package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

type decoder func(action string, payload []byte) (schema.Message, []schema.Repair, error)

// TestVerdictsAgree compares our reading with an independent JSON schema validator, message by message: what it
// finds valid we read without a repair, and the other way round.
func TestVerdictsAgree(t *testing.T) {
	t.Parallel()
	for _, version := range []struct {
		file              string
		request, response decoder
	}{
		{"ocpp1_6.json", v16.DecodeRequest, v16.DecodeResponse},
		{"ocpp2_0_1.json", v201.DecodeRequest, v201.DecodeResponse},
		{"ocpp2_1.json", v21.DecodeRequest, v21.DecodeResponse},
	} {
		roots, compiled := independent(t, version.file)
		for id, root := range roots {
			action, decode := strings.TrimPrefix(id, "urn:"), version.request
			for _, ending := range []string{".req", ".conf", "Request", "Response"} {
				if name, ok := strings.CutSuffix(action, ending); ok {
					action = name
					if ending == ".conf" || ending == "Response" {
						decode = version.response
					}
					break
				}
			}
			t.Run(strings.TrimSuffix(version.file, ".json")+"/"+strings.TrimPrefix(id, "urn:"), func(t *testing.T) {
				t.Parallel()
				g := &generator{rand: rand.New(rand.NewPCG(1, uint64(len(id)))), root: root}
				for range 60 {
					value := g.value(root, 0).(map[string]any)
					agree(t, compiled[id], action, decode, value, "generated")
					for range 6 {
						changed, what := g.mutate(value)
						agree(t, compiled[id], action, decode, changed, what)
					}
				}
			})
		}
	}
}

func agree(t *testing.T, independent *jsonschema.Schema, action string, decode decoder, value map[string]any, what string) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	theirs := independent.Validate(instance)
	m, repairs, ours := decode(action, text)
	if (theirs == nil) != (ours == nil && len(repairs) == 0) {
		t.Fatalf("%s (%s)\n%s\nindependent: %v\nours: %v, repairs %v", action, what, text, theirs, ours, repairs)
	}
	if theirs != nil {
		return
	}
	again, err := schema.Encode(m)
	if err != nil {
		t.Fatalf("%s\n%s\ncan't be encoded again: %v", action, text, err)
	}
	var got any
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatalf("%s: encoded as %s: %v", action, again, err)
	}
	var want any
	_ = json.Unmarshal(text, &want)
	if want, got := normal(want), normal(got); !reflect.DeepEqual(want, got) {
		t.Fatalf("%s changed on its way\nsent %s\nback %s", action, text, again)
	}
}

// normal writes times in UTC with milliseconds and takes empty optional texts out, which is all that encoding changes.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			if e == "" {
				delete(v, name)
				continue
			}
			v[name] = normal(e)
		}
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case string:
		if at := schema.ParseTime(v); at.Readable() && len(v) >= 20 && v[4] == '-' {
			return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
		}
	}
	return v
}

// independent compiles the schemas with a validator that is not ours.
func independent(t *testing.T, file string) (map[string]map[string]any, map[string]*jsonschema.Schema) {
	t.Helper()
	path := "../../node_modules/ocpp-rpc/lib/schemas/" + file
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("the OCA schemas are missing; run npm install at the repository's root: %v", err)
	}
	list, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	roots := map[string]map[string]any{}
	for _, e := range list.([]any) {
		root := e.(map[string]any)
		id := root["$id"].(string)
		roots[id] = root
		if err := c.AddResource(id, root); err != nil {
			t.Fatal(err)
		}
	}
	compiled := map[string]*jsonschema.Schema{}
	for id := range roots {
		if compiled[id], err = c.Compile(id); err != nil {
			t.Fatal(err)
		}
	}
	return roots, compiled
}

// generator makes values that a schema allows, and spoils them.
type generator struct {
	rand *rand.Rand
	root map[string]any
}

func (g *generator) resolve(s map[string]any) map[string]any {
	if ref, ok := s["$ref"].(string); ok {
		return g.root["definitions"].(map[string]any)[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
	return s
}

func number(s map[string]any, key string, otherwise float64) float64 {
	if n, ok := s[key].(json.Number); ok {
		f, _ := n.Float64()
		return f
	}
	return otherwise
}

func (g *generator) value(s map[string]any, depth int) any {
	s = g.resolve(s)
	if list, ok := s["enum"].([]any); ok {
		return list[g.rand.IntN(len(list))]
	}
	switch s["type"] {
	case "object":
		out := map[string]any{}
		required := fmt.Sprint(s["required"])
		properties, _ := s["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			p := properties[name]
			if strings.Contains(" "+strings.Trim(required, "[]")+" ", " "+name+" ") || g.rand.IntN(2+depth) == 0 {
				out[name] = g.value(p.(map[string]any), depth+1)
			}
		}
		return out
	case "array":
		low := int(number(s, "minItems", 0))
		high := min(int(number(s, "maxItems", float64(low+3))), low+3)
		out := make([]any, low+g.rand.IntN(high-low+1))
		for i := range out {
			out[i] = g.value(s["items"].(map[string]any), depth+1)
		}
		return out
	case "integer":
		low, high := number(s, "minimum", -3), number(s, "maximum", 5000)
		n := int64(low) + g.rand.Int64N(int64(high-low)+1)
		if g.rand.IntN(8) == 0 {
			return json.Number(fmt.Sprintf("%d.0", n))
		}
		return n
	case "number":
		low, high := number(s, "minimum", -100), number(s, "maximum", 100)
		if s["multipleOf"] != nil {
			return json.Number(fmt.Sprintf("%.1f", low+g.rand.Float64()*(high-low)))
		}
		return low + g.rand.Float64()*(high-low)
	case "boolean":
		return g.rand.IntN(2) == 0
	case "string":
		switch s["format"] {
		case "date-time":
			return g.pick("2026-01-02T03:04:05Z", "2026-02-28T23:59:59.123Z", "2024-02-29T00:00:00.5+02:00", "1999-12-31T23:59:60Z", "2026-11-21t10:00:00z")
		case "uri":
			return g.pick("https://files.demo.example/fw.bin", "ftp://u:p@10.0.0.1:21/a%20b?c=d", "urn:x:y")
		}
		limit := int(number(s, "maxLength", 40))
		n := g.rand.IntN(min(limit, 40) + 1)
		if g.rand.IntN(6) == 0 {
			n = limit
		}
		alphabet := []rune("abcXYZ019 -_.:/\\\"\n\té日😀")
		text := make([]rune, n)
		for i := range text {
			text[i] = alphabet[g.rand.IntN(len(alphabet))]
		}
		return string(text)
	}
	return g.pick("any", "", "{}")
}

func (g *generator) pick(from ...string) string { return from[g.rand.IntN(len(from))] }

// place is a value inside a generated one, with its schema and the way to replace it.
type place struct {
	schema map[string]any
	value  any
	set    func(any)
	drop   func()
}

func (g *generator) places(s map[string]any, v any, set func(any), drop func()) []place {
	s = g.resolve(s)
	out := []place{{s, v, set, drop}}
	switch v := v.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			e := v[name]
			if p, ok := properties[name].(map[string]any); ok {
				out = append(out, g.places(p, e, func(n any) { v[name] = n }, func() { delete(v, name) })...)
			}
		}
	case []any:
		if items, ok := s["items"].(map[string]any); ok {
			for i := range v {
				out = append(out, g.places(items, v[i], func(n any) { v[i] = n }, nil)...)
			}
		}
	}
	return out
}

// mutate changes a copy in one place, often so that the schema is broken.
func (g *generator) mutate(value map[string]any) (map[string]any, string) {
	copied := clone(value).(map[string]any)
	all := g.places(g.root, copied, nil, nil)
	p := all[g.rand.IntN(len(all))]
	if object, ok := p.value.(map[string]any); ok && g.rand.IntN(2) == 0 {
		object["unheardOf"] = g.pick("x", "y")
		return copied, "member added"
	}
	if p.set == nil {
		copied["unheardOf"] = 1
		return copied, "member added at the root"
	}
	if p.drop != nil && g.rand.IntN(3) == 0 {
		p.drop()
		return copied, "member dropped"
	}
	for _, special := range g.rand.Perm(4) {
		switch special {
		case 0:
			if text, ok := p.value.(string); ok {
				p.set(text + strings.Repeat(g.pick("x", "é"), 1+g.rand.IntN(30)))
				return copied, "text made longer"
			}
		case 1:
			if list, ok := p.value.([]any); ok {
				if g.rand.IntN(2) == 0 || len(list) == 0 {
					p.set([]any{})
					return copied, "array emptied"
				}
				for range 12 {
					list = append(list, clone(list[0]))
				}
				p.set(list)
				return copied, "array made longer"
			}
		case 2:
			if p.schema["type"] == "integer" || p.schema["type"] == "number" {
				p.set(json.Number(g.pick("-1", "1.5", "0.05", "1e2", "101", "4", "99999999999", "-0", "16.1", "3.20")))
				return copied, "other number"
			}
		case 3:
			if p.schema["format"] == "date-time" {
				p.set(g.pick("", "0", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z",
					"2026-01-02T3:04:05Z", "2026-01-02T03:04:05+02", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:60Z",
					"222222017-01-01T00:00:00Z", "2026-01-02T03:04:05+25:00", "2026-01-02T03:04:05,5Z", "1767322800"))
				return copied, "other time"
			}
		}
	}
	p.set([]any{nil, true, "text", "", "1", 7, 0.5, map[string]any{}, []any{}, map[string]any{"a": 1}}[g.rand.IntN(10)])
	return copied, "other type"
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, e := range v {
			out[name] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	}
	return v
}
