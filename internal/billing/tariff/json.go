package tariff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/internal/fault"
)

// maxBytes bounds the JSON of a tariff.
const maxBytes = 1 << 18

// Parse reads a tariff and validates it. Members that a tariff doesn't have, members given twice and prices left out are refused:
// each would be a price that nobody meant.
func Parse(data []byte) (*Tariff, error) {
	var t Tariff
	if err := t.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return &t, t.Validate()
}

// UnmarshalJSON reads strictly, and doesn't validate what the members say.
func (t *Tariff) UnmarshalJSON(data []byte) error {
	if len(data) > maxBytes {
		return fault.In("tariff", "The tariff is larger than %d KiB: give it fewer elements or texts.", maxBytes>>10)
	}
	paths, err := walk(data)
	if err != nil {
		return err
	}
	type plain Tariff
	var read plain
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return readFault(err, paths)
	}
	if err := pricesGiven(data); err != nil {
		return err
	}
	*t = Tariff(read)
	return nil
}

// walk checks what the decoder lets pass: members given twice, or spelled with capitals. It gives the first path of each member.
func walk(data []byte) (map[string]string, error) {
	paths := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := walkValue(decoder, "", paths, 0); err != nil {
		if fault.Of(err) != nil {
			return nil, err
		}
		return nil, fault.In("tariff", "This is not JSON: %s.", err).Because(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.In("tariff", "Something follows the tariff: give one JSON object alone.")
	}
	return paths, nil
}

func walkValue(decoder *json.Decoder, path string, paths map[string]string, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if path == "" && delim != '{' {
		return fault.In("tariff", "A tariff is a JSON object.")
	}
	if !ok {
		if number, ok := token.(json.Number); ok {
			if _, err := ParseNumber(number.String()); err != nil {
				return fault.In(path, "%s.", err).Because(err)
			}
		}
		return nil
	}
	if depth > 8 {
		return fault.In(path, "A tariff is not nested this deep.")
	}
	if delim == '[' {
		for i := 0; decoder.More(); i++ {
			if err := walkValue(decoder, path+"["+strconv.Itoa(i)+"]", paths, depth+1); err != nil {
				return err
			}
		}
	} else if err := walkMembers(decoder, path, paths, depth); err != nil {
		return err
	}
	_, err = decoder.Token()
	return err
}

func walkMembers(decoder *json.Decoder, path string, paths map[string]string, depth int) error {
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		at := join(path, name)
		if strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) {
			return fault.In(at, "A tariff has no member %q.", short(name))
		}
		if seen[name] {
			return fault.In(at, "%q is given twice: leave one.", name)
		}
		seen[name] = true
		if paths[name] == "" {
			paths[name] = at
		}
		if err := walkValue(decoder, at, paths, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// readFault names the field that the decoder stumbled on.
func readFault(err error, paths map[string]string) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fault.In(wrongType.Field, "A %s can't be a JSON %s.", kindWord(wrongType), wrongType.Value).Because(err)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name := strings.Trim(quoted, `"`)
		return fault.In(paths[name], "A tariff has no member %q here.", name).Because(err)
	}
	return fault.In("tariff", "%s.", strings.TrimPrefix(err.Error(), "json: ")).Because(err)
}

func kindWord(e *json.UnmarshalTypeError) string {
	if e.Type == nil {
		return "value"
	}
	if e.Type == reflect.TypeFor[Number]() {
		return "number"
	}
	switch kind := e.Type.Kind().String(); kind {
	case "int64":
		return "whole number"
	case "slice":
		return "list"
	case "struct", "ptr":
		return "group of members"
	case "string":
		return "text"
	default:
		return kind
	}
}

// pricesGiven refuses a component without a price: it would be free.
func pricesGiven(data []byte) error {
	var read struct {
		Elements []struct {
			Components []struct {
				Price *json.RawMessage `json:"price"`
			} `json:"price_components"`
		} `json:"elements"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("look for missing prices: %w", err)
	}
	for i, e := range read.Elements {
		for j, c := range e.Components {
			if c.Price == nil {
				return fault.In(componentPath(i, j)+".price", "The price is missing. Give 0 where it is free.")
			}
		}
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func elementPath(i int) string { return "elements[" + strconv.Itoa(i) + "]" }

func componentPath(i, j int) string {
	return elementPath(i) + ".price_components[" + strconv.Itoa(j) + "]"
}
