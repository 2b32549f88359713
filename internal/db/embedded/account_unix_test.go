//go:build unix

package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAccountFollowsTheOwnerOfTheData(t *testing.T) {
	t.Parallel()
	allowed := func() error { return nil }
	refused := func() error { return errors.New("operation not permitted") }
	missing := func() dataDir { return dataDir(filepath.Join(t.TempDir(), "data")) }
	mine := func() dataDir { return dataDir(t.TempDir()) }
	me := os.Geteuid()
	type want struct {
		kind accountKind
		uid  int
	}
	for name, c := range map[string]struct {
		uid        int
		dir        dataDir
		namespaces func() error
		want       want
	}{
		"user, no directory":                     {1000, missing(), refused, want{self, 1000}},
		"user, own directory":                    {me, mine(), refused, want{map[bool]accountKind{true: dropped, false: self}[me == 0], me}},
		"root, no directory":                     {0, missing(), allowed, want{namespace, 0}},
		"root, no directory, namespaces refused": {0, missing(), refused, want{dropped, nobodyAccount().uid}},
	} {
		if me == 0 && name == "user, own directory" {
			must(t, os.Chown(string(c.dir), 1234, 1234)) // root meets a user's directory instead
			c.want.uid = 1234
		}
		got, err := accountFor(c.uid, c.uid, c.dir, c.namespaces)
		if err != nil || got.kind != c.want.kind || got.uid != c.want.uid {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
	_, err := accountFor(me+1, me+1, mine(), allowed)
	wantError(t, err, "belongs to user id", "chown")
	for _, a := range []account{{kind: self}, {kind: namespace}, {kind: dropped, uid: 7}} {
		if a.String() == "" {
			t.Errorf("%+v has no name", a)
		}
	}
}

// Data that root made in a namespace is not handed to another account behind its back.
func TestRootsDataIsRefusedWithoutNamespaces(t *testing.T) {
	t.Parallel()
	dir := dataDir(t.TempDir())
	must(t, os.Mkdir(dir.cluster(), 0o700))
	got, err := accountFor(0, 0, dir, func() error { return errors.New("operation not permitted") })
	if os.Geteuid() != 0 { // the directory is a user's, and root becomes that user
		if err != nil || got.kind != dropped || got.uid != os.Geteuid() {
			t.Errorf("got %+v, %v", got, err)
		}
		return
	}
	wantError(t, err, "needs a user namespace", "operation not permitted", "chown -R")
}
