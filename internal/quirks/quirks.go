// Package quirks owns what makers do differently, as data: a table of rows, each with the stations it matches, how those want
// to be treated, and why. Code asks how a station behaves, never who made it.
//
//	quirks.json ─> Table ──┐
//	what a station says ───┼─> Resolve ─> Behaviour, and which row said what
//	the station's override ┘
//
// Several rows may match. For each field the most specific row that says something wins: firmware before OCPP version before
// model before vendor, then the longer pattern. The override of a station, which its operator sets, wins over the table.
//
// What every station gets wrong in the same way is no row: the decoders repair it for all. docs/quirks.md lists both.
package quirks

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed quirks.json
var builtIn []byte

// Default is the table that ships with the program.
var Default = sync.OnceValue(func() *Table {
	t, err := Load(builtIn)
	if err != nil {
		panic("quirks: the embedded table is broken: " + err.Error())
	}
	return t
})

// Identity is what is known of a station. Fields may be empty before its first boot.
type Identity struct {
	Vendor, Model, Firmware string
	// Version is the OCPP version of the connection: 1.6, 2.0.1 or 2.1.
	Version string
}

// Row is one thing that some stations do.
type Row struct {
	// ID names the row, in docs/quirks.md too.
	ID    string `json:"id"`
	Match Match  `json:"match"`
	// Behaviour may be empty: then Why is advice, and nothing is done differently.
	Behaviour Behaviour `json:"behaviour"`
	// Why says in a sentence, to an operator, what the stations do.
	Why string `json:"why"`
	// Source is where this is known from: a public issue, or a maker's documentation.
	Source string `json:"source"`
}

// Table is a list of rows, checked and in the order in which they are asked.
type Table struct {
	// rows stand with the most specific first.
	rows []*Row
}

// Rows are the rows of the table, the most specific first.
func (t *Table) Rows() []*Row { return t.rows }

// Applied says which fields of a behaviour a row decided. Row is nil for the station's own override. A row without fields is
// advice.
type Applied struct {
	Row    *Row
	Fields []string
}

// Load reads a table, and refuses one that makes no sense.
func Load(text []byte) (*Table, error) {
	var file struct {
		Rows []struct {
			Row
			Behaviour json.RawMessage `json:"behaviour"`
		} `json:"rows"`
	}
	if err := decodeStrictly(text, &file); err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	t := &Table{}
	seen := map[string]bool{}
	for i := range file.Rows {
		row := file.Rows[i].Row
		if row.ID == "" || seen[row.ID] {
			return nil, fmt.Errorf("row %d has no id of its own: %q", i, row.ID)
		}
		seen[row.ID] = true
		if row.Why == "" || row.Source == "" {
			return nil, fmt.Errorf("row %s says not why, or not where that is known from", row.ID)
		}
		var err error
		if row.Behaviour, err = ParseOverride(file.Rows[i].Behaviour); err != nil {
			return nil, fmt.Errorf("row %s: %w", row.ID, err)
		}
		if err := row.Match.prepare(); err != nil {
			return nil, fmt.Errorf("row %s: %w", row.ID, err)
		}
		t.rows = append(t.rows, &row)
	}
	t.sort()
	return t, nil
}
