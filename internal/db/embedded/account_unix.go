//go:build unix

package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user the server runs as. PostgreSQL refuses to run as root, so root either
// enters a user namespace in which it has an ordinary id, and then the files belong to root,
// or drops to another user who owns them. The owner of an existing data directory decides.
type account struct {
	kind     accountKind
	uid, gid int // of the files
}

type accountKind int

const (
	self accountKind = iota
	namespace
	dropped
)

// nobody is the fallback where the user database has no entry of that name.
const nobody = 65534

func (a account) String() string {
	switch a.kind {
	case namespace:
		return "root in a user namespace"
	case dropped:
		return "user id " + strconv.Itoa(a.uid)
	default:
		return "the current user"
	}
}

func chooseAccount(dir dataDir, bin *binaries) (account, error) {
	return accountFor(os.Geteuid(), os.Getegid(), dir, func() error { return namespaceWorks(bin) })
}

func accountFor(uid, gid int, dir dataDir, namespaceWorks func() error) (account, error) {
	path := dir.cluster()
	owned, err := ownerOf(path)
	hasCluster := err == nil
	if errors.Is(err, fs.ErrNotExist) {
		path = string(dir)
		owned, err = ownerOf(path)
	}
	hasDir := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return account{}, fmt.Errorf("read the owner of %s: %w", path, err)
	}

	if uid != 0 {
		if hasDir && owned.uid != uid {
			return account{}, fmt.Errorf("%s belongs to user id %d and this process runs as %d: run Busbar as the owner, "+
				"or hand the whole data directory over with chown -R while no server uses it", path, owned.uid, uid)
		}
		return account{kind: self, uid: uid, gid: gid}, nil
	}
	if hasDir && owned.uid != 0 {
		owned.kind = dropped
		return owned, nil
	}
	refused := namespaceWorks()
	if refused == nil {
		return account{kind: namespace, uid: 0, gid: 0}, nil
	}
	if hasCluster {
		return account{}, fmt.Errorf("%s belongs to root, which needs a user namespace, and this machine refuses one (%w): "+
			"allow user namespaces, or hand the whole data directory to an ordinary user with chown -R and run Busbar as that user", path, refused)
	}
	return nobodyAccount(), nil
}

func nobodyAccount() account {
	a := account{kind: dropped, uid: nobody, gid: nobody}
	if u, err := user.Lookup("nobody"); err == nil {
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		// macOS writes nobody as -2.
		if errUID == nil && errGID == nil && uid > 0 && gid > 0 {
			a.uid, a.gid = uid, gid
		}
	}
	return a
}

func ownerOf(path string) (account, error) {
	info, err := os.Stat(path)
	if err != nil {
		return account{}, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return account{}, fmt.Errorf("%s: the file system tells no owner", path)
	}
	return account{uid: int(st.Uid), gid: int(st.Gid)}, nil
}

// own hands a file we made to the account.
func (a account) own(path string) error {
	if a.kind != dropped {
		return nil
	}
	if err := os.Chown(path, a.uid, a.gid); err != nil {
		return fmt.Errorf("hand %s to %s: %w", path, a, err)
	}
	return nil
}

func (a account) attributes(onDeath deathAction) *syscall.SysProcAttr {
	// A group of its own: Ctrl-C in the terminal must reach Busbar alone, which then stops the server in order.
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.kind == dropped {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	a.platformAttributes(attr, onDeath)
	return attr
}

func (p *process) fastShutdown() error      { return p.cmd.Process.Signal(syscall.SIGINT) }
func (p *process) immediateShutdown() error { return p.cmd.Process.Signal(syscall.SIGQUIT) }

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
