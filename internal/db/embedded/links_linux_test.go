package embedded

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A package whose postinstall script did not run has none of its links.
func TestLibraryLinksAreMadeWhereTheyCan(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			pkg, links := bareCopy(t, installations(t)[0].pkg)
			bin := filepath.Join(pkg, "native", "bin")
			lib := filepath.Join(pkg, "native", "lib")

			// First read-only, as in a packaged installation: the data directory takes the links.
			must(t, os.Chmod(lib, 0o555))
			dir := prepared(t, s)
			if s.runAs >= 0 || os.Geteuid() != 0 { // root ignores the mode
				h := runHelper(t, s.runAs, helperJob{Options: Options{DataDir: dir, BinDir: bin, Ephemeral: true}})
				if h.answer.Err != "" {
					t.Fatal(h.answer.Err)
				}
				must(t, h.end())
				if n := countLinks(t, dataDir(dir).libs(), links); n != len(links) {
					t.Errorf("%d of %d links in the data directory", n, len(links))
				}
			}
			// Then writable: they go into the package.
			must(t, os.Chmod(lib, 0o755))
			if s.runAs >= 0 {
				must(t, os.Chown(lib, s.runAs, s.runAs))
			}
			h := runHelper(t, s.runAs, helperJob{Options: Options{DataDir: prepared(t, s), BinDir: bin, Ephemeral: true}})
			if h.answer.Err != "" {
				t.Fatal(h.answer.Err)
			}
			must(t, h.end())
			if n := countLinks(t, lib, links); n != len(links) {
				t.Errorf("%d of %d links in the package", n, len(links))
			}
		})
	}
}

func countLinks(t *testing.T, dir string, links []libraryLink) int {
	t.Helper()
	n := 0
	for _, l := range links {
		if _, err := os.Stat(filepath.Join(dir, filepath.Base(l.Target))); err == nil {
			n++
		}
	}
	return n
}

// bareCopy copies a package without its links.
func bareCopy(t *testing.T, pkg string) (string, []libraryLink) {
	t.Helper()
	to := openDir(t, -1)
	must(t, filepath.Walk(pkg, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(pkg, path)
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case info.Mode().IsRegular():
			copyFile(t, path, filepath.Join(to, rel))
		}
		return nil
	}))
	raw, err := os.ReadFile(filepath.Join(to, filepath.FromSlash(linkManifest)))
	must(t, err)
	var links []libraryLink
	must(t, json.Unmarshal(raw, &links))
	if n := countLinks(t, filepath.Join(to, "native", "lib"), links); n != 0 {
		t.Fatalf("the bare copy has %d links", n)
	}
	return to, links
}
