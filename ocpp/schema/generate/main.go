// Command generate writes the message types of one OCPP version from its OCA JSON schemas.
//
//	schemas.json ─(load.go)─▶ schema tree ─(model.go)─▶ objects, enums, actions with Go names
//	                                 names.go, names16.go, direction.go ──┘        │
//	                                                 ┌─────────────────────────────┘
//	                                                 ▼
//	  types_gen.go  enums_gen.go  read_gen.go  append_gen.go  check_gen.go  actions_gen.go
//
// The output depends on nothing but the input, byte for byte. A schema keyword the generator does not
// know stops it: a constraint is never dropped in silence.
package main

import (
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"sort"
)

func main() {
	version := flag.String("version", "", "OCPP version: 1.6, 2.0.1 or 2.1")
	schemas := flag.String("schemas", "", "file with the version's schemas, a JSON array")
	out := flag.String("out", ".", "folder of the package to write")
	flag.Parse()
	if err := run(*version, *schemas, *out); err != nil {
		fmt.Fprintf(os.Stderr, "generate OCPP %s types: %v\n", *version, err)
		os.Exit(1)
	}
}

func run(version, schemas, out string) error {
	flavour, ok := flavours[version]
	if !ok {
		return fmt.Errorf("version %q is not one of 1.6, 2.0.1, 2.1", version)
	}
	raw, err := os.ReadFile(schemas)
	if err != nil {
		return fmt.Errorf("read the schemas (npm install at the repository's root brings them): %w", err)
	}
	roots, err := load(raw)
	if err != nil {
		return fmt.Errorf("load %s: %w", schemas, err)
	}
	m, err := build(flavour, roots)
	if err != nil {
		return err
	}
	files := map[string]func(*model) string{
		"types_gen.go":   types,
		"enums_gen.go":   enums,
		"read_gen.go":    reads,
		"append_gen.go":  appends,
		"check_gen.go":   checks,
		"actions_gen.go": actions,
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		text := files[name](m)
		source, err := format.Source([]byte(text))
		if err != nil {
			return fmt.Errorf("format %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(out, name), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}
