package quirks_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/busbar-ev/busbar/internal/quirks"
)

// docs/quirks.md names every row of the table, every field it speaks of, and files that are there.
func TestTheDocumentIsTrue(t *testing.T) {
	t.Parallel()
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "docs", "quirks.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := func(pattern string) map[string]bool {
		found := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return found
	}
	rows := named("[Rr]ow `([^`]+)`")
	for _, row := range quirks.Default().Rows() {
		if !rows[row.ID] {
			t.Errorf("row %s is not in docs/quirks.md: add it to the line that it answers", row.ID)
		}
		delete(rows, row.ID)
	}
	for id := range rows {
		t.Errorf("docs/quirks.md names row %s, which the table doesn't have", id)
	}
	settings := named("[Ss]etting `([^`]+)`")
	for _, f := range quirks.Fields() {
		delete(settings, f.Name)
	}
	for name := range settings {
		t.Errorf("docs/quirks.md names the setting %s, which a behaviour doesn't have", name)
	}
	files := named("`([a-z0-9_/]+\\.go)`")
	if len(files) < 20 {
		t.Errorf("docs/quirks.md names %d files; is the pattern still right?", len(files))
	}
	for file := range files {
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			t.Errorf("docs/quirks.md says that %s has a rule: %v", file, err)
		}
	}
}
