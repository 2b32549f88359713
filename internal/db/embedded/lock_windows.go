package embedded

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/windows"
)

var errLocked = errors.New("locked by another process")

// dirLock is a lock on a byte far past the end of the file, so that the pid in it stays readable.
type dirLock struct{ f *os.File }

func lockFile(path string) (*dirLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	at := windows.Overlapped{Offset: 1 << 30}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if err != nil {
		_ = f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
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
