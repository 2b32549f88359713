package conformance_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	caseOf   = regexp.MustCompile(`^TC_(\d{3}|[A-P]_\d{2})(_\d)?_CSMS$`)
	testOf   = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	namesOf  = regexp.MustCompile(`^Test(TC_(?:\d{3}|[A-P]_\d{2})(?:_\d)?_CSMS)_`)
	unproven = regexp.MustCompile(`^(Can't apply: .{10,}|Not yet: .{10,} \(comes with .+\)\.)$`)
)

// counts are how many cases a CSMS has in each version, as docs/conformance.md says where they come from.
var counts = map[string]int{"1.6": 77, "2.0.1": 173}

// The table of cases and the tests say the same.
func TestTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	written := writtenTests(t)
	listed := map[string]bool{}
	cases, of := map[string]bool{}, map[string]int{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| TC_") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 {
			t.Errorf("a row has %d cells, not 3: %s", len(cells), line)
			continue
		}
		name, what, proof := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		if !caseOf.MatchString(name) || what == "" {
			t.Errorf("a row names no case, or not what it asks for: %s", line)
		}
		if cases[name] {
			t.Errorf("%s stands in the table twice", name)
		}
		cases[name] = true
		if strings.HasPrefix(name, "TC_0") {
			of["1.6"]++
		} else {
			of["2.0.1"]++
		}
		tests := testOf.FindAllStringSubmatch(proof, -1)
		if len(tests) == 0 && !unproven.MatchString(proof) {
			t.Errorf("%s has neither a test nor a reason: %q", name, proof)
		}
		for _, test := range tests {
			if !written[test[1]] {
				t.Errorf("%s names %s, which doesn't exist", name, test[1])
			}
			if m := namesOf.FindStringSubmatch(test[1]); m == nil || m[1] != name {
				t.Errorf("%s names %s, which follows another case", name, test[1])
			}
			listed[test[1]] = true
		}
	}
	for version, want := range counts {
		if got := of[version]; got != want {
			t.Errorf("the table has %d cases of OCPP %s, not %d", got, version, want)
		}
	}
	for test := range written {
		if strings.HasPrefix(test, "TestTC_") && !listed[test] {
			t.Errorf("%s isn't in the table", test)
		}
	}
}

// writtenTests are the tests of this package, read from its sources.
func writtenTests(t *testing.T) map[string]bool {
	t.Helper()
	sources, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				tests[f.Name.Name] = true
			}
		}
	}
	return tests
}
