//go:build unix

package embedded

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

var errLocked = errors.New("locked by another process")

// dirLock is an advisory lock on an open file. Children do not inherit the file.
type dirLock struct{ f *os.File }

func lockFile(path string) (*dirLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, err
	}
	return &dirLock{f}, errors.Join(f.Truncate(0), note(f))
}

// note leaves the pid for whoever finds the folder locked.
func note(f *os.File) error {
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func (l *dirLock) release() { _ = l.f.Close() }
