package embedded

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// dataDir is the folder given by the operator; see the package comment for what it holds.
type dataDir string

func (d dataDir) cluster() string  { return filepath.Join(string(d), "postgres") }
func (d dataDir) nascent() string  { return filepath.Join(string(d), "postgres.new") }
func (d dataDir) password() string { return filepath.Join(string(d), "password") }
func (d dataDir) lockFile() string { return filepath.Join(string(d), "lock") }
func (d dataDir) libs() string     { return filepath.Join(string(d), "lib") }

// major reads the version of the existing data directory; 0 when there is none yet.
func (d dataDir) major() (int, error) {
	if raw, err := os.ReadFile(filepath.Join(string(d), "PG_VERSION")); err == nil {
		return 0, fmt.Errorf("%s is itself a data directory of PostgreSQL %s that Busbar did not make. "+
			"Nothing in it was changed. Give Busbar a folder of its own, or run that server yourself and set DATABASE_URL",
			d, bytes.TrimSpace(raw))
	}
	raw, err := os.ReadFile(filepath.Join(d.cluster(), "PG_VERSION"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && exists(d.cluster()):
		return 0, fmt.Errorf("%s has no PG_VERSION file, so it is not a complete data directory. "+
			"Restore it from a backup, or move it away to start empty", d.cluster())
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case errors.Is(err, fs.ErrPermission):
		return 0, fmt.Errorf("the data directory %s cannot be read by this user: "+
			"run Busbar as the user who owns it: %w", d, err)
	case err != nil:
		return 0, fmt.Errorf("read the version of the data directory: %w", err)
	}
	text, _, _ := strings.Cut(strings.TrimSpace(string(raw)), ".")
	major, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s holds %q where a version number belongs: restore the data directory from a backup",
			filepath.Join(d.cluster(), "PG_VERSION"), raw)
	}
	return major, nil
}

func (d dataDir) create(a account) error {
	fresh := !exists(string(d))
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("create the data directory: %w", err)
	}
	if fresh || !exists(d.cluster()) {
		return a.own(string(d))
	}
	return nil
}

// previousBound is how long a predecessor may take to finish its shutdown.
const previousBound = 10 * time.Second

// lock takes the folder for this process. The kernel drops the lock with the process, however it ends.
func (d dataDir) lock(ctx context.Context, a account) (*dirLock, error) {
	ctx, cancel := context.WithTimeout(ctx, previousBound)
	defer cancel()
	for {
		l, err := lockFile(d.lockFile())
		if err == nil {
			// Root may start a server for a user who later starts it without root.
			if err := a.own(d.lockFile()); err != nil {
				l.release()
				return nil, err
			}
			return l, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock the data directory: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another Busbar%s is using the data directory %s: stop it, or give this one a folder of its own",
				lockHolder(d.lockFile()), d)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// InUse tells whether a process holds the folder; a folder that is not there is not in use.
func InUse(dir string) (bool, error) {
	path := dataDir(dir).lockFile()
	if !exists(path) {
		return false, nil
	}
	l, err := lockFile(path)
	if errors.Is(err, errLocked) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the lock of %s: %w", dir, err)
	}
	l.release()
	return false, nil
}

func lockHolder(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) == 0 {
		return ""
	}
	return " (pid " + strings.TrimSpace(string(raw)) + ")"
}

// initialise makes the data directory when there is none, and returns the owner's password.
// The cluster is built aside and renamed when complete, so that a crash half-way leaves
// nothing that looks like data.
func (d dataDir) initialise(ctx context.Context, bin *binaries, a account, ephemeral bool) (string, error) {
	if exists(d.cluster()) {
		raw, err := os.ReadFile(d.password())
		if err != nil {
			return "", fmt.Errorf("the data directory is there but the password file beside it cannot be read, "+
				"so its server cannot be used. Restore %s from a backup: %w", d.password(), err)
		}
		return strings.TrimSpace(string(raw)), nil
	}
	// Left by an initdb that did not finish; it never held data.
	if err := os.RemoveAll(d.nascent()); err != nil {
		return "", fmt.Errorf("remove the unfinished %s: %w", d.nascent(), err)
	}
	password, err := newPassword()
	if err != nil {
		return "", err
	}
	if err := d.writePassword(password, a); err != nil {
		return "", err
	}
	if err := d.initdb(ctx, bin, a, ephemeral); err != nil {
		return "", err
	}
	if err := os.Rename(d.nascent(), d.cluster()); err != nil {
		return "", fmt.Errorf("finish the new data directory: %w", err)
	}
	return password, syncDir(string(d))
}

func newPassword() (string, error) {
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("generate the password: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

func (d dataDir) writePassword(password string, a account) error {
	if err := os.Remove(d.password()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace the password file: %w", err)
	}
	f, err := os.OpenFile(d.password(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the password file: %w", err)
	}
	_, err = f.WriteString(password + "\n")
	if err := errors.Join(err, f.Sync(), f.Close(), a.own(d.password())); err != nil {
		return fmt.Errorf("write the password file: %w", err)
	}
	return nil
}

func (d dataDir) initdb(ctx context.Context, bin *binaries, a account, ephemeral bool) error {
	base := []string{
		"--pgdata=" + d.nascent(), "--username=" + owner, "--pwfile=" + d.password(),
		"--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions",
	}
	if ephemeral {
		base = append(base, "--no-sync")
	}
	var failed error
	for _, locale := range localeArgs(bin.major) {
		out, err := runProgram(ctx, bin, a, string(d), "initdb", append(base, locale...)...)
		if err == nil {
			return nil
		}
		failed = fmt.Errorf("initdb failed: %w: %s", err, strings.TrimSpace(out))
		if ctx.Err() != nil {
			break
		}
		if err := os.RemoveAll(d.nascent()); err != nil {
			return errors.Join(failed, err)
		}
	}
	return failed
}

// localeArgs are the ways to get code-point order and Unicode case mapping, best first: the
// server's own provider where it has one, then the C library's where the system ships it.
func localeArgs(major int) [][]string {
	if major >= 17 {
		return [][]string{{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"}}
	}
	return [][]string{{"--locale=C.UTF-8"}, {"--locale=C"}}
}

func pidFile(dir dataDir) string { return filepath.Join(dir.cluster(), "postmaster.pid") }

// pidInFile returns the pid the last server left, 0 when there is none to read.
func pidInFile(dir dataDir) int {
	raw, err := os.ReadFile(pidFile(dir))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
