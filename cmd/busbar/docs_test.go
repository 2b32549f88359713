package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the documents name as proof exists.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return cmp.Or(err, filepath.SkipDir)
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			all = append(all, string(m[1]))
		}
		return err
	})
	if err != nil || len(all) < 100 {
		t.Fatalf("%d tests were found, %v", len(all), err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w+\*?`)
	for _, document := range []string{"security.md", "quirks.md"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", document))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllString(string(text), -1) {
			if !exists(all, name) {
				t.Errorf("%s names %s, which there isn't", document, name)
			}
		}
	}
}

// exists reports whether a test is declared; a name that ends with * stands for all that begin so.
func exists(all []string, name string) bool {
	prefix, several := strings.CutSuffix(name, "*")
	for _, test := range all {
		if test == name || several && strings.HasPrefix(test, prefix) {
			return true
		}
	}
	return false
}
