package main

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// node is a JSON schema, reduced to the keywords that the OCA's files use.
type node struct {
	ID          string   `json:"$id"`
	Type        string   `json:"type"`
	Ref         string   `json:"$ref"`
	Format      string   `json:"format"`
	Enum        []string `json:"enum"`
	Properties  fields   `json:"properties"`
	Definitions fields   `json:"definitions"`
	Required    []string `json:"required"`
	Items       *node    `json:"items"`
	MaxLength   *int     `json:"maxLength"`
	MinItems    *int     `json:"minItems"`
	MaxItems    *int     `json:"maxItems"`
	Minimum     *float64 `json:"minimum"`
	Maximum     *float64 `json:"maximum"`
	MultipleOf  *float64 `json:"multipleOf"`
	Additional  *bool    `json:"additionalProperties"`

	// The rest constrains nothing.
	Schema      string `json:"$schema"`
	Comment     string `json:"comment"`
	Description string `json:"description"`
	JavaType    string `json:"javaType"`
	Default     any    `json:"default"`
	Tuple       *bool  `json:"additionalItems"` // counts only beside a list of items schemas
}

// fields keeps the order in which the schema lists its members.
type fields struct {
	names []string
	nodes map[string]*node
}

// UnmarshalJSONFrom reads an object of schemas in order.
func (f *fields) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	f.nodes = map[string]*node{}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		key, child := name.String(), new(node)
		if err := json.UnmarshalDecode(d, child); err != nil {
			return err
		}
		f.names = append(f.names, key)
		f.nodes[key] = child
	}
	_, err := d.ReadToken()
	return err
}

// load reads the schemas and refuses keywords that node does not have.
func load(raw []byte) ([]*node, error) {
	var roots []*node
	err := json.UnmarshalRead(bytes.NewReader(raw), &roots, json.RejectUnknownMembers(true))
	if err != nil {
		return nil, err
	}
	for _, r := range roots {
		if r.ID == "" || r.Type != "object" {
			return nil, fmt.Errorf("a schema without $id, or not of an object: %q", r.ID)
		}
	}
	return roots, nil
}
